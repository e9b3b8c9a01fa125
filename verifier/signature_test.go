package verifier_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/assay-id/assay/verifier"
)

// splitSignature returns what a token is signed over, and its signature.
func splitSignature(t testing.TB, raw string) (input string, sig []byte) {
	t.Helper()
	i := strings.LastIndexByte(raw, '.')
	return raw[:i], decode(t, raw[i+1:])
}

// The forms of an ECDSA signature that some verifiers take for the good one,
// and the values that break bad arithmetic.
func TestVerifyRefusesECDSASignatures(t *testing.T) {
	t.Parallel()
	for _, curve := range []struct {
		alg   verifier.Algorithm
		curve elliptic.Curve
	}{{verifier.ES256, elliptic.P256()}, {verifier.ES384, elliptic.P384()}, {verifier.ES512, elliptic.P521()}} {
		s := signers()[curve.alg]
		v := s.verifier(t, nil)
		input, good := splitSignature(t, s.token(t, goodHeader(), goodClaims()))
		size := len(good) / 2
		n := curve.curve.Params().N
		r, sv := new(big.Int).SetBytes(good[:size]), new(big.Int).SetBytes(good[size:])
		join := func(r, s []byte) []byte { return slices.Concat(r, s) }
		fill := func(i *big.Int) []byte {
			if (i.BitLen()+7)/8 > size {
				return i.Bytes()
			}
			return i.FillBytes(make([]byte, size))
		}
		plus := func(i *big.Int) *big.Int { return new(big.Int).Add(i, n) }
		zero, one := new(big.Int), big.NewInt(1)
		last := new(big.Int).Sub(n, one)
		der, err := asn1.Marshal(struct{ R, S *big.Int }{r, sv})
		if err != nil {
			t.Fatal(err)
		}
		forms := map[string][]byte{
			"DER":                          der,
			"swapped":                      join(good[size:], good[:size]),
			"a zero ahead":                 join([]byte{0}, good),
			"a zero after it":              join(good, []byte{0}),
			"a zero in the middle":         slices.Concat(good[:size], []byte{0}, good[size:]),
			"zeros ahead of both":          slices.Concat([]byte{0}, good[:size], []byte{0}, good[size:]),
			"the first byte missing":       good[1:],
			"the last byte missing":        good[:len(good)-1],
			"half of it":                   good[:size],
			"twice":                        join(good, good),
			"r plus the order":             join(fill(plus(r)), fill(sv)),
			"s plus the order":             join(fill(r), fill(plus(sv))),
			"all bits":                     slices.Repeat([]byte{0xFF}, 2*size),
			"r negated modulo the order":   join(fill(new(big.Int).Sub(n, r)), fill(sv)),
			"the good one of another text": mustSign(t, s, "other"),
		}
		values := map[string]*big.Int{"0": zero, "1": one, "n-1": last, "n": n}
		for nameR, r := range values {
			for nameS, s := range values {
				forms[fmt.Sprintf("r = %s, s = %s", nameR, nameS)] = join(fill(r), fill(s))
			}
		}
		for name, sig := range forms {
			t.Run(string(curve.alg)+" "+name, func(t *testing.T) {
				t.Parallel()
				wantRefusal(t, v, input+"."+encode(sig), verifier.ReasonInvalidSignature, "")
			})
		}
	}
}

func mustSign(t testing.TB, s signer, input string) []byte {
	t.Helper()
	_, sig := splitSignature(t, s.signText(t, input))
	return sig
}

// Values whose integers are short, as one in 128 signatures is, come out right
// in DER.
func TestVerifyAcceptsShortECDSAIntegers(t *testing.T) {
	t.Parallel()
	s := signers()[verifier.ES256]
	v := s.verifier(t, nil)
	short := 0
	for i := 0; short < 4 && i < 5000; i++ {
		raw := s.token(t, goodHeader(), with(goodClaims(), object{"jti": fmt.Sprint(i)}))
		if _, sig := splitSignature(t, raw); sig[0] != 0 && sig[32] != 0 {
			continue
		}
		short++
		if _, err := v.Verify(t.Context(), raw); err != nil {
			t.Errorf("a short integer: %v", err)
		}
	}
	if short == 0 {
		t.Error("no signature with a short integer came up")
	}
}

// RSA signatures that verify under other parameters than the alg has.
func TestVerifyRefusesRSASignatures(t *testing.T) {
	t.Parallel()
	key := testKey()
	input, good := splitSignature(t, sign(t, goodHeader(), goodClaims()))
	sum512 := sha512.Sum512([]byte(input))
	with512, err := rsa.SignPKCS1v15(nil, key, crypto.SHA512, sum512[:])
	if err != nil {
		t.Fatal(err)
	}
	bare := sha256.Sum256([]byte(input))
	withoutPrefix, err := rsa.SignPKCS1v15(nil, key, 0, bare[:])
	if err != nil {
		t.Fatal(err)
	}
	plusN := new(big.Int).Add(new(big.Int).SetBytes(good), key.N).Bytes()
	v := newVerifier(t, nil)
	for name, sig := range map[string][]byte{
		"SHA-512 inside":              with512,
		"a digest without its prefix": withoutPrefix,
		"a zero ahead":                slices.Concat([]byte{0}, good),
		"a byte after it":             slices.Concat(good, []byte{0}),
		"a byte short":                good[1:],
		"plus the modulus":            plusN,
		"zero":                        make([]byte, 256),
		"one":                         append(make([]byte, 255), 1),
		"the modulus":                 key.N.Bytes(),
		"of another text":             mustSign(t, signers()[verifier.RS256], "other"),
		"of another key":              mustSign(t, bubbleKeys()["k2"], input),
		"the longest there is":        make([]byte, 1024),
		"longer than any":             make([]byte, 1025),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, v, input+"."+encode(sig), verifier.ReasonInvalidSignature, "")
		})
	}

	pss := signers()[verifier.PS256].verifier(t, nil)
	header := with(goodHeader(), object{"alg": "PS256"})
	pssInput := encode(text(t, header)) + "." + encode(text(t, goodClaims()))
	digest := sha256.Sum256([]byte(pssInput))
	for _, salt := range []int{0, 1, 31, 33, 256 - 32 - 2} {
		t.Run(fmt.Sprint("PSS with a salt of ", salt), func(t *testing.T) {
			t.Parallel()
			sig := signPSS(t, key, digest[:], salt)
			err := rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, digest[:], sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto})
			if err != nil {
				t.Fatalf("it is no PSS signature at all: %v", err)
			}
			wantRefusal(t, pss, pssInput+"."+encode(sig), verifier.ReasonInvalidSignature, "")
		})
	}
	t.Run("PKCS #1 v1.5 under PS256", func(t *testing.T) {
		t.Parallel()
		sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, pss, pssInput+"."+encode(sig), verifier.ReasonInvalidSignature, "")
	})
}

// signPSS signs with a salt of any length, which crypto/rsa cannot do for none.
// RFC 8017, 9.1.1, for a modulus of 2048 bits.
func signPSS(t *testing.T, key *rsa.PrivateKey, digest []byte, saltBytes int) []byte {
	t.Helper()
	salt := make([]byte, saltBytes)
	h := sha256.Sum256(slices.Concat(make([]byte, 8), digest, salt))
	db := make([]byte, 256-32-1)
	db[len(db)-saltBytes-1] = 1
	for i := 0; i*32 < len(db); i++ {
		mask := sha256.Sum256(append(h[:], 0, 0, 0, byte(i)))
		for j := range min(32, len(db)-i*32) {
			db[i*32+j] ^= mask[j]
		}
	}
	db[0] &= 0x7F
	m := new(big.Int).SetBytes(slices.Concat(db, h[:], []byte{0xBC}))
	return m.Exp(m, key.D, key.N).FillBytes(make([]byte, 256))
}

// S is a number modulo the order of the group, and has one spelling.
func TestVerifyRefusesEdDSASignatures(t *testing.T) {
	t.Parallel()
	s := signers()[verifier.EdDSA]
	v := s.verifier(t, nil)
	input, good := splitSignature(t, s.token(t, goodHeader(), goodClaims()))
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	little := slices.Clone(good[32:])
	slices.Reverse(little)
	sum := new(big.Int).Add(new(big.Int).SetBytes(little), order).FillBytes(make([]byte, 32))
	slices.Reverse(sum)
	for name, sig := range map[string][]byte{
		"S plus the order": slices.Concat(good[:32], sum),
		"a byte after it":  slices.Concat(good, []byte{0}),
		"a byte short":     good[:63],
		"zero":             make([]byte, 64),
		"R alone":          good[:32],
		"of another text":  mustSign(t, s, "other"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, v, input+"."+encode(sig), verifier.ReasonInvalidSignature, "")
		})
	}
	if !ed25519.Verify(decode(t, s.jwk["x"].(string)), []byte(input), good) {
		t.Error("the good signature is not good")
	}
}

// A provider that reuses one key ID for many keys has four of them tried.
func TestVerifyTriesFewKeys(t *testing.T) {
	t.Parallel()
	wrong := with(bubbleKeys()["k2"].jwk, object{"kid": testKeyID})
	good := jwkOf(testKeyID, nil)
	raw := sign(t, goodHeader(), goodClaims())
	for n, want := range map[int]verifier.Reason{3: "", 4: verifier.ReasonInvalidSignature} {
		keys := append(slices.Repeat([]any{wrong}, n), good)
		v := newVerifier(t, func(c *verifier.Config) { c.Keys = staticSet(t, keys...) })
		if got := reasonOf(t, v, raw); got != want {
			t.Errorf("with the good key after %d others: %q, want %q", n, got, want)
		}
	}
}
