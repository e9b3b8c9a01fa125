package keyring

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
)

// rsaBits is the size of RSA keys unless the caller asks for another: the
// least that RFC 7518, 3.3 allows, and what Scalekit publishes.
const rsaBits = 2048

// Source makes keys from a seed. The same seed, name, alg and size give the
// same key on every machine, with every version of Go, and independently of
// the order in which keys are requested, and from which goroutines.
//
// Keys are made when they are first asked for, and kept as long as the Source.
// Sources of one seed share RSA keys.
// An RSA key of 2048 bits takes some 3 to 20 ms of one core, ECDSA and Ed25519
// keys a fraction of a millisecond. A Source is safe for concurrent
// use: callers of the same key wait for it together, callers of other keys do
// not.
type Source struct {
	seed uint64

	mu   sync.Mutex
	keys map[recipe]func() *Key
}

// recipe holds what a key is derived from, in addition to the seed.
type recipe struct {
	name string
	alg  string
	bits int   // RSA only
	e    int64 // RSA only; 0 means commonExponent
	odd  oddity
}

// commonExponent is the public exponent of RSA keys unless the caller asks for
// another.
const commonExponent = 65537

// oddity is an oddity of a key that otherwise signs like any other.
type oddity string

const (
	oddPrimes oddity = "CVE-2017-15361"
	zeroX     oddity = "x begins with zero"
	noFactors oddity = "decoy"
	portable  oddity = "two primes"
)

// NewSource returns a Source for seed. Zero is a seed like any other.
func NewSource(seed uint64) *Source {
	return &Source{seed: seed, keys: make(map[recipe]func() *Key)}
}

// Key returns the key called name for alg: RSA with 2048 bits for RS* and
// PS*, the curve of the alg for ES*, Ed25519 for EdDSA. It panics if alg is
// not one of [Algs]: check names that come from outside first.
func (s *Source) Key(name, alg string) *Key {
	a := mustLookup(alg)
	r := recipe{name: name, alg: alg}
	if a.family == pkcs1v15 || a.family == pss {
		r.bits = rsaBits
	}
	return s.key(r)
}

// RSA returns the RSA key called name for alg with a modulus of bits, which
// is exact and may be odd. It is for keys that are too short or very long:
// 4096 bits take some 0.1 s of one core, 8192 bits 2 s and 16384 bits up to a
// minute. It panics if alg is not one of RS* and PS*, and if
// bits is not between 1024 and 16384; crypto/rsa refuses to sign with shorter
// keys.
func (s *Source) RSA(name, alg string, bits int) *Key {
	mustBeRSA(name, alg)
	if bits < 1024 || bits > 16384 {
		panic(fmt.Sprintf("keyring: RSA key %q of %d bits, want 1024 to 16384", name, bits))
	}
	return s.key(recipe{name: name, alg: alg, bits: bits})
}

// RSAExponent returns the RSA key of 2048 bits called name for alg with the
// public exponent e, an odd prime. It panics if alg is not one of RS* and PS*.
func (s *Source) RSAExponent(name, alg string, e int64) *Key {
	mustBeRSA(name, alg)
	return s.key(recipe{name: name, alg: alg, bits: rsaBits, e: e})
}

// ROCA returns the RSA key of 2048 bits called name for alg whose primes have
// the form that the library of CVE-2017-15361 produced: it signs and verifies
// like any other, but its modulus can be factored. It panics if alg is not
// one of RS* and PS*.
func (s *Source) ROCA(name, alg string) *Key {
	mustBeRSA(name, alg)
	return s.key(recipe{name: name, alg: alg, bits: rsaBits, odd: oddPrimes})
}

// Portable returns the RSA key of 2048 bits called name for alg whose modulus has
// two primes, as every program expects that reads private keys; those of all other
// keys have four. It panics if alg is not one of RS* and PS*.
func (s *Source) Portable(name, alg string) *Key {
	mustBeRSA(name, alg)
	return s.key(recipe{name: name, alg: alg, bits: rsaBits, odd: portable})
}

// Decoy returns the RSA key of 2048 bits called name for alg that is published
// and cannot sign: nobody knows the factors of its modulus, and so it takes no
// time to make. It panics if alg is not one of RS* and PS*.
func (s *Source) Decoy(name, alg string) *Key {
	mustBeRSA(name, alg)
	return s.key(recipe{name: name, alg: alg, bits: rsaBits, odd: noFactors})
}

// ZeroX returns the ECDSA key called name for alg whose x begins with a zero
// byte, as in one key of 256. It panics if alg is not one of ES*.
func (s *Source) ZeroX(name, alg string) *Key {
	if mustLookup(alg).family != ecdsaRS {
		panic(fmt.Sprintf("keyring: key %q with a zero in x for alg %q, want one of ES*",
			name, alg))
	}
	return s.key(recipe{name: name, alg: alg, odd: zeroX})
}

func mustBeRSA(name, alg string) {
	if a := mustLookup(alg); a.family != pkcs1v15 && a.family != pss {
		panic(fmt.Sprintf("keyring: RSA key %q for alg %q, want one of RS* and PS*", name, alg))
	}
}

func mustLookup(alg string) algorithm {
	a, ok := lookup(alg)
	if !ok {
		panic(fmt.Sprintf("keyring: alg is %q, want one of %s", alg, strings.Join(Algs(), ", ")))
	}
	return a
}

func (s *Source) key(r recipe) *Key {
	s.mu.Lock()
	once, ok := s.keys[r]
	switch {
	case ok:
	case r.bits != 0:
		once = shared.find(s.seed, r)
	default:
		once = sync.OnceValue(func() *Key { return generate(s.seed, r) })
	}
	s.keys[r] = once
	s.mu.Unlock()
	return once()
}

// shared holds the RSA keys that the Sources of the process share: a comparison
// of several verifiers has one Source for each, and a test process hundreds, of
// few seeds.
var shared = pool{keys: make(map[seeded]func() *Key)}

// pool holds the keys of several Sources, and forgets them all when they are
// too many.
type pool struct {
	mu   sync.Mutex
	keys map[seeded]func() *Key
}

// maxShared bounds what a pool holds, a few kilobytes each.
const maxShared = 256

// seeded is what decides a key.
type seeded struct {
	seed uint64
	recipe
}

func (p *pool) find(seed uint64, r recipe) func() *Key {
	p.mu.Lock()
	defer p.mu.Unlock()
	of := seeded{seed, r}
	once, ok := p.keys[of]
	if !ok {
		if len(p.keys) == maxShared {
			clear(p.keys)
		}
		once = sync.OnceValue(func() *Key { return generate(seed, r) })
		p.keys[of] = once
	}
	return once
}

func generate(seed uint64, r recipe) *Key {
	stream := streamOf(seed, r)
	var id [8]byte
	read(stream, id[:])
	return newKey("snk_"+digits(binary.BigEndian.Uint64(id[:])), r.alg, private(r, stream))
}

// streamOf returns the random bytes for one key. Each key has its own, so that
// the order in which keys are made changes nothing.
func streamOf(seed uint64, r recipe) io.Reader {
	h := sha256.New()
	h.Write([]byte("assay keyring 1\x00"))
	h.Write(binary.BigEndian.AppendUint64(nil, seed))
	for _, part := range []string{r.name, r.alg} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(r.bits)))
	if r.e != 0 || r.odd != "" {
		fmt.Fprintf(h, "%d %s", r.e, r.odd)
	}
	return rand.NewChaCha8([sha256.Size]byte(h.Sum(nil)))
}

// digits returns seventeen decimal digits without a leading zero, the shape
// of Scalekit's identifiers.
func digits(v uint64) string {
	const least = 1e16
	return fmt.Sprint(least + v%(9*least))
}

func private(r recipe, stream io.Reader) crypto.Signer {
	switch a := mustLookup(r.alg); a.family {
	case ecdsaRS:
		for {
			k := ecdsaKey(a, stream)
			if r.odd != zeroX || k.X.BitLen() <= (a.curve.Params().BitSize+7)/8*8-8 {
				return k
			}
		}
	case eddsa:
		seed := make([]byte, ed25519.SeedSize)
		read(stream, seed)
		return ed25519.NewKeyFromSeed(seed)
	}
	if r.odd == noFactors {
		return decoy{&rsa.PublicKey{N: modulus(r.bits, stream), E: commonExponent}}
	}
	return rsaKey(r, stream)
}

// ecdsaKey draws scalars until one is between 1 and the order of the curve.
func ecdsaKey(a algorithm, stream io.Reader) *ecdsa.PrivateKey {
	bits := a.curve.Params().BitSize
	scalar := make([]byte, (bits+7)/8)
	for {
		read(stream, scalar)
		scalar[0] >>= len(scalar)*8 - bits
		if key, err := ecdsa.ParseRawPrivateKey(a.curve, scalar); err == nil {
			return key
		}
	}
}

// read fills b from a stream that cannot fail.
func read(stream io.Reader, b []byte) {
	if _, err := io.ReadFull(stream, b); err != nil {
		panic(fmt.Sprintf("keyring: internal error: reading the key stream: %v", err))
	}
}
