package run_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

// heap returns the bytes that are in use.
func heap() uint64 {
	for range 4 { // pools and finalizers take more than one
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// The tokens of these groups have megabytes. A record cuts them, and must not
// keep what it has cut. The test is not parallel: it looks at the heap of the
// process.
func TestRecordsKeepNoLargeTexts(t *testing.T) {
	longtest.Only(t)
	var list []*scenarios.Scenario
	for _, s := range runtest.Catalogue(t).All() {
		if s.Group.Name == "dos" || s.Group.Name == "nest" || strings.HasPrefix(s.ID, "jws.") {
			if s.ID != "dos.goroutine-leak" { // has a thousand fetches and no large token
				list = append(list, s)
			}
		}
	}
	var kept []reports.Record
	keep := func(r reports.Record) error {
		kept = append(kept, r)
		return nil
	}
	opts := run.Options{Scenarios: list, Implementation: implementations.Builtin(), Seed: 7}
	runs := 2
	if longtest.Wanted() {
		runs = 4
	}
	var before uint64
	for i := range runs {
		if _, err := run.Run(t.Context(), opts, keep); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			before = heap() // with all that is made once
		}
	}
	perCase := (int64(heap()) - int64(before)) / int64((runs-1)*len(list))
	if perCase > 16<<10 {
		t.Errorf("a record keeps %d bytes alive on average, want at most 16 KiB", perCase)
	}
	runtime.KeepAlive(kept)
}
