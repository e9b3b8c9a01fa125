package load

import (
	"math"
	"testing"
)

func TestPickKeepsToTheWeights(t *testing.T) {
	t.Parallel()
	for _, text := range []string{DefaultMix, "good=1", "good=1,expired=1", "good=999,tampered=1", "good=1,alg-none=2,unknown-key=3"} {
		m, err := ParseMix(text)
		if err != nil {
			t.Fatal(err)
		}
		const requests = 200_000
		counts := make([]int, len(m.shares))
		for n := range uint64(requests) {
			i, _ := m.pick(7, n)
			counts[i]++
		}
		for i, s := range m.shares {
			p := float64(s.weight) / float64(m.total)
			want := p * requests
			// Five standard deviations of a binomial distribution. The
			// seed is fixed.
			if off := math.Abs(float64(counts[i]) - want); off > 5*math.Sqrt(want*(1-p)) {
				t.Errorf("mix %s: case %s was picked %d times of %d, want about %.0f",
					text, s.Name, counts[i], requests, want)
			}
		}
	}
}

func TestPickDependsOnSeedAndNumberAlone(t *testing.T) {
	t.Parallel()
	m, err := ParseMix("good=1,expired=1")
	if err != nil {
		t.Fatal(err)
	}
	same, choices := 0, make(map[uint64]bool)
	for n := range uint64(1000) {
		i, choice := m.pick(1, n)
		j, again := m.pick(1, n)
		if i != j || choice != again {
			t.Fatalf("pick(1, %d) is %d, %d and then %d, %d", n, i, choice, j, again)
		}
		if k, _ := m.pick(2, n); k == i {
			same++
		}
		choices[choice%256] = true
	}
	if same < 400 || same > 600 {
		t.Errorf("seeds 1 and 2 pick the same case in %d of 1000, want about half", same)
	}
	if len(choices) < 240 {
		t.Errorf("a thousand picks choose %d tokens of 256", len(choices))
	}
}
