package paired_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios/implementations/go-peers/paired"
)

// machine is a clock that calls move, on a machine that is slowed by others
// for a while, now and then.
type machine struct {
	now  time.Time
	rng  *rand.Rand
	slow float64
	left time.Duration // of the present state
}

func newMachine(seed uint64) *machine {
	return &machine{now: time.Unix(0, 0), rng: rand.New(rand.NewPCG(seed, 7)), slow: 1}
}

// call lets a call of the given cost pass.
func (m *machine) call(cost time.Duration) paired.Func {
	return func(n int) {
		for range n {
			if m.left <= 0 {
				m.left = time.Duration(m.rng.Int64N(int64(300 * time.Millisecond)))
				m.slow = 1 + m.rng.Float64()
			}
			d := time.Duration(float64(cost) * m.slow * (1 + m.rng.Float64()/50))
			if m.rng.IntN(1000) == 0 {
				d += time.Millisecond // another program had the core
			}
			m.now, m.left = m.now.Add(d), m.left-d
		}
	}
}

func (m *machine) options() paired.Options {
	return paired.Options{
		Now:   func() time.Time { return m.now },
		Sleep: func(d time.Duration) { m.now = m.now.Add(d) },
		Seed:  1,
	}
}

func TestCompareFindsTheRatio(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		a, b time.Duration
	}{
		{"the same", 30 * time.Microsecond, 30 * time.Microsecond},
		{"a twentieth more", 30 * time.Microsecond, 31500 * time.Nanosecond},
		{"a quarter less", 30 * time.Microsecond, 22500 * time.Nanosecond},
		{"a thirtieth", 30 * time.Microsecond, time.Microsecond},
		{"five times", 30 * time.Microsecond, 150 * time.Microsecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := float64(test.b) / float64(test.a)
			for seed := range uint64(5) {
				m := newMachine(seed)
				got, err := paired.Compare(m.call(test.a), m.call(test.b), m.options())
				if err != nil {
					t.Fatal(err)
				}
				if got.Ratio < want*0.995 || got.Ratio > want*1.005 {
					t.Errorf("seed %d: ratio %.4f, want %.4f", seed, got.Ratio, want)
				}
				if got.Low > got.Ratio || got.High < got.Ratio || got.Epochs < 8 {
					t.Errorf("seed %d: interval %.4f to %.4f of %d epochs", seed, got.Low, got.High, got.Epochs)
				}
			}
		})
	}
}

// A collection of garbage every ten milliseconds shows in long slices only.
func TestCompareLongSeesTheCollector(t *testing.T) {
	t.Parallel()
	m := newMachine(1)
	plain := m.call(30 * time.Microsecond)
	var since time.Duration
	collecting := func(n int) {
		for range n {
			before := m.now
			plain(1)
			if since += m.now.Sub(before); since > 10*time.Millisecond {
				since, m.now = 0, m.now.Add(time.Millisecond)
			}
		}
	}
	short, err := paired.Compare(plain, collecting, m.options())
	if err != nil {
		t.Fatal(err)
	}
	long, err := paired.CompareLong(plain, collecting, m.options())
	if err != nil {
		t.Fatal(err)
	}
	if short.Ratio > 1.01 || long.Ratio < 1.07 || long.Ratio > 1.13 {
		t.Errorf("ratios %.3f in short slices and %.3f in long ones, want 1.00 and 1.10", short.Ratio, long.Ratio)
	}
}

func TestCompareRefusesOneEpoch(t *testing.T) {
	t.Parallel()
	if _, err := paired.Compare(func(int) {}, func(int) {}, paired.Options{MinEpochs: 1, MaxEpochs: 1}); err == nil {
		t.Error("one epoch was enough, want an error")
	}
}
