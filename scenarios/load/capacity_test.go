package load

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// bucket is a token bucket: what a capped target has in front of it.
type bucket struct {
	sync.Mutex
	each, burst time.Duration // the time of one request, and of those that may come at once
	next        time.Time     // when the bucket is full again
}

// newBucket returns a bucket of ten requests.
func newBucket(perSecond float64) *bucket {
	each := time.Duration(float64(time.Second) / perSecond)
	return &bucket{each: each, burst: 10 * each}
}

// take returns how long the next request has to wait.
func (b *bucket) take() time.Duration {
	b.Lock()
	defer b.Unlock()
	now := time.Now()
	if b.next.Before(now) {
		b.next = now
	}
	wait := b.next.Sub(now) - b.burst
	b.next = b.next.Add(b.each)
	return max(wait, 0)
}

// refuse returns a handler that answers 429 to what has to wait.
func (b *bucket) refuse(w http.ResponseWriter, r *http.Request) {
	if b.take() > 0 {
		b.Lock()
		b.next = b.next.Add(-b.each) // it does not count
		b.Unlock()
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	quick(w, r)
}

// hold answers a request when its turn comes.
func (b *bucket) hold(w http.ResponseWriter, r *http.Request) {
	time.Sleep(b.take())
	quick(w, r)
}

// searching looks for a capacity, with short trials.
func searching(provider *corpus.Provider, thresholds ...string) Options {
	return Options{
		Provider: provider, FindCapacity: true, RatePerSecond: 40, Duration: 2 * time.Second, Warmup: time.Second,
		Pace: PaceSleep, Thresholds: thresholds, Seed: 3,
	}
}

// A capped target is found within the interval, whether it refuses what is too
// much or lets it wait, and whether times are limited or not.
func TestACapIsFound(t *testing.T) {
	t.Parallel()
	provider := es256()
	const limit = 143
	for name, test := range map[string]struct {
		handler    func(*bucket) http.HandlerFunc
		thresholds []string
		why        string
	}{
		"it refuses":               {func(b *bucket) http.HandlerFunc { return b.refuse }, nil, "errors == 0: got"},
		"it refuses, some may be":  {func(b *bucket) http.HandlerFunc { return b.refuse }, []string{"errors < 0.5%"}, "errors < 0.5%: got"},
		"it lets wait":             {func(b *bucket) http.HandlerFunc { return b.hold }, nil, "the target fell behind: it answered 14"},
		"it lets wait, p90 < 50ms": {func(b *bucket) http.HandlerFunc { return b.hold }, []string{"p90 < 50ms"}, "p90 < 50ms: got"},
	} {
		synctest.Test(t, func(t *testing.T) {
			_, result, err := inMemory(t, searching(provider, test.thresholds...), test.handler(newBucket(limit)))
			c := result.Footer.Capacity
			if err != nil || c.Limit != reports.LimitTarget || !strings.Contains(c.Reason, test.why) {
				t.Errorf("%s: Run = %v, limit %q, reason %q, want the target and %q", name, err, c.Limit, c.Reason, test.why)
			}
			if low, high := c.LowPerSecond, c.HighPerSecond; low > limit || high < limit || !narrow(low, high) {
				t.Errorf("%s: the capacity is %s, want it around %d/s; steps %+v", name, c, limit, c.Steps)
			}
			if !result.Footer.Green() || len(result.Footer.Thresholds) == 0 {
				t.Errorf("%s: the footer is %+v, want it green", name, result.Footer)
			}
		})
	}
}

// Two requests in flight, of 20 ms each, are 100 a second, however many the
// target could answer.
func TestTheGeneratorIsTheLimit(t *testing.T) {
	t.Parallel()
	provider := es256()
	synctest.Test(t, func(t *testing.T) {
		opts := searching(provider)
		opts.Connections = 2
		s, result, err := inMemory(t, opts, func(http.ResponseWriter, *http.Request) { time.Sleep(20 * time.Millisecond) })
		c := result.Footer.Capacity
		if c.Limit != reports.LimitGenerator || !strings.Contains(c.Reason, "the generator, and not the target, was the limit") ||
			!strings.Contains(c.Reason, "all 2 requests that may be in flight were") {
			t.Errorf("limit %q, reason %q, want the generator and its requests in flight", c.Limit, c.Reason)
		}
		if c.LowPerSecond > 100 || c.LowPerSecond < 90 || !errors.Is(err, gate.ErrInvalid) || result.Footer.Green() {
			t.Errorf("the capacity is %s, and Run = %v, want at least 90/s and ErrInvalid", c, err)
		}
		if s.Series != "load (shared CPU) at "+reports.FormatRate(c.LowPerSecond) || s.Failed+s.Dropped > 0 {
			t.Errorf("the sample is %+v, want that of the rate that held", s)
		}
	})
}

// Whatever delays the generator may be why a time is too long, and is never why
// an answer is wrong.
func TestACrowdedTrialIsNotHeldAgainstTheTarget(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		change  func(r *runner)
		outcome string
		why     string
	}{
		{"all is well", func(*runner) {}, reports.StepHeld, ""},
		{"busy, and all is well", func(r *runner) { r.use.OwnCores = 1e3 }, reports.StepHeld, ""},
		{"behind", func(r *runner) { r.collector.within = 980 }, reports.StepExceeded, "it answered 980/s of 1,000/s"},
		{"behind and busy", func(r *runner) { r.collector.within, r.use.OwnCores = 980, 1e3 }, reports.StepGenerator, "it measures itself"},
		{"behind, busy and allowed", func(r *runner) { r.collector.within, r.use.OwnCores, r.AllowInvalid = 980, 1e3, true }, reports.StepExceeded, "it answered"},
		{"errors and busy", func(r *runner) { r.collector.whole.failed, r.use.OwnCores = 1, 1e3 }, reports.StepExceeded, "errors == 0: got 1"},
		{"too few", func(r *runner) { r.thresholds, _ = gate.ParseAll([]string{"p99.9 < 1s"}, gate.Load) }, reports.StepUndecided, "1000 samples, want 10000"},
	} {
		r := goodRun(t, "https://id.example/verify")
		test.change(r)
		if step := r.judge(reports.PhaseClimb, 1000, ms); step.Outcome != test.outcome || !strings.Contains(step.Why, test.why) {
			t.Errorf("%s: %s, %q, want %s, %q", test.name, step.Outcome, step.Why, test.outcome, test.why)
		}
	}
}

// A target that takes half a second for each request, and keeps up, does not fall
// behind.
func TestASlowTargetThatKeepsUpHolds(t *testing.T) {
	t.Parallel()
	provider := es256()
	synctest.Test(t, func(t *testing.T) {
		b := newBucket(143)
		opts := searching(provider)
		opts.Connections = 256
		opts.Duration = 6 * time.Second // a shorter trial of a little too much is over before the bucket is empty
		_, result, _ := inMemory(t, opts, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(500 * time.Millisecond)
			b.refuse(w, r)
		})
		if c := result.Footer.Capacity; c.LowPerSecond > 143 || c.HighPerSecond < 143 {
			t.Errorf("the capacity is %s, want it around 143/s: %s", c, c.Reason)
		}
	})
}

func TestADeadTargetHasNoCapacity(t *testing.T) {
	t.Parallel()
	provider := es256()
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		_ = m.Close()
		opts := searching(provider)
		opts.URL, opts.Connection, opts.Tokens = memoryURL, Connection{dialer: m.dial}, fewestTokens
		result, err := Run(t.Context(), opts, func(reports.Record) error { return nil })
		if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "connection refused") || result.Footer.Capacity.LowPerSecond > 0 {
			t.Errorf("Run = %v, capacity %s, want ErrUnreachable and why", err, result.Footer.Capacity)
		}
	})
}

func TestSearchesAreRefused(t *testing.T) {
	t.Parallel()
	for want, opts := range map[string]Options{
		"cannot have a schedule":            {Schedule: Constant(1, time.Second)},
		"cannot have virtual users":         {Users: []Crowd{{1, 1, time.Second}}},
		"cannot have conditions that":       {Aborts: []string{"errors > 1"}},
		"cannot have parts":                 {URL: memoryURL, Provider: es256(), Part: Part{Number: 1, Of: 2, StartAt: time.Now()}},
		"cannot have a file of requests":    {Hits: new(Hits)},
		"search for the capacity needs a w": {Warmup: NoWarmup},
	} {
		opts.FindCapacity = true
		if err := opts.Validate(); !errors.Is(err, gate.ErrUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate = %v, want an ErrUsage with %q", err, want)
		}
	}
}
