package plain

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/assay-id/assay/verifier"
)

// keepsFresh trusts the keys for another time than the provider says.
func keepsFresh(freshFor func(h http.Header, otherwise time.Duration) time.Duration) bend {
	return func(h *habits) { h.cache.freshFor = freshFor }
}

// keepsFreshFor trusts the keys for a fixed time.
func keepsFreshFor(d time.Duration) bend {
	return keepsFresh(func(http.Header, time.Duration) time.Duration { return d })
}

// replaces puts the new keys in place of the old ones in another way. It is
// called by one caller at a time, and old is nil at first.
func replaces(replace func(old, new *keySet) *keySet) bend {
	return func(h *habits) { h.cache.replace = replace }
}

// fetchesFor decides in another way whether an unknown kid is worth a fetch.
func fetchesFor(may func(b *fetchBudget, now time.Time, kid keyID) *verifier.Error) bend {
	return func(h *habits) { h.cache.mayFetchFor = may }
}

// rotationLiars keep keys too long, or not long enough.
func rotationLiars() []Liar {
	return []Liar{
		{"caches-for-ever", "It fetches the keys once.",
			ids{
				"rot.under-load", "rot.rollback", "rot.just-before-signing", "rot.second-login", "rot.retired", "rot.emergency",
				"scalekit.sdk-rotation", "cache.max-age", "refresh.rotated-key",
			},
			all(keepsFreshFor(never), fetchesFor(func(_ *fetchBudget, _ time.Time, kid keyID) *verifier.Error {
				return refuse(verifier.ReasonKeyNotFound, "kid", kid.text, "")
			}))},
		{"appends-only", "It adds the keys of every fetch to those that it has, and never removes one.",
			ids{"rot.kid-reuse-old-key", "rot.rollback", "rot.retired", "rot.emergency"},
			replaces(func(old, new *keySet) *keySet {
				if old == nil {
					return new
				}
				return &keySet{slices.Concat(new.keys, old.keys)}
			})},
		{"wipes-on-error", "It forgets its keys when a fetch fails.",
			ids{
				"rot.failed-refetch-keeps-old", "rot.garbage-refetch-keeps-old", "rot.denied-refetch-keeps-old", "rot.broken-refetch-keeps-old",
				"rot.odd-refetch-keeps-old",
			},
			func(h *habits) { h.cache.dropsOnError = true }},
		{"refetch-always", "It fetches the keys again for every token that it cannot verify.",
			ids{"flood.no-kid", "flood.empty-set", "flood.random-kid", "flood.bad-signature"},
			all(fetchesFor(func(*fetchBudget, time.Time, keyID) *verifier.Error { return nil }), around("signature", refetching))},
		{"stale-for-ever", "It uses the keys that it has for as long as the provider fails.",
			ids{"cache.stale-bounded"}, func(h *habits) { h.cache.extraStale = never }},
	}
}

// refetching verifies a bad signature once more, with keys that are fetched for
// it.
func refetching(j *judgement, next judge) *verifier.Error {
	refusal := next(j)
	if refusal == nil || j.keys.fixed != nil {
		return refusal
	}
	if _, refusal := j.keys.fetch(j.ctx, j.now); refusal != nil {
		return refusal
	}
	if refusal := j.checkKey(); refusal != nil {
		return refusal
	}
	return next(j)
}

// changingKeysLiars misunderstand a provider that changes its keys.
func changingKeysLiars() []Liar {
	return []Liar{
		{"waits-an-hour", "It fetches the keys for an unknown kid once an hour.",
			ids{"rot.flapping", "rot.twice-in-cooldown", "flood.rotation-during", "cache.negative-verdict"},
			fetchesFor(func(b *fetchBudget, now time.Time, kid keyID) *verifier.Error {
				if len(b.spent) > 0 && now.Before(b.spent[0].Add(time.Hour)) {
					return refuse(verifier.ReasonKeyNotFound, "kid", kid.text, "the ID of a published key")
				}
				b.spent = []time.Time{now}
				return nil
			})},
		{"asks-about-each-kid", "It fetches the keys for every kid that it has not met before, even if it has that key.",
			ids{"rot.prepublish"}, asksAboutEachKid},
		{"missed-before-keys", "It remembers that a kid was missing although it has got that key meanwhile.", ids{"rot.missed-then-published"}, remembersMissed},
		{"never-again", "It never accepts a key again that was once withdrawn.", ids{"rot.rollback"}, rememberWithdrawn},
		{"first-key-wins", "It keeps the first key that it met under a kid, and fetches the keys again for every signature that this does not verify.",
			ids{"rot.kid-reuse", "rot.kid-reuse-old-key", "flood.bad-signature"},
			all(around("signature", refetching), replaces(keepFirst))},
		{"fetches-under-lock", "It lets nobody look for a key while somebody fetches.",
			ids{"rot.slow-refetch-no-block"}, locksKeys},
	}
}

func asksAboutEachKid(h *habits) {
	var met sync.Map
	around("key", func(j *judgement, next judge) *verifier.Error {
		if _, before := met.LoadOrStore(j.kid, true); !before && j.keys.fixed == nil {
			if _, refusal := j.keys.fetch(j.ctx, j.now); refusal != nil {
				return refusal
			}
		}
		return next(j)
	})(h)
}

func remembersMissed(h *habits) {
	var missed sync.Map
	around("key", func(j *judgement, next judge) *verifier.Error {
		if until, before := missed.Load(j.kid); before && j.now.Before(until.(time.Time)) {
			return refuse(verifier.ReasonKeyNotFound, "kid", j.kid.text, "the ID of a published key")
		}
		refusal := next(j)
		if refusal != nil && refusal.Reason == verifier.ReasonKeyNotFound {
			missed.Store(j.kid, j.now.Add(absentFor))
		}
		return refusal
	})(h)
}

func rememberWithdrawn(h *habits) {
	withdrawn := make(map[keyID]bool)
	h.cache.replace = func(old, new *keySet) *keySet {
		if old != nil {
			for _, k := range old.keys {
				withdrawn[k.id] = withdrawn[k.id] || !new.has(k.id)
			}
		}
		return &keySet{slices.DeleteFunc(slices.Clone(new.keys), func(k *key) bool { return withdrawn[k.id] })}
	}
}

func keepFirst(old, new *keySet) *keySet {
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

func locksKeys(h *habits) {
	var mu sync.Mutex
	around("key", func(j *judgement, next judge) *verifier.Error {
		mu.Lock()
		defer mu.Unlock()
		return next(j)
	})(h)
}
