package load_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// events returns the events of texts.
func events(t testing.TB, texts ...string) []load.Event {
	t.Helper()
	var all []load.Event
	for _, text := range texts {
		e, err := load.ParseEvent(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func TestParseEvent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"10s=rotate":                    "rotate:sign-at-once",
		"0s=rotate:drop-old":            "rotate:drop-old",
		"1m=promote":                    "promote",
		"20s=outage:5s":                 "outage:5s",
		"20s=fault:slow:on":             "fault:slow:on",
		"20s=fault:slow:off":            "fault:slow:off",
		"20s=fault:slow:1500ms":         "fault:slow:1.5s",
		" 1.5s =flood:3000/m:10s":       "flood:50/s:10s",
		"20s=rotate:publish-then-sign":  "rotate:publish-then-sign",
		"20s=flood:1/s:1ns":             "flood:1/s:1ns",
		"1h2m3s=fault:truncated:1h0m0s": "fault:truncated:1h0m0s",
	} {
		e, err := load.ParseEvent(text)
		if err != nil || e.String() != want {
			t.Errorf("ParseEvent(%q) = %v, %v, want %s", text, e, err, want)
		}
	}
	for _, text := range []string{
		"", "rotate", "10=rotate", "x=rotate", "10s=", "10s=spin", "10s=rotate:a:b", "10s=promote:x", "10s=outage", "10s=outage:x",
		"10s=fault:slow", "10s=fault:slow:maybe", "10s=fault:slow:-1s", "10s=fault:slow:0s", "10s=flood:500/s", "10s=flood:0/s:1s", "10s=flood:x:1s", "10s=flood:5/s:x",
	} {
		if e, err := load.ParseEvent(text); !errors.Is(err, gate.ErrUsage) {
			t.Errorf("ParseEvent(%q) = %v, %v, want an ErrUsage", text, e, err)
		}
	}
}

func TestEventsThatCannotBe(t *testing.T) {
	t.Parallel()
	slow := fault.Fault{ID: "slow", Where: fault.Keys, Kind: fault.Delay, Attributes: fault.Attributes{Delay: time.Second}}
	for text, want := range map[string]string{
		"1s=rotate":              "is at 1s, want a time from 0 to the end of the load at 1s",
		"-1s=rotate":             "is at -1s",
		"0s=rotate:rollback":     `is "rollback", want one of`,
		"0s=outage:0s":           "lasts 0s, want more than 0",
		"0s=flood:20000/s:1s":    "the rate of a flood is 20000/s",
		"0s=flood:1/s:-1s":       "lasts -1s",
		"0s=fault:gone:on":       `fault "gone" is neither the ID of a fault that is defined nor a kind`,
		"0s=fault:forge:on":      "define it, with an ID",
		"0s=fault:slow:off":      "no earlier event turns it on",
		"500ms=fault:hang:off":   "no earlier event turns it on",
		"100ms=fault:slow:on":    "",
		"100ms=fault:garbage:on": "",
	} {
		o := load.Options{Duration: time.Second, Events: events(t, text), Faults: []fault.Fault{slow}}
		if err := o.Validate(); want == "" && err != nil || want != "" && (!errors.Is(err, gate.ErrUsage) || !strings.Contains(err.Error(), want)) {
			t.Errorf("Validate with %s = %v, want %q", text, err, want)
		}
	}
	p := provider()
	o := load.Options{URL: "http://127.0.0.1:1/", Provider: &p, Events: events(t, "0s=rotate")}
	if err := o.Validate(); err == nil || !strings.Contains(err.Error(), "need an environment") {
		t.Errorf("Validate without an environment = %v", err)
	}
	o.Environment, o.Part = new(witnessed), load.Part{Number: 1, Of: 2, StartAt: time.Now()}
	if err := o.Validate(); err == nil || !strings.Contains(err.Error(), "a part of a load has no events") {
		t.Errorf("Validate of a part = %v", err)
	}
	o.Part, o.FindCapacity, o.Thresholds = load.Part{}, true, []string{"p99 < 1s"}
	if err := o.Validate(); err == nil || !strings.Contains(err.Error(), "cannot have events") {
		t.Errorf("Validate of a search = %v", err)
	}
	o.FindCapacity, o.Events = false, slices.Repeat(o.Events, 101)
	if err := o.Validate(); err == nil || !strings.Contains(err.Error(), "101 events, want at most 100") {
		t.Errorf("Validate of 101 events = %v", err)
	}
}

// ownLoad returns the options of a load of the built-in service.
func ownLoad(t *testing.T, texts ...string) load.Options {
	return load.Options{
		RatePerSecond: 200, Duration: time.Second, Warmup: load.NoWarmup, MaxBehind: patience, Timeout: time.Minute,
		Mix: mix("good=3,expired=1"), Alg: "ES256", Seed: 5, Tokens: 256, Events: events(t, texts...),
	}
}

// After a rotation of the built-in environment, tokens of the new key reach the
// service, which accepts them.
func TestARotationOfItsOwnEnvironment(t *testing.T) {
	t.Parallel()
	var got record
	result, err := load.Run(t.Context(), ownLoad(t, "200ms=rotate:drop-old"), got.emit)
	notMissed(t, err)
	if !slices.ContainsFunc(got, func(r reports.Record) bool {
		return r.Sample != nil && !r.Sample.Final && len(r.Sample.Events) == 1 && r.Sample.Events[0].AtSeconds >= 0.2
	}) {
		t.Error("no live sample has the rotation")
	}
	whole := result.Samples[0]
	if whole.Wrong > 0 || whole.Failed > 0 {
		t.Errorf("%d wrong verdicts, %d missing, want none: %+v %v", whole.Wrong, whole.Failed, whole.WrongAnswers, whole.Failures)
	}
	if e := whole.Course.Events[0]; e.Failure != "" || e.AtSeconds < 0.2 || !strings.Contains(e.Result, " signs; ") || strings.Contains(e.Result, " 0 tokens") {
		t.Errorf("the rotation is %+v, want one with new tokens", e)
	}
}

// The built-in service refuses a flood of unknown kids.
func TestAFloodOfItsOwnService(t *testing.T) {
	t.Parallel()
	result, err := load.Run(t.Context(), ownLoad(t, "200ms=flood:100/s:300ms"), new(record).emit)
	notMissed(t, err)
	e := result.Samples[0].Course.Events[0]
	var sent, refused int
	if _, err := fmt.Sscanf(e.Result, "%d sent, %d refused", &sent, &refused); err != nil || sent < 1 || refused != sent || e.UntilSeconds <= e.AtSeconds {
		t.Errorf("the flood is %+v, want every token refused", e)
	}
	if i := slices.IndexFunc(result.Footer.Thresholds, func(th reports.Threshold) bool {
		return th.Expression == "flood:100/s:300ms accepted == 0" && th.Verdict == reports.VerdictMet
	}); i < 0 {
		t.Errorf("the thresholds are %+v, want that of the flood", result.Footer.Thresholds)
	}
}

// witnessed is an environment that records what is done to it, and signs with
// another key after each rotation.
type witnessed struct {
	mu     sync.Mutex
	did    []string
	broken bool
}

func (w *witnessed) do(format string, args ...any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.did = append(w.did, fmt.Sprintf(format, args...))
	if w.broken {
		return errors.New("refused")
	}
	return nil
}

func (w *witnessed) Rotate(_ context.Context, mode keyring.Mode) (string, error) {
	return "key 2", w.do("rotate %s", mode)
}
func (w *witnessed) Promote(context.Context) (string, error) { return "key 3", w.do("promote") }
func (w *witnessed) Populate(_ context.Context, f fault.Fault) error {
	return w.do("add %s %s", f.ID, f.Kind)
}
func (w *witnessed) RemoveFault(_ context.Context, id string) error { return w.do("remove %s", id) }

// Whatever is still wrong at the end of a load is put right, and a fault that
// another event has turned off is not removed twice.
func TestEventsLeaveNoFault(t *testing.T) {
	t.Parallel()
	w := new(witnessed)
	o := against(target(t, http.HandlerFunc(quick)))
	o.Environment = w
	o.Events = events(t, "100ms=fault:slow:on", "200ms=outage:1h", "300ms=fault:hang:on", "400ms=fault:hang:off", "500ms=rotate:publish-then-sign", "600ms=promote")
	o.Faults = []fault.Fault{{ID: "slow", Kind: fault.Drip}}
	_, err := load.Run(t.Context(), o, new(record).emit)
	notMissed(t, err)
	slices.Sort(w.did[6:])
	want := "add slow drip, add outage close, add hang hang, remove hang, rotate publish-then-sign, promote, remove outage, remove slow"
	if got := strings.Join(w.did, ", "); got != want {
		t.Errorf("the environment was changed so: %s, want %s", got, want)
	}
}

// A load whose events do not happen has not measured what it was to measure.
func TestEventsThatFail(t *testing.T) {
	t.Parallel()
	w := &witnessed{broken: true}
	o := against(target(t, http.HandlerFunc(quick)))
	o.Environment, o.Events = w, events(t, "100ms=rotate:drop-old", "200ms=outage:100ms")
	result, err := load.Run(t.Context(), o, new(record).emit)
	if !errors.Is(err, gate.ErrInvalid) || !strings.Contains(err.Error(), "event rotate:drop-old at 0.1 s failed: refused") {
		t.Errorf("Run = %v, want an ErrInvalid with the event", err)
	}
	if list := result.Samples[0].Course.Events; len(list) != 2 || list[1].Failure != "refused" || list[1].UntilSeconds > 0 {
		t.Errorf("the events are %+v, want two that failed", list)
	}
	if got := strings.Join(w.did, ", "); got != "rotate drop-old, add outage close" {
		t.Errorf("the environment was changed so: %s", got)
	}
}

// A service that accepts tokens with unknown kids misses the threshold of a
// flood.
func TestAFloodThatIsAccepted(t *testing.T) {
	t.Parallel()
	o := against(target(t, http.HandlerFunc(quick)))
	o.Environment, o.Events = new(witnessed), events(t, "100ms=flood:50/s:200ms")
	_, err := load.Run(t.Context(), o, new(record).emit)
	if !errors.Is(err, gate.ErrMissed) || !strings.Contains(err.Error(), "flood:50/s:200ms accepted == 0: got ") {
		t.Errorf("Run = %v, want the threshold of the flood missed", err)
	}
}

func quick(http.ResponseWriter, *http.Request) {}
