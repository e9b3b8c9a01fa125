package load

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
	"unsafe"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// setClock returns t as it would have been read with a wall clock that differs by
// d, in whole seconds. The monotonic clock is the same: nobody can set that.
//
// There is no other way to make such a time without setting the clock of the
// machine. In a time with a monotonic reading, the seconds are above the 30 bits
// of the nanoseconds.
func setClock(t *testing.T, at time.Time, d time.Duration) time.Time {
	t.Helper()
	set := at
	*(*uint64)(unsafe.Pointer(&set)) += uint64(d/time.Second) << 30
	if set.Sub(at) != 0 || set.Round(0).Sub(at.Round(0)) != d {
		t.Fatalf("setClock(%v, %v) = %v: a time has another layout now", at, d, set)
	}
	return set
}

// The clock is set by an hour during a load. A naive generator that reads the
// wall clock sends nothing for an hour, or everything at once, and its times are
// wrong by an hour.
func TestTheClockThatIsSet(t *testing.T) {
	t.Parallel()
	target := httptest.NewServer(http.HandlerFunc(quick))
	t.Cleanup(target.Close)
	provider := es256()
	for name, by := range map[string]time.Duration{"back": -time.Hour, "forward": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Options{
				URL: target.URL, Provider: provider, Tokens: fewestTokens, RatePerSecond: 100, Duration: 200 * time.Millisecond, Warmup: NoWarmup,
				MaxBehind: time.Minute, Interval: time.Hour,
			}.plan()
			if err != nil {
				t.Fatal(err)
			}
			r := &runner{plan: p, collector: newCollector(p.series(), p.schedule, 0, p.mix)}
			if r.targets, err = newTargets(t.Context(), p, *provider, target.URL); err != nil {
				t.Fatal(err)
			}
			transport := newTransport(t.Context(), p.Connections, p.Timeout, p.Connection)
			defer transport.CloseIdleConnections()
			r.start = setClock(t, time.Now(), -by) // so that the clock has been set by that since
			attacker := vegeta.NewAttacker(vegeta.Client(&http.Client{Transport: transport}))
			live := newEmitter(nil, nil)
			r.collect(t.Context(), attacker.Attack(r.targets.next, r.newPacer(t.Context(), r.start), 0, ""), live, nil, nil)
			if err := live.close(); err != nil {
				t.Fatal(err)
			}

			if naive := time.Now().Round(0).Sub(r.start.Round(0)); naive.Round(time.Hour) != by {
				t.Errorf("by the wall clock, the load took %v, so the clock was not set", naive)
			}
			s := r.collector.final(p.schedule.duration)[0].Sample
			if s.Operations != 20 || s.Failed > 0 || s.ElapsedSeconds < 0.2 || s.ElapsedSeconds > 60 {
				t.Fatalf("%d requests in %.1f s, %d failed, want all 20 in 0.2 s", s.Operations, s.ElapsedSeconds, s.Failed)
			}
			if longest := time.Duration(s.Latency.MaxNS); longest < time.Millisecond || longest > time.Minute {
				t.Errorf("the longest latency is %v, want the millisecond that an answer takes", longest)
			}
			if lag, _ := r.collector.lag.Quantile(1); lag > time.Minute {
				t.Errorf("the generator is late by %v, want it to send on time", lag)
			}
		})
	}
}

// The start of a part is a time of day. From then on, its clock may be set.
func TestAPartWaitsByTheMonotonicClock(t *testing.T) {
	t.Parallel()
	r := &runner{plan: plan{Options: Options{Part: Part{Number: 1, Of: 2, StartAt: time.Now().Round(0).Add(time.Minute)}}}}
	start, late := r.await()
	if wait := time.Until(setClock(t, start, time.Hour)); wait > time.Minute || wait < 0 || late > 0 {
		t.Errorf("with the clock set by an hour it waits %v, and is %v late, want a minute and 0", wait, late)
	}
}
