package load

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// Mix says how often each case of package corpus is presented. The zero value
// means DefaultMix.
type Mix struct {
	shares []share
	total  uint64
}

// share is the weight of one case.
type share struct {
	corpus.Case
	weight uint64
}

// DefaultMix is what a service sees on a bad day: mostly good tokens.
const DefaultMix = "good=90,expired=5,bad-signature=3,wrong-audience=2"

// mostWeight is the largest weight: next to it, a case of weight one gets one
// request in a million.
const mostWeight = 1_000_000

// ParseMix reads a mix such as [DefaultMix]: names of cases with weights that
// are whole numbers. The empty string is the default. The error is a
// [gate.ErrUsage] and names what would work.
func ParseMix(text string) (Mix, error) { return ParseMixOf(text, nil) }

// ParseMixOf is like ParseMix and also reads the names of other cases, which find
// returns. An error of find is a [gate.ErrUsage], too.
func ParseMixOf(text string, find func(name string) (corpus.Case, error)) (Mix, error) {
	var m Mix
	if strings.TrimSpace(text) == "" {
		text = DefaultMix
	}
	for part := range strings.SplitSeq(text, ",") {
		name, weight, ok := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return Mix{}, gate.Usage("mix %q: %q is not case=weight", text, part)
		}
		c, err := caseOf(name, find)
		if err != nil {
			return Mix{}, gate.Usage("mix %q: %w", text, err)
		}
		if slices.ContainsFunc(m.shares, func(s share) bool { return s.Name == name }) {
			return Mix{}, gate.Usage("mix %q: case %q occurs twice", text, name)
		}
		w, err := strconv.ParseUint(strings.TrimSpace(weight), 10, 64)
		if err != nil || w < 1 || w > mostWeight {
			return Mix{}, gate.Usage("mix %q: the weight of %s is %q, want a whole number from 1 to %d",
				text, name, strings.TrimSpace(weight), mostWeight)
		}
		m.shares = append(m.shares, share{c, w})
		m.total += w
	}
	return m, nil
}

// caseOf returns the case with a name.
func caseOf(name string, find func(name string) (corpus.Case, error)) (corpus.Case, error) {
	c, err := corpus.CaseByName(name)
	if err != nil && find != nil {
		return find(name)
	}
	return c, err
}

// String returns m in the form that ParseMix reads.
func (m Mix) String() string {
	var parts []string
	for _, s := range m.shares {
		parts = append(parts, s.Name+"="+strconv.FormatUint(s.weight, 10))
	}
	return strings.Join(parts, ",")
}

// isDefault reports whether m is DefaultMix.
func (m Mix) isDefault() bool { return m.String() == DefaultMix }

// pick returns the index of the case of request n and a number that chooses one
// of its tokens. Both depend on seed and n alone, so that several processes that
// share a schedule present what a single one would.
func (m Mix) pick(seed, n uint64) (index int, choice uint64) {
	r := splitmix64(seed + n*golden)
	at, _ := bits.Mul64(r, m.total) // r/2^64 of total, without the bias of a remainder
	for i, s := range m.shares {
		if at < s.weight {
			return i, splitmix64(r)
		}
		at -= s.weight
	}
	panic("load: internal error: the weights do not add up to their total")
}

// golden is 2^64 divided by the golden ratio, the increment of splitmix64.
const golden = 0x9E3779B97F4A7C15

// splitmix64 is the output function of Steele, Lea and Flood's generator: a
// bijection whose results for neighbours look unrelated.
func splitmix64(x uint64) uint64 {
	x += golden
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
