package plain

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/verifier"
)

// sharingLiars let one token decide about another, or one state of a key about
// the next.
func sharingLiars() []Liar {
	return []Liar{
		{"shares-by-input", "It verifies the signature once for all who present that header and payload at the same time.",
			ids{"cfg.concurrent-same-text"}, sharesSignature},
		{"keeps-key-for-bad-update", "It keeps a key as it was if the provider publishes it in a form that cannot verify.",
			ids{"rot.key-made-unusable"},
			replaces(func(old, new *keySet) *keySet {
				if old == nil {
					return new
				}
				merged := &keySet{slices.Clone(new.keys)}
				for i, k := range merged.keys {
					if before := old.withID(k.id); k.unfit != "" && len(before) > 0 {
						merged.keys[i] = before[0]
					}
				}
				return merged
			})},
		{"keeps-alg-of-key", "It remembers which alg a key had when it met it first.", ids{"rot.key-made-unusable"},
			replaces(func(old, new *keySet) *keySet {
				for _, k := range new.keys {
					if old != nil && len(old.withID(k.id)) > 0 {
						k.alg = old.withID(k.id)[0].alg
					}
				}
				return new
			})},
		{"redeems-jti", "It remembers the jti of a login instead of its nonce.", ids{"nonce.replay-same-jti"}, redeemsClaim("jti")},
		{"redeems-session", "It remembers the sid of a login instead of its nonce.", ids{"nonce.replay-same-jti"}, redeemsClaim("sid")},
		{"redeems-last-32", "It remembers the last 32 nonces that were used.", ids{"nonce.replay-after-many"}, redeemsLast(32)},
		{"redeems-last-1000", "It remembers the last thousand nonces that were used.", ids{"nonce.replay-after-many"}, redeemsLast(1000)},
		{"redeems-signed", "It uses up the nonce of a login as soon as the signature is good.",
			ids{"nonce.replay-after-refused"}, moved("redeem", "signature")},
		{"unquoted-etag", "It sends If-None-Match without the quotation marks.", ids{"cache.etag-form"},
			changesETag(func(tag string) string { return strings.Trim(strings.TrimPrefix(tag, "W/"), `"`) })},
		{"pauses-for-a-day", "It asks again a day after a failure.", ids{"fetch.retry-after-endless"}, pauses(24 * time.Hour)},
	}
}

// sharesSignature takes a moment for each signature, so that others who arrive
// meanwhile share the result.
func sharesSignature(h *habits) {
	type flight struct {
		done    chan struct{}
		refusal *verifier.Error
	}
	var flights sync.Map
	around("signature", func(j *judgement, next judge) *verifier.Error {
		own := &flight{done: make(chan struct{})}
		if other, joined := flights.LoadOrStore(j.header+"."+j.payload, own); joined {
			<-other.(*flight).done
			j.verified = other.(*flight).refusal == nil
			return other.(*flight).refusal
		}
		own.refusal = next(j)
		time.Sleep(50 * time.Millisecond)
		flights.Delete(j.header + "." + j.payload)
		close(own.done)
		return own.refusal
	})(h)
}

// redeemsClaim remembers a claim of the token instead of the nonce.
func redeemsClaim(name string) bend {
	return func(h *habits) {
		var used sync.Map
		around("redeem", func(j *judgement, _ judge) *verifier.Error {
			if j.inputs.Redeem == nil {
				return nil
			}
			text, _ := j.claims.string(name)
			if _, before := used.LoadOrStore(text, true); before {
				return refuse(verifier.ReasonInvalidNonce, "nonce", "", "")
			}
			return nil
		})(h)
	}
}

// redeemsLast remembers so many nonces.
func redeemsLast(most int) bend {
	return func(h *habits) {
		var mu sync.Mutex
		var used []string
		around("redeem", func(j *judgement, _ judge) *verifier.Error {
			if j.inputs.Redeem == nil {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			if slices.Contains(used, *j.inputs.Nonce) {
				return refuse(verifier.ReasonInvalidNonce, "nonce", "", "")
			}
			used = append(used, *j.inputs.Nonce)
			used = used[max(0, len(used)-most):]
			return nil
		})(h)
	}
}

// changesETag sends another If-None-Match.
func changesETag(change func(tag string) string) bend {
	return roundTrips(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
		if tag := req.Header.Get("If-None-Match"); tag != "" {
			req = req.Clone(req.Context())
			req.Header.Set("If-None-Match", change(tag))
		}
		return next.RoundTrip(req)
	})
}

// sharingClients let one session, or one answer, decide about another.
func sharingClients() []Liar {
	return []Liar{
		{"refresh-adopts-refused", "It keeps the claims of an ID Token that it refuses, and compares the next one with them.",
			ids{"refresh.mismatch-again"}, adoptsRefused},
		{"refresh-token-with-id-token", "It keeps a new refresh token only if an ID Token comes with it.",
			ids{"refresh.new-rt-without-id-token", "refresh.concurrent-sessions"},
			readsAnswer(func(_ []byte, answer Tokens, wrong string) (Tokens, string) {
				if answer.IDToken == "" {
					answer.RefreshToken = ""
				}
				return answer, wrong
			})},
		{"refresh-shares-answers", "It gives the answer of the token endpoint to everybody who refreshes at the same time.",
			ids{"refresh.concurrent-sessions"}, sharesAnswers},
	}
}

func adoptsRefused(h *habits) {
	h.client.ends = func(*noTokens, *verifier.Error) bool { return false }
	for i, check := range h.client.checks {
		h.client.checks[i].continues = func(s session, next map[string]any) bool {
			continues := check.continues(s, next)
			if !continues {
				clear(s.first)
				maps.Copy(s.first, next)
			}
			return continues
		}
	}
}

// sharesAnswers reads an answer as the one before it, if that came within the
// time that a request takes.
func sharesAnswers(h *habits) {
	var mu sync.Mutex
	var last Tokens
	var at time.Time
	readsAnswer(func(_ []byte, answer Tokens, wrong string) (Tokens, string) {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(at) < 150*time.Millisecond {
			return last, wrong
		}
		last, at = answer, time.Now()
		return answer, wrong
	})(h)
}
