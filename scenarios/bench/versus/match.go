package versus

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/bench/paired"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// match is a comparison in progress.
type match struct {
	Options
	names []string
	job   job
	out   *reports.Frame

	sides  []side // that were opened
	judged []gate.Series

	clock time.Duration // the sum of what the sides took
	err   error         // of a side, while it was measured
}

// warmup is long enough for the compilers in adapters.
const warmup = time.Second

func (m *match) close() {
	for _, s := range m.sides {
		s.close()
	}
}

func (m *match) open(ctx context.Context, spec string) (side, error) {
	s, err := m.Options.open(ctx, spec, m.job)
	if err == nil {
		m.sides = append(m.sides, s)
	}
	return s, err
}

// run measures everything and emits the samples.
func (m *match) run(ctx context.Context) error {
	if slices.ContainsFunc(m.Sides, func(s string) bool { return !isBuild(s) }) {
		return m.adapters(ctx)
	}
	return m.builds(ctx)
}

// builds compares each build with the first.
func (m *match) builds(ctx context.Context) error {
	first, err := m.open(ctx, m.Sides[0])
	if err != nil {
		return err
	}
	again, err := m.open(ctx, m.Sides[0])
	if err != nil {
		return err
	}
	control, err := m.estimate(ctx, "control", first, again, paired.CollectNever)
	if err != nil {
		return fmt.Errorf("comparing %s with itself: %w", m.names[0], err)
	}
	control.Self = &control.Ratio
	if err := m.emit(sample(m.names[0], control, control.A, first), "", true); err != nil {
		return err
	}
	for i := 1; i < len(m.Sides); i++ {
		other, err := m.open(ctx, m.Sides[i])
		if err != nil {
			return err
		}
		r, err := m.estimate(ctx, m.names[i], first, other, paired.CollectAlways)
		if err != nil {
			return fmt.Errorf("comparing %s with %s: %w", m.names[i], m.names[0], err)
		}
		s := m.compared(sample(m.names[i], r, r.B, other), r.Ratio)
		if err := m.emit(s, control.Unsound(), false); err != nil {
			return err
		}
		s.Series, s.Service, s.Ratio = s.Series+withCollector, nil, interval(*r.Collected)
		s.RatePerSecond, s.Operations = 1e9/r.CollectedNS, uint64(r.CollectedOperations)
		if err := m.emit(s, control.Unsound(), true); err != nil {
			return err
		}
	}
	return nil
}

// compared returns s with its ratio to the first side.
func (m *match) compared(s reports.Sample, ratio paired.Interval) reports.Sample {
	s.Baseline, s.Ratio = m.names[0], interval(ratio)
	return s
}

// adapters compares every side with the adapter that verifies nothing. What a
// side takes besides is its own; the protocol disturbs both alike.
func (m *match) adapters(ctx context.Context) error {
	echo, err := openAdapter(ctx, func(ctx context.Context) (implementations.Implementation, error) {
		return implementations.NewExec(ctx, m.Echo, implementations.ExecOptions{Env: m.Env})
	}, m.job)
	if err != nil {
		return fmt.Errorf("starting the adapter that verifies nothing: %w", err)
	}
	m.sides = append(m.sides, echo)
	var first paired.Interval
	for i, spec := range m.Sides {
		s, err := m.open(ctx, spec)
		if err != nil {
			return err
		}
		r, err := m.estimate(ctx, m.names[i], echo, s, paired.CollectNever)
		if err != nil {
			return fmt.Errorf("comparing %s with the protocol: %w", m.names[i], err)
		}
		own := r.Ratio
		if !isBuild(spec) {
			own = paired.Interval{Estimate: own.Estimate - 1, Low: own.Low - 1, High: own.High - 1}
		}
		if i == 0 {
			first = own
			if err := m.relative(sample(protocolSeries, r, r.A, echo), paired.Interval{Estimate: 1, Low: 1, High: 1}, first, true); err != nil {
				return err
			}
		}
		whole := sample(m.names[i], r, r.B, s)
		verifying := whole
		if !isBuild(spec) {
			verifying.Service, whole.Series = nil, whole.Series+withProtocol
			if err := m.relative(whole, r.Ratio, first, true); err != nil {
				return err
			}
		}
		if err := m.relative(verifying, own, first, i == 0); err != nil {
			return err
		}
	}
	return nil
}

// relative emits s with its ratio to the first side. Both are given relative to
// the protocol.
func (m *match) relative(s reports.Sample, own, first paired.Interval, aside bool) error {
	unsound := ""
	switch {
	case own.Low <= 0 || first.Low <= 0:
		unsound = "a verification is too short to be told from the protocol"
	case s.Series != m.names[0]:
		s = m.compared(s, own.Over(first))
	}
	return m.emit(s, unsound, aside)
}

func (m *match) emit(s reports.Sample, unsound string, aside bool) error {
	judged := series(s, m.Alg, aside)
	if judged.Unsound = unsound; unsound != "" {
		judged.Sample.Invalid = append(judged.Sample.Invalid, unsound)
	}
	m.judged = append(m.judged, judged)
	return m.out.Sample(judged.Sample)
}

// estimate compares b with a.
func (m *match) estimate(ctx context.Context, name string, a, b side, collect paired.Collect) (paired.Result, error) {
	whole := ctx // a worker outlives the comparison
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	o := m.Ratio
	o.Seed, o.SkipSelfCheck = m.Seed, true
	o.Now = func() time.Duration { return m.clock }
	o.Progress = func(p paired.Progress) {
		text := fmt.Sprintf("%s: %s %.4f, epoch %d of %d", name, p.Stage, p.SoFar.Estimate, p.Epoch, p.Of)
		if m.err = m.out.Progress(reports.Progress{Total: len(m.Sides), Message: text}); m.err != nil {
			stop()
		}
	}
	o.Sleep = func(ctx context.Context, d time.Duration) {
		for _, s := range []side{a, b} {
			if m.err == nil {
				m.err = s.renew(whole)
			}
		}
		if m.err != nil {
			stop()
		}
		select {
		case <-time.After(d):
		case <-ctx.Done():
		}
	}
	if o.Collect = collect; o.Warmup == 0 {
		o.Warmup = warmup
	}
	measured := func(s side) func(int) {
		return func(n int) {
			if m.err != nil {
				return
			}
			taken, wrong, err := s.slice(n)
			if err == nil && wrong > 0 {
				err = errRefused
			}
			if m.clock += taken; err != nil {
				m.err = err
				stop()
			}
		}
	}
	result, err := paired.Estimate(ctx, measured(a), measured(b), o)
	if m.err != nil {
		return result, m.err
	}
	return result, err
}

// sample describes one side of a comparison. Its times are those of the median
// slice.
func sample(name string, r paired.Result, s paired.Side, of side) reports.Sample {
	ns, operations := int64(math.Round(s.MedianNS)), uint64(2*r.Rounds*s.SliceOperations)
	out := reports.Sample{
		Series: name, Final: true, Operations: operations, RatePerSecond: 1e9 / s.MedianNS,
		ElapsedSeconds: float64(operations) * s.MedianNS / 1e9,
		Service:        &reports.Quantiles{Count: operations, MeanNS: ns, P50NS: ns},
	}
	if b, ok := of.(*build); ok {
		out.AllocsPerOp, out.BytesPerOp = b.ready.AllocsPerOp, b.ready.BytesPerOp
	}
	return out
}

func interval(i paired.Interval) *reports.Interval {
	return &reports.Interval{Estimate: i.Estimate, Low: i.Low, High: i.High}
}
