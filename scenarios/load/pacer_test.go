package load

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios/measure/latency"
)

// pacerBench is a pacer whose waits advance its clock.
type pacerBench struct {
	*pacer
	clock  time.Duration
	full   bool
	sleeps []time.Duration
	naps   []time.Duration
}

func newPacerBench(
	t testing.TB, ctx context.Context, segments []Segment, precise bool,
) *pacerBench {
	b := new(pacerBench)
	b.pacer = &pacer{
		ctx: ctx, schedule: mustSchedule(t, segments), maxBehind: time.Minute,
		now: func() time.Duration { return b.clock },
		sleep: func(_ context.Context, d time.Duration) {
			b.sleeps = append(b.sleeps, d)
			b.clock += d
		},
		full: func() bool { return b.full }, backlog: new(atomic.Bool),
	}
	if precise {
		b.nap = func(d time.Duration) {
			b.naps = append(b.naps, d)
			b.clock += d
		}
	}
	return b
}

func TestPaceWaitsForTheIntendedStart(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	tests := []struct {
		name    string
		precise bool
		hits    uint64
		clock   time.Duration
		sleeps  []time.Duration
		naps    []time.Duration
	}{
		{"the first one at once", true, 0, 0, nil, nil},
		{"by a timer alone", false, 1, 1 * ms, []time.Duration{9 * ms}, nil},
		{"by a timer and a nap", true, 1, 1 * ms, []time.Duration{7 * ms}, []time.Duration{2 * ms}},
		{"by a nap alone", true, 1, 9 * ms, nil, []time.Duration{ms}},
		{"due now", true, 1, 10 * ms, nil, nil},
		{"due long ago", true, 1, 5000 * ms, nil, nil},
	}
	for _, test := range tests {
		b := newPacerBench(t, t.Context(), Constant(100, time.Second), test.precise)
		b.clock = test.clock
		wait, stop := b.Pace(0, test.hits)
		if wait != 0 || stop {
			t.Errorf("%s: Pace = %v, %t, want 0 and no stop", test.name, wait, stop)
		}
		if !slices.Equal(b.sleeps, test.sleeps) || !slices.Equal(b.naps, test.naps) {
			t.Errorf("%s: Pace sleeps %v and naps %v, want %v and %v",
				test.name, b.sleeps, b.naps, test.sleeps, test.naps)
		}
		if want := max(test.clock, time.Duration(test.hits)*10*ms); b.clock != want {
			t.Errorf("%s: Pace returns at %v, want %v", test.name, b.clock, want)
		}
	}
}

// A signal may end a nap, and a timer of the system may be early.
func TestPaceWaitsAgainIfItWokeTooEarly(t *testing.T) {
	t.Parallel()
	b := newPacerBench(t, t.Context(), Constant(100, time.Second), true)
	b.nap = func(d time.Duration) { b.clock += (d + 1) / 2 }
	if _, stop := b.Pace(0, 1); stop || b.clock != 10*time.Millisecond {
		t.Errorf("Pace returns at %v, want 10ms", b.clock)
	}
}

func TestPaceStops(t *testing.T) {
	t.Parallel()
	b := newPacerBench(t, t.Context(), Constant(100, time.Second), false)
	if _, stop := b.Pace(0, 99); stop {
		t.Error("Pace stops before the last request")
	}
	if _, stop := b.Pace(0, 100); !stop {
		t.Error("Pace does not stop after the last request")
	}
	b.clock = 10*time.Millisecond + time.Minute
	if _, stop := b.Pace(0, 1); stop {
		t.Error("Pace gives up at its limit, want it beyond")
	}
	b.clock++
	if _, stop := b.Pace(0, 1); !stop {
		t.Error("Pace does not give up beyond its limit")
	}

	ctx, cancel := context.WithCancel(t.Context())
	b = newPacerBench(t, ctx, Constant(100, time.Second), false)
	b.pacer.sleep = func(context.Context, time.Duration) { cancel() }
	if _, stop := b.Pace(0, 50); !stop {
		t.Error("Pace does not stop when its context ends within a wait")
	}
	if _, stop := b.Pace(0, 0); !stop {
		t.Error("Pace does not stop when its context has ended")
	}
}

// The target must not be blamed for the lag of the generator, nor the other way
// round.
func TestPaceTellsWhyRequestsAreLate(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	b := newPacerBench(t, t.Context(), Constant(100, time.Second), false)
	steps := []struct {
		name  string
		clock time.Duration // before the call, if it is later
		full  bool
		want  bool
	}{
		{"request 0 is in time", 0, false, false},
		{"request 1 is in time", 0, false, false},
		{"request 2 is late, and not by the target", 25 * ms, false, false},
		{"request 3 finds no room", 0, true, true},
		{"request 4 fell due meanwhile", 100 * ms, false, true},
		{"request 5 too", 0, false, true},
		{"request 6 too, and finds no room again", 0, true, true},
		{"request 7 still", 0, false, true},
		{"request 8 still", 0, false, true},
		{"request 9 still", 0, false, true},
		{"request 10 is due right now", 0, false, true},
		{"request 11 is waited for: it is over", 0, false, false},
		{"request 12 is late, and not by the target", 170 * ms, false, false},
	}
	for n, step := range steps {
		b.clock, b.full = max(b.clock, step.clock), step.full
		b.Pace(0, uint64(n))
		if got := b.backlog.Load(); got != step.want {
			t.Errorf("%s: backlog is %t, want %t", step.name, got, step.want)
		}
	}
}

// BenchmarkPace measures the arithmetic alone, without waits.
func BenchmarkPace(b *testing.B) {
	for name, segments := range map[string][]Segment{
		"constant": Constant(10_000, time.Hour),
		"ramp":     Ramp(1, 20_000, time.Hour),
	} {
		b.Run(name, func(b *testing.B) {
			p := newPacerBench(b, b.Context(), segments, true)
			p.clock, p.maxBehind = time.Hour, 2*time.Hour
			b.ReportAllocs()
			for n := uint64(0); b.Loop(); n++ {
				p.Pace(0, n%p.schedule.count)
			}
		})
	}
}

// BenchmarkPaceLag measures how late waits end on this machine.
func BenchmarkPaceLag(b *testing.B) {
	for _, test := range []struct {
		name    string
		rate    float64
		precise bool
	}{
		{"1000 a second, timers", 1000, false},
		{"1000 a second, precise", 1000, true},
		{"10000 a second, timers", 10_000, false},
		{"10000 a second, precise", 10_000, true},
	} {
		b.Run(test.name, func(b *testing.B) {
			lag := latency.New(latency.Fine)
			for b.Loop() {
				done := make(chan struct{})
				go func() { // the goroutine of vegeta, which ends with its thread
					defer close(done)
					p := newPacerBench(b, b.Context(), Constant(test.rate, 500*time.Millisecond), false).pacer
					start := time.Now()
					p.now = func() time.Duration { return time.Since(start) }
					p.sleep = sleep
					if test.precise {
						p.nap = nap
					}
					for n := uint64(0); n < p.schedule.count; n++ {
						p.Pace(0, n)
						lag.Record(p.now() - p.schedule.at(n))
					}
				}()
				<-done
			}
			p50, _ := lag.Quantile(0.5)
			p99, _ := lag.Quantile(0.99)
			b.ReportMetric(float64(p50.Nanoseconds()), "p50-lag-ns")
			b.ReportMetric(float64(p99.Nanoseconds()), "p99-lag-ns")
			b.ReportMetric(0, "ns/op")
		})
	}
}
