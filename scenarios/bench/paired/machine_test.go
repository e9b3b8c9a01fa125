package paired_test

import (
	"context"
	"math"
	"math/rand/v2"
	"time"

	"github.com/assay-id/assay/scenarios/bench/paired"
)

// machine is a simulated computer: operations advance its clock by their cost
// times the slowdown at that moment. The same seed gives the same disturbances.
type machine struct {
	now     time.Duration
	rest    float64                  // of a nanosecond, beyond now
	disturb func(m *machine) float64 // slowdown of the next operation; nil is none
	random  *rand.Rand
	slept   []time.Duration

	interruption time.Duration // when the next one is
}

func newMachine(disturb func(*machine) float64) *machine {
	return &machine{disturb: disturb, random: rand.New(rand.NewPCG(7, 7))}
}

// work returns a function whose operations cost d on an idle machine.
func (m *machine) work(d time.Duration) func(n int) {
	return func(n int) {
		for range n {
			factor := 1.0
			if m.disturb != nil {
				factor = m.disturb(m)
			}
			m.rest += float64(d) * factor
			m.now += time.Duration(m.rest)
			m.rest -= math.Trunc(m.rest)
		}
	}
}

// options runs an estimation on the clock of m.
func (m *machine) options() paired.Options {
	return paired.Options{
		Now: func() time.Duration { return m.now },
		Sleep: func(_ context.Context, d time.Duration) {
			m.now += d
			m.slept = append(m.slept, d)
		},
	}
}

// The disturbances are those seen on shared machines.

// drift makes the machine slower by 5 % each second.
func drift(m *machine) float64 { return 1 + 0.05*m.now.Seconds() }

// hogs takes half of the machine away for 0.3 s and gives it back for 0.3 s.
func hogs(m *machine) float64 {
	if m.now/(300*time.Millisecond)%2 == 1 {
		return 2
	}
	return 1
}

// interruptions stops what runs every 6 ms on average, for forty times its cost.
func interruptions(m *machine) float64 {
	if m.now < m.interruption {
		return 1
	}
	m.interruption = m.now + time.Duration(m.random.Int64N(int64(12*time.Millisecond)))
	return 40
}

// jitter varies each operation by up to 10 % either way.
func jitter(m *machine) float64 { return 0.9 + 0.2*m.random.Float64() }

// all applies all of them at once.
func all(m *machine) float64 {
	return drift(m) * hogs(m) * interruptions(m) * jitter(m)
}
