package paired

import (
	"math"
	"time"
)

// round holds the times of two slices of each side, and of the faster of them.
type round struct {
	a, b               time.Duration
	fastestA, fastestB time.Duration
}

func (r round) log() float64 { return math.Log(float64(r.b) / float64(r.a)) }

// round times ABBA or BAAB.
func (e *estimator) round(c *comparison) round {
	outer, inner := c.a, c.b
	swapped := e.random.Uint64()&1 == 1
	if swapped {
		outer, inner = inner, outer
	}
	t1 := e.time(outer)
	t2 := e.time(inner)
	t3 := e.time(inner)
	t4 := e.time(outer)
	if swapped {
		return round{a: t2 + t3, b: t1 + t4, fastestA: min(t2, t3), fastestB: min(t1, t4)}
	}
	return round{a: t1 + t4, b: t2 + t3, fastestA: min(t1, t4), fastestB: min(t2, t3)}
}

// medianRound returns a value of an epoch that no interruption can change.
func medianRound(rounds []round) float64 {
	logs := make([]float64, len(rounds))
	for i, r := range rounds {
		logs[i] = r.log()
	}
	return median(logs)
}

// sumOfRounds returns a value of an epoch that leaves nothing out.
func sumOfRounds(rounds []round) float64 { return sum(rounds).log() }

// sum adds up the times of rounds.
func sum(rounds []round) round {
	var sum round
	for _, r := range rounds {
		sum.a += r.a
		sum.b += r.b
	}
	return sum
}

// summarize fills in the times of both sides.
func (r *Result) summarize(c *comparison, rounds []round) {
	a, b := make([]float64, len(rounds)), make([]float64, len(rounds))
	fastestA, fastestB := math.Inf(1), math.Inf(1)
	for i, one := range rounds {
		a[i], b[i] = float64(one.a)/2, float64(one.b)/2
		fastestA = min(fastestA, float64(one.fastestA))
		fastestB = min(fastestB, float64(one.fastestB))
	}
	nA, nB := float64(c.a.operations), float64(c.b.operations)
	r.A.MedianNS, r.A.FastestNS = median(a)/nA, fastestA/nA
	r.B.MedianNS, r.B.FastestNS = median(b)/nB, fastestB/nB
	r.A.SliceOperations, r.B.SliceOperations = c.a.operations, c.b.operations
	r.Fastest = r.B.FastestNS / r.A.FastestNS
}
