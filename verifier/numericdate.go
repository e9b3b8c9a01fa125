package verifier

import (
	"strings"
	"time"
)

// The range of a plausible NumericDate in whole seconds. The upper end is the
// last second of the year 9999: a provider that sends milliseconds is beyond
// it, and no sum with a leeway can overflow within it.
const (
	minNumericDate = -62_135_596_800 // 0001-01-01T00:00:00Z
	maxNumericDate = 253_402_300_799 // 9999-12-31T23:59:59Z
)

// maxPlainDigits is how many digits maxNumericDate has.
const maxPlainDigits = 12

// parseNumericDate reads a JSON number as seconds since the epoch. A fraction is
// cut off after nanoseconds. It reports false for a value outside the range.
// RFC 7519, 2.
//
// The digits are read as they are written. strconv.ParseFloat loses the exponent
// of a number with more than 800 digits, so that one with a thousand zeros and
// e-990 would be a time in 1970, and takes 68 ns for each digit.
func parseNumericDate(text string) (time.Time, bool) {
	if sec, ok := plainSeconds(text); ok {
		return time.Unix(sec, 0).UTC(), sec <= maxNumericDate
	}
	number, negative := strings.CutPrefix(text, "-")
	d, exponent := cutExponent(number)
	first := d.firstNonzero()
	if first == d.len() {
		return time.Unix(0, 0).UTC(), true
	}
	point := int64(len(d.whole)) + exponent // digits before the decimal point
	if point-first > maxPlainDigits {
		return time.Time{}, false
	}
	sec := d.integer(first, point)
	nsec := d.integer(point, point+9)
	if negative {
		sec, nsec = -sec, -nsec
	}
	t := time.Unix(sec, nsec).UTC()
	return t, t.Unix() >= minNumericDate && t.Unix() <= maxNumericDate
}

// digits are those of a JSON number without its exponent. Any number of zeros
// precedes and follows them.
type digits struct{ whole, fraction string }

func (d digits) len() int64 { return int64(len(d.whole) + len(d.fraction)) }

// at returns the digit at i, counted from the first one of whole.
func (d digits) at(i int64) int64 {
	switch whole := int64(len(d.whole)); {
	case i < 0 || i >= d.len():
		return 0
	case i < whole:
		return int64(d.whole[i] - '0')
	default:
		return int64(d.fraction[i-whole] - '0')
	}
}

// firstNonzero returns where the first digit is that is not 0, and d.len() if
// there is none.
func (d digits) firstNonzero() int64 {
	for i := range d.len() {
		if d.at(i) != 0 {
			return i
		}
	}
	return d.len()
}

// integer returns the digits from the first index to before the second, of
// which there are no more than a few, as a number.
func (d digits) integer(from, to int64) int64 {
	var v int64
	for i := from; i < to; i++ {
		v = v*10 + d.at(i)
	}
	return v
}

// cutExponent returns the digits of a JSON number without sign, and its
// exponent. One that no digits in memory could outweigh is cut to maxExponent.
func cutExponent(number string) (d digits, exponent int64) {
	const maxExponent = 1 << 40
	mantissa := number
	if e := strings.IndexAny(number, "eE"); e >= 0 {
		mantissa = number[:e]
		power, negative := strings.CutPrefix(strings.TrimPrefix(number[e+1:], "+"), "-")
		for i := range len(power) {
			exponent = min(exponent*10+int64(power[i]-'0'), maxExponent)
		}
		if negative {
			exponent = -exponent
		}
	}
	d.whole, d.fraction, _ = strings.Cut(mantissa, ".")
	return d, exponent
}

// plainSeconds reads the usual form, a few digits.
func plainSeconds(text string) (int64, bool) {
	if len(text) > maxPlainDigits {
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
