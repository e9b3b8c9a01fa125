package paired

import (
	"math"
	"slices"
)

// Interval is an estimate with its 95 % interval. Low ≤ Estimate ≤ High.
type Interval struct {
	Estimate, Low, High float64
}

// Decision says how an interval compares with a margin.
type Decision string

// The decisions of [Interval.Decide].
const (
	Slower    Decision = "slower"
	NotSlower Decision = "not slower"
	Undecided Decision = "undecided"
)

// Decide decides whether the ratio is above 1 + margin: Slower if all of the
// interval is, NotSlower if none of it is, Undecided if the margin is inside.
func (i Interval) Decide(margin float64) Decision {
	switch bound := 1 + margin; {
	case i.Low > bound:
		return Slower
	case i.High < bound:
		return NotSlower
	}
	return Undecided
}

// Over returns the quotient i/other of two ratios that were measured
// independently, such as in two runs on the same machine. What differed between
// the runs and stayed the same within each is not in the interval.
func (i Interval) Over(other Interval) Interval {
	estimate := math.Log(i.Estimate) - math.Log(other.Estimate)
	above := math.Hypot(math.Log(i.High/i.Estimate), math.Log(other.Estimate/other.Low))
	below := math.Hypot(math.Log(i.Estimate/i.Low), math.Log(other.High/other.Estimate))
	return Interval{
		Estimate: math.Exp(estimate), Low: math.Exp(estimate - below), High: math.Exp(estimate + above),
	}
}

// halfWidth returns half the width of i relative to its estimate.
func (i Interval) halfWidth() float64 {
	return (i.High - i.Low) / (2 * i.Estimate)
}

// overEpochs returns the interval of the ratio whose logarithms the epochs
// measured. A single value has an estimate and no bounds.
//
// The t interval is centred on the mean and the estimate is the median, so with
// an outlier the median could be outside; the interval is then widened to
// include it.
func overEpochs(logs []float64) Interval {
	estimate := median(logs)
	if len(logs) < 2 {
		return Interval{Estimate: math.Exp(estimate)}
	}
	mean, deviation := moments(logs)
	half := studentT975(len(logs)-1) * deviation / math.Sqrt(float64(len(logs)))
	return Interval{
		Estimate: math.Exp(estimate),
		Low:      math.Exp(min(mean-half, estimate)),
		High:     math.Exp(max(mean+half, estimate)),
	}
}

// median returns the median of values, or NaN if there are none. It does not
// change values.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// moments returns the mean and the sample standard deviation.
func moments(values []float64) (mean, deviation float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v / n
	}
	for _, v := range values {
		deviation += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(deviation / (n - 1))
}

// studentT975 returns the 97.5 % quantile of the Student t distribution.
// freedom is at least 1.
func studentT975(freedom int) float64 {
	table := [...]float64{
		12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
		2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
	}
	if freedom <= len(table) {
		return table[freedom-1]
	}
	// The expansion around the normal quantile z, Abramowitz and Stegun 26.7.5,
	// correct to four decimals where the table ends.
	const (
		z  = 1.959964
		z3 = z * z * z
		z5 = z3 * z * z
		z7 = z5 * z * z
	)
	v := float64(freedom)
	return z + (z3+z)/(4*v) + (5*z5+16*z3+3*z)/(96*v*v) + (3*z7+19*z5+17*z3-15*z)/(384*v*v*v)
}
