package load

import "math"

// Arrivals is how the requests of a schedule are distributed in time.
type Arrivals string

// The arrivals.
const (
	// ArrivalsEven sends them at equal distances.
	ArrivalsEven Arrivals = "even"

	// ArrivalsPoisson sends each independently of the others, as many users
	// do: a Poisson process of the offered rate, which the seed determines.
	ArrivalsPoisson Arrivals = "poisson"
)

// arrivalLevels is the binary logarithm of how many arrivals there are: a
// hundred times as many as a schedule can have. The last of them is not random,
// which says next to nothing about so few.
const arrivalLevels = 40

// arrival returns when arrival n, from 0, of a Poisson process with one arrival
// per unit of time takes place. It depends on seed and n alone, so that parts and
// a merge know any arrival without those before it.
//
// The arrivals with the numbers from and from+2·half being known, the one in the
// middle divides the time between them as a variable with the distribution
// Beta(half, half) does. arrival halves the numbers until it meets n. Each of the
// results lies between its neighbours, so that they are in order.
func arrival(seed, n uint64) float64 {
	n++ // number 0 is the start
	key := splitmix64(^seed)
	start, end := 0.0, float64(uint64(1)<<arrivalLevels)
	from, node := uint64(0), uint64(1)
	for half := uint64(1) << (arrivalLevels - 1); ; half /= 2 {
		middle := min(start+(end-start)*symmetricBeta(float64(half), splitmix64(key+node*golden)), end)
		switch {
		case n == from+half:
			return middle
		case n < from+half:
			end, node = middle, 2*node
		default:
			start, from, node = middle, from+half, 2*node+1
		}
	}
}

// symmetricBeta converts a random number to one between 0 and 1 with the
// distribution Beta(a, a), a ≥ 1/2: Ulrich's method, as in Devroye, Non-Uniform
// Random Variate Generation, IX.4.3.
func symmetricBeta(a float64, random uint64) float64 {
	radius := math.Sqrt(-math.Expm1(2 / (2*a - 1) * math.Log(unit(random))))
	return (1 + radius*math.Cos(2*math.Pi*unit(splitmix64(random)))) / 2
}

// unit converts a random number to one above 0 and at most 1.
func unit(random uint64) float64 { return float64(random>>11+1) / (1 << 53) }
