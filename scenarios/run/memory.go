package run

import (
	"runtime"
	"sync"

	"github.com/assay-id/assay/scenarios"
)

// Quiet lets a case that measures memory be alone in the process, because what
// is allocated is counted for all goroutines together. Runs that go on at the
// same time in one process must share one. The zero value is ready to use.
type Quiet struct {
	mu sync.RWMutex // held for writing by a case that measures, for reading by others
}

// wait waits until s may be executed, and returns what ends that. A case that
// waits for seconds allocates next to nothing meanwhile, and if those that
// measure had to wait for it, so would all others, because a lock that is asked
// for is not shared again before it was held.
func (q *Quiet) wait(s *scenarios.Scenario) (release func()) {
	if s.MeasuresMemory() {
		q.mu.Lock()
		return q.mu.Unlock
	}
	if s.Waits {
		return func() {}
	}
	q.mu.RLock()
	return q.mu.RUnlock
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
