package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
)

// Replay is an [Engine] over a recorded stream: running scenarios emits what
// was recorded of them, and nothing is executed. It is exported for the
// external tests of this package. Safe for concurrent use.
type Replay struct {
	// Pace is the pause between two records. Zero shows all at once. Set it
	// before the first use.
	Pace time.Duration

	header  *reports.Header
	plan    *reports.Plan
	cases   map[string]*reports.Case
	samples []reports.Record // samples and progress, in order
	footer  *reports.Footer
}

// NewReplay reads a stream to its end. An incomplete stream is replayed as far
// as it goes; any other error of [reports.Read] is returned.
func NewReplay(r io.Reader) (*Replay, error) {
	e := &Replay{plan: &reports.Plan{}, cases: make(map[string]*reports.Case)}
	for rec, err := range reports.Read(r) {
		if errors.Is(err, reports.ErrIncomplete) && e.header != nil {
			break
		}
		if err != nil {
			return nil, err
		}
		switch rec.Kind {
		case reports.KindHeader:
			e.header = rec.Header
		case reports.KindPlan:
			e.plan = rec.Plan
		case reports.KindCase:
			e.cases[rec.Case.ID] = rec.Case
		case reports.KindSample, reports.KindProgress:
			e.samples = append(e.samples, rec)
		case reports.KindFooter:
			e.footer = rec.Footer
		}
	}
	return e, nil
}

// Scenarios returns the cases that the recorded run planned.
func (e *Replay) Scenarios() ([]Scenario, error) {
	var all []Scenario
	for _, p := range e.plan.Cases {
		s := Scenario{ID: p.ID, Title: p.Title, Group: p.Group, Level: p.Level, Policy: e.header.Policy}
		if c := e.cases[p.ID]; c != nil {
			s.Policy, s.Code, s.Spec, s.Expect = c.Policy, c.Code, c.Spec, c.Want
		}
		all = append(all, s)
	}
	return all, nil
}

// Implementations returns the implementation that was recorded.
func (e *Replay) Implementations() []Implementation {
	return []Implementation{{Name: e.header.Implementation.Name}}
}

// IdP returns nil: a recording has no environment.
func (e *Replay) IdP() (IdP, error) { return nil, nil }

// Select returns the recorded cases whose ID, group or code is in patterns.
func (e *Replay) Select(patterns string) ([]string, error) {
	var ids []string
	for _, c := range e.plan.Cases {
		hit := func(p string) bool {
			matched, err := path.Match(p, c.ID)
			return err == nil && matched || p == c.Group || e.cases[c.ID] != nil && p == e.cases[c.ID].Code
		}
		if words := strings.Fields(patterns); len(words) == 0 || slices.ContainsFunc(words, hit) {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) == 0 {
		return nil, errors.New("no scenario matches " + patterns)
	}
	return ids, nil
}

// Formats returns nil.
func (e *Replay) Formats() []ExportFormat { return nil }

// Export returns an error: a recording is one already.
func (e *Replay) Export(*reports.Recording, string, string, bool) (string, error) {
	return "", errors.ErrUnsupported
}

// Saved returns nil: a recording knows no other.
func (e *Replay) Saved() ([]SavedRun, error) { return nil, nil }

// Open returns an error: a recording knows no other.
func (e *Replay) Open(string) (*reports.Recording, error) { return nil, errors.ErrUnsupported }

// Forge returns an error: a recording has no environment.
func (e *Replay) Forge(context.Context, string) (string, error) { return "", errors.ErrUnsupported }

// Changes returns nil.
func (e *Replay) Changes() []TokenChange { return nil }

// Examine returns an error: a recording has no verifier.
func (e *Replay) Examine(context.Context, string, bool) (*TokenReport, error) {
	return nil, errors.ErrUnsupported
}

// Opinions returns an error: a recording has no implementations.
func (e *Replay) Opinions(context.Context, string, bool, string) ([]Opinion, error) {
	return nil, errors.ErrUnsupported
}

// SaveChange returns an error: a recording has no token.
func (e *Replay) SaveChange(string, string, bool) (string, error) { return "", errors.ErrUnsupported }

// Causes returns nil.
func (e *Replay) Causes() []Cause { return nil }

// Reproduce returns an error: a recording has no environment.
func (e *Replay) Reproduce(context.Context, string, func(reports.ReproductionStep)) (*reports.Reproduction, error) {
	return nil, errors.ErrUnsupported
}

// Run returns the records of the requested scenarios. The stream of an
// incomplete recording ends with [reports.ErrIncomplete].
func (e *Replay) Run(ctx context.Context, req RunRequest) (*Stream, error) {
	var plan reports.Plan
	wanted := make(map[string]bool, len(req.IDs))
	for _, id := range req.IDs {
		wanted[id] = true
	}
	for _, p := range e.plan.Cases {
		if wanted[p.ID] {
			plan.Cases = append(plan.Cases, p)
		}
	}
	if len(plan.Cases) == 0 {
		return nil, fmt.Errorf("the recording has none of the %d scenarios", len(req.IDs))
	}
	return NewStream(ctx, func(ctx context.Context, emit func(reports.Record) error) error {
		return e.run(ctx, &plan, emit)
	}), nil
}

func (e *Replay) run(
	ctx context.Context, plan *reports.Plan, emit func(reports.Record) error,
) error {
	emit(reports.Record{Kind: reports.KindHeader, Header: e.header})
	emit(reports.Record{Kind: reports.KindPlan, Plan: plan})
	footer := reports.Footer{Planned: len(plan.Cases), Counts: make(map[reports.Outcome]int)}
	for _, p := range plan.Cases {
		c := e.cases[p.ID]
		if c == nil {
			return reports.ErrIncomplete
		}
		if e.pause(ctx) != nil {
			footer.Interrupted = true
			break
		}
		emit(reports.Record{Kind: reports.KindCase, Case: c})
		footer.Judged++
		footer.Counts[c.Outcome]++
		footer.DurationSeconds += c.DurationMillis / 1000
	}
	if e.footer == nil {
		return reports.ErrIncomplete
	}
	if footer.Judged == len(e.plan.Cases) {
		footer = *e.footer
	}
	emit(reports.Record{Kind: reports.KindFooter, Footer: &footer})
	return ctx.Err()
}

// Estimate returns how long the recording took.
func (e *Replay) Estimate(MeasureRequest) (time.Duration, error) {
	if e.footer == nil {
		return 0, nil
	}
	return time.Duration(e.footer.DurationSeconds * float64(time.Second)), nil
}

// Measure returns the recorded samples.
func (e *Replay) Measure(ctx context.Context, _ MeasureRequest) (*Stream, error) {
	if e.header.Command == reports.CommandRun {
		return nil, errors.New("this is a recording of a run, which has no measurements")
	}
	return NewStream(ctx, func(ctx context.Context, emit func(reports.Record) error) error {
		emit(reports.Record{Kind: reports.KindHeader, Header: e.header})
		for _, rec := range e.samples {
			if err := e.pause(ctx); err != nil {
				return err
			}
			emit(rec)
		}
		if e.footer == nil {
			return reports.ErrIncomplete
		}
		emit(reports.Record{Kind: reports.KindFooter, Footer: e.footer})
		return nil
	}), nil
}

func (e *Replay) pause(ctx context.Context) error {
	if e.Pace <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(e.Pace)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
