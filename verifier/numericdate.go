package verifier

import (
	"strconv"
	"time"
)

// The range of a plausible NumericDate. The upper end is the last second of the
// year 9999: a provider that sends milliseconds is beyond it, and no sum with a
// leeway can overflow within it.
const (
	minNumericDate = -62_135_596_800 // 0001-01-01T00:00:00Z
	maxNumericDate = 253_402_300_799 // 9999-12-31T23:59:59Z
)

// parseNumericDate reads a JSON number as seconds since the epoch, possibly
// with a fraction. It reports false for a value outside the range.
// RFC 7519, 2.
func parseNumericDate(text string) (time.Time, bool) {
	if sec, ok := plainSeconds(text); ok {
		return time.Unix(sec, 0).UTC(), sec <= maxNumericDate
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f >= minNumericDate && f <= maxNumericDate) {
		return time.Time{}, false
	}
	sec := int64(f)
	nsec := int64((f - float64(sec)) * 1e9)
	return time.Unix(sec, nsec).UTC(), true
}

// plainSeconds reads the usual form, a few digits, without a detour through
// floating point.
func plainSeconds(text string) (int64, bool) {
	if len(text) > len("253402300799") {
		return 0, false
	}
	var v int64
	for i := range len(text) {
		c := text[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	return v, true
}
