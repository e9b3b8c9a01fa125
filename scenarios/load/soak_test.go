package load

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// liveHeap returns how much of the heap is in use.
func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A day of requests, each of which fails in its own way or gets another wrong
// answer, takes no more memory than the first hour. Not parallel: it measures
// the heap.
func TestADayTakesNoMoreMemoryThanAnHour(t *testing.T) {
	const day, requests = 24 * time.Hour, 250_000
	m, err := ParseMix(DefaultMix)
	if err != nil {
		t.Fatal(err)
	}
	s := mustSchedule(t, Constant(requests/day.Seconds(), day))
	c := newCollector("load", s, 0, m)
	condition, err := gate.ParseAbort("errors > 99%", gate.Load)
	if err != nil {
		t.Fatal(err)
	}
	w := (&plan{Options: Options{AbortWindow: time.Minute}, schedule: s, aborts: []gate.Threshold{condition}}).newWatch()
	var early uint64
	before := liveHeap()
	for n := range uint64(requests) {
		h := at(s.at(n), time.Duration(n%1000)*ms)
		h.number, h.body = n, fmt.Append(nil, "answer ", n)
		switch h.part = int(n % 4); {
		case n%3 == 0:
			h.judged, h.failure = false, fmt.Sprint("failure ", n)
		case n%3 == 1:
			h.verdict = "INVALID_ISSUER"
		}
		c.add(h)
		w.add(h)
		if n%10_000 == 0 && w.held(h.ended) != nil {
			t.Fatal("a third of the requests failed, and the watch says 99 %")
		}
		if n == requests/24 {
			early = liveHeap() - before
		}
	}
	late := liveHeap() - before
	const most = 8 << 20 // histograms of five series, 120 windows of a course, and 16 of a sliding second and minute
	if late > most || late > early+most/2 {
		t.Errorf("%d requests keep %d KiB, and %d of them kept %d KiB, want at most %d KiB", requests, late>>10, requests/24, early>>10, most>>10)
	}
	if got := c.final(s.duration)[0].Sample; got.Operations != requests || len(got.Failures) > mostFailures+1 || len(got.WrongAnswers) > 4 {
		t.Errorf("%d requests, %d reasons, %d kinds of wrong answers, want all counted and few kept", got.Operations, len(got.Failures), len(got.WrongAnswers))
	}
	runtime.KeepAlive(w)
}

// The same with real requests: the live heap after ten seconds is that after
// two.
func TestALongLoadKeepsNothing(t *testing.T) {
	longtest.Only(t)
	var heaps []uint64
	m, err := ParseMix(DefaultMix)
	if err != nil {
		t.Fatal(err)
	}
	result, err := Run(t.Context(), Options{
		RatePerSecond: 3000, Duration: 12 * time.Second, Alg: "ES256", Mix: m, AllowInvalid: true,
		MaxBehind: time.Minute, Interval: 2 * time.Second, Aborts: []string{"errors > 99%"},
	}, func(r reports.Record) error {
		if r.Kind == reports.KindSample && !r.Sample.Final {
			heaps = append(heaps, liveHeap())
		}
		return nil
	})
	if err != nil || result.Samples[0].Operations != 36_000 {
		t.Fatalf("Run = %v, %d requests", err, result.Samples[0].Operations)
	}
	first, last := heaps[0], heaps[len(heaps)-1]
	t.Logf("live heap in bytes, every two seconds: %v", heaps)
	if last > first+4<<20 {
		t.Errorf("the live heap grew from %d KiB to %d KiB: %v", first>>10, last>>10, heaps)
	}
}
