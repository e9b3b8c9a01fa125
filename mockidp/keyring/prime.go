package keyring

import (
	"io"
	"math/big"
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
// that has exactly the given number of bits, its three highest bits set and p-1
// not divisible by the prime e. Two or four such primes have a product of exactly
// the sum of their bits.
//
// The search is plain arithmetic on the stream, so it finds the same prime on
// every machine. It is neither uniform nor in constant time, and need not be.
func prime(bits int, e int64, stream io.Reader) *big.Int {
	fits := func(p *big.Int) bool {
		return new(big.Int).Mod(p, big.NewInt(e)).Cmp(big.NewInt(1)) != 0 && p.ProbablyPrime(randomRounds)
	}
	for {
		if p := searchUp(randomOdd(bits, stream), fits); p != nil && p.BitLen() == bits {
			return p
		}
	}
}

// modulus returns a number from the stream that looks like the product of two
// such primes, though nobody knows its factors: it has none that is small.
func modulus(bits int, stream io.Reader) *big.Int {
	for {
		first := func(*big.Int) bool { return true }
		if n := searchUp(randomOdd(bits, stream), first); n != nil && n.BitLen() == bits {
			return n
		}
	}
}

// randomOdd returns an odd number of exactly the given number of bits, its three
// highest bits set, from the stream.
func randomOdd(bits int, stream io.Reader) *big.Int {
	raw := make([]byte, (bits+7)/8)
	read(stream, raw)
	n := new(big.Int).SetBytes(raw)
	n.Rsh(n, uint(len(raw)*8-bits))
	for _, bit := range []int{bits - 1, bits - 2, bits - 3, 0} {
		n.SetBit(n, bit, 1)
	}
	return n
}

// searchUp returns the first number without a small factor that fits, in the
// window above start, which is odd, or nil.
func searchUp(start *big.Int, fits func(*big.Int) bool) *big.Int {
	small := smallPrimes()
	residues := make([]int64, len(small))
	remainder := new(big.Int)
	for i, s := range small {
		residues[i] = remainder.Mod(start, big.NewInt(s)).Int64()
	}
	p := new(big.Int)
	for delta := int64(0); delta < window; delta += 2 {
		if !hasFactor(residues, small, delta) && fits(p.Add(start, big.NewInt(delta))) {
			return p
		}
	}
	return nil
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
	product, period := big.NewInt(2), big.NewInt(1) // of the powers of 65537
	for _, s := range smallPrimes()[:125] {
		product.Mul(product, big.NewInt(s))
		order := big.NewInt(s - 1)
		period.Mul(period, order.Div(order, new(big.Int).GCD(nil, nil, period, order)))
	}
	raw := make([]byte, (bits+7)/8)
	draw := func() *big.Int {
		read(stream, raw)
		v := new(big.Int).SetBytes(raw)
		return v.Rsh(v, uint(len(raw)*8-bits))
	}
	one, public := big.NewInt(1), big.NewInt(e)
	for {
		p := draw()
		p.SetBit(p, bits-1, 1)
		p.SetBit(p, bits-2, 1)
		p.Div(p, product)
		p.Mul(p, product)
		exponent := draw()
		p.Add(p, new(big.Int).Exp(big.NewInt(65537), exponent.Mod(exponent, period), product))
		less := new(big.Int).Sub(p, one)
		if p.BitLen() == bits && p.Bit(bits-2) == 1 && less.Mod(less, public).Sign() != 0 &&
			p.ProbablyPrime(randomRounds) {
			return p
		}
	}
}
