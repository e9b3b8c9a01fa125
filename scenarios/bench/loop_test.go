package bench

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios/panics"
)

func TestStrideVisitsEveryToken(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 1500; n++ {
		step := stride(n)
		if step < 1 || step > max(1, n-1) || gcd(step, n) != 1 {
			t.Errorf("stride(%d) = %d, which does not visit every token", n, step)
		}
	}
	if got := stride(256); got != 159 {
		t.Errorf("stride(256) = %d, want 159, the first above 0.618 of it that is odd", got)
	}
}

// counting is an operation that counts its calls by token and has every tenth
// verdict wrong.
type counting struct {
	calls  atomic.Uint64
	wrong  atomic.Uint64
	tokens [300]atomic.Uint64
}

func (c *counting) op(i int) bool {
	c.tokens[i].Add(1)
	if c.calls.Add(1)%10 == 0 {
		c.wrong.Add(1)
		return false
	}
	return true
}

// A panic of an operation reaches the caller, and not the runtime.
func TestLoopPassesOnAPanic(t *testing.T) {
	t.Parallel()
	c := new(counting)
	l := loop{
		subject: subject{tokens: len(c.tokens), op: func(i int) bool {
			if c.calls.Load() > 10 {
				panic("out of luck")
			}
			return c.op(i)
		}},
		workers: 2, duration: time.Minute, interval: time.Millisecond,
	}
	err := panics.Catch(func() { _, _ = l.run(t.Context(), func(_, _ tally) error { return nil }) })
	if panicked, ok := errors.AsType[*panics.Error](err); !ok || panicked.Value != "out of luck" {
		t.Errorf("the loop ended with %v, want the panic", err)
	}
}

func TestLoopLosesNothing(t *testing.T) {
	t.Parallel()
	for name, slowness := range map[string]time.Duration{"a quick reader": 0, "a slow reader": 30 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := new(counting)
			l := loop{
				subject: subject{op: c.op, tokens: len(c.tokens)}, workers: 2,
				duration: 50 * time.Millisecond, interval: 2 * time.Millisecond,
			}
			calls := 0
			var sum tally
			whole, err := l.run(t.Context(), func(recent, whole tally) error {
				calls++
				sum.wrong += recent.wrong
				if recent.service.Count() == 0 || recent.service.Count() > whole.service.Count() {
					t.Errorf("the window has %d operations of %d",
						recent.service.Count(), whole.service.Count())
				}
				time.Sleep(slowness) // makes a slow reader slow
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			// A warm-up of no time has one operation per worker.
			if warm := c.calls.Load() - whole.service.Count(); warm != 2 {
				t.Errorf("%d operations of %d were not counted, want the 2 of the warm-up",
					warm, c.calls.Load())
			}
			if whole.wrong+1 < c.wrong.Load() {
				t.Errorf("%d verdicts of %d wrong ones were counted", whole.wrong, c.wrong.Load())
			}
			if calls == 0 || sum.wrong > whole.wrong {
				t.Errorf("%d live calls with %d wrong verdicts of %d",
					calls, sum.wrong, whole.wrong)
			}
			for i := range c.tokens {
				if c.tokens[i].Load() == 0 {
					t.Errorf("token %d had no turn", i)
				}
			}
			// The windows add up to the time of both workers, less their start.
			if least := 2*l.duration - time.Millisecond; whole.elapsed < least {
				t.Errorf("the workers were busy for %v, want at least %v", whole.elapsed, least)
			}
		})
	}
}

func TestLoopEndsWithAnErrorOfItsReader(t *testing.T) {
	t.Parallel()
	c := new(counting)
	l := loop{subject: subject{op: c.op, tokens: len(c.tokens)}, workers: 2, duration: time.Hour, interval: time.Millisecond}
	gone := errors.New("nobody reads")
	calls := 0
	_, err := l.run(t.Context(), func(tally, tally) error {
		calls++
		return gone
	})
	if !errors.Is(err, gone) || calls != 1 {
		t.Errorf("run = %v after %d live calls, want %v after one", err, calls, gone)
	}
}

func TestAllocationsAreCounted(t *testing.T) {
	// Not parallel: the allocations of other tests would be counted.
	var sink []byte
	s := subject{tokens: 256, op: func(int) bool {
		sink = make([]byte, 64)
		return true
	}}
	objects, bytes := allocations(s)
	_ = sink
	if objects < 1 || objects > 1.05 || bytes < 64 || bytes > 70 {
		t.Errorf("allocations = %.3f objects of %.1f bytes, want 1 of 64", objects, bytes)
	}
}

// The cost of the loop itself, clock and histogram included.
func BenchmarkLoop(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(map[int]string{1: "one worker", 2: "two workers"}[workers], func(b *testing.B) {
			l := loop{
				subject: subject{op: func(int) bool { return true }, tokens: 256}, workers: workers,
				duration: 200 * time.Millisecond, interval: 50 * time.Millisecond,
			}
			var all tally
			all.service = newTally().service
			for b.Loop() {
				whole, err := l.run(b.Context(), func(tally, tally) error { return nil })
				if err != nil {
					b.Fatal(err)
				}
				all.add(whole)
			}
			b.ReportMetric(float64(all.elapsed)/float64(all.service.Count()), "ns/operation")
			b.ReportMetric(0, "ns/op")
		})
	}
}
