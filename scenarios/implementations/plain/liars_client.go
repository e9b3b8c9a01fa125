package plain

import (
	"context"
	"slices"
	"time"

	"github.com/assay-id/assay/verifier"
)

// forgets leaves out the comparison of a claim with the first ID Token.
func forgets(claim string) bend {
	return func(h *habits) {
		h.client.checks = slices.DeleteFunc(h.client.checks, func(c continuity) bool { return c.claim == claim })
	}
}

// forgetfulClients do not compare a refreshed ID Token with the first one, or do
// not verify it.
func forgetfulClients() []Liar {
	return []Liar{
		{"refresh-any-sub", "It lets a refresh turn one user into another.", ids{"refresh.sub-changed"}, forgets("sub")},
		{"refresh-any-aud", "It lets a refresh move a session to another client of the application.", ids{"refresh.aud-lost"}, forgets("aud")},
		{"refresh-any-azp", "It lets a refresh change the authorized party.", ids{"refresh.azp-changed", "refresh.azp-appeared"}, forgets("azp")},
		{"refresh-any-nonce", "It accepts a refreshed ID Token with the nonce of another login.", ids{"refresh.nonce-different"}, forgets("nonce")},
		{"refresh-any-auth-time", "It mistakes a refresh for a sign-in.", ids{"refresh.auth-time-moved"}, forgets("auth_time")},
		{"refresh-older", "It accepts an ID Token that was issued before the one that it has.", ids{"refresh.iat-older"}, forgets("iat")},
		{"refresh-any-iss", "It lets a refresh move a session to another issuer with the same keys.", ids{"refresh.iss-changed", "refresh.iss-alike"},
			all(forgets("iss"), comparesIssuer(func(string, string) bool { return true }))},
		{"refresh-unverified", "It trusts the ID Tokens of the token endpoint because they came over TLS.",
			ids{"refresh.bad-signature", "refresh.expired-id-token", "refresh.aud-extra"},
			func(h *habits) { h.client.verify = readsWithoutVerifying }},
		{"refresh-no-at-hash", "It does not check that a refreshed ID Token belongs to the access token next to it.",
			ids{"refresh.at-hash"},
			func(h *habits) {
				h.client.verify = func(p *Verifier, ctx context.Context, answer Tokens) (map[string]any, error) {
					return p.Verify(ctx, answer.IDToken)
				}
			}},
	}
}

func readsWithoutVerifying(p *Verifier, _ context.Context, answer Tokens) (map[string]any, error) {
	j := &judgement{Verifier: p, raw: answer.IDToken}
	for _, read := range []judge{(*judgement).checkSegments, (*judgement).checkPayload} {
		if refusal := read(j); refusal != nil {
			return nil, refusal
		}
	}
	return j.claims.values(), nil
}

// carelessClients lose sessions and secrets.
func carelessClients() []Liar {
	return []Liar{
		{"refresh-old-token", "It keeps using the refresh token of the login.", ids{"refresh.uses-new-rt", "refresh.token-type-case", "refresh.refused-then-good"},
			func(h *habits) { h.client.keepsFirstToken = true }},
		{"refresh-forgets-successor", "It throws away the new refresh token if anything else in the answer is wrong.", ids{"refresh.odd-answer"},
			readsAnswer(func(_ []byte, answer Tokens, wrong string) (Tokens, string) {
				if wrong != "" {
					answer.RefreshToken = ""
				}
				return answer, wrong
			})},
		{"refresh-repeats", "It asks again at once if the token endpoint answers with an error.",
			ids{"refresh.reuse-detected", "refresh.wrong-secret", "refresh.http-500", "refresh.revoked-session"},
			func(h *habits) { h.client.repeatsErrors = true }},
		{"refresh-for-ever", "It keeps a session that the provider has ended, and asks for it again.",
			ids{"refresh.reuse-detected", "refresh.revoked-session", "refresh.lost-response", "refresh.mismatch-ends", "refresh.paced"},
			func(h *habits) {
				h.client.ends = func(*noTokens, *verifier.Error) bool { return false }
				h.client.pause = new(time.Duration(0))
			}},
		{"refresh-each", "It lets every tab refresh on its own.", ids{"refresh.concurrent", "refresh.concurrent-unrotated"},
			func(h *habits) { h.client.stampedes = true }},
		{"refresh-follows", "It follows a redirect of the token endpoint and sends its secret along.", ids{"refresh.redirect-307", "refresh.redirects"},
			func(h *habits) { h.client.follows = true }},
		{"refresh-impatient", "It asks again after a second, whatever Retry-After says.", ids{"refresh.http-429", "refresh.503-retry-after"},
			func(h *habits) { h.client.pause = new(time.Second) }},
		{"refresh-asks-anyway", "It sends a refresh request without a refresh token.", ids{"refresh.offline-access-missing", "refresh.offline-access-named"},
			func(h *habits) { h.client.asksWithout = true }},
		{"refresh-quotes", "It quotes what the token endpoint answered.", ids{"refresh.html-error"},
			readsAnswer(func(body []byte, answer Tokens, wrong string) (Tokens, string) {
				if wrong != "" {
					wrong = string(body)
				}
				return answer, wrong
			})},
	}
}

// readsAnswer changes what was read from the answer of the token endpoint.
func readsAnswer(change func(body []byte, answer Tokens, wrong string) (Tokens, string)) bend {
	return func(h *habits) {
		h.client.read = func(body []byte) (Tokens, string) {
			answer, wrong := readTokens(body)
			return change(body, answer, wrong)
		}
	}
}

// requiresMember refuses an answer of the token endpoint without that member.
func requiresMember(name string) bend {
	return readsAnswer(func(body []byte, answer Tokens, wrong string) (Tokens, string) {
		if document, err := parseStrictly(body); err == nil && !document.has(name) {
			return Tokens{}, "without " + name
		}
		return answer, wrong
	})
}

// requires compares a claim of a refreshed ID Token once more.
func requires(claim string, continues func(s session, next map[string]any) bool) bend {
	return func(h *habits) { h.client.checks = append(h.client.checks, continuity{claim, continues}) }
}

// pedanticOAuthClients end sessions that are good.
func pedanticOAuthClients() []Liar {
	return []Liar{
		{"refresh-wants-id-token", "It refuses an answer without an ID Token.",
			ids{"refresh.no-id-token", "refresh.no-new-rt"}, requiresMember("id_token")},
		{"refresh-wants-token", "It refuses an answer without a new refresh token.", ids{"refresh.no-new-rt"}, requiresMember("refresh_token")},
		{"refresh-wants-expiry", "It refuses an answer that does not say how long the access token lives.",
			ids{"refresh.no-expires-in"}, requiresMember("expires_in")},
		{"refresh-wants-nonce", "It requires the nonce of the login in every ID Token.", ids{"refresh.nonce-absent"},
			requires("nonce", unchanged("nonce").continues)},
		{"refresh-no-nonce", "It refuses a refreshed ID Token with a nonce.", ids{"refresh.nonce-same"},
			requires("nonce", func(_ session, next map[string]any) bool { return next["nonce"] == nil })},
		{"refresh-wants-sign-in", "It requires a later auth_time after every refresh.", ids{"refresh.auth-time-same"},
			requires("auth_time", func(s session, next map[string]any) bool {
				return next["auth_time"] == nil || moment(next["auth_time"]).After(moment(s.first["auth_time"]))
			})},
		{"refresh-same-scope", "It keeps the scope of the login, whatever was granted.", ids{"refresh.scope-narrowed"},
			readsAnswer(func(_ []byte, answer Tokens, wrong string) (Tokens, string) { answer.Scope = ""; return answer, wrong })},
		{"refresh-exact-type", "It accepts the token type Bearer in one spelling only.", ids{"refresh.token-type-case"},
			readsAnswer(func(body []byte, answer Tokens, wrong string) (Tokens, string) {
				document, err := parseStrictly(body)
				if kind, _ := document.string("token_type"); err == nil && kind != "Bearer" {
					return Tokens{}, "with another token type"
				}
				return answer, wrong
			})},
		{"refresh-same-id-token", "It keeps the ID Token of the login.", ids{"refresh.happy", "refresh.nonce-absent"},
			readsAnswer(func(_ []byte, answer Tokens, wrong string) (Tokens, string) {
				answer.IDToken = ""
				return answer, wrong
			})},
	}
}
