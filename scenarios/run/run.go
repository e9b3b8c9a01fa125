package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/panics"
)

// Options says what to run.
type Options struct {
	// Scenarios are executed in this order, but for those that wait, which
	// begin first, and those that measure memory, which come last. There must
	// be at least one.
	Scenarios []*scenarios.Scenario

	// Implementation is under test. The caller closes it.
	Implementation implementations.Implementation

	// Name is how the command line names the implementation, for the command
	// that repeats a case. Empty or builtin is left out of it.
	Name string

	// Seed decides keys, IDs and paths. Zero is a seed like any other.
	Seed uint64

	// Network says where the environments listen and how the implementation
	// reaches them. The zero value is plain HTTP on loopback, for one on the
	// same machine. With Server it must be that of its first listener.
	Network mockidp.ListenerConfig

	// Server is the mock environment to use, which the caller closes. Nil
	// means one of the run's own. Runs that share a server share its keys,
	// which cost more than the rest of a short run; they must differ in Seed.
	Server *mockidp.Server

	// Dir is the working folder of the implementation, for the command that
	// repeats a case. Empty means that of the harness.
	Dir string

	// Quiet is shared by all runs of a process that are in progress at the same
	// time. Nil means that there is no other.
	Quiet *Quiet

	// Watch says whether the machine is too busy to judge a case that bounds
	// time or memory. Nil means [WatchMachine].
	Watch Watch

	// Jobs is how many cases run at once, at most all. Zero means two for
	// each CPU, because many cases wait.
	Jobs int

	// StrictReasons makes a right verdict with another reason a failure. It is
	// always so for implementations whose [implementations.Description] says it.
	StrictReasons bool

	// FailFast ends the run at the first case that does not pass. Cases that
	// other workers have begun are still judged.
	FailFast bool

	// Expectations say what is known of the implementation. Nil means that
	// everything must pass. With them, Catalogue is where the scenarios are
	// from.
	Expectations *scenarios.Expectations
	Catalogue    *scenarios.Catalogue

	// Choices say what the implementation does on purpose. Cases are judged
	// under them: an expectation that rests on another choice is derived from
	// them, and a case for which nothing follows from them is skipped. Nil
	// means that each case decides.
	Choices *scenarios.Choices

	// Deployed says which environment the implementation trusts, if it is an
	// [implementations.Deployed]. Its cases run one at a time, in an order that
	// disturbs the service least.
	Deployed DeployedOptions

	// Flags are further words of the command that repeats a case, without
	// secrets.
	Flags []string

	// Header is completed and emitted first: the caller sets what only it
	// knows, such as the version of the tool and the arguments.
	Header reports.Header

	// Files are scenario files to name in the command that repeats a case.
	Files []string
}

// caseTimeout bounds one case in real time. It is far above the longest case,
// which waits twice for a fetch that times out after four seconds.
const caseTimeout = time.Minute

// Emit takes one record. It is called by one goroutine at a time. An error
// ends the run.
type Emit func(reports.Record) error

// DefaultJobs returns how many cases are judged at once by that many processors,
// unless Options.Jobs says so: more of them, because cases also wait.
func DefaultJobs(processors int) int { return 2 * processors }

// Run executes the scenarios and emits header, plan, cases and footer. When ctx
// ends it stops, and the footer says that the run was interrupted. The error is
// the one that emit returned, says why the mock environment did not start, or
// joins a [scenarios.MistakeError] for each mistake of an author that only the
// run could find.
func Run(ctx context.Context, opts Options, emit Emit) (reports.Footer, error) {
	if len(opts.Scenarios) == 0 {
		return reports.Footer{}, errors.New("no scenarios to run")
	}
	if opts.Jobs <= 0 {
		opts.Jobs = DefaultJobs(runtime.GOMAXPROCS(0))
	}
	opts.Jobs = min(opts.Jobs, len(opts.Scenarios))
	if opts.Quiet == nil {
		opts.Quiet = new(Quiet)
	}
	r, err := newRunner(ctx, opts, emit)
	if err != nil {
		return reports.Footer{}, err
	}
	defer r.close()
	if r.deployment != nil {
		if err := r.prove(ctx); err != nil {
			return reports.Footer{}, err
		}
	}
	if err := r.begin(); err != nil {
		return reports.Footer{}, err
	}
	r.runCases(ctx)
	r.vouch(ctx)
	return r.end(ctx)
}

// runner is one run.
type runner struct {
	opts   Options
	emit   Emit
	frame  *reports.Frame
	server *mockidp.Server
	inside http.RoundTripper // reaches the server, whatever the issuers are

	deployment *deployment // nil unless the implementation is a deployed service

	reasons reasons
	watch   Watch

	mu     sync.Mutex // guards emit and what follows
	err    error      // the first that emit returned
	counts map[reports.Outcome]int
	judged int
	used   map[*scenarios.Line]bool // which lines of the expectations were used
	bad    bool                     // whether a case did not pass

	silence silence
	stopped string // why the run ends by itself, or ""

	mistakes []error // mistakes in scenarios
}

func newRunner(ctx context.Context, opts Options, emit Emit) (*runner, error) {
	d := opts.Implementation.Describe()
	r := &runner{
		opts: opts, emit: emit, server: opts.Server, watch: opts.Watch,
		reasons: reasons{precision: d.Reasons, strict: opts.StrictReasons || d.StrictReasons},
		counts:  make(map[reports.Outcome]int), used: make(map[*scenarios.Line]bool),
	}
	if r.watch == nil {
		r.watch = WatchMachine(d.Can("api"))
	}
	if r.server == nil {
		server, err := mockidp.Start(ctx, serverConfig(opts.Seed, opts.Network))
		if err != nil {
			return nil, fmt.Errorf("starting the mock environment: %w", err)
		}
		r.server = server
	}
	var err error
	if r.inside, err = r.newInside(ctx); err != nil {
		r.close()
		return nil, err
	}
	if service, ok := opts.Implementation.(implementations.Deployed); ok {
		r.opts.Jobs, r.opts.Scenarios = 1, ordered(opts.Scenarios)
		if r.deployment, err = newDeployment(service, opts.Deployed, r.server); err != nil {
			r.close()
			return nil, err
		}
	}
	return r, nil
}

func (r *runner) close() {
	if r.opts.Server != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	// The error is that requests were cut off: those of implementations
	// that hang, which their cases have reported.
	_ = r.server.Close(ctx)
}

// begin emits the header and the plan.
func (r *runner) begin() error {
	d := r.opts.Implementation.Describe()
	h := r.opts.Header
	h.Command = reports.CommandRun
	h.CatalogueVersion = scenarios.CatalogueVersion
	h.Seed = FormatSeed(r.opts.Seed)
	h.Implementation = reports.Implementation{
		Name: d.Name, Version: d.Version, Language: d.Language, Capabilities: d.Capabilities, Setup: d.Setup, Reasons: string(d.Reasons),
	}
	h.PolicyFile = policyFile(r.opts.Choices)
	plan := reports.Plan{}
	for _, s := range r.opts.Scenarios {
		plan.Cases = append(plan.Cases, reports.PlannedCase{ID: s.ID, Title: s.Title, Group: s.Group.Name, Level: reports.Level(s.Level), Robustness: s.Robustness()})
	}
	var err error
	r.frame, err = reports.Begin(h, plan, r.send)
	return err
}

// send emits one record unless an earlier one has failed.
func (r *runner) send(record reports.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = r.emit(record)
	}
	return r.err
}

// runCase executes one case and emits its result. A case that the end of ctx has
// cut short is not judged.
func (r *runner) runCase(ctx context.Context, s *scenarios.Scenario) {
	turn := r.opts.Quiet.wait(s)
	_ = r.frame.Start(s.ID) // The first error ends the run: send keeps it.
	started := time.Now()
	result := r.runOrSkip(ctx, s, turn)
	if ctx.Err() != nil {
		return
	}
	result.DurationMillis = float64(time.Since(started).Microseconds()) / 1000
	r.listen(ctx, &result)
	if r.deployment != nil {
		r.hold(ctx, s, result)
		return
	}
	r.record(s, result)
}

// record counts and emits the result of a case.
func (r *runner) record(s *scenarios.Scenario, result reports.Case) {
	if line := expected(r.opts.Expectations, s, &result); line != nil {
		r.use(line)
	}
	r.mu.Lock()
	r.bad = r.bad || result.Outcome.Bad()
	r.counts[result.Outcome]++
	r.judged++
	r.mu.Unlock()
	_ = r.frame.Case(result) // The first error ends the run: send keeps it.
}

// use records that a line of the expectations applies to a case.
func (r *runner) use(line *scenarios.Line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used[line] = true
}

// runOrSkip executes s unless it is skipped, and releases turn. A panic on the
// way is the harness's own fault.
func (r *runner) runOrSkip(ctx context.Context, s *scenarios.Scenario, turn *turn) (result reports.Case) {
	defer func() { turn.release() }() // which changes on the way
	result = reports.Case{
		ID: s.ID, Title: s.Title, Group: s.Group.Name, Level: reports.Level(s.Level),
		Policy: s.PolicyName(), Spec: s.Spec, Robustness: s.Robustness(), Code: s.Code, Documented: documented(s), Want: want(s), Repeat: r.repeat(s),
		File: r.file(s), Line: s.Line,
	}
	defer func() {
		if p := recover(); p != nil {
			panicked := panics.From(p)
			result.Outcome = reports.OutcomeError
			result.Why = fmt.Sprintf("the harness panicked: %v", panicked.Value)
			result.Evidence = &reports.Evidence{Notes: []string{string(panicked.Stack)}}
		}
		if aboutTheVerifier(s, &result) {
			Explain(s, &result)
		}
	}()
	if line, section := r.opts.Expectations.Of(s); section == sectionSkip {
		r.use(line)
		result.Outcome, result.Why = reports.OutcomeSkip, "expected: "+line.Reason
		return result
	}
	why := r.deployment.unfit(s)
	if missing := r.opts.Implementation.Describe().Missing(s.Needs); len(missing) > 0 {
		why = "needs " + strings.Join(missing, ", ")
	}
	defer func() { r.deployment.cover(s, result.Outcome, why == "") }()
	if why = cmp.Or(why, elsewhere(s, r.opts.Network, r.server.URL()), beyond(s, r.opts.Choices)); why != "" {
		result.Outcome, result.Why = reports.OutcomeSkip, why
		return result
	}
	ctx, cancel := context.WithTimeout(ctx, caseTimeout+r.deployment.longest())
	defer cancel()
	r.runVariants(ctx, s, turn, &result)
	return result
}

// aboutTheVerifier reports whether a result says that the verifier is wrong, so
// that causes and advice help: not if its verdict is right, and not if the
// adapter, the machine or the harness is at fault. A missing answer is a verdict
// only where the case bounds its time.
func aboutTheVerifier(s *scenarios.Scenario, c *reports.Case) bool {
	switch c.Outcome {
	case reports.OutcomeFail:
		return !c.ReasonDiffers
	case reports.OutcomeCrash, reports.OutcomeHang:
		return s.Timed() || s.MeasuresMemory()
	}
	return false
}

// blame says in the record of a case why there is no judgement, and keeps the
// error for the end of the run if the author of the scenario made a mistake.
func (r *runner) blame(result *reports.Case, err error) {
	mistake, ok := errors.AsType[*scenarios.MistakeError](err)
	if !ok {
		result.Why = reports.Excerpt(err.Error(), reports.MaxTokenText)
		return
	}
	result.Got, result.Why = "no judgement: the scenario has a mistake", mistake.Brief
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mistakes = append(r.mistakes, mistake)
}

// end emits the footer.
func (r *runner) end(ctx context.Context) (reports.Footer, error) {
	footer := reports.Footer{
		Planned: len(r.opts.Scenarios), Judged: r.judged, Counts: r.counts,
		Interrupted: ctx.Err() != nil, Stopped: r.stopped,
		Unused: r.unused(), Coverage: r.deployment.covered(),
	}
	if err := r.frame.End(&footer); err != nil {
		return footer, err
	}
	slices.SortFunc(r.mistakes, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return footer, errors.Join(r.mistakes...)
}
