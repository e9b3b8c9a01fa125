package paired

import (
	"math"
	"testing"
)

func TestStudentT975(t *testing.T) {
	t.Parallel()
	// From published tables.
	for freedom, want := range map[int]float64{
		1: 12.706, 7: 2.365, 20: 2.086, 21: 2.080, 25: 2.060, 30: 2.042, 40: 2.021, 60: 2.000, 120: 1.980, 100_000: 1.960,
	} {
		if got := studentT975(freedom); math.Abs(got-want) > 6e-4 {
			t.Errorf("studentT975(%d) = %.4f, want %.3f", freedom, got, want)
		}
	}
	for freedom := 1; freedom < 200; freedom++ {
		if studentT975(freedom+1) >= studentT975(freedom) {
			t.Errorf("studentT975 does not fall from %d to %d", freedom, freedom+1)
		}
	}
}

func TestOverEpochs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		ratios []float64
		want   Interval
	}{
		{"one epoch has no bounds", []float64{1.1}, Interval{Estimate: 1.1}},
		{"equal epochs", []float64{0.7, 0.7, 0.7}, Interval{0.7, 0.7, 0.7}},
		// The logarithms are -1, 0, 1 times ln 1.1: deviation ln 1.1, half width
		// 4.3027 × ln 1.1 / √3 = 0.23677.
		{"three epochs", []float64{1.1, 1, 1 / 1.1}, Interval{1, math.Exp(-0.23677), math.Exp(0.23677)}},
		// The one logarithm is -ln 100: mean -0.57565, deviation 1.62817, half
		// width 2.3646 × 1.62817 / √8 = 1.36118.
		{"an outlier", []float64{1, 1, 1, 1, 1, 1, 1, 0.01}, Interval{1, math.Exp(-1.93683), math.Exp(0.78553)}},
	}
	for _, test := range tests {
		logs := make([]float64, len(test.ratios))
		for i, r := range test.ratios {
			logs[i] = math.Log(r)
		}
		got := overEpochs(logs)
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-4 }
		if !near(got.Estimate, test.want.Estimate) || !near(got.Low, test.want.Low) || !near(got.High, test.want.High) {
			t.Errorf("%s: overEpochs = %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	tests := []struct {
		interval Interval
		margin   float64
		want     Decision
	}{
		{Interval{1.05, 1.04, 1.06}, 0.03, Slower},
		{Interval{1.01, 1.00, 1.02}, 0.03, NotSlower},
		{Interval{1.03, 1.02, 1.04}, 0.03, Undecided},
		{Interval{1.03, 1.03, 1.04}, 0.03, Undecided},
		{Interval{0.70, 0.69, 0.71}, -0.28, NotSlower},
	}
	for _, test := range tests {
		if got := test.interval.Decide(test.margin); got != test.want {
			t.Errorf("%+v.Decide(%v) = %s, want %s", test.interval, test.margin, got, test.want)
		}
	}
}

func TestUnsound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		self *Interval
		want bool
	}{
		{"skipped", nil, false},
		{"one", &Interval{1, 0.9999, 1.0001}, false},
		{"off by less than the tolerance", &Interval{1.0015, 1.001, 1.002}, false},
		{"off and wide", &Interval{1.01, 0.99, 1.03}, false},
		{"above one", &Interval{1.004, 1.0025, 1.0055}, true},
		{"below one", &Interval{0.996, 0.994, 0.9975}, true},
	}
	for _, test := range tests {
		if got := (Result{Self: test.self}).Unsound(); (got != "") != test.want {
			t.Errorf("%s: Unsound = %q, want a reason %t", test.name, got, test.want)
		}
	}
}

func TestOver(t *testing.T) {
	t.Parallel()
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-4 }
	// Half widths of 3 % and 4 %, on the log scale, give one of 5 %.
	wide := func(estimate, half float64) Interval {
		return Interval{estimate, estimate * math.Exp(-half), estimate * math.Exp(half)}
	}
	got, want := wide(0.9, 0.03).Over(wide(0.6, 0.04)), wide(1.5, 0.05)
	if !near(got.Estimate, want.Estimate) || !near(got.Low, want.Low) || !near(got.High, want.High) {
		t.Errorf("Over = %+v, want %+v", got, want)
	}
	// What is far above in the divisor is far below in the quotient.
	skewed := Interval{1, 1, 2}
	if got := wide(1, 0).Over(skewed); !near(got.Low, 0.5) || !near(got.High, 1) {
		t.Errorf("1 over %+v = %+v, want 0.5 to 1", skewed, got)
	}
}
