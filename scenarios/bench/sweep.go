package bench

import (
	"slices"
	"strconv"
	"strings"

	"github.com/assay-id/assay/scenarios/measure/gate"
)

// dimension is what a sweep varies.
type dimension struct {
	name        string
	least, most int
	set         func(s *Series, value int)
}

// dimensions lists every dimension. A JWK Set and a token are bounded by what
// the verifier reads, and the workers by the plan.
func dimensions() []dimension {
	return []dimension{
		{"keys", 1, 1000, func(s *Series, n int) { s.Keys = n }},
		{"size", 1200, 32000, func(s *Series, n int) { s.Bytes = n }},
		{"workers", 1, 1 << 10, func(s *Series, n int) { s.Workers = n }},
	}
}

// Dimensions lists what can be swept.
func Dimensions() []string {
	var names []string
	for _, d := range dimensions() {
		names = append(names, d.name)
	}
	return names
}

// sweep replaces each series by a variant for each value of each sweep, such as
// "keys=1,10,100". The error is a [gate.ErrUsage].
func sweep(series []Series, sweeps []string) ([]Series, error) {
	for _, text := range sweeps {
		name, list, found := strings.Cut(text, "=")
		all := dimensions()
		i := slices.IndexFunc(all, func(d dimension) bool { return d.name == name })
		if !found || i < 0 {
			return nil, gate.Usage("sweep is %q, want one of %s, with values, such as keys=1,10,100",
				text, strings.Join(Dimensions(), ", "))
		}
		var values []int
		for word := range strings.SplitSeq(list, ",") {
			n, err := strconv.Atoi(word)
			if err != nil || n < all[i].least || n > all[i].most {
				return nil, gate.Usage("sweep %q: %q is not a number from %d to %d", text, word, all[i].least, all[i].most)
			}
			if slices.Contains(values, n) {
				return nil, gate.Usage("sweep %q has %d twice", text, n)
			}
			values = append(values, n)
		}
		if n := len(series) * len(values); n > mostSeries {
			return nil, gate.Usage("sweep %q makes %d series, want at most %d", text, n, mostSeries)
		}
		if slices.ContainsFunc(series, func(s Series) bool { return strings.Contains(s.Name, " "+name+"=") }) {
			return nil, gate.Usage("sweep %q: %s is swept already, and one sweep can have all values", text, name)
		}
		series = all[i].variants(series, values)
	}
	return series, nil
}

// variants returns the variants of series. A baseline has no keys to find, so it
// is measured once for all numbers of them; a token of another size has a
// baseline of that size; and the ratio, which has one worker, is measured with
// the first number of workers only.
func (d dimension) variants(series []Series, values []int) []Series {
	var all []Series
	for _, s := range series {
		if d.name == "keys" && s.Mode == Bare {
			all = append(all, s)
			continue
		}
		for i, value := range values {
			v, suffix := s, " "+d.name+"="+strconv.Itoa(value)
			d.set(&v, value)
			v.Name += suffix
			switch {
			case v.Baseline != "" && d.name == "size":
				v.Baseline += suffix
			case d.name == "workers" && i > 0:
				v.Baseline = ""
			}
			all = append(all, v)
		}
	}
	return all
}
