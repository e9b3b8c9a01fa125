package keyring_test

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp/keyring"
)

// TestSourceVectors pins keys of one seed. A difference means that reports
// which print a seed can no longer be repeated.
func TestSourceVectors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		alg  string
		bits int // 0: the size that Key chooses
		kid  string
		hash string // SHA-256 of the JWK, first eight bytes
	}{
		{"RS256", 0, "snk_19422564272128150", "a0966429c9c519e5"},
		{"RS384", 0, "snk_95611590948107815", "42c9050817775917"},
		{"RS512", 0, "snk_76166620026857112", "9b1ec9acf333d074"},
		{"PS256", 0, "snk_64531768844283975", "98d67b7f767d3c73"},
		{"PS384", 0, "snk_47039016897211052", "b89b539cad085417"},
		{"PS512", 0, "snk_69535134886306396", "19c4119660785732"},
		{"ES256", 0, "snk_93124769083075906", "5cf0cb19846bb97a"},
		{"ES384", 0, "snk_47248997718771283", "db8414a179a7c004"},
		{"ES512", 0, "snk_75214786728090800", "b23c27efad2fb70c"},
		{"EdDSA", 0, "snk_99030487112027755", "ab2752b7ea135fa8"},
		{"RS256", 1024, "snk_69922345082556672", "d3008b277cd5958b"},
		{"RS256", 2047, "snk_95665555681578885", "14ffd6e99a7b3f90"},
		{"RS256", 3072, "snk_46199264374395618", "0899520c78b4c514"},
	}
	source := keyring.NewSource(1)
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.alg, tt.bits), func(t *testing.T) {
			t.Parallel()
			var k *keyring.Key
			if tt.bits == 0 {
				k = source.Key("vector", tt.alg)
			} else {
				k = source.RSA("vector", tt.alg, tt.bits)
			}
			if k.ID() != tt.kid {
				t.Errorf("ID() = %q, want %q", k.ID(), tt.kid)
			}
			if got := hashJWK(t, k); got != tt.hash {
				t.Errorf("hash of JWK() = %s, want %s", got, tt.hash)
			}
			if got := k.Alg(); got != tt.alg {
				t.Errorf("Alg() = %q, want %q", got, tt.alg)
			}
		})
	}
}

func TestSourceIsIndependentOfOrder(t *testing.T) {
	t.Parallel()
	names := []string{"a", "b", "c", "d"}
	algs := []string{"ES256", "ES384", "EdDSA"}
	forward, backward := keyring.NewSource(7), keyring.NewSource(7)
	want := make(map[string]string)
	for _, name := range names {
		for _, alg := range algs {
			want[name+alg] = hashJWK(t, forward.Key(name, alg))
		}
	}
	var (
		wg  sync.WaitGroup
		mu  sync.Mutex
		got = make(map[string]string)
	)
	for i := len(names) - 1; i >= 0; i-- {
		for _, alg := range algs {
			for range 3 { // several callers of one key
				wg.Go(func() {
					hash := hashJWK(t, backward.Key(names[i], alg))
					mu.Lock()
					defer mu.Unlock()
					got[names[i]+alg] = hash
				})
			}
		}
	}
	wg.Wait()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys asked for in another order (-first +second):\n%s", diff)
	}
	if len(unique(want)) != len(want) {
		t.Errorf("some of the %d keys are the same: %v", len(want), want)
	}
}

func TestSourceSeparates(t *testing.T) {
	t.Parallel()
	base := keyring.NewSource(1)
	want := hashJWK(t, base.Key("n", "ES256"))
	tests := []struct {
		name string
		key  *keyring.Key
	}{
		{"another seed", keyring.NewSource(2).Key("n", "ES256")},
		{"another name", base.Key("m", "ES256")},
		{"the alg as part of the name", base.Key("nES256", "ES256")},
		{"another alg", base.Key("n", "ES384")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := hashJWK(t, tt.key); got == want {
				t.Errorf("key is the same as that of seed 1, name n, alg ES256")
			}
		})
	}
	if base.Key("n", "RS256").Same(base.Key("n", "PS256")) {
		t.Errorf("RS256 and PS256 keys of one name have the same modulus")
	}
	if first, second := base.Key("n", "ES256"), base.Key("n", "ES256"); first != second {
		t.Errorf("the same key was made twice")
	}
}

func TestSourceRSASizes(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(3)
	for _, bits := range []int{1024, 1025, 2047, 2048, 3072} {
		t.Run(fmt.Sprint(bits), func(t *testing.T) {
			t.Parallel()
			k := source.RSA("size", "RS256", bits)
			private := k.Private().(*rsa.PrivateKey)
			if got := private.N.BitLen(); got != bits {
				t.Errorf("modulus has %d bits, want %d", got, bits)
			}
			if err := private.Validate(); err != nil {
				t.Errorf("Validate() = %v", err)
			}
			if _, err := k.Sign("RS256", []byte("input")); err != nil {
				t.Errorf("Sign() = %v", err)
			}
		})
	}
}

// TestSourceOddKeys demands keys that are odd in one thing, and sign as any
// other.
func TestSourceOddKeys(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(5)
	three := source.RSAExponent("odd", "RS256", 3)
	if got := three.Public().(*rsa.PublicKey).E; got != 3 {
		t.Errorf("the exponent is %d, want 3", got)
	}
	portable := source.Portable("odd", "RS256")
	if got := len(portable.Private().(*rsa.PrivateKey).Primes); got != 2 {
		t.Errorf("a portable key has %d primes, want 2", got)
	}
	roca := source.ROCA("odd", "RS256")
	private := roca.Private().(*rsa.PrivateKey)
	if err := private.Validate(); err != nil || private.N.BitLen() != 2048 {
		t.Errorf("Validate() = %v with %d bits", err, private.N.BitLen())
	}
	for _, p := range []int64{11, 13, 17, 37, 53, 61, 97, 109, 157} {
		if !isPowerOf65537(new(big.Int).Mod(private.N, big.NewInt(p)).Int64(), p) {
			t.Errorf("the modulus is no power of 65537 modulo %d", p)
		}
	}
	zero := source.ZeroX("odd", "ES256")
	point, err := zero.Public().(*ecdsa.PublicKey).Bytes()
	if err != nil || point[1] != 0 {
		t.Errorf("x begins with %#x, %v, want a zero", point[1], err)
	}
	for _, k := range []*keyring.Key{three, portable, roca, zero} {
		signature, err := k.Sign(k.Alg(), []byte("input"))
		if err != nil || !verify(t, k, k.Alg(), []byte("input"), signature) {
			t.Errorf("the signature of an odd key for %s does not verify: %v", k.Alg(), err)
		}
	}
	if again := keyring.NewSource(5).ROCA("odd", "RS256"); !again.Same(roca) {
		t.Error("the same seed gave another key")
	}
}

func isPowerOf65537(v, modulus int64) bool {
	power := int64(1)
	for range modulus {
		if power == v {
			return true
		}
		power = power * 65537 % modulus
	}
	return false
}

// TestCoordinatesHaveFullLength draws enough keys that some have a coordinate
// with a leading zero byte, which must stay.
func TestCoordinatesHaveFullLength(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(4)
	padded := 0
	for i := range 600 {
		k := source.Key(fmt.Sprint(i), "ES256")
		jwk := k.JWK()
		for _, name := range []string{"x", "y"} {
			coordinate, _ := jwk.Get(name)
			raw, err := base64.RawURLEncoding.DecodeString(coordinate.(string))
			if err != nil || len(raw) != 32 {
				t.Fatalf("key %d: %s has %d bytes (%v), want 32", i, name, len(raw), err)
			}
			if raw[0] == 0 {
				padded++
			}
		}
		if _, ok := k.Public().(*ecdsa.PublicKey); !ok {
			t.Fatalf("Public() is a %T", k.Public())
		}
	}
	if padded == 0 {
		t.Errorf("no coordinate of 1,200 starts with a zero byte: the test shows nothing")
	}
}

func TestSourcePanics(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	tests := []struct {
		name string
		call func()
		want string
	}{
		{"unknown alg", func() { source.Key("n", "HS256") }, `"HS256"`},
		{"RSA key for ES256", func() { source.RSA("n", "ES256", 2048) }, `"ES256"`},
		{"RSA key too short", func() { source.RSA("n", "RS256", 512) }, "512 bits"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, tt.want) {
					t.Errorf("panic = %q, want it to name %s", got, tt.want)
				}
			}()
			tt.call()
		})
	}
}

func hashJWK(t *testing.T, k *keyring.Key) string {
	t.Helper()
	raw, err := json.Marshal(k.JWK())
	if err != nil {
		t.Errorf("marshalling JWK of %s: %v", k.ID(), err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

func unique(m map[string]string) map[string]bool {
	set := make(map[string]bool)
	for _, v := range m {
		set[v] = true
	}
	return set
}

func BenchmarkSourceRSA(b *testing.B) {
	b.ReportAllocs()
	for i := range b.N {
		keyring.NewSource(uint64(i)).Key("bench", "RS256")
	}
}

func TestDecoy(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	k := source.Decoy("decoy", "RS256")
	public, ok := k.Public().(*rsa.PublicKey)
	if !ok || public.N.BitLen() != 2048 || public.E != 65537 {
		t.Fatalf("Public() is %v, want an RSA key of 2048 bits", k.Public())
	}
	for s := int64(2); s < 10_000; s++ {
		if new(big.Int).Mod(public.N, big.NewInt(s)).Sign() == 0 {
			t.Errorf("%d divides the modulus", s)
		}
	}
	if jwk := parseJWK(t, k); !jwk.Valid() {
		t.Error("go-jose holds the JWK for invalid")
	}
	if _, err := k.Sign("RS256", []byte("input")); err == nil {
		t.Error("a decoy signs")
	}
	if k.Same(source.Decoy("another", "RS256")) || !k.Same(keyring.NewSource(1).Decoy("decoy", "RS256")) {
		t.Error("the name and the seed do not decide the key")
	}
}

func TestSourcesOfOneSeedShareKeys(t *testing.T) {
	t.Parallel()
	k := keyring.NewSource(1).Key("shared", "RS256")
	if again := keyring.NewSource(1).Key("shared", "RS256"); again.Private() != k.Private() {
		t.Error("the key was made twice")
	}
	if keyring.NewSource(2).Key("shared", "RS256").Same(k) {
		t.Error("sources of two seeds share a key")
	}
}
