package load

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/latency"
	"github.com/google/go-cmp/cmp"
)

// A stall of half a second shows in the windows of the requests that were due
// during it, and the answers in the window after it.
func TestCourseShowsAStall(t *testing.T) {
	t.Parallel()
	c := newCollector("load", mustSchedule(t, append(Constant(100, time.Second), Constant(1000, 4*time.Second)...)), time.Second, mustMix(t, "good=1"))
	const from, until = 2000 * ms, 2500 * ms // after the warm-up
	for n := range 4000 {
		due := time.Duration(n) * ms
		h := at(time.Second+due, 2*ms)
		if from <= due && due < until {
			h = at(time.Second+due, until-due+2*ms)
		}
		h.judged = n != 3999
		c.add(h)
	}
	course := c.final(c.schedule.duration)[0].Sample.Course
	if course.WindowSeconds != 0.2 || len(course.Windows) != 21 {
		t.Fatalf("%d windows of %v s, want 20 of 0.2 s and one for what ended later", len(course.Windows), course.WindowSeconds)
	}
	for i, want := range map[int]struct {
		offered, achieved float64
		max               time.Duration
		failed            uint64
	}{
		0:  {1000, 990, 2 * ms, 0},
		1:  {1000, 1000, 2 * ms, 0},
		10: {1000, 10, 502 * ms, 0},
		11: {1000, 0, 302 * ms, 0},
		12: {1000, 2990, 102 * ms, 0},
		13: {1000, 1000, 2 * ms, 0},
		19: {1000, 1000, 2 * ms, 1},
		20: {0, 10, 0, 0},
	} {
		w := course.Windows[i]
		var longest int64
		if w.Latency != nil {
			longest = w.Latency.MaxNS
		}
		if w.OfferedPerSecond != want.offered || w.RatePerSecond != want.achieved || longest != int64(want.max) || w.Failed != want.failed {
			t.Errorf("window %d: %v/s of %v/s, at most %v, %d without a verdict, want %v/s of %v/s, %v, %d", i, w.RatePerSecond,
				w.OfferedPerSecond, time.Duration(longest), w.Failed, want.achieved, want.offered, want.max, want.failed)
		}
	}
	if w := course.Windows[5]; w.Latency.P90NS == 0 || w.Latency.P99NS != 0 {
		t.Errorf("a window of 200 requests has %+v, want a p90 and no p99", w.Latency)
	}
}

// However long a load is late, its course has a bounded number of windows and
// keeps every count.
func TestCourseIsBounded(t *testing.T) {
	t.Parallel()
	c := &course{width: 10 * ms}
	const n = 5000
	for i := range time.Duration(n) {
		c.add(i*ms, hit{intended: i * ms, ended: i*ms + i*i*ms, want: "accept", verdict: "reject", judged: true})
	}
	r := c.record(5*time.Second, func(from, to time.Duration) uint64 { return uint64((to - from) / ms) })
	if len(r.Windows) > mostWindows {
		t.Errorf("%d windows, want at most %d", len(r.Windows), mostWindows)
	}
	var due, ended, wrong uint64
	for _, w := range r.Windows {
		ended += w.Ended
		wrong += w.Wrong
		if w.Latency != nil {
			due += w.Latency.Count
		}
	}
	if due != n || ended != n || wrong != n {
		t.Errorf("%d were due, %d ended and %d were wrong, want %d of each", due, ended, wrong, n)
	}
}

// The courses of parts, which may have windows of several lengths, are together
// the course of the whole.
func TestCoursesMergeExactly(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	whole, merged := &course{width: 10 * ms, counts: true}, &course{width: 10 * ms, counts: true}
	parts := []*course{{width: 10 * ms, counts: true}, {width: 10 * ms, counts: true}}
	for i := range 2000 {
		due := time.Duration(i) * ms / 2
		h := hit{intended: due, ended: due + time.Duration(random.IntN(100))*ms, judged: i%7 > 0, want: "accept", verdict: []string{"accept", "reject"}[i%2]}
		if i == 1001 {
			h.ended += 10 * time.Second // makes the windows of one part longer
		}
		whole.add(due, h)
		parts[i%2].add(due, h)
	}
	due := func(from, to time.Duration) uint64 { return uint64((to - from) / ms) }
	for i, p := range parts {
		var wrong, failed uint64
		r := p.record(time.Second, due)
		for _, w := range r.Windows {
			wrong, failed = wrong+w.Wrong, failed+w.Failed
		}
		if err := merged.restore(r, 1000, wrong, failed); err != nil {
			t.Fatalf("restore of part %d: %v", i+1, err)
		}
	}
	if parts[0].width == parts[1].width {
		t.Errorf("both parts have windows of %v, want two lengths", parts[0].width)
	}
	if diff := cmp.Diff(whole.record(time.Second, due), merged.record(time.Second, due)); diff != "" {
		t.Errorf("the merged course differs from that of the whole (-want +got):\n%s", diff)
	}
}

func TestCourseRefuses(t *testing.T) {
	t.Parallel()
	one := latency.New(latency.Coarse)
	one.Record(ms)
	times := one.Quantiles()
	times.Counts = one.Counts()
	good := reports.Course{WindowSeconds: 0.02, Windows: []reports.Window{{Ended: 1, Latency: times}}}
	for name, change := range map[string]func(r *reports.Course){
		"a missing window":        func(r *reports.Course) { r.Windows = nil },
		"a window too long":       func(r *reports.Course) { r.WindowSeconds = 0.03 },
		"a window of nothing":     func(r *reports.Course) { r.WindowSeconds = 0 },
		"a window too short":      func(r *reports.Course) { r.WindowSeconds = -1 },
		"a window without end":    func(r *reports.Course) { r.WindowSeconds = 1e300 },
		"too many windows":        func(r *reports.Course) { r.Windows = append(r.Windows, make([]reports.Window, mostWindows)...) },
		"an answer too many":      func(r *reports.Course) { r.Windows[0].Ended++ },
		"a wrong answer too many": func(r *reports.Course) { r.Windows[0].Wrong++ },
		"a failure too many":      func(r *reports.Course) { r.Windows[0].Failed++ },
		"half a count": func(r *reports.Course) {
			r.Windows[0].Latency = &reports.Quantiles{MaxNS: times.MaxNS, Counts: times.Counts[:1]}
		},
	} {
		r := reports.Course{WindowSeconds: good.WindowSeconds, Windows: append([]reports.Window(nil), good.Windows...)}
		change(&r)
		if err := (&course{width: 10 * ms}).restore(&r, 1, 0, 0); err == nil {
			t.Errorf("restore accepts %s", name)
		}
	}
	if err := (&course{width: 10 * ms}).restore(&good, 1, 0, 0); err != nil {
		t.Errorf("restore of a good course: %v", err)
	}
}

func mustMix(t testing.TB, text string) Mix {
	t.Helper()
	m, err := ParseMix(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
