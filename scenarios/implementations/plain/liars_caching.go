package plain

import (
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/verifier"
)

// changingKeysLiars mistake what a provider does when it changes its keys.
func changingKeysLiars() []Liar {
	return []Liar{
		{
			Name:     "waits-an-hour",
			Fault:    "It fetches the keys for an unknown kid once an hour.",
			CaughtBy: []string{"rot.flapping", "rot.twice-in-cooldown", "flood.rotation-during", "cache.negative-verdict"},
			bend: func(c *craft) {
				c.mayAskFor = func(p *pace, now time.Time, kid keyID) *verifier.Error {
					if len(p.spent) > 0 && now.Before(p.spent[0].Add(time.Hour)) {
						return refuse(verifier.ReasonKeyNotFound, "kid", kid.text, "the ID of a published key")
					}
					p.spent = []time.Time{now}
					return nil
				}
			},
		},
		{
			Name:     "asks-about-each-kid",
			Fault:    "It fetches the keys for every kid that it has not met before, also if it has that key.",
			CaughtBy: []string{"rot.prepublish"},
			bend: func(c *craft) {
				var met sync.Map
				c.wrap("key", func(j *judgement, next judge) *verifier.Error {
					if _, before := met.LoadOrStore(j.kid, true); !before && j.keys.fixed == nil {
						if _, refusal := j.keys.fetch(j.ctx, j.now); refusal != nil {
							return refusal
						}
					}
					return next(j)
				})
			},
		},
		{
			Name:     "never-again",
			Fault:    "It never takes back a key that was once withdrawn.",
			CaughtBy: []string{"rot.rollback"},
			bend: func(c *craft) {
				withdrawn := make(map[keyID]bool) // replace is called by one caller at a time
				c.replace = func(old, new *keySet) *keySet {
					if old != nil {
						for _, k := range old.keys {
							withdrawn[k.id] = withdrawn[k.id] || !new.has(k.id)
						}
					}
					return &keySet{slices.DeleteFunc(slices.Clone(new.keys), func(k *key) bool { return withdrawn[k.id] })}
				}
			},
		},
		{
			Name:     "first-key-wins",
			Fault:    "It keeps the first key that it has met under a kid, and fetches the keys anew for every signature that this does not verify.",
			CaughtBy: []string{"rot.kid-reuse", "rot.kid-reuse-old-key", "flood.bad-signature"},
			bend: func(c *craft) {
				c.wrap("signature", refetching)
				c.replace = func(old, new *keySet) *keySet {
					if old == nil {
						return new
					}
					kept := &keySet{}
					for _, k := range new.keys {
						if i := slices.IndexFunc(old.keys, func(was *key) bool { return was.id == k.id }); i >= 0 {
							k = old.keys[i]
						}
						kept.keys = append(kept.keys, k)
					}
					return kept
				}
			},
		},
		{
			Name:     "fetches-under-lock",
			Fault:    "It lets nobody look for a key while somebody fetches.",
			CaughtBy: []string{"rot.slow-refetch-no-block"},
			bend: func(c *craft) {
				var mu sync.Mutex
				c.wrap("key", func(j *judgement, next judge) *verifier.Error {
					mu.Lock()
					defer mu.Unlock()
					return next(j)
				})
			},
		},
	}
}

// floodedLiars make requests, or keep what a stranger says, for tokens that
// are no good.
func floodedLiars() []Liar {
	looksFirst := func(name, drops, check string, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) {
			c.wrap(check, func(j *judgement, next judge) *verifier.Error {
				// What comes of it does not matter here: the check that looks
				// for the key asks again.
				_, _ = j.keys.find(j.ctx, j.now, j.kid)
				return next(j)
			})
		}}
	}
	return []Liar{
		looksFirst("key-before-alg", "It looks for the key before it asks whether alg is allowed.", "alg", "flood.disallowed-alg"),
		looksFirst("key-before-claims", "It looks for the key before it reads the claims.", "payload", "flood.malformed", "flood.foreign-iss"),
		{
			Name:     "forgets-what-is-missing",
			Fault:    "It does not remember which kids it has looked for in vain.",
			CaughtBy: []string{"flood.same-kid"},
			bend: func(c *craft) {
				c.mayAskFor = func(p *pace, now time.Time, kid keyID) *verifier.Error {
					p.absent = nil
					return mayAskFor(p, now, kid)
				}
			},
		},
		{
			Name:     "hoards",
			Fault:    "It keeps every kid that it has met.",
			CaughtBy: []string{"flood.memory"},
			bend: func(c *craft) {
				var met sync.Map
				c.wrap("key", func(j *judgement, next judge) *verifier.Error {
					met.Store(j.kid, true)
					return next(j)
				})
			},
		},
		{
			Name:     "hammers",
			Fault:    "It makes no pause after a failure, and does not count what has failed.",
			CaughtBy: []string{"flood.endpoint-down", "fetch.429", "rot.empty-refetch"},
			bend: func(c *craft) {
				c.pause = func(int, time.Duration) time.Duration { return 0 }
				c.mayAskFor = func(p *pace, now time.Time, kid keyID) *verifier.Error {
					if p.failures > 0 {
						return nil
					}
					return mayAskFor(p, now, kid)
				}
			},
		},
	}
}

// cachingLiars misread what a provider says of the age of its keys.
func cachingLiars() []Liar {
	fresh := func(name, drops string, freshFor func(h http.Header, otherwise time.Duration) time.Duration, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) { c.freshFor = freshFor }}
	}
	without := func(name string) func(h http.Header, otherwise time.Duration) time.Duration {
		return func(h http.Header, otherwise time.Duration) time.Duration {
			h = h.Clone()
			h.Del(name)
			return freshFor(h, otherwise)
		}
	}
	return []Liar{
		fresh("own-max-age", "It keeps the keys for ten minutes, whatever the provider says.",
			func(http.Header, time.Duration) time.Duration { return 10 * time.Minute },
			"rot.revoke-latency", "cache.max-age", "cache.expires", "cache.age", "cache.etag-304", "cache.positive-verdict-revoked"),
		fresh("believes-max-age", "It takes the provider at its word, from a max-age of nothing to one of years.",
			func(h http.Header, otherwise time.Duration) time.Duration {
				directives := cacheControl(h)
				if directives["no-store"] != nil || directives["no-cache"] != nil {
					return 0
				}
				if lifetime, said := lifetimeOf(h, directives); said {
					return lifetime
				}
				return otherwise
			},
			"cache.max-age-floor", "cache.no-store", "cache.max-age-cap"),
		fresh("unsaid-is-for-ever", "It keeps the keys for ever if the provider does not say for how long.",
			func(h http.Header, _ time.Duration) time.Duration { return freshFor(h, longAgo) },
			"cache.absent", "cache.malformed-cc"),
		fresh("no-expires", "It does not read Expires.", without("Expires"), "cache.expires"),
		fresh("no-age", "It does not subtract the time that the keys were in a cache.", without("Age"), "cache.age"),
		{
			Name:     "cache-control-strict",
			Fault:    "It refuses keys with a Cache-Control that it cannot read.",
			CaughtBy: []string{"cache.malformed-cc"},
			bend: func(c *craft) {
				c.read = func(res *http.Response, limit int64) ([]byte, error) {
					if strings.Contains(res.Header.Get("Cache-Control"), "abc") {
						return nil, errors.New("nonsense in Cache-Control")
					}
					return readUpTo(res, limit)
				}
			},
		},
		{
			Name:     "304-fails",
			Fault:    "It asks whether the keys have changed, and takes the answer that they have not for a failure.",
			CaughtBy: []string{"cache.etag-304"},
			bend:     func(c *craft) { c.unmodified = func(*keySet) *keySet { return nil } },
		},
	}
}

// rememberingLiars remember what came of a token under a name that does not
// suffice, or for too long.
func rememberingLiars() []Liar {
	return []Liar{
		{
			Name:     "verdicts-by-octets",
			Fault:    "It remembers good tokens by what their signatures decode to.",
			CaughtBy: []string{"cache.verdict-key-malleable"},
			bend: func(c *craft) {
				var good sync.Map
				name := func(raw string) string {
					dot := strings.LastIndexByte(raw, '.') + 1
					octets, _ := base64.RawURLEncoding.DecodeString(raw[dot:]) // takes stray bits
					return raw[:dot] + string(octets)
				}
				c.wrap("size", func(j *judgement, next judge) *verifier.Error {
					if claims, known := good.Load(name(j.raw)); known {
						j.claims = claims.(object)
						return j.settle()
					}
					return next(j)
				})
				c.wrap("shape", func(j *judgement, next judge) *verifier.Error {
					refusal := next(j)
					if refusal == nil {
						good.Store(name(j.raw), j.claims)
					}
					return refusal
				})
			},
		},
		{
			Name:     "remembers-refusals",
			Fault:    "It refuses for ever what it has refused once.",
			CaughtBy: []string{"cache.negative-verdict"},
			bend: func(c *craft) {
				var refused sync.Map
				c.wrap("key", func(j *judgement, next judge) *verifier.Error {
					if before, known := refused.Load(j.raw); known {
						again := *before.(*verifier.Error)
						return &again
					}
					refusal := next(j)
					if refusal != nil {
						refused.Store(j.raw, refusal)
					}
					return refusal
				})
			},
		},
	}
}
