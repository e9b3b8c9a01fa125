package adapter

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
)

//go:embed check.yaml
var ownCatalogue []byte

// Options says what to examine.
type Options struct {
	// Open starts the adapter with a Tap. It is called several times, and each
	// implementation is closed before the next one is opened.
	Open func(ctx context.Context, tap func() implementations.Tap) (implementations.Implementation, error)

	// Name is how the command line names the adapter, for commands to try.
	Name string

	// Seed decides keys and IDs.
	Seed uint64

	// Server is the mock environment to use, which the caller closes. Nil means
	// one of its own. Examinations that share a server must differ in Seed, by
	// ten or more.
	Server *mockidp.Server
}

// Bounds from which something is reported.
const (
	// slowStart is what a start may take: each verifier has a process to
	// itself, so a run waits for some of them.
	slowStart = time.Second

	// slowEnd is above what an orderly end takes and below the two seconds
	// after which the process is killed.
	slowEnd = 1500 * time.Millisecond
)

// Examine examines an adapter. Checks that failed are in the result; the error
// says that the adapter did not start, that ctx ended, or that the harness
// failed. An adapter whose answer to hello breaks the protocol has started.
func Examine(ctx context.Context, opts Options) (*reports.AdapterCheck, error) {
	compiled, err := compile()
	if err != nil {
		return nil, err
	}
	if opts.Server == nil {
		if opts.Server, err = mockidp.Start(ctx, mockidp.Config{Seed: opts.Seed}); err != nil {
			return nil, fmt.Errorf("starting the mock environment: %w", err)
		}
		defer func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			// The error is that requests of an adapter that hangs were cut off.
			_ = opts.Server.Close(ctx)
		}()
	}
	e := &examination{opts: opts, listener: &listener{schemas: compiled}, result: new(reports.AdapterCheck)}
	if err := e.examine(ctx); err != nil {
		return nil, err
	}
	if e.listener.unsound != nil {
		return nil, e.listener.unsound
	}
	e.result.Worst()
	return e.result, nil
}

// examination is one examination.
type examination struct {
	opts     Options
	listener *listener
	runs     uint64
	result   *reports.AdapterCheck
}

func (e *examination) examine(ctx context.Context) error {
	first, err := e.opts.Open(ctx, e.listener.tap(nil))
	if errors.Is(err, implementations.ErrProtocol) && ctx.Err() == nil {
		e.add("start", reports.VerdictFail, "the answer to hello is none", "")
		e.addFaults()
		return nil
	}
	if err != nil {
		return err
	}
	defer first.Close()
	e.describe(first.Describe())
	catalogue, err := scenarios.Builtin()
	if err != nil {
		return err
	}
	e.count(catalogue, first.Describe())
	if err := e.own(ctx, first); err != nil {
		return err
	}
	if e.failed() || e.listener.broken() {
		e.add("smoke", reports.VerdictSkip, "not run, because of a failure above", "")
	} else if err := e.builtin(ctx, first, catalogue); err != nil {
		return err
	}
	e.end(first)
	if !e.failed() && !e.listener.broken() {
		if err := e.tolerance(ctx); err != nil {
			return err
		}
	}
	e.addFaults()
	return nil
}

// describe adds what hello says.
func (e *examination) describe(d implementations.Description) {
	e.result.Implementation = reports.Implementation{
		Name: d.Name, Version: d.Version, Language: d.Language, Capabilities: d.Capabilities, Setup: d.Setup, Reasons: string(d.Reasons),
	}
	e.result.Protocol = d.Protocol
	what := strings.Join(strings.Fields(d.Name+" "+d.Version), " ")
	if d.Language != "" {
		what += " in " + d.Language
	}
	started := e.listener.slowest
	found := fmt.Sprintf("%s speaks version %d and started in %v", what, d.Protocol, started.Round(time.Millisecond))
	if d.RoundTrip > 0 {
		found += fmt.Sprintf("; a message takes %v there and back", d.RoundTrip.Round(time.Microsecond))
	}
	if d.Setup != "" {
		found += "; set-up: " + d.Setup
	}
	switch {
	case started > slowStart && !d.Can(implementations.SharedProcess):
		e.add("start", reports.VerdictWarn, found, "A run starts several processes. Do slow work when the first token comes, or declare shared if one process can have many verifiers.")
	case d.Protocol < implementations.ProtocolVersion:
		e.add("start", reports.VerdictWarn, found, fmt.Sprintf("Answer hello with protocol %d: see Versions in assay protocol.", implementations.ProtocolVersion))
	default:
		e.add("start", reports.VerdictPass, found, "")
	}
	if !d.Can(implementations.StaticKeys) && !d.Can("idp") {
		e.add("capabilities", reports.VerdictWarn, "neither static nor idp is declared, so keys come by discovery in each case", "Declare what the verifier can do.")
	}
	if d.Can("api") {
		e.add("capabilities", reports.VerdictFail, "api is for what runs inside the harness", "Do not declare api.")
	}
}

// own runs the catalogue of this package.
func (e *examination) own(ctx context.Context, adapter implementations.Implementation) error {
	group, err := scenarios.Parse("check.yaml", ownCatalogue)
	if err != nil {
		return err
	}
	// One after the other, so that a leak between sessions fails only its case.
	cases, err := e.run(ctx, adapter, group.Cases, 1)
	if err != nil {
		return err
	}
	good := cases[group.Cases[0].ID]
	for _, s := range group.Cases {
		name := strings.ReplaceAll(strings.TrimPrefix(s.ID, "adapter."), "-", " ")
		c, judged := cases[s.ID]
		switch {
		case !judged:
			e.add(name, reports.VerdictSkip, "not judged, because the adapter gave no answers", "")
		case c.Outcome == reports.OutcomePass:
			e.add(name, reports.VerdictPass, titleOf(s), "")
		case c.Outcome == reports.OutcomeSkip:
			e.add(name, reports.VerdictSkip, c.Why, "")
		case c.Outcome == reports.OutcomeAdapter && e.listener.broken():
			e.add(name, reports.VerdictSkip, "not judged, because an answer broke the protocol", "")
		case good != nil && good != c && good.Outcome == reports.OutcomeFail && c.Outcome == reports.OutcomeFail && demanded(s) != scenarios.Reject:
			e.add(name, reports.VerdictSkip, "not judged, because a good token is rejected", "")
		case s.Level == "should":
			e.add(name, reports.VerdictWarn, "not: "+titleOf(s)+": "+said(c), s.Advice)
		default:
			e.add(name, reports.VerdictFail, "not: "+titleOf(s)+": "+said(c), s.Advice)
		}
	}
	return nil
}

// tolerance finds out what the adapter does with what it does not know.
func (e *examination) tolerance(ctx context.Context) error {
	group, err := scenarios.Parse("check.yaml", ownCatalogue)
	if err != nil {
		return err
	}
	cases, err := e.again(ctx, group.Cases[:2], func(_ string, line []byte) ([]byte, bool) { return withUnknown(line), true })
	if err != nil {
		return err
	}
	verdict, found, do := reports.VerdictPass, "members that the adapter does not know change nothing", ""
	for _, s := range group.Cases[:2] {
		if c := cases[s.ID]; c == nil || c.Outcome != reports.OutcomePass {
			verdict, do = reports.VerdictFail, "Ignore members that you do not know: a later version may add some."
			found = "with members that the adapter does not know, not: " + titleOf(s) + ": " + said(c)
			break
		}
	}
	e.add("unknown members", verdict, found, do)
	const unknown = "assay-check"
	cases, err = e.again(ctx, group.Cases[:1], func(op string, line []byte) ([]byte, bool) {
		if op != string(implementations.OpVerify) {
			return line, true
		}
		return []byte(strings.Replace(string(line), `"op":"verify"`, `"op":"`+unknown+`"`, 1)), false
	})
	if err != nil {
		return err
	}
	if e.listener.declined {
		e.add("unknown operation", reports.VerdictPass, "an operation that the adapter does not know is answered with an error", "")
		return nil
	}
	found = "an operation that the adapter does not know is not answered with an error"
	if e.listener.undeclined == nil {
		found += ": " + said(cases[group.Cases[0].ID])
	}
	e.add("unknown operation", reports.VerdictWarn, found,
		"Answer an operation that you do not know with error, so that a later version does not get a verdict that is none.")
	e.show(e.listener.undeclined)
	return nil
}

// withUnknown adds members to a request and to what it holds.
func withUnknown(line []byte) []byte {
	var request map[string]json.RawMessage
	if json.Unmarshal(line, &request) != nil {
		return line
	}
	const member = `"assay_check":{"ignore":["this",null]}`
	for name, value := range request {
		if object, ok := strings.CutPrefix(string(value), "{"); ok && object != "}" {
			request[name] = json.RawMessage("{" + member + "," + object)
		}
	}
	request["assay_check"] = json.RawMessage(`{"ignore":["this",null]}`)
	changed, err := json.Marshal(request)
	if err != nil {
		return line
	}
	return changed
}

// again runs cases against the adapter in new processes whose requests are
// changed.
func (e *examination) again(ctx context.Context, list []*scenarios.Scenario, change func(string, []byte) ([]byte, bool)) (map[string]*reports.Case, error) {
	adapter, err := e.opts.Open(ctx, e.listener.tap(change))
	if errors.Is(err, implementations.ErrStart) && ctx.Err() == nil {
		return nil, nil // it started before, so the change is to blame
	}
	if err != nil {
		return nil, err
	}
	defer adapter.Close()
	return e.run(ctx, adapter, list, 1)
}

// run runs cases, jobs at once, and returns those that were judged.
func (e *examination) run(ctx context.Context, adapter implementations.Implementation, list []*scenarios.Scenario, jobs int) (map[string]*reports.Case, error) {
	e.runs++
	cases := make(map[string]*reports.Case)
	_, err := run.Run(ctx, run.Options{
		Scenarios: list, Implementation: adapter, Name: e.opts.Name, Seed: e.opts.Seed + e.runs, Jobs: jobs, Server: e.opts.Server,
	}, func(r reports.Record) error {
		if r.Case != nil {
			cases[r.Case.ID] = r.Case
		}
		return nil
	})
	if err == nil {
		err = context.Cause(ctx)
	}
	return cases, err
}

// end closes the adapter, and reports what comes to light then.
func (e *examination) end(adapter implementations.Implementation) {
	began := time.Now()
	err := adapter.Close()
	switch took := time.Since(began); {
	case errors.Is(err, implementations.ErrProtocol):
		e.add("end", reports.VerdictFail, err.Error(), "Write one answer to each request, and nothing else.")
	case took > slowEnd:
		e.add("end", reports.VerdictWarn, "the program does not end when its standard input ends, and was killed", "End when standard input ends.")
	default:
		e.add("end", reports.VerdictPass, "the adapter ends in time", "")
	}
}

// addFaults adds what was wrong with the messages.
func (e *examination) addFaults() {
	l := e.listener
	if len(l.faults) == 0 {
		e.add("messages", reports.VerdictPass, fmt.Sprintf("%d requests and %d answers fit the schema", l.requests, l.answers), "")
	}
	for _, f := range l.faults {
		verdict, name, do := reports.VerdictFail, "messages", "assay protocol explains the messages."
		if f.warning {
			verdict = reports.VerdictWarn
		}
		if f.op != "" {
			name = "answer to " + f.op
		} else {
			do = "Write answers to standard output and everything else to standard error. " + do
		}
		found := f.at.Problem
		if f.times > 1 {
			found += fmt.Sprintf(" (%d times)", f.times)
		}
		e.add(name, verdict, found, do)
		e.show(f.at)
	}
}

// show adds the line that is wrong to the last check. Nil means that none is.
func (e *examination) show(at *intake.Error) {
	if at != nil {
		_, line, _ := strings.Cut(at.Error(), "\n")
		e.result.Checks[len(e.result.Checks)-1].Line = line
	}
}

// titleOf returns the title of a case as a part of a sentence.
func titleOf(s *scenarios.Scenario) string { return strings.ToLower(s.Title[:1]) + s.Title[1:] }

// said says how a case ended.
func said(c *reports.Case) string {
	if c == nil {
		return "no answer"
	}
	words := []string{string(c.Outcome)}
	if c.Outcome == reports.OutcomeFail {
		words = []string{"got " + c.Got}
	}
	if c.Why != "" {
		words = append(words, c.Why)
	}
	return strings.Join(words, ", ")
}

func (e *examination) add(name, verdict, found, do string) {
	e.result.Checks = append(e.result.Checks, reports.AdapterFound{
		Check: reports.Check{Name: name, Verdict: verdict, Found: found, Do: do},
	})
}

// failed reports whether a check has failed.
func (e *examination) failed() bool {
	e.result.Worst()
	return e.result.Verdict == reports.VerdictFail
}
