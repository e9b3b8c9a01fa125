package plain

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/verifier"
)

// editsHeader changes the header of an answer before its lifetime is read from
// it.
func editsHeader(edit func(h http.Header)) bend {
	return keepsFresh(func(h http.Header, otherwise time.Duration) time.Duration {
		h = h.Clone()
		edit(h)
		return freshFor(h, otherwise)
	})
}

// replacesDirectives replaces what matches in Cache-Control.
func replacesDirectives(pattern, by string) bend {
	found := regexp.MustCompile(pattern)
	return readsCacheControl(func(value string) string { return found.ReplaceAllString(value, by) })
}

// lifetimeLiars misread how long an answer is fresh.
func lifetimeLiars() []Liar {
	return []Liar{
		{"last-max-age", "It believes the last max-age of several.", ids{"cache.first-max-age"}, replacesDirectives(`^max-age=\d+, (.*max-age)`, "$1")},
		{"zero-is-none", "It mistakes a max-age of zero for none.", ids{"cache.max-age-zero"}, replacesDirectives(`max-age=0+\b`, "")},
		{"splits-quotes", "It splits Cache-Control at every comma.", ids{"cache.quoted"}, replacesDirectives(`"a, (max-age=\d+)"`, "a,$1")},
		{"bare-seconds", "It cannot read a max-age in quotation marks.", ids{"cache.quoted"}, replacesDirectives(`max-age="\d+"`, "")},
		{"s-maxage-wins", "It prefers s-maxage, which is for shared caches.", ids{"cache.s-maxage-longer"},
			replacesDirectives(`(max-age=\d+, )?s-maxage=`, "max-age=")},
		{"max-age-wins", "It prefers max-age to no-store and no-cache.", ids{"cache.no-store-first"}, replacesDirectives(`, no-(store|cache)`, "")},
		{"prolongs", "It takes the time in which an answer may be stale for its lifetime.", ids{"cache.extensions"},
			replacesDirectives(`max-age=60, stale-while-revalidate=`, "max-age=")},
		{"guesses-lifetime", "It guesses a lifetime from Last-Modified.", ids{"cache.last-modified"},
			keepsFresh(func(h http.Header, otherwise time.Duration) time.Duration {
				if modified, err := http.ParseTime(h.Get("Last-Modified")); err == nil {
					return time.Since(modified) / 10
				}
				return freshFor(h, otherwise)
			})},
		{"expires-or-nothing", "It ignores an Expires that is no date.", ids{"cache.expires-zero"},
			editsHeader(func(h http.Header) {
				if _, err := http.ParseTime(h.Get("Expires")); err != nil {
					h.Del("Expires")
				}
			})},
		{"expires-by-own-clock", "It compares Expires with its own clock.", ids{"cache.expires-skew"},
			editsHeader(func(h http.Header) { h.Set("Date", time.Now().UTC().Format(http.TimeFormat)) })},
		{"age-unbounded", "It fetches the keys for every token if they were too old on arrival.", ids{"cache.age-beyond"},
			keepsFresh(func(h http.Header, otherwise time.Duration) time.Duration {
				if age, err := time.ParseDuration(h.Get("Age") + "s"); err == nil && age > mostFresh {
					return 0
				}
				return freshFor(h, otherwise)
			})},
		{"age-suspicious", "It mistrusts keys with an Age that it cannot read.", ids{"cache.age-forms"},
			editsHeader(func(h http.Header) {
				if h.Get("Age") == "old" {
					h.Set("Age", "86400")
				}
			})},
		{"age-single", "It ignores an Age that is a list.", ids{"cache.age-forms"},
			editsHeader(func(h http.Header) {
				if strings.Contains(h.Get("Age"), ",") {
					h.Del("Age")
				}
			})},
	}
}

// missesAlike refuses to fetch for a kid that is like one that was not found.
func missesAlike(like func(absent, kid string) bool) bend {
	return fetchesFor(func(b *fetchBudget, now time.Time, kid keyID) *verifier.Error {
		for absent, until := range b.absent {
			if now.Before(until) && like(absent.text, kid.text) {
				return refuse(verifier.ReasonKeyNotFound, "kid", kid.text, "the ID of a published key")
			}
		}
		return mayFetchFor(b, now, kid)
	})
}

// javaHash is the hash code of a string in Java.
func javaHash(text string) (code int32) {
	for _, b := range []byte(text) {
		code = 31*code + int32(b)
	}
	return code
}

// missingLiars remember kids that were not found too coarsely, or too long.
func missingLiars() []Liar {
	return []Liar{
		{"missed-case", "It ignores case in the kids that it has looked for in vain.", ids{"rot.kids-alike"}, missesAlike(strings.EqualFold)},
		{"missed-decoded", "It trims and decodes the kids that it has looked for in vain.", ids{"rot.kids-alike"}, missesAlike(alike)},
		{"missed-longer", "It cuts the kids off that it has looked for in vain.", ids{"rot.kids-alike"}, missesAlike(strings.HasPrefix)},
		{"missed-shorter", "It has looked in vain for every kid that begins with one that it has looked for in vain.", ids{"rot.kids-alike"},
			missesAlike(func(absent, kid string) bool { return strings.HasPrefix(kid, absent) })},
		{"missed-by-hash", "It remembers hash codes of the kids that it has looked for in vain.", ids{"rot.kids-alike"},
			missesAlike(func(absent, kid string) bool { return javaHash(absent) == javaHash(kid) })},
		{"missed-until-then", "It waits for a time of its clock before it looks for a kid again.", ids{"clock.back-after-miss"},
			func(h *habits) {
				absent := make(map[keyID]time.Time)
				h.cache.mayFetchFor = func(b *fetchBudget, now time.Time, kid keyID) *verifier.Error {
					if now.Before(absent[kid]) {
						return refuse(verifier.ReasonKeyNotFound, "kid", kid.text, "the ID of a published key")
					}
					absent[kid] = now.Add(absentFor)
					return mayFetchFor(b, now, kid)
				}
			}},
	}
}

// laterLiars are careful once, and not later.
func laterLiars() []Liar {
	return []Liar{
		{"metadata-needed", "It forgets where the keys are when it cannot read the metadata again.", ids{"cache.metadata-outage"},
			func(h *habits) {
				h.metadata.locate = func(s *keySource, ctx context.Context) (string, time.Duration, *verifier.Error) {
					jwksURI, retryAfter, refusal := discover(s, ctx)
					if refusal != nil {
						s.remember(metadata{})
					}
					return jwksURI, retryAfter, refusal
				}
			}},
		{"metadata-cost-keys", "It reads the metadata whenever the keys are stale, and forgets the keys if it cannot.", ids{"cache.metadata-failures"}, metadataCostKeys},
		{"checks-issuer-once", "It checks only once that the metadata are those of its issuer.", ids{"cache.metadata-changed-owner"},
			func(h *habits) {
				checked := false
				h.metadata.sameIssuer = func(configured, published string) bool {
					same := checked || configured == published
					checked = same
					return same
				}
			}},
		{"max-age-at-issue", "It measures max_age from the login to iat.", ids{"auth.until-now"},
			unless(func(j *judgement) bool {
				return j.inputs.MaxAge != nil && j.claims.has("iat") && j.at("iat").Sub(j.at("auth_time")) <= *j.inputs.MaxAge
			}, "auth_time")},
		{"max-age-at-start", "It measures max_age from the login to nbf.", ids{"auth.until-now"},
			unless(func(j *judgement) bool {
				return j.inputs.MaxAge != nil && j.claims.has("nbf") && j.at("nbf").Sub(j.at("auth_time")) <= *j.inputs.MaxAge
			}, "auth_time")},
		{"max-age-minutes", "It counts max_age in whole minutes.", ids{"auth.beyond-max-age"},
			unless(func(j *judgement) bool {
				age, ok := j.age()
				return ok && age.Truncate(time.Minute) <= *j.inputs.MaxAge
			}, "auth_time")},
		{"max-age-once", "It does not check auth_time again for a token whose auth_time was recent enough.", ids{"auth.refused-then-older"},
			func(h *habits) {
				var recent sync.Map
				around("auth_time", func(j *judgement, next judge) *verifier.Error {
					if _, known := recent.Load(j.raw); known {
						return nil
					}
					refusal := next(j)
					if refusal == nil && j.inputs.MaxAge != nil {
						recent.Store(j.raw, true)
					}
					return refusal
				})(h)
			}},
		{"iat-twice", "It allows the leeway twice for iat.", ids{"iat.leeway-once"},
			around("iat", func(j *judgement, next judge) *verifier.Error {
				wide := *j.Verifier
				wide.policy.leeway *= 2
				wider := *j
				wider.Verifier = &wide
				return next(&wider)
			})},
		{"iat-before-now", "It refuses a token that was issued this very second.", ids{"iat.now"},
			refusing(func(j *judgement) bool { return j.policy.leeway == 0 && j.at("iat").Equal(j.now.Truncate(time.Second)) },
				"iat", verifier.ReasonInvalidIssuedAt, "iat")},
	}
}

func metadataCostKeys(h *habits) {
	beforehand("key", func(j *judgement) {
		if held := j.keys.holds(); !held.fresh(j.now) {
			j.keys.remember(metadata{})
		}
	})(h)
	h.metadata.locate = func(s *keySource, ctx context.Context) (string, time.Duration, *verifier.Error) {
		jwksURI, retryAfter, refusal := discover(s, ctx)
		if refusal != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.held = cachedKeys{}
		}
		return jwksURI, retryAfter, refusal
	}
}
