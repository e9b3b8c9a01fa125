package verifier

import (
	"math/big"
	"strings"
	"testing"
	"time"
)

func TestParseNumericDate(t *testing.T) {
	t.Parallel()
	zeros := func(n int) string { return strings.Repeat("0", n) }
	at := func(sec, nsec int64) time.Time { return time.Unix(sec, nsec).UTC() }
	for _, test := range []struct {
		name, text string
		want       time.Time
		refused    bool
	}{
		{name: "zero", text: "0", want: at(0, 0)},
		{name: "negative zero", text: "-0.0e99999999999999999999", want: at(0, 0)},
		{name: "a fraction", text: "1800000000.000000001", want: at(1_800_000_000, 1)},
		{name: "a fraction of a nanosecond", text: "1800000000.0000000019", want: at(1_800_000_000, 1)},
		{name: "a negative fraction", text: "-0.5", want: at(-1, 500_000_000)},
		{name: "an exponent", text: "1.8e9", want: at(1_800_000_000, 0)},
		{name: "an exponent into the fraction", text: "18000000005E-1", want: at(1_800_000_000, 500_000_000)},
		{name: "an exponent beyond the digits", text: "18E+8", want: at(1_800_000_000, 0)},
		{name: "a thousand zeros that the exponent removes", text: "1" + zeros(1000) + "e-990", want: at(10_000_000_000, 0)},
		{name: "a thousand zeros after the point", text: "0." + zeros(1000) + "18e1010", want: at(18_00000000, 0)},
		{name: "thousands of digits in the fraction", text: "1800000000." + zeros(20_000) + "1", want: at(1_800_000_000, 0)},
		{name: "a tiny number", text: "1e-99999999999999999999", want: at(0, 0)},
		{name: "the last second", text: "253402300799.9", want: at(maxNumericDate, 900_000_000)},
		{name: "the year 10000", text: "253402300800", refused: true},
		{name: "the year 10000 with an exponent", text: "2534023008e2", refused: true},
		{name: "the first second", text: "-62135596800.0", want: at(minNumericDate, 0)},
		{name: "before the first second", text: "-62135596800.1", refused: true},
		{name: "a huge number", text: "1e99999999999999999999", refused: true},
		{name: "a thousand digits", text: "1" + zeros(1000), refused: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok := parseNumericDate(test.text)
			if ok == test.refused || ok && !got.Equal(test.want) {
				t.Errorf("parseNumericDate = %v, %v, want %v, %v",
					got, ok, test.want, !test.refused)
			}
		})
	}
}

// FuzzNumericDateIsExact compares times with rational numbers.
func FuzzNumericDateIsExact(f *testing.F) {
	for _, s := range []string{"0", "-1", "1.5e9", "1800000000.25", "-0.5", "1" + strings.Repeat("0", 1000) + "e-990", "253402300799.9999999999", "-62135596800.0000000001", "9e-9", "9e-10"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := scanner{s: s}
		if text, ok := p.number(); !ok || text != s {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok {
			return // an exponent that math/big refuses
		}
		got, accepted := parseNumericDate(s)
		// A fraction of a nanosecond is cut off, so want is less than one away
		// from got, on the side that is further from zero.
		low, high := big.NewRat(minNumericDate, 1), big.NewRat(maxNumericDate+1, 1)
		nano := big.NewRat(1, 1e9)
		if in := want.Cmp(low) >= 0 && want.Cmp(high) < 0; in != accepted {
			if edge := new(big.Rat).Sub(low, want); edge.Sign() > 0 && edge.Cmp(nano) < 0 {
				return
			}
			t.Fatalf("parseNumericDate(%q) accepts: %v", s, accepted)
		}
		if !accepted {
			return
		}
		read := new(big.Rat).Add(big.NewRat(got.Unix(), 1), big.NewRat(int64(got.Nanosecond()), 1e9))
		if rest := new(big.Rat).Sub(want, read); rest.Sign()*want.Sign() < 0 || rest.Abs(rest).Cmp(nano) >= 0 {
			t.Errorf("parseNumericDate(%q) = %v, want %v", s, got, want.FloatString(12))
		}
	})
}
