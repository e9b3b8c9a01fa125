package verifier_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/assay-id/assay/verifier"
)

// benchClaims are the claims of a realistic ID Token of Scalekit, at_hash, c_hash
// and picture included: about 700 bytes of JSON.
func benchClaims() object {
	return with(goodClaims(), object{
		"at_hash": "ec_jU2ZKpFelCKLTRWiRsg", "c_hash": "6wMreK9kWQQY6O5R0CiiYg",
		"given_name": "John", "family_name": "Doe", "locale": "en",
		"picture": "https://cdn.example.com/p/123456.png",
	})
}

// BenchmarkBareRS256 is what the others are compared with: the signature check
// of the standard library over the same bytes, and nothing else.
func BenchmarkBareRS256(b *testing.B) {
	raw := sign(b, goodHeader(), benchClaims())
	i := strings.LastIndexByte(raw, '.')
	input, sig, key := []byte(raw[:i]), decode(b, raw[i+1:]), &testKey().PublicKey
	b.ReportAllocs()
	for b.Loop() {
		digest := sha256.Sum256(input)
		if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], sig); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, alg := range []verifier.Algorithm{verifier.RS256, verifier.PS256, verifier.ES256, verifier.EdDSA} {
		b.Run(string(alg), func(b *testing.B) {
			s := signers()[alg]
			v := s.verifier(b, nil)
			raw := s.token(b, goodHeader(), benchClaims())
			b.ReportAllocs()
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if _, err := v.Verify(b.Context(), raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkVerifyParallel shows whether anything is shared between cores.
func BenchmarkVerifyParallel(b *testing.B) {
	v := newVerifier(b, nil)
	raw := sign(b, goodHeader(), benchClaims())
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := v.Verify(b.Context(), raw); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkRefuse is what tokens cost that are refused before any signature
// check, from the cheapest to the dearest.
func BenchmarkRefuse(b *testing.B) {
	v := newVerifier(b, nil)
	claims := benchClaims()
	signature := strings.Repeat("A", 342)
	payload := encode(text(b, claims))
	header := func(changes object) string { return encode(text(b, with(goodHeader(), changes))) }
	tests := []struct {
		name, raw string
		want      verifier.Reason
	}{
		{"too large", strings.Repeat(".", 1<<20), verifier.ReasonTokenTooLarge},
		{"not a token", "garbage", verifier.ReasonMalformedToken},
		{"alg none", header(object{"alg": "none"}) + "." + payload + ".", verifier.ReasonAlgNotAllowed},
		{"foreign issuer", header(nil) + "." + encode(text(b, with(claims, object{"iss": "https://evil.example"}))) + "." + signature, verifier.ReasonInvalidIssuer},
		{"unknown key", header(object{"kid": "other"}) + "." + payload + "." + signature, verifier.ReasonKeyNotFound},
	}
	for _, test := range tests {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(b.Context(), test.raw); verifier.ReasonOf(err) != test.want {
					b.Fatal(err)
				}
			}
		})
	}
}
