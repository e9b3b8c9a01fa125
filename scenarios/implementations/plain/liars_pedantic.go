package plain

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// pedanticLiars refuse what is good: a user who cannot log in has found one of
// them. They are what the scenarios that expect accept are for.
func pedanticLiars() []Liar {
	return slices.Concat(pedanticReaders(), fussyLiars(), pedanticJudges(), pedanticKeySets(), pedanticClients())
}

// pedanticReaders refuse tokens for their form.
func pedanticReaders() []Liar {
	knows := func(name, drops, check string, of func(*judgement) object, known []string, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) {
			c.wrap(check, func(j *judgement, next judge) *verifier.Error {
				refusal := next(j)
				for _, m := range of(j).members {
					if refusal == nil && !slices.Contains(known, m.name) {
						refusal = malformed(m.name, "there", "nothing that is unknown")
					}
				}
				return refusal
			})
		}}
	}
	return []Liar{
		knows("knows-all-claims", "It refuses a token with a claim that it does not know.",
			"payload", func(j *judgement) object { return j.claims },
			[]string{"iss", "sub", "aud", "exp", "iat", "nbf", "azp", "nonce"},
			"base.unknown-claims", "base.full-profile", "scalekit.fsa-token", "scalekit.oid-absent", "scalekit.email-missing", "scalekit.refreshed-token"),
		knows("knows-all-parameters", "It refuses a token with a header parameter that it does not know.",
			"header", func(j *judgement) object { return j.head },
			[]string{"alg", "kid", "typ"},
			"base.unknown-header", "hdr.zip"),
		{
			Name:     "typ-required",
			Fault:    "It refuses a token that does not say that it is a JWT.",
			CaughtBy: []string{"base.no-typ"},
			bend: func(c *craft) {
				c.wrap("typ", func(j *judgement, next judge) *verifier.Error {
					if !j.head.has("typ") {
						return refuse(verifier.ReasonUnsupportedTokenType, "typ", "", "JWT")
					}
					return next(j)
				})
			},
		},
		{
			Name:     "no-escapes",
			Fault:    "It refuses JSON in which something is written with an escape.",
			CaughtBy: []string{"base.json-escapes"},
			bend: func(c *craft) {
				c.parse = func(text []byte) (object, error) {
					if bytes.ContainsRune(text, '\\') {
						return object{}, errors.New("an escape")
					}
					return parseStrictly(text)
				}
			},
		},
		{
			Name:     "ascii-only",
			Fault:    "It refuses JSON with a character outside of ASCII.",
			CaughtBy: []string{"base.utf8-claims", "sub.1k-char"},
			bend: func(c *craft) {
				c.parse = func(text []byte) (object, error) {
					if slices.ContainsFunc(text, func(b byte) bool { return b >= utf8.RuneSelf }) {
						return object{}, errors.New("an octet above 127")
					}
					return parseStrictly(text)
				}
			},
		},
		{
			Name:     "small-tokens",
			Fault:    "It refuses a token of more than four kibibytes.",
			CaughtBy: []string{"base.8k-token"},
			bend:     func(c *craft) { c.configure(func(cfg *verifier.Config) { cfg.MaxTokenBytes = 4 << 10 }) },
		},
		{
			Name:  "rs256-only",
			Fault: "It refuses every algorithm but RS256.",
			CaughtBy: []string{
				"rot.alg-migration",
				"alg.ok-rs384", "alg.ok-rs512", "alg.ok-es256", "alg.ok-es384", "alg.ok-es512",
				"alg.ok-ps256", "alg.ok-ps384", "alg.ok-ps512", "alg.ok-eddsa", "alg.ok-ed25519", "alg.hs-client-secret-registered",
			},
			bend: func(c *craft) {
				c.allows = func(_ []verifier.Algorithm, alg string) bool { return alg == "RS256" }
			},
		},
		{
			Name:     "kid-required",
			Fault:    "It refuses a token without a kid.",
			CaughtBy: []string{"jwks.no-kid-single"},
			bend: func(c *craft) {
				c.wrap("key", func(j *judgement, next judge) *verifier.Error {
					if !j.kid.present {
						return refuse(verifier.ReasonKeyNotFound, "kid", "", "a kid")
					}
					return next(j)
				})
			},
		},
	}
}

// pedanticJudges refuse tokens for their claims.
func pedanticJudges() []Liar {
	return []Liar{
		{
			Name:     "aud-text-only",
			Fault:    "It refuses a list of audiences.",
			CaughtBy: []string{"aud.array-one", "aud.char-includes", "aud.trusted-extra"},
			bend: func(c *craft) {
				c.audience = func(claims object) ([]string, bool) {
					one, ok := claims.text("aud")
					return []string{one}, ok
				}
			},
		},
		{
			Name:     "aud-first-only",
			Fault:    "It looks for the client ID in the first place of aud.",
			CaughtBy: []string{"aud.char-includes"},
			bend: func(c *craft) {
				c.addressed = func(aud, clients []string) bool { return slices.Contains(clients, aud[0]) }
			},
		},
		{
			Name:     "one-client",
			Fault:    "It knows the first of the allowed client IDs.",
			CaughtBy: []string{"aud.several-allowed"},
			bend: func(c *craft) {
				c.addressed = func(aud, clients []string) bool { return slices.Contains(aud, clients[0]) }
			},
		},
		{
			Name:     "trusts-nobody",
			Fault:    "It refuses an audience beside the client ID although it is trusted.",
			CaughtBy: []string{"aud.trusted-extra"},
			bend:     func(c *craft) { c.configure(func(cfg *verifier.Config) { cfg.TrustedAudiences = nil }) },
		},
		{
			Name:  "no-leeway",
			Fault: "It allows no clock skew where Char allows a minute.",
			CaughtBy: []string{
				"exp.char-within-leeway", "nbf.char-within-leeway",
				"exp.within-leeway", "nbf.within-skew", "iat.future-skew", "clock.behind", "clock.ahead",
			},
			bend: func(c *craft) { c.configure(func(cfg *verifier.Config) { cfg.Leeway = verifier.NoLeeway }) },
		},
		{
			Name:     "early-expiry",
			Fault:    "It refuses a token in the last thirty seconds of its life.",
			CaughtBy: []string{"exp.now-plus-1"},
			bend: func(c *craft) {
				c.expired = func(now, expiry time.Time, leeway time.Duration) bool {
					return onOrAfter(now.Add(30*time.Second), expiry, leeway)
				}
			},
		},
		{
			Name:     "whole-seconds",
			Fault:    "It refuses a time with a fraction or an exponent.",
			CaughtBy: []string{"exp.fraction", "exp.exponent", "iat.fraction"},
			bend: func(c *craft) {
				c.date = func(value jsontext.Value) (time.Time, bool) {
					if bytes.ContainsAny(value, ".eE") {
						return time.Time{}, false
					}
					return numericDate(value)
				}
			},
		},
		{
			Name:     "iat-required",
			Fault:    "It judges iat, which Char does not look at.",
			CaughtBy: []string{"iat.char-missing", "iat.char-future"},
			bend:     func(c *craft) { c.configure(func(cfg *verifier.Config) { cfg.Require.IssuedAt = true }) },
		},
		{
			Name:     "nbf-backwards",
			Fault:    "It compares nbf the wrong way round.",
			CaughtBy: []string{"nbf.past"},
			bend: func(c *craft) {
				c.wrap("nbf", func(j *judgement, _ judge) *verifier.Error {
					if nbf := j.at("nbf"); j.claims.has("nbf") && nbf.Before(j.now.Add(-j.policy.leeway)) {
						return refuse(verifier.ReasonTokenNotYetValid, "nbf", clock(nbf), "")
					}
					return nil
				})
			},
		},
		refusesSubjects("short-subjects", "It refuses a sub of more than 128 bytes.",
			func(sub string) bool { return len(sub) > 128 }, "sub.255", "sub.1k-char"),
		refusesSubjects("plain-subjects", "It refuses a sub with anything but letters, digits, and _ - . @.",
			func(sub string) bool {
				return strings.ContainsFunc(sub, func(r rune) bool {
					return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-.@", r))
				})
			}, "scalekit.modular-sub", "sub.1k-char"),
		{
			Name:     "one-login",
			Fault:    "It knows a user by the first token, and refuses the next one as a replay.",
			CaughtBy: []string{"scalekit.refresh-rotation", "ref.loop", "ref.same-user", "sec.refresh-before-expiry", "rot.second-login", "rot.emergency"},
			bend: func(c *craft) {
				var seen sync.Map
				c.wrap("sub", func(j *judgement, next judge) *verifier.Error {
					refusal := next(j)
					sub, _ := j.claims.text("sub")
					if first, known := seen.LoadOrStore(sub, j.raw); refusal == nil && known && first != j.raw {
						return refuse(verifier.ReasonPolicy, "sub", sub, "a user that is new")
					}
					return refusal
				})
			},
		},
	}
}

func refusesSubjects(name, drops string, refused func(sub string) bool, caughtBy ...string) Liar {
	return Liar{name, drops, caughtBy, func(c *craft) {
		c.wrap("sub", func(j *judgement, next judge) *verifier.Error {
			if sub, _ := j.claims.text("sub"); refused(sub) {
				return refuse(verifier.ReasonInvalidSubject, "sub", sub, "another")
			}
			return next(j)
		})
	}}
}

// pedanticClients refuse what a provider may do with its keys.
func pedanticClients() []Liar {
	return []Liar{
		{
			Name:     "wants-all-metadata",
			Fault:    "It refuses metadata without a userinfo_endpoint, which is only recommended.",
			CaughtBy: []string{"disc.minimal"},
			bend: func(c *craft) {
				c.readMetadata = func(s *keySource, document object) (string, *verifier.Error) {
					if !document.has("userinfo_endpoint") {
						return "", refuse(verifier.ReasonDiscoveryInvalid, "userinfo_endpoint", "", "")
					}
					return readMetadata(s, document)
				}
			},
		},
		{
			Name:     "same-host-keys",
			Fault:    "It refuses a jwks_uri on another host than the issuer.",
			CaughtBy: []string{"disc.jwks-uri-other-host"},
			bend: func(c *craft) {
				c.checkJWKSURI = func(s *keySource, jwksURI string) *verifier.Error {
					issuer, _ := url.Parse(s.policy.Issuer)
					if u, err := url.Parse(jwksURI); err != nil || u.Host != issuer.Host {
						return refuse(verifier.ReasonDiscoveryInvalid, "jwks_uri", jwksURI, issuer.Host)
					}
					return checkJWKSURI(s, jwksURI)
				}
			},
		},
		{
			Name:     "json-type-only",
			Fault:    "It refuses a JWK Set that is not called application/json.",
			CaughtBy: []string{"fetch.ok-jwk-set-type", "fetch.type-missing"},
			bend: func(c *craft) {
				c.read = func(res *http.Response, limit int64) ([]byte, error) {
					if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/json") {
						return nil, errors.New("another media type")
					}
					return readUpTo(res, limit)
				}
			},
		},
		{
			Name:     "one-bad-key-spoils",
			Fault:    "It throws the whole set away for one RSA or EC key that it cannot read.",
			CaughtBy: []string{"jwks.broken-sibling"},
			bend: func(c *craft) {
				c.replace = func(_, new *keySet) *keySet {
					for _, k := range new.keys {
						kty, _ := k.jwk.text("kty")
						if _, err := readPublicKey(k.jwk); err != nil && (kty == "RSA" || kty == "EC") {
							return &keySet{}
						}
					}
					return new
				}
			},
		},
		{
			Name:     "few-keys",
			Fault:    "It reads the first twenty keys of a set.",
			CaughtBy: []string{"jwks.fifty-keys", "jwks.1000-keys", "jwks.no-kid-flood"},
			bend: func(c *craft) {
				c.replace = func(_, new *keySet) *keySet { return &keySet{new.keys[:min(20, len(new.keys))]} }
			},
		},
		{
			Name:     "one-key-an-alg",
			Fault:    "It keeps one key for each algorithm, the last one of the set.",
			CaughtBy: []string{"rot.restart", "rot.overlap", "rot.second-login"},
			bend: func(c *craft) {
				c.replace = func(_, new *keySet) *keySet {
					last := &keySet{}
					for i, k := range new.keys {
						if !slices.ContainsFunc(new.keys[i+1:], func(later *key) bool { return later.alg == k.alg }) {
							last.keys = append(last.keys, k)
						}
					}
					return last
				}
			},
		},
		{
			Name:     "asks-each-time",
			Fault:    "It fetches the keys for every token.",
			CaughtBy: []string{"cache.background-refresh", "cache.max-age-floor", "cache.no-store", "cache.max-age"},
			bend:     func(c *craft) { c.freshFor = func(http.Header, time.Duration) time.Duration { return 0 } },
		},
		{
			Name:     "no-stale",
			Fault:    "It refuses every token from the moment on in which the provider fails to renew the keys.",
			CaughtBy: []string{"cache.stale-if-error"},
			bend:     func(c *craft) { c.staleFor = func(time.Duration) time.Duration { return 0 } },
		},
	}
}
