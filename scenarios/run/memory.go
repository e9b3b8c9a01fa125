package run

import (
	"runtime"
	"sync"

	"github.com/assay-id/assay/scenarios"
)

// quiet lets a case that measures memory be alone in the process, whichever run
// the others belong to: what is allocated is counted for all goroutines
// together. Such a case holds it for writing, every other for reading.
var quiet sync.RWMutex

// hush waits until s may be executed, and returns what ends that.
func hush(s *scenarios.Scenario) (release func()) {
	if s.MeasuresMemory() {
		quiet.Lock()
		return quiet.Unlock
	}
	quiet.RLock()
	return quiet.RUnlock
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
