package bench_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios/bench"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

func TestRunSweeps(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	tests := []struct {
		series []string
		sweep  []string
		want   []string // the series, each with its baseline
	}{
		{[]string{"*ES256*"}, []string{"keys=1,100"}, []string{"bare ES256:", "ES256 cold keys=1:bare ES256", "ES256 cold keys=100:bare ES256"}},
		{[]string{"ES256 cold"}, []string{"size=2000,31000"}, []string{
			"ES256 cold size=2000:bare ES256 size=2000", "ES256 cold size=31000:bare ES256 size=31000",
		}},
		{[]string{"ES256 cold"}, []string{"workers=1,2", "keys=3"}, []string{"ES256 cold workers=1 keys=3:bare ES256", "ES256 cold workers=2 keys=3:"}},
	}
	if !longtest.Wanted() {
		tests = tests[2:] // two dimensions
	}
	for _, test := range tests {
		var got record
		opts := brief()
		opts.Series, opts.Sweep = test.series, test.sweep
		_, err := bench.Run(t.Context(), opts, got.emit)
		notMissed(t, err)
		var names []string
		for _, s := range got.finals() {
			if s.RatePerSecond > 0 && s.Service != nil {
				names = append(names, s.Series+":"+s.Baseline)
			}
		}
		if !slices.Equal(names, test.want) {
			t.Errorf("a sweep of %q over %q measures %q, want %q", test.series, test.sweep, names, test.want)
		}
	}
}

func TestSweepsAreBounded(t *testing.T) {
	t.Parallel()
	var hundred []string
	for n := range 100 {
		hundred = append(hundred, strconv.Itoa(n+1))
	}
	many := "keys=" + strings.Join(hundred, ",")
	for _, test := range []struct {
		sweep []string
		want  string
	}{
		{[]string{"keys=1,2,1"}, `sweep "keys=1,2,1" has 1 twice`},
		{[]string{"keys=1", "keys=2"}, "keys is swept already"},
		{[]string{many, "size=2000,3000,4000"}, "makes 300 series, want at most 200"},
	} {
		err := bench.Options{Series: []string{"ES256 cold"}, Sweep: test.sweep}.Validate()
		if !errors.Is(err, gate.ErrUsage) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("sweeps %q: %v, want a usage error with %q", test.sweep, err, test.want)
		}
	}
	opts := bench.Options{}
	opts.Ratio.Epochs = 1 << 30
	if err := opts.Validate(); !errors.Is(err, gate.ErrUsage) {
		t.Errorf("%d epochs: %v, want a usage error", opts.Ratio.Epochs, err)
	}
}
