package run

import (
	"context"
	"sync"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/panics"
)

// runCases executes every case, a few at a time. Those that must be alone come
// last, so that the others wait for them only once.
func (r *runner) runCases(ctx context.Context) {
	queue := make(chan *scenarios.Scenario)
	var workers sync.WaitGroup
	for range r.opts.Jobs {
		workers.Go(func() {
			for s := range queue {
				if !r.ends() {
					r.guardCase(ctx, s)
				}
			}
		})
	}
	for _, s := range r.opts.Scenarios {
		if r.apart(s) && ctx.Err() == nil {
			workers.Go(func() { r.guardCase(ctx, s) })
		}
	}
	for _, s := range r.queued() {
		if ctx.Err() != nil || r.ends() {
			break
		}
		queue <- s
	}
	close(queue)
	workers.Wait()
}

// queued returns the cases that do not run apart, in the order in which they
// begin.
func (r *runner) queued() []*scenarios.Scenario {
	var shared, alone []*scenarios.Scenario
	for _, s := range r.opts.Scenarios {
		switch {
		case r.apart(s):
		case s.MeasuresMemory():
			alone = append(alone, s)
		default:
			shared = append(shared, s)
		}
	}
	return append(shared, alone...)
}

// apart reports whether a case runs next to the others from the start.
func (r *runner) apart(s *scenarios.Scenario) bool { return s.Waits && r.deployment == nil }

// ends reports whether no further case is to begin.
func (r *runner) ends() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err != nil || r.stopped != "" || r.opts.FailFast && r.bad
}

// guardCase calls runCase. A panic outside of the case, such as one of a
// handler of the records, ends the run with an error.
func (r *runner) guardCase(ctx context.Context, s *scenarios.Scenario) {
	if err := panics.Catch(func() { r.runCase(ctx, s) }); err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.err == nil {
			r.err = err
		}
	}
}
