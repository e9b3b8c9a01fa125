package run

import (
	"runtime"
	"sync"

	"github.com/assay-id/assay/scenarios"
)

// Quiet lets a case that measures be alone in the process, because what is
// allocated is counted for all goroutines together. Runs at the same time in
// one process must share one. The zero value is ready to use.
type Quiet struct {
	mu sync.RWMutex // held for writing by a case that measures, for reading by others
}

// turn is the right to execute a case.
type turn struct {
	q       *Quiet
	release func()
	isAlone bool
}

// wait waits until s may be executed. A case that waits for seconds allocates
// next to nothing meanwhile, and if those that measure had to wait for it, so
// would all others, because a lock that is asked for is not shared again before
// it was held.
func (q *Quiet) wait(s *scenarios.Scenario) *turn {
	t := &turn{q: q, release: func() {}}
	switch {
	case s.MeasuresMemory():
		t.alone()
	case !s.Waits:
		q.mu.RLock()
		t.release = q.mu.RUnlock
	}
	return t
}

// alone waits until nothing else is executed.
func (t *turn) alone() {
	if t.isAlone {
		return
	}
	t.release()
	t.q.mu.Lock()
	t.release, t.isAlone = t.q.mu.Unlock, true
}

// allocated returns how many bytes do allocates, those that are freed in
// between included: no less than what memory grows by.
func allocated(do func()) scenarios.Size {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return scenarios.Size(after.TotalAlloc - before.TotalAlloc)
}

// held returns how many bytes the process holds that are still in use.
func held() scenarios.Size {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return scenarios.Size(m.HeapAlloc)
}
