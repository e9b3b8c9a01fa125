package bench

import (
	"context"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure"
	"github.com/assay-id/assay/scenarios/measure/gate"
	"github.com/assay-id/assay/scenarios/measure/machine"
)

// Result holds the results of a benchmark.
type Result struct {
	// Samples are the final ones, in the order in which they were emitted.
	Samples []reports.Sample

	Footer reports.Footer
}

// Run measures what opts say and emits the records of a stream: a header, an
// empty plan, samples, progress and a footer. emit is called from one
// goroutine at a time; an error from it ends the benchmark and is returned.
//
// The error is a [gate.ErrUsage] for a mistake in opts, before anything is
// emitted; [gate.ErrMissed] or [gate.ErrInvalid], depending on the thresholds
// and the validity of the figures; or the cause of ctx if ctx ends, within an
// interval and after a last sample and the footer. Any other error is a failure
// of the harness.
func Run(ctx context.Context, opts Options, emit func(reports.Record) error) (Result, error) {
	p, err := opts.plan()
	if err != nil {
		return Result{}, err
	}
	out, err := reports.Begin(measure.Header(p.Header, reports.CommandBench, p.Seed),
		reports.Plan{}, emit)
	if err != nil {
		return Result{}, err
	}
	r := &runner{
		plan: p, out: out, subjects: make(map[string]subject), unsound: make(map[string]string),
	}
	interrupted := false
	for i, s := range p.series {
		if err := r.progress(i, s.Name+": warming up"); err != nil {
			return r.result, err
		}
		if err := r.measure(ctx, s); err != nil {
			return r.result, err
		}
		if interrupted = ctx.Err() != nil; interrupted {
			break
		}
	}
	return r.close(ctx, interrupted)
}

// runner is a benchmark in progress.
type runner struct {
	plan
	out *reports.Frame

	began       time.Time // the first series
	seriesBegan time.Time // the current one
	current     int       // its number

	subjects map[string]subject // by series
	unsound  map[string]string  // by baseline; set once its self-check was made
	judged   []gate.Series
	result   Result
}

// progress says how many of the final samples there are, and how long the rest
// takes from the given series on.
func (r *runner) progress(current int, message string) error {
	return r.out.Progress(reports.Progress{
		Done: len(r.result.Samples), Total: len(planned(r.series, r.SkipRatio)), Message: message,
		LeftSeconds: r.left(current).Seconds(),
	})
}

// subject returns the subject of s, which is made once.
func (r *runner) subject(ctx context.Context, s Series) (subject, error) {
	if made, ok := r.subjects[s.Name]; ok {
		return made, nil
	}
	made, err := newSubject(ctx, s, r.plan)
	if err == nil {
		r.subjects[s.Name] = made
	}
	return made, err
}

// measure measures one series and emits its samples. The end of ctx is not an
// error: what was measured until then is emitted.
func (r *runner) measure(ctx context.Context, s Series) error {
	subject, err := r.subject(ctx, s)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	before := machine.Take()
	l := loop{
		subject: subject, workers: s.Workers, warmup: r.Warmup, duration: r.Duration,
		interval: r.Interval,
	}
	whole, err := l.run(ctx, func(recent, whole tally) error {
		return r.out.Sample(s.live(recent, whole))
	})
	if err != nil {
		return err
	}
	measured := s.measured()
	measured.Service = whole.service
	measured.Sample = s.final(whole)
	measured.Sample.Invalid = before.Until(machine.Take()).Reasons()
	if ctx.Err() != nil {
		return r.keep(measured)
	}
	measured.Sample.AllocsPerOp, measured.Sample.BytesPerOp = allocations(subject)
	if r.Steps && s.Mode != Bare {
		if measured.Sample.Steps, err = subject.steps(ctx, r.Duration); err != nil {
			return err
		}
	}
	if s.Baseline == "" || r.SkipRatio {
		return r.keep(measured)
	}
	collected, err := r.ratio(ctx, s, subject, &measured)
	if err != nil {
		return err
	}
	if collected == nil {
		return r.keep(measured)
	}
	return r.keep(measured, *collected)
}

// keep emits the final samples of a series and remembers them for the
// thresholds.
func (r *runner) keep(series ...gate.Series) error {
	for _, s := range series {
		if err := r.out.Sample(s.Sample); err != nil {
			return err
		}
		r.judged = append(r.judged, s)
		r.result.Samples = append(r.result.Samples, s.Sample)
	}
	return nil
}

// close judges what was measured and emits the footer.
func (r *runner) close(ctx context.Context, interrupted bool) (Result, error) {
	judgement := gate.Judge(r.thresholds, r.judged)
	r.compare(&judgement)
	f := &r.result.Footer
	f.Thresholds = judgement.Thresholds
	f.Interrupted = interrupted
	// Without a condition, the figures are what the benchmark is for.
	if len(r.Thresholds) == 0 && r.Against == nil || judgement.RestsOnTimes() {
		for _, s := range r.result.Samples {
			for _, reason := range s.Invalid {
				f.Invalid = append(f.Invalid, s.Series+": "+reason)
			}
		}
	}
	if err := r.out.End(f); err != nil {
		return r.result, err
	}
	if interrupted {
		return r.result, context.Cause(ctx)
	}
	return r.result, judgement.Conclude(f.Invalid)
}
