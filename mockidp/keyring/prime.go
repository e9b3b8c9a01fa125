package keyring

import (
	"io"
	"math/big"

	"filippo.io/bigmod"
)

// randomRounds is how many Miller-Rabin tests of random bases follow the one of
// base 2 and the Lucas test (Baillie-PSW), which no known composite passes.
// Candidates are random, not chosen by an adversary, so the chance of a
// composite is negligible (Damgård, Landrock and Pomerance, 1993), and more
// rounds would only make keys slower: eight took a third of the time.
const randomRounds = 0

// sieveLimit is the largest number whose prime factors are tried by division
// before a candidate is tested. Above a few thousand the gain is below a
// tenth.
const sieveLimit = 1 << 14

// window is how far above a random start the search goes before it draws a
// new one. Gaps between primes of 8192 bits average 5700.
const window = 1 << 17

// prime returns the first prime p at or above a random start from the stream
// that has exactly the given number of bits, its two highest bits set and p-1
// not divisible by the prime e. Two such primes have a product of exactly the
// sum of their bits.
//
// The search is plain arithmetic on the stream, so it finds the same prime on
// every machine. It is neither uniform nor in constant time, and need not be.
func prime(bits int, e int64, stream io.Reader) *big.Int {
	raw := make([]byte, (bits+7)/8)
	small := smallPrimes()
	for {
		read(stream, raw)
		start := new(big.Int).SetBytes(raw)
		start.Rsh(start, uint(len(raw)*8-bits))
		start.SetBit(start, bits-1, 1)
		start.SetBit(start, bits-2, 1)
		start.SetBit(start, 0, 1)
		if p := searchUp(start, e, small); p != nil && p.BitLen() == bits {
			return p
		}
	}
}

// searchUp returns the first prime in the window above start, which is odd,
// or nil.
func searchUp(start *big.Int, e int64, small []int64) *big.Int {
	residues := make([]int64, len(small))
	remainder := new(big.Int)
	for i, s := range small {
		residues[i] = remainder.Mod(start, big.NewInt(s)).Int64()
	}
	eResidue := remainder.Mod(start, big.NewInt(e)).Int64()

	p := new(big.Int)
	for delta := int64(0); delta < window; delta += 2 {
		if (eResidue+delta)%e == 1 || hasFactor(residues, small, delta) {
			continue
		}
		if isPrime(p.Add(start, big.NewInt(delta))) {
			return p
		}
	}
	return nil
}

// isPrime reports whether p, which is odd, is a prime. Nearly all candidates are
// not, and fail Fermat's test, for which bigmod takes less than half of the time
// that math/big does.
func isPrime(p *big.Int) bool {
	m, err := bigmod.NewModulus(p.Bytes())
	if err != nil {
		return false
	}
	two, err := bigmod.NewNat().SetBytes([]byte{2}, m)
	if err != nil {
		return false
	}
	exponent := new(big.Int).Sub(p, big.NewInt(1)).Bytes()
	return bigmod.NewNat().Exp(two, exponent, m).IsOne() == 1 && p.ProbablyPrime(randomRounds)
}

// hasFactor reports whether one of the small primes divides the number whose
// residues are given, plus delta. The number is far larger than they are.
func hasFactor(residues, small []int64, delta int64) bool {
	for i, s := range small {
		if (residues[i]+delta)%s == 0 {
			return true
		}
	}
	return false
}

// smallPrimes returns the odd primes up to sieveLimit.
func smallPrimes() []int64 {
	composite := make([]bool, sieveLimit)
	var primes []int64
	for n := 3; n < sieveLimit; n += 2 {
		if composite[n] {
			continue
		}
		primes = append(primes, int64(n))
		for m := n * n; m < sieveLimit; m += 2 * n {
			composite[m] = true
		}
	}
	return primes
}

// rocaPrime returns a prime of the form k·M + (65537^a mod M), M being the
// product of the first primes, which the library of CVE-2017-15361 used for
// keys of 2048 bits. The rest is as for prime.
func rocaPrime(bits int, e int64, stream io.Reader) *big.Int {
	product := big.NewInt(2)
	for _, s := range smallPrimes()[:125] {
		product.Mul(product, big.NewInt(s))
	}
	raw := make([]byte, (bits+7)/8)
	draw := func() *big.Int {
		read(stream, raw)
		v := new(big.Int).SetBytes(raw)
		return v.Rsh(v, uint(len(raw)*8-bits))
	}
	one, exponent := big.NewInt(1), big.NewInt(e)
	for {
		p := draw()
		p.SetBit(p, bits-1, 1)
		p.SetBit(p, bits-2, 1)
		p.Div(p, product)
		p.Mul(p, product)
		p.Add(p, new(big.Int).Exp(big.NewInt(65537), draw(), product))
		less := new(big.Int).Sub(p, one)
		if p.BitLen() == bits && p.Bit(bits-2) == 1 && less.Mod(less, exponent).Sign() != 0 &&
			isPrime(p) {
			return p
		}
	}
}
