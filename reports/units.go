package reports

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// FormatNanos returns a duration in nanoseconds to three significant digits
// with its unit, such as "48.1 µs". Zero, which stands for a quantile that too
// few samples support, becomes "–". A negative duration comes from a clock that
// was set back.
func FormatNanos(ns int64) string {
	switch {
	case ns < 0 && ns != math.MinInt64:
		return "-" + FormatNanos(-ns)
	case ns == 0:
		return "–"
	case ns < 1_000:
		return strconv.FormatInt(ns, 10) + " ns"
	case ns < 999_500:
		return threeDigits(float64(ns)/1e3) + " µs"
	case ns < 999_500_000:
		return threeDigits(float64(ns)/1e6) + " ms"
	default:
		return threeDigits(float64(ns)/1e9) + " s"
	}
}

// FormatMillis is [FormatNanos] for the durations of cases and steps, which
// records carry in milliseconds.
func FormatMillis(ms float64) string {
	return FormatNanos(int64(math.Round(ms * 1e6)))
}

// FormatElapsed returns how long a run took, such as "3.4 s" or "2 m 05 s".
func FormatElapsed(d time.Duration) string {
	if d < time.Minute-50*time.Millisecond { // the rest rounds up to a minute
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	seconds := int(d.Round(time.Second) / time.Second)
	rest := strconv.Itoa(seconds % 60)
	if len(rest) == 1 {
		rest = "0" + rest
	}
	return strconv.Itoa(seconds/60) + " m " + rest + " s"
}

// FormatCount returns n with a comma between groups of three digits.
func FormatCount(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// FormatNoun returns n with its noun, such as "1 case" or "3 cases". A noun
// that ends in s stays as it is.
func FormatNoun(n int, noun string) string {
	if n != 1 && !strings.HasSuffix(noun, "s") {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// FormatRate returns a rate in operations per second, such as "38,412/s".
// Rates below ten keep three digits.
func FormatRate(perSecond float64) string {
	if perSecond > 0 && perSecond < 10 {
		return threeDigits(perSecond) + "/s"
	}
	return FormatCount(uint64(math.Round(max(perSecond, 0)))) + "/s"
}

// FormatRatio returns a ratio with three decimals, such as "0.723".
func FormatRatio(r float64) string {
	return strconv.FormatFloat(r, 'f', 3, 64)
}

// FormatShare returns part of whole in percent, such as "6.1 %", or "–" if
// whole is zero.
func FormatShare(part, whole uint64) string {
	if whole == 0 {
		return "–"
	}
	return strconv.FormatFloat(float64(part)/float64(whole)*100, 'f', 1, 64) + " %"
}

// FormatBytes returns a size in bytes with a decimal unit, such as "1.20 kB".
func FormatBytes(n int64) string {
	switch {
	case n < 1_000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 999_500:
		return threeDigits(float64(n)/1e3) + " kB"
	default:
		return threeDigits(float64(n)/1e6) + " MB"
	}
}

// threeDigits formats v, which is not negative, with three significant digits
// and at most two decimals.
func threeDigits(v float64) string {
	switch {
	case v < 9.995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 99.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
}
