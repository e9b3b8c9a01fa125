package appcheck

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/appcheck/browser"
)

// Options say what to check.
type Options struct {
	// URL is where the application begins.
	URL *url.URL

	// Script says how to use it. Nil means [GuessedScript].
	Script *Script

	// Provider is what the application is configured with. The caller closes
	// it.
	Provider *Provider

	// Browser drives the application. The caller closes it.
	Browser *browser.Browser

	// Checks are done in this order. There must be at least one.
	Checks []Check

	// Timeout bounds one action in the browser. Zero means [DefaultTimeout].
	Timeout time.Duration

	// TokenLife is how long the tokens live in checks of what happens when they
	// expire. Zero means [DefaultTokenLife].
	TokenLife time.Duration

	// Grace is how much longer than its tokens the session of a user may last
	// who was deprovisioned. Verifiers tolerate some clock skew.
	Grace time.Duration

	// Header is completed and emitted first.
	Header reports.Header

	// Repeat returns the command that does one check again. Nil means that
	// there is none.
	Repeat func(id string) string
}

// The defaults of [Options].
const (
	DefaultTimeout   = 30 * time.Second
	DefaultTokenLife = 5 * time.Second
	DefaultGrace     = time.Minute // what Char tolerates
)

// checkTime bounds one check in real time: several logins, and a grace.
const checkTime = 5 * time.Minute

// NotReadyError says that the application cannot be checked at all, because
// nobody can sign in, or not as the script says.
type NotReadyError struct {
	Err error
	Do  string // what to do about it
}

func (e *NotReadyError) Error() string {
	return "the application cannot be checked: signing in as the script says does not work: " + e.Err.Error()
}
func (e *NotReadyError) Unwrap() error { return e.Err }

// Run signs in once, executes the checks, and emits header, plan, cases and
// footer. When ctx ends it stops, and the footer says that it was interrupted.
// The error is a [NotReadyError] if nobody can sign in, which comes before the
// first record, or the one that emit returned.
func Run(ctx context.Context, opts Options, emit func(reports.Record) error) (reports.Footer, error) {
	w, err := newWorld(ctx, opts)
	if err != nil {
		return reports.Footer{}, err
	}
	h := opts.Header
	h.Command = reports.CommandRun
	h.Implementation = reports.Implementation{Name: group + ":" + reports.Redact(opts.URL.String())}
	var plan reports.Plan
	for _, c := range opts.Checks {
		plan.Cases = append(plan.Cases, reports.PlannedCase{ID: c.ID, Title: c.Title, Group: group, Level: c.Level})
	}
	frame, err := reports.Begin(h, plan, emit)
	if err != nil {
		return reports.Footer{}, err
	}
	footer := reports.Footer{Planned: len(opts.Checks), Counts: make(map[reports.Outcome]int)}
	for _, c := range opts.Checks {
		if err := frame.Start(c.ID); err != nil {
			return footer, err
		}
		result := w.judge(ctx, c)
		if ctx.Err() != nil {
			footer.Interrupted = true
			break
		}
		if opts.Repeat != nil {
			result.Repeat = opts.Repeat(c.ID)
		}
		if err := frame.Case(result); err != nil {
			return footer, err
		}
		footer.Judged++
		footer.Counts[result.Outcome]++
	}
	return footer, frame.End(&footer)
}

// world is what the checks of a run share.
type world struct {
	url      *url.URL
	start    string // path of the start page
	script   *Script
	provider *Provider
	browser  *browser.Browser

	timeout, life, grace time.Duration

	survey survey // of one honest use
}

// newWorld signs in once and looks around.
func newWorld(ctx context.Context, opts Options) (*world, error) {
	w := &world{
		url: opts.URL, script: opts.Script, provider: opts.Provider, browser: opts.Browser,
		timeout: opts.Timeout, life: opts.TokenLife, grace: opts.Grace, start: opts.URL.RequestURI(),
	}
	if w.script == nil {
		w.script = GuessedScript()
	}
	if w.script.Start != "" {
		w.start = w.script.Start
	}
	if w.timeout == 0 {
		w.timeout = DefaultTimeout
	}
	if w.life == 0 {
		w.life = DefaultTokenLife
	}
	err := w.look(ctx)
	if err == nil || ctx.Err() != nil || errors.Is(err, browser.ErrClosed) {
		return w, err
	}
	do := "describe in --script how to sign in, and what the application shows then"
	if e, ok := errors.AsType[*stepError](err); ok && e.step.Wait == w.script.SignedIn {
		do = "is it configured with the issuer and the client that are printed? Otherwise set signed-in in --script to what shows that somebody is signed in"
	}
	return nil, &NotReadyError{err, do}
}

// judge executes one check.
func (w *world) judge(ctx context.Context, c Check) reports.Case {
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, checkTime, fmt.Errorf("the check took longer than %v", checkTime))
	defer cancel()
	f, err := c.run(ctx, w)
	w.restore()
	if err != nil {
		f = undecided(err)
	}
	result := reports.Case{
		ID: c.ID, Title: c.Title, Group: group, Level: c.Level, Spec: c.Spec,
		Outcome: f.outcome, Want: c.Want, Got: f.got, Why: f.why,
		DurationMillis: float64(time.Since(began)) / float64(time.Millisecond),
	}
	if len(f.notes) > 0 {
		result.Evidence = &reports.Evidence{Notes: f.notes}
	}
	if f.outcome.Bad() {
		result.Advice = []string{c.Advice}
	}
	return result
}

// undecided is the finding of a check that could not be carried out. What the
// application does not do as the script says, although it did before, is no
// verdict on what was to be checked.
func undecided(err error) finding {
	if _, ok := errors.AsType[*stepError](err); ok || errors.Is(err, errNoLogin) || errors.Is(err, errSlow) || errors.Is(err, browser.ErrLoad) {
		return skipped("it could not be tried: " + err.Error())
	}
	return finding{outcome: reports.OutcomeError, why: err.Error()}
}

// restore undoes what a check has changed.
func (w *world) restore() {
	w.provider.change(nil)
	w.provider.Env.Faults().Reset()
}
