package load

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios/measure/gate"
)

// The intervals between the arrivals of a Poisson process have an exponential
// distribution and do not depend on each other, whether they have a neighbour in
// the tree or not. The limits are 5 standard deviations.
func TestArrivalsAreAPoissonProcess(t *testing.T) {
	t.Parallel()
	const count = 40_000
	for _, first := range []uint64{0, 1e9 - 1} {
		last := 0.0
		if first > 0 {
			last = arrival(3, first-1)
		}
		var sum, squares, product, before float64
		var beyond [4]float64
		for n := range uint64(count) {
			at := arrival(3, first+n)
			interval := at - last
			if interval < 0 {
				t.Fatalf("arrival %d is at %v, before its predecessor", first+n, at)
			}
			sum, squares, product = sum+interval, squares+interval*interval, product+(interval-1)*(before-1)
			for i := range beyond {
				if interval > float64(i+1)/2 {
					beyond[i]++
				}
			}
			last, before = at, interval
		}
		mean := sum / count
		variance := squares/count - mean*mean
		deviation := 1 / math.Sqrt(count)
		if math.Abs(mean-1) > 5*deviation || math.Abs(variance-1) > 5*math.Sqrt(8)*deviation || math.Abs(product/count) > 5*deviation {
			t.Errorf("from %d, intervals have mean %.3f, variance %.3f and covariance %.3f, want 1, 1 and 0",
				first, mean, variance, product/count)
		}
		for i, n := range beyond {
			want := math.Exp(-float64(i+1) / 2)
			if math.Abs(n/count-want) > 5*math.Sqrt(want*(1-want))*deviation {
				t.Errorf("from %d, a share of %.4f of the intervals is above %.1f, want %.4f", first, n/count, float64(i+1)/2, want)
			}
		}
	}
}

// The number of requests in a second has a mean and a variance of the rate, and
// that of all requests varies with the seed.
func TestPoissonCounts(t *testing.T) {
	t.Parallel()
	const seconds, rate = 1000, 20
	s, err := mustSchedule(t, Constant(rate, seconds*time.Second)).randomly(11)
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]float64, seconds)
	for n := range s.count {
		counts[int(s.at(n)/time.Second)]++
	}
	check := func(what string, counts []float64, want float64) {
		t.Helper()
		var sum, squares float64
		for _, n := range counts {
			sum += n
		}
		mean := sum / float64(len(counts))
		for _, n := range counts {
			squares += (n - mean) * (n - mean)
		}
		variance := squares / float64(len(counts)-1)
		deviation := math.Sqrt(want / float64(len(counts)))
		if math.Abs(mean-want) > 5*deviation || math.Abs(variance/want-1) > 5*math.Sqrt(2/float64(len(counts))) {
			t.Errorf("requests %s have mean %.2f and variance %.2f, want %.0f for both", what, mean, variance, want)
		}
	}
	check("in a second", counts, rate)

	var totals []float64
	for seed := range uint64(300) {
		s, err := mustSchedule(t, Constant(400, time.Second)).randomly(seed)
		if err != nil {
			t.Fatal(err)
		}
		totals = append(totals, float64(s.count))
	}
	check("of a load", totals, 400)
}

func TestPoissonDependsOnTheSeedAlone(t *testing.T) {
	t.Parallel()
	if a, b := arrival(1, 5), arrival(1, 5); a != b {
		t.Errorf("arrival 5 is at %v and at %v", a, b)
	}
	if a, b := arrival(1, 5), arrival(2, 5); a == b {
		t.Errorf("arrival 5 is at %v with either seed", a)
	}
	rare := mustSchedule(t, Constant(1, time.Millisecond))
	if _, err := rare.randomly(1); !errors.Is(err, gate.ErrUsage) {
		t.Errorf("randomly without a request = %v, want an ErrUsage", err)
	}
}

func BenchmarkPoisson(b *testing.B) {
	s, err := mustSchedule(b, Constant(10_000, time.Minute)).randomly(1)
	if err != nil {
		b.Fatal(err)
	}
	for n := uint64(0); b.Loop(); n++ {
		s.at(n % s.count)
	}
}
