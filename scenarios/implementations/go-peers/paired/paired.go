package paired

import (
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"
)

// Func runs one side of a comparison n times.
type Func func(n int)

// Options say how to measure. The zero value is a good choice.
type Options struct {
	// Slice is how long one timed slice of the first function takes. Zero
	// means 200 µs for Compare and 30 ms for CompareLong.
	Slice time.Duration

	// Epoch is how long one epoch takes, and Pause the longest time between
	// two. Zero means 300 ms each.
	Epoch, Pause time.Duration

	// MinEpochs and MaxEpochs bound how many epochs are measured. Zero means 8
	// and 24.
	MinEpochs, MaxEpochs int

	// Width is the half width of the interval, as a share of the ratio, at
	// which measuring ends before MaxEpochs. It decides on width only and
	// never on the outcome. Zero means 0.005.
	Width float64

	// Seed decides the order of the slices and the pauses.
	Seed uint64

	// Now and Sleep replace the clock in tests. Nil means the real one.
	Now   func() time.Time
	Sleep func(time.Duration)
}

// Result is an estimate of time(B) / time(A).
type Result struct {
	// Ratio is the estimate; 95 of 100 intervals from Low to High hold it on
	// this machine in its present state.
	Ratio, Low, High float64

	// NanosA and NanosB are the fastest slices, in ns per call.
	NanosA, NanosB float64

	// Epochs and Rounds count what was measured.
	Epochs, Rounds int
}

// Compare returns how much longer b takes than a, the garbage collector left
// out. The error says why the options make no sense.
func Compare(a, b Func, o Options) (Result, error) {
	o.defaults(200 * time.Microsecond)
	return o.compare(a, b, median)
}

// CompareLong is Compare with slices long enough to hold collections of
// garbage, and means in place of medians.
func CompareLong(a, b Func, o Options) (Result, error) {
	o.defaults(30 * time.Millisecond)
	if o.Epoch < 40*o.Slice {
		o.Epoch = 40 * o.Slice
	}
	return o.compare(a, b, mean)
}

func (o *Options) defaults(slice time.Duration) {
	setZero(&o.Slice, slice)
	setZero(&o.Epoch, 300*time.Millisecond)
	setZero(&o.Pause, 300*time.Millisecond)
	setZero(&o.MinEpochs, 8)
	setZero(&o.MaxEpochs, max(24, o.MinEpochs))
	setZero(&o.Width, 0.005)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = time.Sleep
	}
}

// setZero sets *v to def if it is zero.
func setZero[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// compare measures epochs until the interval is narrow enough. center is what
// an epoch makes of the logarithms of its rounds.
func (o *Options) compare(a, b Func, center func([]float64) float64) (Result, error) {
	if o.MinEpochs < 2 || o.MaxEpochs < o.MinEpochs {
		return Result{}, errors.New("an interval needs two epochs at least")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	m := &meter{o: o, rng: rand.New(rand.NewPCG(o.Seed, 1))}
	m.calibrate(a, b)
	var (
		r      = Result{NanosA: math.Inf(1), NanosB: math.Inf(1)}
		epochs []float64
	)
	for len(epochs) < o.MaxEpochs {
		if len(epochs) > 0 {
			o.Sleep(o.Pause/3 + time.Duration(m.rng.Int64N(int64(o.Pause/3*2)+1)))
		}
		rounds := m.epoch(a, b, &r)
		epochs = append(epochs, center(rounds))
		r.Rounds += len(rounds)
		r.Epochs = len(epochs)
		if r.Epochs < o.MinEpochs {
			continue
		}
		mid, half := median(epochs), tInterval(epochs)
		r.Ratio, r.Low, r.High = math.Exp(mid), math.Exp(mid-half), math.Exp(mid+half)
		if half <= o.Width {
			break
		}
	}
	return r, nil
}

// meter times slices.
type meter struct {
	o     *Options
	rng   *rand.Rand
	calls int // in each slice, of either side
}

// calibrate warms both sides and finds how many calls make a slice: enough of
// the first, and enough of the second for the clock to resolve.
func (m *meter) calibrate(a, b Func) {
	calls := func(f Func, slice time.Duration) int {
		for n := 4; ; n *= 2 {
			f(n)
			if d := m.time(f, n); d >= slice/2 || n > 1<<24 {
				return max(4, int(float64(n)*float64(slice)/float64(max(d, 1))))
			}
		}
	}
	m.calls = max(calls(a, m.o.Slice), calls(b, m.o.Slice/8))
}

// time returns how long n calls take.
func (m *meter) time(f Func, n int) time.Duration {
	began := m.o.Now()
	f(n)
	return m.o.Now().Sub(began)
}

// epoch measures rounds of four slices and returns the logarithm of each
// round's ratio.
func (m *meter) epoch(a, b Func, r *Result) []float64 {
	var rounds []float64
	for began := m.o.Now(); m.o.Now().Sub(began) < m.o.Epoch || len(rounds) == 0; {
		var timeA, timeB [2]time.Duration
		if m.rng.IntN(2) == 0 {
			timeA[0], timeB[0] = m.time(a, m.calls), m.time(b, m.calls)
			timeB[1], timeA[1] = m.time(b, m.calls), m.time(a, m.calls)
		} else {
			timeB[0], timeA[0] = m.time(b, m.calls), m.time(a, m.calls)
			timeA[1], timeB[1] = m.time(a, m.calls), m.time(b, m.calls)
		}
		r.NanosA = min(r.NanosA, float64(min(timeA[0], timeA[1]))/float64(m.calls))
		r.NanosB = min(r.NanosB, float64(min(timeB[0], timeB[1]))/float64(m.calls))
		rounds = append(rounds, math.Log(float64(timeB[0]+timeB[1])/float64(timeA[0]+timeA[1])))
	}
	return rounds
}

// median returns the middle of values, which it does not change.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// mean returns the arithmetic mean of values.
func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// t95 has the two-sided 95 % quantiles of Student's distribution for 1 to 30
// degrees of freedom.
var t95 = [...]float64{
	12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
	2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
	2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
}

// tInterval returns the half width of the 95 % interval of the mean of values.
func tInterval(values []float64) float64 {
	n, center := len(values), mean(values)
	sum := 0.0
	for _, v := range values {
		sum += (v - center) * (v - center)
	}
	freedom := n - 1
	return t95[min(freedom, len(t95))-1] * math.Sqrt(sum/float64(freedom)/float64(n))
}
