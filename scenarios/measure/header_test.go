package measure_test

import (
	"runtime"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure"
)

func TestHeader(t *testing.T) {
	t.Parallel()
	h := measure.Header(reports.Header{Tool: "assay", Seed: "x"}, reports.CommandLoad, 0x7f3a)
	if h.Tool != "assay" || h.Command != reports.CommandLoad || h.Seed != "7f3a" || h.Policy != "char" ||
		h.Implementation.Name != "builtin" || h.Host.GOMAXPROCS != runtime.GOMAXPROCS(0) {
		t.Errorf("Header = %+v", h)
	}
	given := reports.Header{Implementation: reports.Implementation{Name: "https://id.example/verify"}}
	if got := measure.Header(given, reports.CommandLoad, 1).Implementation.Name; got != given.Implementation.Name {
		t.Errorf("the implementation is %q, want %q", got, given.Implementation.Name)
	}
}
