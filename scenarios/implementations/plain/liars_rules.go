package plain

import (
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// ruleLiars overlook a rule of the application, or make one of their own.
func ruleLiars() []Liar {
	return slices.Concat(lenientRuleLiars(), ownRuleLiars())
}

// lenientRuleLiars let users through whom the application has ruled out.
func lenientRuleLiars() []Liar {
	verified := func(name, drops string, isTrue func(jsontext.Value) bool, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) { c.isTrue = isTrue }}
	}
	return []Liar{
		dropping("no-requirements", "It knows no rules but those of the protocol.", "requirements",
			"scalekit.oid-required", "scalekit.oid-mismatch", "scalekit.oid-malformed", "scalekit.org-switch-stale",
			"scalekit.sid-missing", "scalekit.email-verified-false", "scalekit.email-verified-string",
			"scalekit.email-verified-absent", "scalekit.amr-connection", "org.required", "org.isolation"),
		sparing("requirements-optional", "It applies the rules to the claims that are there.", "requirements",
			func(j *judgement) bool {
				return j.claims.has("oid") && j.claims.has("sid") && j.claims.has("email_verified")
			},
			"scalekit.oid-required", "scalekit.sid-missing", "scalekit.email-verified-absent"),
		sparing("oid-unreadable-ok", "It takes an oid that it cannot read for a user without an organization, and asks no more.", "requirements",
			func(j *judgement) bool {
				oid, _ := j.claims.text("oid")
				return oid != ""
			}, "scalekit.oid-malformed"),
		verified("email-verified-truthy", "It takes the text true and the number 1 for true.",
			func(value jsontext.Value) bool {
				return strings.Contains(`true "true" 1`, string(value)) && len(value) > 0
			},
			"scalekit.email-verified-string"),
		verified("email-verified-unless-false", "It takes an address for verified unless the token says that it is not.",
			func(value jsontext.Value) bool { return value.Kind() != jsontext.KindFalse },
			"scalekit.email-verified-absent", "scalekit.email-verified-string"),
		{
			Name:     "connections-ignored",
			Fault:    "It does not ask by which connection the user came.",
			CaughtBy: []string{"scalekit.amr-connection"},
			bend:     func(c *craft) { c.configure(func(cfg *verifier.Config) { cfg.Require.Connections = nil }) },
		},
		dropping("no-rule", "It does not ask the application whether the session was logged out.", "rule",
			"scalekit.sid-revoked", "sec.id-token-outlives-logout", "cfg.unknown-class"),
		sparing("client-id-unread", "It compares azp with the client and does not read client_id.", "azp",
			func(j *judgement) bool {
				azp, ok := j.claims.text("azp")
				return !ok || !slices.Contains(j.policy.Audience, azp)
			}, "scalekit.client-id-mismatch"),
	}
}

// ownRuleLiars make rules that nobody has asked for.
func ownRuleLiars() []Liar {
	// remembers makes a liar that keeps, for each value of one claim, the first
	// value of another, and refuses a token with a second one.
	remembers := func(name, drops, of, what string, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) {
			var seen sync.Map
			c.wrap("rule", func(j *judgement, next judge) *verifier.Error {
				owner, _ := j.claims.text(of)
				value, present := j.claims.text(what)
				if first, known := seen.LoadOrStore(owner, value); known && present && first != value {
					return refuse(verifier.ReasonPolicy, what, value, "that of before")
				}
				return next(j)
			})
		}}
	}
	return []Liar{
		remembers("one-organization", "It knows a user by the first organization, and refuses another one.",
			"sub", "oid", "scalekit.org-switch", "org.switch"),
		remembers("one-address", "It knows a user by the first address, and refuses another one.",
			"sub", "email", "scalekit.email-change"),
		{
			Name:     "users-by-address",
			Fault:    "It reports the user who had this address first.",
			CaughtBy: []string{"scalekit.email-collision"},
			bend: func(c *craft) {
				var owners sync.Map
				c.report = func(claims map[string]any) {
					if address, ok := claims["email"].(string); ok {
						claims["sub"], _ = owners.LoadOrStore(address, claims["sub"])
					}
				}
			},
		},
		{
			Name:     "everybody-has-one",
			Fault:    "It refuses a user who belongs to no organization although nobody demands one.",
			CaughtBy: []string{"org.none", "scalekit.oid-absent"},
			bend: func(c *craft) {
				c.wrap("requirements", func(j *judgement, next judge) *verifier.Error {
					if j.claims.has("sid") && !j.claims.has("oid") {
						return refuse(verifier.ReasonPolicy, "oid", "", "an organization")
					}
					return next(j)
				})
			},
		},
		{
			Name:     "drops-organization",
			Fault:    "It reports a user without the organization.",
			CaughtBy: []string{"org.first", "org.switch", "org.switch-signed-out", "org.refreshed"},
			bend:     func(c *craft) { c.report = func(claims map[string]any) { delete(claims, "oid") } },
		},
		{
			Name:     "expired-for-good",
			Fault:    "It refuses a user of whom it has seen an expired token.",
			CaughtBy: []string{"sec.refresh-after-expiry", "sec.refresh-before-expiry"},
			bend: func(c *craft) {
				var gone sync.Map
				c.wrap("exp", func(j *judgement, next judge) *verifier.Error {
					refusal := next(j)
					sub, _ := j.claims.text("sub")
					if _, known := gone.Load(sub); known && refusal == nil {
						return refuse(verifier.ReasonTokenExpired, "exp", "", "a session that goes on")
					}
					if refusal != nil && refusal.Reason == verifier.ReasonTokenExpired {
						gone.Store(sub, true)
					}
					return refusal
				})
			},
		},
		{
			Name:     "roles-mean-access-token",
			Fault:    "It takes every token with roles for an access token.",
			CaughtBy: []string{"scalekit.roles-in-id-token"},
			bend: func(c *craft) {
				c.wrap("shape", func(j *judgement, next judge) *verifier.Error {
					if j.claims.has("roles") {
						return refuse(verifier.ReasonUnsupportedTokenType, "roles", "an access token", "an ID Token")
					}
					return next(j)
				})
			},
		},
		{
			Name:     "tokens-once",
			Fault:    "It takes every token once, as if it were a ticket.",
			CaughtBy: []string{"scalekit.ticket-flow", "clock.verdict-cache"},
			bend: func(c *craft) {
				var taken sync.Map
				c.wrap("rule", func(j *judgement, next judge) *verifier.Error {
					if _, again := taken.LoadOrStore(j.raw, true); again {
						return refuse(verifier.ReasonPolicy, "", "a token that was here before", "a new one")
					}
					return next(j)
				})
			},
		},
	}
}
