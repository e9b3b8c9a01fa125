package plain

import (
	"crypto"
	"crypto/rsa"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// pedanticKeySets refuse sets and keys for what a provider may well write.
func pedanticKeySets() []Liar {
	spoiledBy := func(name, drops string, spoils func(*key) bool, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) {
			c.keySet = func(c *craft, text []byte) (*keySet, *verifier.Error) {
				set, refusal := parseKeySet(c, text)
				if refusal == nil && slices.ContainsFunc(set.keys, spoils) {
					refusal = refuse(verifier.ReasonJWKSInvalid, "keys", "a key that it does not like", "none")
				}
				return set, refusal
			}
		}}
	}
	oneOf := func(of string, known ...string) func(*key) bool {
		return func(k *key) bool {
			text, _ := k.jwk.text(of)
			return !slices.Contains(known, text)
		}
	}
	unfit := func(name, drops string, is func(jwk object) bool, caughtBy ...string) Liar {
		return editsKeys(name, drops, func(jwk object) object {
			if is(jwk) {
				return jwk.with("use", "none")
			}
			return jwk
		}, caughtBy...)
	}
	return []Liar{
		spoiledBy("keys-are-objects", "It refuses a set with an element that is no object.",
			func(k *key) bool { return k.text.Kind() != jsontext.KindBeginObject }, "jwks.non-object-element"),
		// AKP stands in every set of the mock environment.
		spoiledBy("types-are-known", "It refuses a set with a key of a type that it has not heard of.",
			oneOf("kty", "RSA", "EC", "OKP", "oct", "AKP"), "jwks.unknown-kty", "jwks.missing-kty"),
		spoiledBy("curves-are-known", "It refuses a set with a key on a curve that it does not know.",
			oneOf("crv", "", "P-256", "P-384", "P-521", "Ed25519"), "jwks.unknown-crv"),
		spoiledBy("no-oct", "It refuses a set with a symmetric key.",
			func(k *key) bool { return k.jwk.has("k") }, "jwks.oct-sibling"),
		{
			Name:     "knows-all-members",
			Fault:    "It refuses a set with a member that it does not know.",
			CaughtBy: []string{"jwks.unknown-members"},
			bend: func(c *craft) {
				c.keySet = func(c *craft, text []byte) (*keySet, *verifier.Error) {
					members, err := readMembers(text)
					if err == nil && len(members) > 1 {
						return nil, refuse(verifier.ReasonJWKSInvalid, "keys", "further members", "none")
					}
					return parseKeySet(c, text)
				}
			},
		},
		{
			Name:     "kids-are-unique",
			Fault:    "It refuses a set in which two keys have the same kid.",
			CaughtBy: []string{"jwks.duplicate-kid-kty", "jwks.identical-twice"},
			bend: func(c *craft) {
				c.keySet = func(c *craft, text []byte) (*keySet, *verifier.Error) {
					set, refusal := parseKeySet(c, text)
					if refusal != nil {
						return nil, refusal
					}
					seen := map[keyID]bool{{}: false}
					for _, k := range set.keys {
						if seen[k.id] {
							return nil, refuse(verifier.ReasonJWKSInvalid, "kid", "twice", "once")
						}
						seen[k.id] = k.id.present
					}
					return set, nil
				}
			},
		},
		unfit("use-required", "It uses no key that does not say what it is there for.",
			func(jwk object) bool { return !jwk.has("use") }, "jwks.use-absent", "jwks.key-ops-verify"),
		unfit("no-certificates", "It uses no key that brings a certificate.",
			func(jwk object) bool { return jwk.has("x5c") || jwk.has("x5u") }, "jwks.x5c-match", "jwks.x5u-present"),
		{
			Name:     "no-large-keys",
			Fault:    "It uses no RSA key of more than 3072 bits.",
			CaughtBy: []string{"jwks.rsa-4096"},
			bend: func(c *craft) {
				c.unfitKey = func(public crypto.PublicKey) string {
					if k, ok := public.(*rsa.PublicKey); ok && k.N.BitLen() > 3072 {
						return "too large"
					}
					return unfitRSA(public)
				}
			},
		},
	}
}
