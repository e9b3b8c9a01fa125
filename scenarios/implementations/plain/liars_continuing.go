package plain

import (
	"cmp"
	"strings"
	"sync/atomic"
	"time"
)

// optional compares a claim only if the refreshed ID Token has it.
func optional(claim string) bend {
	return comparesRefreshed(claim, func(first, next any) bool { return next == nil || sameJSON(first, next) })
}

// ifFirst compares a claim only if the first ID Token has it.
func ifFirst(claim string) bend {
	return comparesRefreshed(claim, func(first, next any) bool { return first == nil || next == nil || sameJSON(first, next) })
}

// alikeText compares two strings in such a way.
func alikeText(same func(first, next string) bool) func(first, next any) bool {
	return func(first, next any) bool {
		a, okA := first.(string)
		b, okB := next.(string)
		return okA && okB && same(a, b) || sameJSON(first, next)
	}
}

// alikeFirst compares the first audiences of two lists.
func alikeFirst(same func(first, next string) bool) func(first, next any) bool {
	return func(first, next any) bool { return alikeText(same)(list(first)[0], list(next)[0]) }
}

func begins(first, next string) bool {
	return next != "" && (strings.HasPrefix(first, next) || strings.HasPrefix(next, first))
}

func alikeBoth(first, next string) bool { return alike(next, first) }

// looseClients are content with a claim that is like that of the first ID Token.
func looseClients() []Liar {
	return []Liar{
		{"refresh-sub-prefix", "It is content with a user whose sub begins like that of the login.", ids{"refresh.sub-alike"},
			comparesRefreshed("sub", alikeText(begins))},
		{"refresh-sub-decoded", "It trims and decodes the sub of a refreshed ID Token before it compares it.", ids{"refresh.sub-alike"},
			comparesRefreshed("sub", alikeText(alikeBoth))},
		{"refresh-sub-dashes", "It makes an identifier of sub before it compares it.", ids{"refresh.sub-alike"},
			comparesRefreshed("sub", alikeText(func(first, next string) bool {
				return strings.ReplaceAll(first, "_", "-") == strings.ReplaceAll(next, "_", "-")
			}))},
		{"refresh-sub-loosely", "It compares the user of a refreshed ID Token only if it has one, and as text.", ids{"refresh.sub-missing"},
			all(without("sub"), optional("sub"))},
		{"refresh-iss-alike", "It ignores case, dots and a slash at the end when it compares the issuer of a refreshed ID Token.", ids{"refresh.iss-alike"},
			all(forgets("iss"), comparesIssuer(func(configured, claimed string) bool {
				return strings.TrimSuffix(claimed, "/") == configured || strings.EqualFold(claimed, configured)
			}))},
		{"refresh-aud-case", "It ignores case when it compares the audience of a refreshed ID Token.", ids{"refresh.aud-alike"},
			comparesRefreshed("aud", alikeFirst(strings.EqualFold))},
		{"refresh-aud-prefix", "It is content with an audience that begins like that of the login.", ids{"refresh.aud-alike"},
			comparesRefreshed("aud", alikeFirst(begins))},
		{"refresh-azp-case", "It ignores case when it compares the authorized party of a refreshed ID Token.", ids{"refresh.azp-alike"},
			comparesRefreshed("azp", foldedText)},
		{"refresh-azp-prefix", "It is content with an authorized party that begins like that of the login.", ids{"refresh.azp-alike"},
			comparesRefreshed("azp", alikeText(begins))},
		{"refresh-azp-optional", "It compares azp only if the refreshed ID Token has one.", ids{"refresh.azp-missing"}, optional("azp")},
		{"refresh-any-org", "It lets a refresh move a session to another organization.", ids{"refresh.org-changed"}, forgets("oid")},
		{"refresh-org-optional", "It compares oid only if the refreshed ID Token has one.", ids{"refresh.org-changed"}, optional("oid")},
		{"refresh-nonce-prefix", "It is content with a nonce that begins like that of the login.", ids{"refresh.nonce-alike"},
			comparesRefreshed("nonce", alikeText(begins))},
		{"refresh-nonce-decoded", "It trims and decodes the nonce of a refreshed ID Token before it compares it.", ids{"refresh.nonce-alike"},
			comparesRefreshed("nonce", alikeText(alikeBoth))},
		{"refresh-nonce-empty", "It mistakes an empty nonce for none.", ids{"refresh.nonce-alike"},
			comparesRefreshed("nonce", func(first, next any) bool { return next == nil || next == "" || sameJSON(first, next) })},
		{"refresh-nonce-if-sent", "It accepts any nonce after a login that had none.", ids{"refresh.nonce-added"}, ifFirst("nonce")},
		{"refresh-auth-time-if-first", "It accepts any auth_time after a login that had none.", ids{"refresh.auth-time-added"}, ifFirst("auth_time")},
		{"refresh-auth-time-equal", "It refuses an auth_time after a login that had none.", ids{"refresh.auth-time-told"}, optional("auth_time")},
		{"refresh-auth-time-back", "It accepts an auth_time before that of the login.", ids{"refresh.auth-time-earlier"},
			comparesRefreshed("auth_time", func(first, next any) bool { return next == nil || !moment(next).After(moment(first)) })},
	}
}

// comparesLast compares a claim with that of the last ID Token instead of the
// first one, if both have it.
func comparesLast(claim string) bend {
	return all(forgets(claim), requires(claim, func(s session, next map[string]any) bool {
		last := s.tokens.Claims[claim]
		return last == nil || next[claim] == nil || sameJSON(last, next[claim])
	}))
}

// driftingClients lose the first ID Token out of sight.
func driftingClients() []Liar {
	return []Liar{
		{"refresh-last-aud", "It compares the audience with that of the last ID Token instead of the first one.", ids{"refresh.aud-first-counts"},
			all(forgets("aud"), requires("aud", func(s session, next map[string]any) bool {
				last := s
				last.first = s.tokens.Claims
				return containsAudience(last, next)
			}))},
		{"refresh-last-auth-time", "It compares auth_time with that of the last ID Token instead of the first one.", ids{"refresh.auth-time-returns"}, comparesLast("auth_time")},
		{"refresh-last-nonce", "It compares nonce with that of the last ID Token instead of the first one.", ids{"refresh.nonce-returns"}, comparesLast("nonce")},
		{"refresh-first-iat", "It compares iat with that of the login, and not with that of the last refresh.", ids{"refresh.iat-older-than-last"},
			comparesRefreshed("iat", func(first, next any) bool { return !moment(next).Before(moment(first)) })},
		{"refresh-iat-optional", "It compares iat only if the refreshed ID Token has one.", ids{"refresh.iat-missing"},
			all(without("iat"), comparesRefreshed("iat", func(first, next any) bool {
				return next == nil || !moment(next).Before(moment(first))
			}))},
		{"refresh-wants-auth-time", "It requires the auth_time of the login in every ID Token.", ids{"refresh.auth-time-missing"},
			comparesRefreshed("auth_time", sameJSON)},
		{"refresh-forgets-user", "It forgets who signed in when an answer has no ID Token.", ids{"refresh.id-token-later"}, forgetsUser},
		{"refresh-commits-late", "It throws the new refresh token away if it refuses the ID Token next to it.", ids{"refresh.refused-then-good"},
			func(h *habits) { h.client.commitsLate = true }},
		{"refresh-drops-cut", "It throws the new refresh token away if the answer ends early.", ids{"refresh.cut-answer"},
			func(h *habits) { h.client.dropsCut = true }},
		{"refresh-resends", "It sends a refresh token again, however often no answer came.", ids{"refresh.lost-responses"},
			func(h *habits) { h.client.forgetsSends = true }},
		{"refresh-scope-forgotten", "It forgets the scope of a session if an answer does not repeat it.", ids{"refresh.scope-absent"},
			readsAnswer(func(_ []byte, answer Tokens, wrong string) (Tokens, string) {
				answer.Scope = cmp.Or(answer.Scope, "openid")
				return answer, wrong
			})},
		{"refresh-old-endpoint", "It looks up the token endpoint once and for all.", ids{"refresh.endpoint-moved"},
			func(h *habits) { h.client.keepsEndpoint = true }},
		{"refresh-never-forgives", "It pauses after a failure as long as if nothing had worked meanwhile.", ids{"refresh.pause-forgotten"},
			func(h *habits) { h.client.neverForgives = true }},
		{"refresh-gives-up", "It never tries again after a failure.",
			ids{"refresh.paced", "refresh.kept-after-errors", "refresh.http-429", "refresh.hangs", "refresh.no-end"}, func(h *habits) { h.client.pause = new(time.Duration(never)) }},
	}
}

func forgetsUser(h *habits) {
	var forgotten atomic.Bool
	readsAnswer(func(_ []byte, answer Tokens, wrong string) (Tokens, string) {
		if wrong == "" && answer.IDToken == "" {
			forgotten.Store(true)
		}
		return answer, wrong
	})(h)
	for i, c := range h.client.checks {
		h.client.checks[i].continues = func(s session, next map[string]any) bool {
			return forgotten.Load() || c.continues(s, next)
		}
	}
}
