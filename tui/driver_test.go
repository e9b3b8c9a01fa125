package tui

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	got += "\n"
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got); -update rewrites it:\n%s", name, diff)
	}
}

// fakeEngine shows a recorded run, a recorded benchmark and an environment,
// and remembers the requests it got.
type fakeEngine struct {
	*Replay
	bench *Replay
	load  *Replay
	env   IdP
	fail  error // returned by Run and Bench, if not nil

	mu      sync.Mutex
	runs    []RunRequest
	written []string

	measured []MeasureRequest
}

func newFakeEngine(t testing.TB) *fakeEngine {
	return &fakeEngine{Replay: replayOf(t, "run.jsonl"), bench: replayOf(t, "bench.jsonl"), load: replayOf(t, "load.jsonl"), env: &fakeIdP{snapshot: testSnapshot(40)}}
}

func (e *fakeEngine) Implementations() []Implementation {
	return []Implementation{{"sloppy", "a verifier that is wrong about much"}, {"builtin", "the verifier of assay"}}
}

func (e *fakeEngine) IdP() (IdP, error) { return e.env, nil }

// Saved returns two runs: the recorded one, and one in which a case that fails
// there has passed and another way round.
func (e *fakeEngine) Saved() ([]SavedRun, error) {
	return []SavedRun{
		{"run.jsonl", "2026-11-23 15:05 sloppy, 7 of 41 failed", reports.CommandRun, e.header.StartedAt},
		{"before.jsonl", "2026-11-22 15:05 sloppy, 7 of 41 failed", reports.CommandRun, time.Time{}},
		{"load.jsonl", "2026-11-22 15:05 assay load --rate 2000/s", reports.CommandLoad, time.Time{}},
		{"bench.jsonl", "2026-11-22 15:05 assay bench", reports.CommandBench, time.Time{}},
	}, nil
}

func (e *fakeEngine) Open(name string) (*reports.Recording, error) {
	for _, other := range []*Replay{e.bench, e.load} {
		if name == other.header.Command+".jsonl" {
			run := &reports.Recording{Name: name, Header: other.header, Footer: other.footer}
			for _, r := range other.samples {
				run.Handle(r)
			}
			return run, nil
		}
	}
	if name != "run.jsonl" && name != "before.jsonl" {
		return nil, errors.New(name + ": no such file")
	}
	run := &reports.Recording{Name: name, Header: e.header, Plan: e.plan.Cases, Footer: e.footer}
	for _, p := range run.Plan {
		c := *e.cases[p.ID]
		switch {
		case name == "run.jsonl":
		case c.ID == "aud.suffix-char":
			c.Outcome = reports.OutcomePass
		case c.ID == "base.rs256":
			c.Outcome = reports.OutcomeFail
		}
		run.Cases = append(run.Cases, &c)
	}
	return run, nil
}

func (e *fakeEngine) Causes() []Cause {
	return []Cause{
		{Code: "INVALID_ISSUER", Name: "INVALID_ISSUER/exact", Text: "the issuer is not configured exactly as the token has it: a trailing slash, a port or a letter of another case matters", Do: "Configure the issuer exactly as the provider metadata has it."},
		{Code: "INVALID_AUDIENCE", Name: "INVALID_AUDIENCE/access-token", Text: "an access token was sent instead of the ID Token", Do: "Send the id_token of the answer."},
		{Code: "INVALID_AUDIENCE", Text: "the application was reinstalled", Do: "Configure its new client ID."},
		{Code: "REFRESH", Name: "REFRESH/secret", Text: "the client secret is wrong"},
	}
}

// Reproduce takes four steps, the last of which is wrong for REFRESH.
func (e *fakeEngine) Reproduce(_ context.Context, name string, step func(reports.ReproductionStep)) (*reports.Reproduction, error) {
	if e.fail != nil {
		return nil, e.fail
	}
	ok := name != "REFRESH/secret"
	r := &reports.Reproduction{Name: name, OK: ok, DurationMillis: 41.2, Steps: []reports.ReproductionStep{
		{Phase: reports.PhaseSetUp, Text: "a mock environment, http://127.0.0.1:40961, with the client skc_58327482062864390", OK: true},
		{Phase: reports.PhaseSetUp, Text: "an application with the issuer http://127.0.0.1:40961 and the client ID skc_58327482062864390, at http://127.0.0.1:40962", OK: true},
		{Phase: reports.PhaseError, Text: "401 INVALID_AUDIENCE", OK: true},
		{Phase: reports.PhaseSuccess, Text: "200", Want: "401", OK: ok},
	}}
	for _, s := range r.Steps {
		step(s)
	}
	return r, nil
}

func (e *fakeEngine) Formats() []ExportFormat {
	return []ExportFormat{{"recording", "what assay report reads", "run.jsonl"}, {"markdown", "for a pull request", "run.md"}}
}

// Export remembers what it wrote. The file old.md exists.
func (e *fakeEngine) Export(run *reports.Recording, format, file string, replace bool) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	path := "/runs/" + file
	switch {
	case file == "old.md" && !replace:
		return path, fs.ErrExist
	case file == "no/":
		return path, errors.New("no/ is a folder")
	}
	e.written = append(e.written, fmt.Sprintf("%s %s, %d cases, %s", format, path, len(run.Cases), run.Header.Seed))
	return path, nil
}

func (e *fakeEngine) Changes() []TokenChange {
	return []TokenChange{{"expired two hours ago", "--shift exp=-2h"}, {"for another client", "--set aud=skc_other"}}
}

func (e *fakeEngine) Forge(_ context.Context, changes string) (string, error) {
	if strings.Contains(changes, "--wrong") {
		return "", errors.New("unknown flag: --wrong")
	}
	return "forged " + changes, nil
}

// Opinions has one implementation that accepts everything, and one that fails.
func (e *fakeEngine) Opinions(_ context.Context, token string, pasted bool, implementation string) ([]Opinion, error) {
	right := Opinion{Implementation: "builtin", Verdict: "accept"}
	if strings.Contains(token, "aud=") {
		right.Verdict, right.Reason = "reject", "INVALID_AUDIENCE"
	}
	last := Opinion{Implementation: implementation, Reason: "the implementation did not answer in time"}
	if pasted {
		last.Reason = "not asked: a pasted token stays here"
	}
	return []Opinion{right, {Implementation: "liar:accepts-everything", Verdict: "accept"}, last}, nil
}

// SaveChange remembers what it wrote, as Export does.
func (e *fakeEngine) SaveChange(changes, file string, replace bool) (string, error) {
	return e.Export(&reports.Recording{Header: &reports.Header{Seed: changes}}, "scenario", file, replace)
}

// Examine refuses what has been changed.
func (e *fakeEngine) Examine(_ context.Context, token string, itself bool) (*TokenReport, error) {
	before := &reports.Token{Header: `{"alg":"RS256","kid":"snk_1"}`, Payload: `{"iss":"http://127.0.0.1:40961","aud":"skc_1","exp":1795446610}`}
	after := *before
	x := &reports.Diagnosis{Verdict: reports.VerdictAccept, Signature: "verified", Given: "ID Token", Steps: []reports.DiagnosisStep{
		{Check: "size", Verdict: reports.VerdictPass}, {Check: "signature", Verdict: reports.VerdictPass}, {Check: "aud", Verdict: reports.VerdictPass},
	}}
	if strings.Contains(token, "aud=") {
		after.Payload = strings.Replace(after.Payload, `"skc_1"`, `"skc_other"`, 1)
		x.Verdict, x.Code, x.Reason, x.Message = reports.VerdictReject, "INVALID_AUDIENCE", "INVALID_AUDIENCE", "aud does not include the client ID"
		x.Steps[2] = reports.DiagnosisStep{Check: "aud", Verdict: reports.VerdictFail, Note: "aud is skc_other, want skc_1"}
		x.Causes = []reports.DiagnosisCause{{Name: "other-client", Check: "aud", Fit: "likely", Text: "the front end uses another client ID", Do: "use one client ID everywhere"}}
	}
	if itself {
		x.Signature, x.Verdict = "not checked", reports.VerdictUnchecked
	}
	return &TokenReport{Token: reports.TokenDetails(before, &after), Diagnosis: x}, nil
}

func (e *fakeEngine) Run(ctx context.Context, req RunRequest) (*Stream, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.runs = append(e.runs, req)
	if e.fail != nil {
		return nil, e.fail
	}
	return e.Replay.Run(ctx, req)
}

func (e *fakeEngine) Estimate(req MeasureRequest) (time.Duration, error) {
	if len(req.Arguments) > 0 && req.Arguments[0] == "no such" {
		return 0, errors.New(`no series matches "no such"`)
	}
	return e.bench.Estimate(req)
}

func (e *fakeEngine) Measure(ctx context.Context, req MeasureRequest) (*Stream, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.measured = append(e.measured, req)
	switch {
	case e.fail != nil:
		return nil, e.fail
	case req.Command == reports.CommandLoad:
		return e.load.Measure(ctx, req)
	}
	return e.bench.Measure(ctx, req)
}

// fakeIdP is an environment that only answers.
type fakeIdP struct {
	mu       sync.Mutex
	snapshot IdPSnapshot
	rotated  []string
	fail     error
}

func (i *fakeIdP) Snapshot() IdPSnapshot {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.snapshot
}

func (i *fakeIdP) Rotate(mode string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.rotated = append(i.rotated, mode)
	return i.fail
}

func (i *fakeIdP) Switch(id string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.snapshot.Revision++
	for n := range i.snapshot.Switches {
		if s := &i.snapshot.Switches[n]; s.ID == id {
			s.On = !s.On
			if s.On {
				i.snapshot.Faults = append(i.snapshot.Faults, id)
			}
		}
	}
	return i.fail
}

func (i *fakeIdP) Inject(text string) error {
	if text == "wrong" {
		return errors.New("there is no fault wrong")
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.snapshot.Revision++
	i.snapshot.Faults = append(i.snapshot.Faults, text)
	return nil
}

func (i *fakeIdP) Undo() error { return i.Rotate("undo") }

func (i *fakeIdP) Checkup(context.Context) (*reports.Checkup, error) {
	return &reports.Checkup{Verdict: "warn", Checks: []reports.Check{
		{Name: "tls", Verdict: "skip", Found: "the issuer is http"},
		{Name: "caching", Verdict: "warn", Found: "no Cache-Control", Do: "Send max-age with the JWK Set."},
	}}, i.fail
}

func (i *fakeIdP) Control(context.Context) (string, error) { return "http://127.0.0.1:40970", i.fail }

// testStart is the moment at which every test begins.
func testStart() time.Time { return time.Date(2026, 11, 23, 15, 5, 10, 0, time.UTC) }

func testSnapshot(requests int) IdPSnapshot {
	at := testStart()
	s := IdPSnapshot{
		Revision: uint64(requests), URL: "http://127.0.0.1:40961", Clients: []IdPClient{{ID: "skc_81236540927734501", Name: "Char"}, {ID: "skc_81236540927734502", Public: true}},
		Keys: []IdPKey{
			{ID: "snk_58327490111", Alg: "RS256", State: "retired", Since: at.Add(-2 * time.Minute), History: []KeySpan{
				{at.Add(-12 * time.Minute), "signing", true}, {at.Add(-6 * time.Minute), "published", true}, {at.Add(-2 * time.Minute), "retired", false},
			}},
			{ID: "snk_58327490112", Alg: "RS256", State: "published", Since: at.Add(-time.Minute), InJWKSet: true, History: []KeySpan{
				{at.Add(-8 * time.Minute), "announced", true}, {at.Add(-6 * time.Minute), "signing", true}, {at.Add(-time.Minute), "published", true},
			}},
			{ID: "snk_58327490113", Alg: "ES256", State: "signing", Since: at, InJWKSet: true, History: []KeySpan{
				{at.Add(-time.Minute), "signing", false}, {at, "signing", true},
			}},
		},
		Modes: []RotationMode{
			{Name: "publish-then-sign", Title: "The next key is published first and signs later."},
			{Name: "sign-at-once", Title: "The next key signs as soon as it is published."},
		},
		Decoys: []IdPKey{{ID: "snk_58327490114", Alg: "RSA-OAEP-256", State: "decoy", Kind: "RSA for encryption", InJWKSet: true}},
		Texts: []IdPText{
			{"issuer", "http://127.0.0.1:40961"}, {"client ID", "skc_81236540927734501"}, {"client secret", "a-secret-of-tests"},
			{"login URL", "http://127.0.0.1:40961/oauth/authorize?client_id=skc_81236540927734501"},
		},
		Switches: []FaultSwitch{{ID: "keys-503", Title: "the JWK Set answers 503"}, {ID: "keys-slow", Title: "the JWK Set takes 3 s", On: true}},
		Faults:   []string{"keys: delay 300 ms"},
		Total:    uint64(requests) + 100,
	}
	for n := range requests {
		r := IdPRequest{At: at.Add(time.Duration(n) * time.Second), Method: "GET", Path: "/keys", Status: 200, Bytes: 2871, Took: 412 * time.Microsecond, UserAgent: "Go-http-client/1.1"}
		switch {
		case n%7 == 3:
			r.Status, r.Fault = 503, "status"
		case n%5 == 0:
			r.Path = "/.well-known/openid-configuration"
		}
		r.Keys = r.Path == "/keys"
		s.Requests = append(s.Requests, r)
	}
	return s
}

// driver runs an app without a program: commands are executed at once, and
// timers are only remembered.
type driver struct {
	t        testing.TB
	a        *app
	clock    time.Time
	timers   []tea.Msg
	messages []tea.Msg // what was left to Bubble Tea
	quit     bool
	hold     bool // the test feeds the records of a run by hand
}

func drive(t testing.TB, engine Engine, opts Options, w, h int) *driver {
	d := &driver{t: t, clock: testStart()}
	opts.Now = func() time.Time { return d.clock }
	if opts.Env == nil {
		opts.Env = []string{"LANG=C.UTF-8"}
	}
	d.a = newApp(t.Context(), engine, opts)
	d.a.after = func(_ time.Duration, msg tea.Msg) tea.Cmd {
		d.timers = append(d.timers, msg)
		return nil
	}
	d.carryOut(d.a.Init())
	d.send(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
	d.send(tea.WindowSizeMsg{Width: w, Height: h})
	return d
}

func (d *driver) send(msg tea.Msg) {
	d.t.Helper()
	_, cmd := d.a.Update(msg)
	d.carryOut(cmd)
	if n := d.ticks(); n > 1 {
		d.t.Errorf("%d ticks are armed at once, want one at most", n)
	}
}

// ticks returns how many ticks are scheduled.
func (d *driver) ticks() int {
	n := 0
	for _, msg := range d.timers {
		if _, ok := msg.(frameMsg); ok {
			n++
		}
	}
	return n
}

func (d *driver) carryOut(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			d.carryOut(c)
		}
	case tea.QuitMsg:
		d.quit = true
	case startedMsg:
		if d.hold {
			d.a.Update(msg)
		} else {
			d.send(msg)
		}
	case recordsMsg, snapshotMsg, changedMsg, catalogueMsg, idpMsg, savedMsg, paletteMsg, stepMsg, checkupMsg, commandMsg, loadMsg, runMsg, writtenMsg, selectedMsg, examinedMsg, opinionsMsg, estimateMsg, rememberedMsg:
		d.send(msg)
	default:
		d.messages = append(d.messages, msg)
	}
}

// tick lets one frame pass, if the app wants one.
func (d *driver) tick() {
	for i, msg := range d.timers {
		if _, ok := msg.(frameMsg); ok {
			d.timers = append(d.timers[:i], d.timers[i+1:]...)
			d.clock = d.clock.Add(framePeriod)
			d.send(msg)
			return
		}
	}
}

// keys presses keys by their names.
func (d *driver) keys(names ...string) {
	d.t.Helper()
	for _, name := range names {
		d.send(press(name))
	}
}

func (d *driver) typed(text string) {
	for _, r := range text {
		d.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// press returns the message for a key, given its name.
func press(name string) tea.KeyPressMsg {
	special := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown,
		"left": tea.KeyLeft, "right": tea.KeyRight, "space": tea.KeySpace, "backspace": tea.KeyBackspace,
		"home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
		"delete": tea.KeyDelete, "f5": tea.KeyF5,
	}
	if code, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	if letter, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(letter[0]), Mod: tea.ModCtrl}
	}
	if letter, ok := strings.CutPrefix(name, "alt+"); ok {
		return tea.KeyPressMsg{Code: rune(letter[0]), Mod: tea.ModAlt}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// screen returns what is shown, without colours.
func (d *driver) screen() string {
	return ansi.Strip(d.a.View().Content)
}

// shows reports an error for each text that is not on the screen.
func (d *driver) shows(texts ...string) {
	d.t.Helper()
	screen := d.screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			d.t.Errorf("%q is not on the screen:\n%s", text, screen)
		}
	}
}

// hides reports an error for each text that is on the screen.
func (d *driver) hides(texts ...string) {
	d.t.Helper()
	screen := d.screen()
	for _, text := range texts {
		if strings.Contains(screen, text) {
			d.t.Errorf("%q is on the screen:\n%s", text, screen)
		}
	}
}

// left returns the messages of the given type that were left to Bubble Tea,
// such as text for the clipboard.
func (d *driver) left(typeName string) []string {
	var out []string
	for _, msg := range d.messages {
		if reflect.TypeOf(msg).Name() == typeName {
			out = append(out, fmt.Sprint(msg))
		}
	}
	return out
}

// feed passes records to the live run as if they came from its stream.
func (d *driver) feed(done bool, records ...reports.Record) {
	d.t.Helper()
	if d.a.live == nil {
		d.t.Fatal("no run is in progress")
	}
	_, cmd := d.a.Update(recordsMsg{id: d.a.live.id, records: records, done: done})
	if done {
		d.carryOut(cmd)
	}
}

// endlessEngine starts runs that emit nothing and end when they are stopped.
// Its driver must hold.
type endlessEngine struct{ *fakeEngine }

func (e endlessEngine) Run(ctx context.Context, _ RunRequest) (*Stream, error) {
	return endlessStream(ctx), nil
}

func (e endlessEngine) Measure(ctx context.Context, _ MeasureRequest) (*Stream, error) {
	return endlessStream(ctx), nil
}
