package plain

import (
	"net/http"
	"sync"
	"time"

	"github.com/assay-id/assay/verifier"
)

// floodedLiars make requests for tokens that are no good, or keep what a
// stranger says.
func floodedLiars() []Liar {
	// The result does not matter here: the check that looks for the key asks
	// again.
	findsKey := func(j *judgement) { _, _ = j.keys.find(j.ctx, j.now, j.kid) }
	return []Liar{
		{"key-before-alg", "It looks for the key before it checks that alg is allowed.", ids{"flood.disallowed-alg"}, beforehand("alg", findsKey)},
		{"key-before-claims", "It looks for the key before it reads the claims.", ids{"flood.malformed", "flood.foreign-iss"}, beforehand("payload", findsKey)},
		{"forgets-what-is-missing", "It does not remember which kids it has looked for in vain.", ids{"flood.same-kid"},
			fetchesFor(func(b *fetchBudget, now time.Time, kid keyID) *verifier.Error {
				b.absent = nil
				return mayFetchFor(b, now, kid)
			})},
		{"hoards", "It keeps every kid that it has met.", ids{"flood.memory"}, hoards},
		{"hammers", "It does not pause after a failure, and does not count fetches that failed.",
			ids{"flood.endpoint-down", "fetch.429", "rot.empty-refetch"},
			all(pauses(0), fetchesFor(func(b *fetchBudget, now time.Time, kid keyID) *verifier.Error {
				if b.failures > 0 {
					return nil
				}
				return mayFetchFor(b, now, kid)
			}))},
	}
}

func hoards(h *habits) {
	var met sync.Map
	beforehand("key", func(j *judgement) { met.Store(j.kid, true) })(h)
}

// ignoresHeader does not read that header of the answer with the keys.
func ignoresHeader(name string) bend {
	return keepsFresh(func(h http.Header, otherwise time.Duration) time.Duration {
		h = h.Clone()
		h.Del(name)
		return freshFor(h, otherwise)
	})
}

// cachingLiars misread what a provider says about the age of its keys.
func cachingLiars() []Liar {
	return []Liar{
		{"own-max-age", "It keeps the keys for ten minutes, whatever the provider says.",
			ids{"rot.revoke-latency", "cache.max-age", "cache.expires", "cache.age", "cache.etag-304", "cache.positive-verdict-revoked"},
			keepsFreshFor(10 * time.Minute)},
		{"believes-max-age", "It believes every max-age, from zero to years.",
			ids{"cache.max-age-floor", "cache.no-store", "cache.max-age-cap"}, keepsFresh(unboundedLifetime)},
		{"unsaid-is-for-ever", "It keeps the keys for ever if the provider does not say for how long.",
			ids{"cache.absent", "cache.malformed-cc"},
			keepsFresh(func(h http.Header, _ time.Duration) time.Duration { return freshFor(h, never) })},
		{"no-expires", "It does not read Expires.", ids{"cache.expires"}, ignoresHeader("Expires")},
		{"no-age", "It does not subtract the time that the keys were in a cache.", ids{"cache.age"}, ignoresHeader("Age")},
		{"304-fails", "It asks whether the keys have changed, and mistakes the answer that they have not for a failure.",
			ids{"cache.etag-304", "cache.etag-weak"}, func(h *habits) { h.cache.refuses304 = true }},
	}
}

func unboundedLifetime(h http.Header, otherwise time.Duration) time.Duration {
	directives := cacheControl(h)
	if directives["no-store"] != nil || directives["no-cache"] != nil {
		return 0
	}
	if lifetime, said := lifetimeOf(h, directives); said {
		return lifetime
	}
	return otherwise
}
