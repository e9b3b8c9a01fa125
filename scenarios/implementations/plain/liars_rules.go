package plain

import (
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// readsTrue reads a boolean in another way.
func readsTrue(isTrue func(jsontext.Value) bool) bend {
	return func(h *habits) { h.claims.isTrue = isTrue }
}

// ruleLiars let users through whom the application has ruled out.
func ruleLiars() []Liar {
	return []Liar{
		{"no-requirements", "It knows no rules but those of the protocol.",
			ids{
				"scalekit.oid-required", "scalekit.oid-mismatch", "scalekit.oid-malformed", "scalekit.org-switch-stale",
				"scalekit.sid-missing", "scalekit.email-verified-false", "scalekit.email-verified-string",
				"scalekit.email-verified-absent", "scalekit.amr-connection", "org.required", "org.isolation",
			}, without("requirements")},
		{"requirements-optional", "It applies the rules only to claims that are there.",
			ids{"scalekit.oid-required", "scalekit.sid-missing", "scalekit.email-verified-absent"},
			onlyIf(func(j *judgement) bool {
				return j.claims.has("oid") && j.claims.has("sid") && j.claims.has("email_verified")
			}, "requirements")},
		{"oid-unreadable-ok", "It mistakes an oid that it cannot read for no organization, and skips the rules.",
			ids{"scalekit.oid-malformed"},
			onlyIf(func(j *judgement) bool { oid, _ := j.claims.string("oid"); return oid != "" }, "requirements")},
		{"email-verified-truthy", `It mistakes the string "true" and the number 1 for true.`,
			ids{"scalekit.email-verified-string"},
			readsTrue(func(value jsontext.Value) bool {
				return strings.Contains(`true "true" 1`, string(value)) && len(value) > 0
			})},
		{"email-verified-unless-false", "It assumes that an address is verified unless the token says that it is not.",
			ids{"scalekit.email-verified-absent", "scalekit.email-verified-string"},
			readsTrue(func(value jsontext.Value) bool { return value.Kind() != jsontext.KindFalse })},
		{"connections-ignored", "It does not check by which connection the user came.", ids{"scalekit.amr-connection"},
			configured(func(cfg *verifier.Config) { cfg.Require.Connections = nil })},
		{"no-rule", "It does not ask the application whether the session was logged out.",
			ids{"scalekit.sid-revoked", "scalekit.sid-revoked-anywhere", "sec.id-token-outlives-logout", "cfg.unknown-class"}, without("rule")},
		{"client-id-unread", "It compares azp with the client and does not read client_id.", ids{"scalekit.client-id-mismatch"},
			unless(func(j *judgement) bool {
				azp, ok := j.claims.string("azp")
				return ok && slices.Contains(j.policy.Audience, azp)
			}, "azp")},
	}
}

// remembersFirst keeps, for each value of one claim, the first value of
// another, and refuses a token with a different one.
func remembersFirst(of, claim string) bend {
	return func(h *habits) {
		var seen sync.Map
		around("rule", func(j *judgement, next judge) *verifier.Error {
			owner, _ := j.claims.string(of)
			value, present := j.claims.string(claim)
			if first, known := seen.LoadOrStore(owner, value); known && present && first != value {
				return refuse(verifier.ReasonPolicy, claim, value, "the one of before")
			}
			return next(j)
		})(h)
	}
}

// inventedRuleLiars make rules that nobody has asked for.
func inventedRuleLiars() []Liar {
	return []Liar{
		{"one-organization", "It ties a user to the first organization and refuses another one.",
			ids{"scalekit.org-switch", "org.switch"}, remembersFirst("sub", "oid")},
		{"one-address", "It ties a user to the first email address and refuses another one.",
			ids{"scalekit.email-change"}, remembersFirst("sub", "email")},
		{"users-by-address", "It reports the user who had this email address first.",
			ids{"scalekit.email-collision"}, identifiesByAddress},
		{"everybody-has-one", "It refuses a user who belongs to no organization although nobody requires one.",
			ids{"org.none", "scalekit.oid-absent"},
			refusing(func(j *judgement) bool { return j.claims.has("sid") && !j.claims.has("oid") },
				"requirements", verifier.ReasonPolicy, "oid")},
		{"drops-organization", "It reports a user without the organization.",
			ids{"org.first", "org.switch", "org.switch-signed-out", "org.refreshed"},
			reports(func(claims map[string]any) { delete(claims, "oid") })},
		{"expired-for-good", "It refuses a user after it has seen an expired token of theirs.",
			ids{"sec.refresh-after-expiry", "sec.refresh-before-expiry"}, barsExpired},
		{"roles-mean-access-token", "It mistakes every token with roles for an access token.", ids{"scalekit.roles-in-id-token"},
			refusing(has("roles"), "shape", verifier.ReasonUnsupportedTokenType, "roles")},
		{"tokens-once", "It accepts every token once, as if it were a ticket.",
			ids{"scalekit.ticket-flow", "clock.verdict-cache"}, acceptsOnce("rule")},
	}
}

func identifiesByAddress(h *habits) {
	var owners sync.Map
	h.result.edit = func(claims map[string]any) {
		if address, ok := claims["email"].(string); ok {
			claims["sub"], _ = owners.LoadOrStore(address, claims["sub"])
		}
	}
}

func barsExpired(h *habits) {
	var barred sync.Map
	around("exp", func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		sub, _ := j.claims.string("sub")
		if _, known := barred.Load(sub); known && refusal == nil {
			return refuse(verifier.ReasonTokenExpired, "exp", "", "")
		}
		if refusal != nil && refusal.Reason == verifier.ReasonTokenExpired {
			barred.Store(sub, true)
		}
		return refusal
	})(h)
}

// acceptsOnce refuses a token that has come as far as the check of that name
// before.
func acceptsOnce(name string) bend {
	return func(h *habits) {
		var seen sync.Map
		refusing(func(j *judgement) bool { _, again := seen.LoadOrStore(j.raw, true); return again },
			name, verifier.ReasonPolicy, "")(h)
	}
}
