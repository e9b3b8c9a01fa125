package plain

import (
	"encoding/base64"
	"errors"
	"path"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// headerLiars believe what a header says of itself.
func headerLiars() []Liar {
	findsKey := func(name, drops string, means func(kid, id string) bool, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) {
			c.suspects = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
				for _, k := range set.keys {
					if j.kid.present && k.id.present && means(j.kid.text, k.id.text) && k.unfitFor(j.alg) == "" {
						return []*key{k}, nil
					}
				}
				return keysNamed(j, set)
			}
		}}
	}
	return []Liar{
		findsKey("kid-trimmed", "It compares the kid without the blanks around it.",
			func(kid, id string) bool { return strings.TrimSpace(kid) == id }, "hdr.kid-whitespace"),
		findsKey("kid-pattern", "It takes the kid for a pattern and the first key that it matches.",
			func(kid, id string) bool { ok, err := path.Match(kid, id); return ok && err == nil }, "hdr.kid-wildcard"),
		{
			Name:     "kid-empty-is-none",
			Fault:    "It takes an empty kid for none.",
			CaughtBy: []string{"hdr.kid-empty"},
			bend: func(c *craft) {
				c.wrap("key", func(j *judgement, next judge) *verifier.Error {
					j.kid.present = j.kid.text != ""
					return next(j)
				})
			},
		},
		{
			Name:     "kid-any-type",
			Fault:    "It tries the keys one after the other if kid is not a text.",
			CaughtBy: []string{"hdr.kid-not-string"},
			bend: func(c *craft) {
				c.wrap("header", func(j *judgement, next judge) *verifier.Error {
					refusal := next(j)
					if refusal != nil && refusal.Claim == "kid" {
						j.kid = keyID{}
						j.alg, _ = j.head.text("alg")
						return nil
					}
					return refusal
				})
				c.suspects = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
					if j.head.has("kid") && !j.kid.present {
						return set.keys, nil
					}
					return keysNamed(j, set)
				}
			},
		},
		{
			Name:     "quotes-kid",
			Fault:    "It reads a token of any length and shows the kid as it is in its refusal.",
			CaughtBy: []string{"hdr.kid-huge", "hdr.kid-escape-sequences"},
			bend: func(c *craft) {
				c.drop("size")
				c.wrap("key", func(j *judgement, next judge) *verifier.Error {
					refusal := next(j)
					if refusal != nil && refusal.Reason == verifier.ReasonKeyNotFound {
						refusal.Err = errors.New("no key is called " + j.kid.text)
					}
					return refusal
				})
			},
		},
		{
			Name:     "kid-is-address",
			Fault:    "It fetches the keys from the URL that kid is.",
			CaughtBy: []string{"hdr.kid-url"},
			bend: func(c *craft) {
				c.wrap("key", func(j *judgement, next judge) *verifier.Error {
					if strings.HasPrefix(j.kid.text, "http") {
						if set, err := parseKeySet(&j.craft, j.follow(quoted(j.kid.text))); err == nil {
							j.suspects = set.keys
							return nil
						}
					}
					return next(j)
				})
			},
		},
		{
			Name:     "jku-of-issuer",
			Fault:    "It fetches the keys from where the token says, if that begins like the issuer.",
			CaughtBy: []string{"hdr.jku-issuer-host", "hdr.jku-lookalike"},
			bend: func(c *craft) {
				c.keysFromHeader("jku", func(j *judgement, value jsontext.Value) []*key {
					target, _ := unquote(value)
					if !strings.HasPrefix(target, j.policy.Issuer) {
						return nil
					}
					set, err := parseKeySet(&j.craft, j.follow(value))
					if err != nil {
						return nil
					}
					return set.keys
				})
			},
		},
		{
			Name:     "jku-data",
			Fault:    "It takes the keys out of a jku that holds them.",
			CaughtBy: []string{"hdr.jku-scheme"},
			bend: func(c *craft) {
				c.keysFromHeader("jku", func(j *judgement, value jsontext.Value) []*key {
					target, _ := unquote(value)
					_, data, _ := strings.Cut(target, ";base64,")
					text, _ := base64.RawURLEncoding.DecodeString(data)
					set, err := parseKeySet(&j.craft, text)
					if err != nil {
						return nil
					}
					return set.keys
				})
			},
		},
		{
			Name:     "trusts-jwk-secret",
			Fault:    "It verifies an HMAC with the secret that the token brings along.",
			CaughtBy: []string{"hdr.jwk-oct"},
			bend: func(c *craft) {
				c.bendHMAC(func(j *judgement, _ *keySet) ([]*key, *verifier.Error) {
					value, _ := j.head.get("jwk")
					jwk, _ := parseStrictly(value)
					return []*key{{jwk: jwk}}, nil
				}, func(k *key) [][]byte {
					shared, _ := k.jwk.text("k")
					secret, _ := decodeBase64URL(shared)
					return [][]byte{secret}
				})
			},
		},
		{
			Name:     "trusts-sub-jwk",
			Fault:    "It takes everybody for a provider of their own, with the key in the claims.",
			CaughtBy: []string{"type.self-issued"},
			bend: func(c *craft) {
				selfIssued := func(j *judgement) bool {
					iss, _ := j.claims.text("iss")
					return iss == "https://self-issued.me"
				}
				c.only("iss", not(selfIssued))
				c.wrap("key", func(j *judgement, next judge) *verifier.Error {
					if !selfIssued(j) {
						return next(j)
					}
					value, _ := j.claims.get("sub_jwk")
					j.suspects = []*key{readKey(&j.craft, value)}
					return nil
				})
			},
		},
		{
			Name:     "takes-advertised",
			Fault:    "It allows the algorithms that the metadata of the provider list.",
			CaughtBy: []string{"alg.none-advertised", "alg.discovery-widen"},
			bend:     takeAdvertised,
		},
	}
}

// takeAdvertised fetches the metadata before alg is judged, and replaces the
// allow-list by theirs.
func takeAdvertised(c *craft) {
	var mu sync.Mutex
	var advertised []string
	listed := func(alg string) bool {
		mu.Lock()
		defer mu.Unlock()
		for _, a := range advertised {
			if a == alg {
				return true
			}
		}
		return false
	}
	c.readMetadata = func(s *keySource, document object) (string, *verifier.Error) {
		mu.Lock()
		advertised, _ = document.texts("id_token_signing_alg_values_supported")
		mu.Unlock()
		return readMetadata(s, document)
	}
	c.wrap("alg", func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		if refusal == nil {
			return nil
		}
		// What comes of it does not matter: the metadata are read.
		_, _ = j.keys.find(j.ctx, j.now, j.kid)
		if listed(j.alg) {
			return nil
		}
		return refusal
	})
	c.skipSignature(func(j *judgement) bool { return j.alg == "none" })
}
