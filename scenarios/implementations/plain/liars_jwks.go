package plain

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// keySetLiars read key sets and keys that are none, or use keys for what they
// are not.
func keySetLiars() []Liar {
	return slices.Concat(lenientSetLiars(), lenientKeyLiars(), keyMaterialLiars())
}

// lenientSetLiars take something else for a JWK Set.
func lenientSetLiars() []Liar {
	rewrites := func(name, drops string, rewrite func(text []byte) []byte, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) {
			c.keySet = func(c *craft, text []byte) (*keySet, *verifier.Error) { return parseKeySet(c, rewrite(text)) }
		}}
	}
	wrapped := func(keys []byte) []byte { return slices.Concat([]byte(`{"keys":`), keys, []byte("}")) }
	return []Liar{
		rewrites("array-is-set", "It takes an array of keys for a JWK Set.", func(text []byte) []byte {
			if bytes.HasPrefix(text, []byte("[")) {
				return wrapped(text)
			}
			return text
		}, "jwks.bare-array"),
		rewrites("key-is-set", "It takes a single key for a JWK Set.", func(text []byte) []byte {
			if key, err := parseStrictly(text); err == nil && key.has("kty") {
				return wrapped(slices.Concat([]byte("["), text, []byte("]")))
			}
			return text
		}, "jwks.bare-jwk"),
		rewrites("keys-optional", "It takes a document without an array of keys for a set without keys.", func(text []byte) []byte {
			document, err := parseStrictly(text)
			value, _ := document.get("keys")
			if _, ok := elements(value); err == nil && !ok {
				return []byte(`{"keys":[]}`)
			}
			return text
		}, "jwks.no-keys-member", "jwks.keys-wrong-type", "fetch.200-error-json"),
		rewrites("first-value", "It reads the first JSON value of the answer, and not what is behind it.", func(text []byte) []byte {
			var first json.RawMessage
			if json.NewDecoder(bytes.NewReader(text)).Decode(&first) != nil {
				return text
			}
			return first
		}, "jwks.trailing-data"),
		rewrites("signed-set-ok", "It takes the payload of a JWT for the JWK Set, and does not verify it.", func(text []byte) []byte {
			segments := strings.Split(string(text), ".")
			if payload, ok := decodeBase64URL(segments[min(1, len(segments)-1)]); ok {
				return payload
			}
			return text
		}, "jwks.signed"),
		rewrites("any-charset", "It reads a JWK Set in UTF-16.", func(text []byte) []byte {
			if !bytes.HasPrefix(text, []byte{0xFF, 0xFE}) {
				return text
			}
			var units []uint16
			for pair := range slices.Chunk(text[2:], 2) {
				units = append(units, uint16(pair[0])|uint16(pair[len(pair)-1])<<8)
			}
			return []byte(string(utf16.Decode(units)))
		}, "jwks.utf16"),
		rewrites("merges-keys", "It takes the keys of every member that is called keys.", func(text []byte) []byte {
			var all []string
			members, err := readMembers(text)
			for _, m := range members {
				list, _ := elements(m.value)
				for _, key := range list {
					if m.name == "keys" {
						all = append(all, string(key))
					}
				}
			}
			if err != nil || len(all) == 0 {
				return text
			}
			return wrapped([]byte("[" + strings.Join(all, ",") + "]"))
		}, "jwks.dup-keys-member"),
	}
}

// editsKeys is a liar that reads every JWK as edit makes it.
func editsKeys(name, drops string, edit func(object) object, caughtBy ...string) Liar {
	return Liar{name, drops, caughtBy, func(c *craft) { c.jwk = edit }}
}

// without returns o without the members called so.
func (o object) without(names ...string) object {
	o.members = slices.DeleteFunc(slices.Clone(o.members), func(m member) bool { return slices.Contains(names, m.name) })
	return o
}

// with returns o with the member set.
func (o object) with(name, text string) object {
	o = o.without(name)
	o.members = append(o.members, member{name, quoted(text)})
	return o
}

// lenientKeyLiars do not ask what a key is there for, or read it as something
// else.
func lenientKeyLiars() []Liar {
	return []Liar{
		editsKeys("ignores-use", "It does not ask what a key is there for.",
			func(jwk object) object { return jwk.without("use") }, "jwks.use-enc", "jwks.use-unknown", "jwks.mixed-sig-enc"),
		editsKeys("ignores-key-ops", "It does not ask for which operations a key is there.",
			func(jwk object) object { return jwk.without("key_ops") }, "jwks.key-ops-encrypt", "jwks.use-key-ops-conflict"),
		editsKeys("any-key-alg", "It ignores the alg of a key if that is none of a signature.", func(jwk object) object {
			if alg, _ := jwk.text("alg"); algorithms()[alg].scheme == "" {
				return jwk.without("alg")
			}
			return jwk
		}, "jwks.alg-is-jwe"),
		editsKeys("kid-as-text", "It takes a kid that is a number for its digits.", func(jwk object) object {
			if kid, _ := jwk.get("kid"); kid.Kind() == jsontext.KindNumber {
				return jwk.with("kid", string(kid))
			}
			return jwk
		}, "jwks.kid-number"),
		editsKeys("names-fold", "It reads the members of a key in any case.", func(jwk object) object {
			jwk.find = func(members []member, name string) (jsontext.Value, bool) {
				i := slices.IndexFunc(members, func(m member) bool { return strings.EqualFold(m.name, name) })
				if i < 0 {
					return nil, false
				}
				return members[i].value, true
			}
			return jwk
		}, "jwks.case-members"),
		editsKeys("ignores-x5c", "It does not compare a key with its certificate.",
			func(jwk object) object { return jwk.without("x5c") }, "jwks.x5c-mismatch"),
		editsKeys("certificate-is-key", "It takes the key out of the certificate where there is none beside it.", func(jwk object) object {
			chain, _ := jwk.texts("x5c")
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
		}, "jwks.x5c-only"),
		{
			Name:     "follows-key-x5u",
			Fault:    "It fetches the certificate that a key names.",
			CaughtBy: []string{"jwks.x5u-present"},
			bend: func(c *craft) {
				c.wrap("key", func(j *judgement, next judge) *verifier.Error {
					refusal := next(j)
					for _, k := range j.suspects {
						if x5u, present := k.jwk.get("x5u"); present {
							j.follow(x5u)
						}
					}
					return refusal
				})
			},
		},
		{
			Name:  "unusable-key-ok",
			Fault: "It lets a token pass whose key it cannot use.",
			CaughtBy: []string{
				"jwks.rsa-16384", "jwks.rsa-n-zero", "jwks.ec-zero", "jwks.ec-crv-mislabelled", "jwks.okp-bad-length",
				"jwks.use-unknown", "jwks.x5c-only",
			},
			bend: func(c *craft) {
				c.wrap("key", func(j *judgement, next judge) *verifier.Error {
					refusal := next(j)
					if refusal != nil && refusal.Reason == verifier.ReasonKeyUnusable {
						return j.settle()
					}
					return refusal
				})
			},
		},
	}
}

// base64URL spells octets as a JWK does.
func base64URL(octets []byte) string { return base64.RawURLEncoding.EncodeToString(octets) }

// keyMaterialLiars make a public key of members that do not make one.
func keyMaterialLiars() []Liar {
	return []Liar{
		editsKeys("short-exponent", "It keeps the lower 32 bits of an exponent.", func(jwk object) object {
			text, _ := jwk.text("e")
			if octets, ok := decodeBase64URL(text); ok && len(octets) > 4 {
				return jwk.with("e", base64URL(octets[len(octets)-4:]))
			}
			return jwk
		}, "jwks.rsa-e-truncated"),
		{
			Name:     "point-unchecked",
			Fault:    "It does not ask whether a point is on its curve.",
			CaughtBy: []string{"jwks.ec-off-curve", "jwks.ec-zero"},
			bend: func(c *craft) {
				c.material = func(jwk object) (crypto.PublicKey, error) {
					crv, _ := jwk.text("crv")
					x, errX := number(jwk, "x")
					y, errY := number(jwk, "y")
					if curve := curves()[crv]; curve != nil && errX == nil && errY == nil {
						//lint:ignore SA1019 the constructor that replaces it checks the point, which is what the liar leaves out
						return &ecdsa.PublicKey{Curve: curve, X: x, Y: y}, nil
					}
					return readPublicKey(jwk)
				}
			},
		},
		editsKeys("reduces-coordinates", "It reduces a coordinate modulo the prime of the curve.", func(jwk object) object {
			crv, _ := jwk.text("crv")
			curve := curves()[crv]
			for _, name := range []string{"x", "y"} {
				if v, err := number(jwk, name); curve != nil && err == nil && v.Cmp(curve.Params().P) >= 0 {
					v.Mod(v, curve.Params().P)
					jwk = jwk.with(name, base64URL(v.FillBytes(make([]byte, (curve.Params().BitSize+7)/8))))
				}
			}
			return jwk
		}, "jwks.ec-coordinate-ge-p"),
		editsKeys("okp-is-ed25519", "It takes every octet key pair for one of Ed25519.", func(jwk object) object {
			if jwk.has("y") || !jwk.has("x") {
				return jwk
			}
			return jwk.with("crv", "Ed25519")
		}, "jwks.okp-x25519"),
	}
}
