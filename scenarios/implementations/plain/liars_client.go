package plain

import (
	"context"
	"slices"
	"time"
)

// clientLiars verify ID Tokens as they must, and refresh sessions as nobody
// should.
func clientLiars() []Liar {
	return slices.Concat(forgetfulClients(), carelessClients(), pedanticOAuthClients())
}

// forgetfulClients do not hold a refreshed ID Token against the first one.
func forgetfulClients() []Liar {
	forgets := func(name, drops, claim string, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) {
			c.client.checks = slices.DeleteFunc(c.client.checks, func(check continuity) bool { return check.claim == claim })
		}}
	}
	return []Liar{
		forgets("refresh-any-sub", "It lets a refresh make one user another.", "sub", "refresh.sub-changed"),
		forgets("refresh-any-aud", "It lets a refresh move a session to another client of the application.", "aud", "refresh.aud-lost"),
		forgets("refresh-any-azp", "It lets a refresh change the authorized party.", "azp", "refresh.azp-changed", "refresh.azp-appeared"),
		forgets("refresh-any-nonce", "It takes a refreshed ID Token of another login for its nonce.", "nonce", "refresh.nonce-different"),
		forgets("refresh-any-auth-time", "It lets a refresh pass for a sign-in.", "auth_time", "refresh.auth-time-moved"),
		forgets("refresh-older", "It takes an ID Token that was issued before the one that it has.", "iat", "refresh.iat-older"),
		{
			Name:     "refresh-any-iss",
			Fault:    "It lets a refresh move a session to another issuer with the same keys.",
			CaughtBy: []string{"refresh.iss-changed"},
			bend: func(c *craft) {
				c.client.checks = slices.DeleteFunc(c.client.checks, func(check continuity) bool { return check.claim == "iss" })
				c.sameIssuer = func(string, string) bool { return true }
			},
		},
		{
			Name:     "refresh-unverified",
			Fault:    "It trusts the ID Tokens of the token endpoint, because they came over TLS.",
			CaughtBy: []string{"refresh.bad-signature", "refresh.expired-id-token", "refresh.aud-extra"},
			bend: func(c *craft) {
				c.client.verify = func(p *Verifier, _ context.Context, answer Held) (map[string]any, error) {
					j := &judgement{Verifier: p, raw: answer.IDToken}
					for _, read := range []judge{(*judgement).checkSegments, (*judgement).checkPayload} {
						if refusal := read(j); refusal != nil {
							return nil, refusal
						}
					}
					return j.claims.values(), nil
				}
			},
		},
		{
			Name:     "refresh-no-at-hash",
			Fault:    "It does not ask whether a refreshed ID Token belongs to the access token beside it.",
			CaughtBy: []string{"refresh.at-hash"},
			bend: func(c *craft) {
				c.client.verify = func(p *Verifier, ctx context.Context, answer Held) (map[string]any, error) {
					return p.Verify(ctx, answer.IDToken)
				}
			},
		},
	}
}

// carelessClients lose sessions and secrets.
func carelessClients() []Liar {
	return []Liar{
		{
			Name:     "refresh-old-token",
			Fault:    "It goes on with the refresh token of the login.",
			CaughtBy: []string{"refresh.uses-new-rt", "refresh.token-type-case"},
			bend:     func(c *craft) { c.client.keeps = func(held, _ string) string { return held } },
		},
		{
			Name:     "refresh-repeats",
			Fault:    "It asks again at once if the token endpoint answers with an error.",
			CaughtBy: []string{"refresh.reuse-detected", "refresh.wrong-secret", "refresh.http-500", "refresh.revoked-session"},
			bend:     func(c *craft) { c.client.repeats = func(n *noTokens) bool { return n.status != 0 } },
		},
		{
			Name:     "refresh-for-ever",
			Fault:    "It keeps a session that the provider has ended, and asks for it again.",
			CaughtBy: []string{"refresh.reuse-detected", "refresh.revoked-session", "refresh.lost-response"},
			bend: func(c *craft) {
				c.client.ends = func(string) bool { return false }
				c.client.pause = func(int, time.Duration) time.Duration { return 0 }
			},
		},
		{
			Name:     "refresh-each",
			Fault:    "It lets every tab refresh for itself.",
			CaughtBy: []string{"refresh.concurrent"},
			bend:     func(c *craft) { c.client.shares = false },
		},
		{
			Name:     "refresh-follows",
			Fault:    "It follows a redirect of the token endpoint with its secret in hand.",
			CaughtBy: []string{"refresh.redirect-307"},
			bend:     func(c *craft) { c.client.redirect = nil },
		},
		{
			Name:     "refresh-impatient",
			Fault:    "It asks again after a second, whatever Retry-After says.",
			CaughtBy: []string{"refresh.http-429"},
			bend: func(c *craft) {
				c.client.pause = func(int, time.Duration) time.Duration { return time.Second }
			},
		},
		{
			Name:     "refresh-asks-anyway",
			Fault:    "It sends a refresh request without a refresh token.",
			CaughtBy: []string{"refresh.offline-access-missing"},
			bend:     func(c *craft) { c.client.asksWithout = true },
		},
		{
			Name:     "refresh-quotes",
			Fault:    "It quotes what the token endpoint has answered.",
			CaughtBy: []string{"refresh.html-error"},
			bend: func(c *craft) {
				c.client.read = func(body []byte) (Held, string) {
					answer, wrong := readTokens(body)
					if wrong != "" {
						wrong = string(body)
					}
					return answer, wrong
				}
			},
		},
	}
}

// pedanticOAuthClients end sessions that are good.
func pedanticOAuthClients() []Liar {
	wants := func(name, drops, member string, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) {
			c.client.read = func(body []byte) (Held, string) {
				if document, err := parseStrictly(body); err == nil && !document.has(member) {
					return Held{}, "without " + member
				}
				return readTokens(body)
			}
		}}
	}
	demands := func(name, drops, claim string, continues func(s session, next map[string]any) bool, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) {
			c.client.checks = append(c.client.checks, continuity{claim, continues})
		}}
	}
	return []Liar{
		wants("refresh-wants-id-token", "It refuses an answer without an ID Token.", "id_token", "refresh.no-id-token", "refresh.no-new-rt"),
		wants("refresh-wants-token", "It refuses an answer without a new refresh token.", "refresh_token", "refresh.no-new-rt"),
		wants("refresh-wants-expiry", "It refuses an answer that does not say how long the access token lives.", "expires_in", "refresh.no-expires-in"),
		demands("refresh-wants-nonce", "It wants the nonce of the login in every ID Token.", "nonce",
			func(s session, next map[string]any) bool { return sameJSON(s.first["nonce"], next["nonce"]) }, "refresh.nonce-absent"),
		demands("refresh-no-nonce", "It refuses a refreshed ID Token with a nonce.", "nonce",
			func(_ session, next map[string]any) bool { return next["nonce"] == nil }, "refresh.nonce-same"),
		demands("refresh-wants-sign-in", "It wants a later auth_time from every refresh.", "auth_time",
			func(s session, next map[string]any) bool {
				return next["auth_time"] == nil || moment(next["auth_time"]).After(moment(s.first["auth_time"]))
			}, "refresh.auth-time-same"),
		{
			Name:     "refresh-same-scope",
			Fault:    "It goes on with the scope of the login, whatever was granted.",
			CaughtBy: []string{"refresh.scope-narrowed"},
			bend: func(c *craft) {
				c.client.read = func(body []byte) (Held, string) {
					answer, wrong := readTokens(body)
					answer.Scope = ""
					return answer, wrong
				}
			},
		},
		{
			Name:     "refresh-exact-type",
			Fault:    "It knows the token type Bearer in one spelling.",
			CaughtBy: []string{"refresh.token-type-case"},
			bend: func(c *craft) {
				c.client.read = func(body []byte) (Held, string) {
					document, err := parseStrictly(body)
					if kind, _ := document.text("token_type"); err == nil && kind != "Bearer" {
						return Held{}, "with another token type"
					}
					return readTokens(body)
				}
			},
		},
		{
			Name:     "refresh-same-id-token",
			Fault:    "It goes on with the ID Token of the login.",
			CaughtBy: []string{"refresh.happy", "refresh.nonce-absent"},
			bend: func(c *craft) {
				c.client.read = func(body []byte) (Held, string) {
					answer, wrong := readTokens(body)
					answer.IDToken = ""
					return answer, wrong
				}
			},
		},
	}
}
