package plain

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// readsKeysAs edits every JWK before it is read.
func readsKeysAs(edit func(jwk object) object) bend {
	return func(h *habits) { h.keys.edit = func(jwk object) object { return edit(withoutNulls(jwk)) } }
}

// ignores reads every JWK without that member.
func ignores(member string) bend {
	return readsKeysAs(func(jwk object) object { return jwk.without(member) })
}

// keyLiars do not check what a key is for, or make a public key out of members
// that do not make one.
func keyLiars() []Liar {
	return []Liar{
		{"ignores-use", "It does not read the use of a key.",
			ids{"jwks.use-enc", "jwks.use-unknown", "jwks.mixed-sig-enc"}, ignores("use")},
		{"ignores-key-ops", "It does not read the key_ops of a key.",
			ids{"jwks.key-ops-encrypt", "jwks.use-key-ops-conflict"}, ignores("key_ops")},
		{"key-ops-over-use", "It does not read the use of a key that has key_ops.", ids{"jwks.key-ops-use-conflict"},
			readsKeysAs(func(jwk object) object {
				if jwk.has("key_ops") {
					return jwk.without("use")
				}
				return jwk
			})},
		{"any-key-alg", "It ignores the alg of a key if that is not a signature algorithm.",
			ids{"jwks.alg-is-jwe"}, readsKeysAs(withoutOtherAlg)},
		{"kid-as-text", "It reads a kid that is a number as its digits.", ids{"jwks.kid-number"}, readsKeysAs(digitsAsKid)},
		{"names-fold", "It ignores case in the member names of a key.", ids{"jwks.case-members"}, readsKeysAs(inAnyCase)},
		{"ignores-x5c", "It does not compare a key with its certificate.", ids{"jwks.x5c-mismatch"}, ignores("x5c")},
		{"null-is-there", "It reads a member of a key whose value is null as if it had one.", ids{"jwks.null-members"},
			func(h *habits) { h.keys.edit = nil }},
		{"certificate-is-key", "It takes the key out of the certificate if the JWK has no other.",
			ids{"jwks.x5c-only"}, readsKeysAs(keyOfCertificate)},
		{"follows-key-x5u", "It fetches the certificate from the URL in the x5u of a key.", ids{"jwks.x5u-present"},
			around("key", func(j *judgement, next judge) *verifier.Error {
				refusal := next(j)
				for _, k := range j.candidates {
					if x5u, present := k.jwk.get("x5u"); present {
						target, _ := unquote(x5u)
						j.follow(target)
					}
				}
				return refusal
			})},
		{"unusable-key-ok", "It accepts a token whose key it cannot use.",
			ids{
				"jwks.rsa-16384", "jwks.rsa-n-zero", "jwks.ec-zero", "jwks.ec-crv-mislabelled", "jwks.okp-bad-length",
				"jwks.use-unknown", "jwks.x5c-only", "jwks.members-missing",
			},
			forgiving("key", func(refusal *verifier.Error) bool { return refusal.Reason == verifier.ReasonKeyUnusable })},
		{"short-exponent", "It truncates an RSA exponent to 32 bits.", ids{"jwks.rsa-e-truncated"}, readsKeysAs(lowExponent)},
		{"point-unchecked", "It does not check that a point is on its curve.", ids{"jwks.ec-off-curve", "jwks.ec-zero"},
			func(h *habits) { h.keys.material = uncheckedPoint }},
		{"reduces-coordinates", "It reduces a coordinate modulo the prime of the curve.",
			ids{"jwks.ec-coordinate-ge-p"}, readsKeysAs(reducedCoordinates)},
		{"okp-is-ed25519", "It reads every octet key pair as one of Ed25519.", ids{"jwks.okp-x25519"},
			readsKeysAs(func(jwk object) object {
				if jwk.has("y") || !jwk.has("x") {
					return jwk
				}
				return jwk.with("crv", "Ed25519")
			})},
	}
}

func withoutOtherAlg(jwk object) object {
	if alg, _ := jwk.string("alg"); algorithms()[alg].scheme == "" {
		return jwk.without("alg")
	}
	return jwk
}

func digitsAsKid(jwk object) object {
	if kid, _ := jwk.get("kid"); kid.Kind() == jsontext.KindNumber {
		return jwk.with("kid", string(kid))
	}
	return jwk
}

func inAnyCase(jwk object) object {
	jwk.find = func(members []member, name string) (jsontext.Value, bool) {
		i := slices.IndexFunc(members, func(m member) bool { return strings.EqualFold(m.name, name) })
		if i < 0 {
			return nil, false
		}
		return members[i].value, true
	}
	return jwk
}

func keyOfCertificate(jwk object) object {
	chain, _ := jwk.strings("x5c")
	if jwk.has("n") || len(chain) == 0 {
		return jwk
	}
	der, _ := base64.StdEncoding.DecodeString(chain[0])
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return jwk
	}
	public, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return jwk
	}
	return jwk.with("n", base64URL(public.N.Bytes())).with("e", base64URL(big.NewInt(int64(public.E)).Bytes()))
}

func lowExponent(jwk object) object {
	text, _ := jwk.string("e")
	if e, ok := decodeBase64URL(text); ok && len(e) > 4 {
		return jwk.with("e", base64URL(e[len(e)-4:]))
	}
	return jwk
}

func uncheckedPoint(jwk object) (crypto.PublicKey, error) {
	crv, _ := jwk.string("crv")
	x, errX := number(jwk, "x")
	y, errY := number(jwk, "y")
	if curve := curves()[crv]; curve != nil && errX == nil && errY == nil {
		//lint:ignore SA1019 the constructor that replaces it checks the point, which is what the liar leaves out
		return &ecdsa.PublicKey{Curve: curve, X: x, Y: y}, nil
	}
	return readPublicKey(jwk)
}

func reducedCoordinates(jwk object) object {
	crv, _ := jwk.string("crv")
	curve := curves()[crv]
	for _, name := range []string{"x", "y"} {
		if v, err := number(jwk, name); curve != nil && err == nil && v.Cmp(curve.Params().P) >= 0 {
			v.Mod(v, curve.Params().P)
			jwk = jwk.with(name, base64URL(v.FillBytes(make([]byte, (curve.Params().BitSize+7)/8))))
		}
	}
	return jwk
}

// base64URL spells bytes as a JWK does.
func base64URL(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
