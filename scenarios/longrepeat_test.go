package scenarios_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios"
)

// TestLongRepeatIsWrittenOnce bounds what a long template allocates. It is not
// parallel because the runtime counts for all tests together.
func TestLongRepeatIsWrittenOnce(t *testing.T) {
	const times = 8 << 20
	long, err := scenarios.ParseTemplate(fmt.Sprintf(`{{upper "h"}}.{{repeat "abc" %d}}.{{repeat "z" 3}}`, times))
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	text, err := long.Fill(scenarios.PureFuncs(), nil)
	runtime.ReadMemStats(&after)
	want := "H." + strings.Repeat("abc", times) + ".zzz"
	if err != nil || text != want {
		t.Errorf("Fill() has %d bytes, %v, want %d", len(text), err, len(want))
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > uint64(len(want)*5/4) {
		t.Errorf("Fill() of %d bytes allocates %d", len(text), allocated)
	}
}
