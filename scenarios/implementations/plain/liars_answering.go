package plain

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/assay-id/assay/verifier"
)

func ofToken(req *http.Request) bool { return strings.HasSuffix(req.URL.Path, "/oauth/token") }

// endsAfter ends a session after more kinds of failure.
func endsAfter(also func(*noTokens) bool) bend {
	return func(h *habits) {
		h.client.ends = func(failure *noTokens, refusal *verifier.Error) bool {
			return endsSession(failure, refusal) || failure != nil && also(failure)
		}
	}
}

// forgives accepts an answer in spite of what is wrong with it, if it has a
// member of that kind.
func forgives(good func(document object) bool) bend {
	return readsAnswer(func(body []byte, answer Tokens, wrong string) (Tokens, string) {
		if document, err := parseStrictly(body); err == nil && good(document) {
			return answer, ""
		}
		return answer, wrong
	})
}

// credulousClients accept an answer of the token endpoint that is none.
func credulousClients() []Liar {
	return []Liar{
		{"refresh-access-optional", "It is content with an answer without an access token.", ids{"refresh.no-access-token"},
			forgives(func(document object) bool { return document.has("token_type") })},
		{"refresh-any-type", "It does not read token_type.", ids{"refresh.token-type-unknown"},
			forgives(func(document object) bool { token, _ := document.string("access_token"); return token != "" })},
		{"refresh-any-object", "It is content with any object that comes with the status 200.", ids{"refresh.error-in-200"},
			forgives(func(document object) bool { return document.has("error") })},
		{"refresh-first-of-list", "It reads the first answer of several.", ids{"refresh.error-in-200"},
			func(h *habits) {
				h.client.read = func(body []byte) (Tokens, string) {
					if list, ok := elements(body); ok && len(list) > 0 {
						return readTokens(list[0])
					}
					return readTokens(firstValue(body))
				}
			}},
		{"refresh-strings-only", "It mistakes an id_token that is not a string for none.", ids{"refresh.id-token-type"},
			forgives(func(document object) bool {
				token, _ := document.string("access_token")
				_, isText := document.string("id_token")
				return token != "" && document.has("id_token") && !isText
			})},
		{"refresh-empty-token", "It replaces its refresh token by one that is empty or null.", ids{"refresh.empty-rt"},
			readsAnswer(func(body []byte, answer Tokens, wrong string) (Tokens, string) {
				if document, err := parseStrictly(body); err == nil && document.has("refresh_token") && answer.RefreshToken == "" {
					answer.RefreshToken = "null"
				}
				return answer, wrong
			})},
		{"refresh-any-status", "It reads the tokens out of every answer, whatever its status.", ids{"refresh.tokens-in-error"},
			misreadsStatus(ofToken, func(int) bool { return true })},
		{"refresh-any-metadata", "It does not check that the metadata with the token_endpoint are those of its issuer.", ids{"refresh.metadata-of-another"},
			comparesMetadataIssuer(func(string, string) bool { return true })},
		{"refresh-guesses", "It asks at /oauth/token if the metadata has no token_endpoint.", ids{"refresh.no-token-endpoint"},
			readsBody(func(res *http.Response, limit int64) ([]byte, error) {
				text, err := readUpTo(res, limit)
				if document, wrong := parseStrictly(text); wrong == nil && ofMetadata(res.Request) && !document.has("token_endpoint") {
					issuer, _ := document.string("issuer")
					text = append([]byte(`{"token_endpoint":`+strconv.Quote(issuer+"/oauth/token")+`,`), text[1:]...)
				}
				return text, err
			})},
	}
}

// despairingClients end or lose sessions that could continue, or do not say
// why.
func despairingClients() []Liar {
	return []Liar{
		{"refresh-ends-on-4xx", "It ends the session after every error with a status of 4xx.", ids{"refresh.kept-after-errors", "refresh.http-429"},
			endsAfter(func(failure *noTokens) bool { return failure.status/100 == 4 })},
		{"refresh-ends-on-5xx", "It ends the session after every error with a status of 5xx.", ids{"refresh.503-retry-after", "refresh.paced"},
			endsAfter(func(failure *noTokens) bool { return failure.status/100 == 5 })},
		{"refresh-code-case", "It ignores case in the error code.", ids{"refresh.kept-after-errors"},
			endsAfter(func(failure *noTokens) bool { return strings.EqualFold(failure.code, "invalid_grant") })},
		{"refresh-ends-on-redirect", "It ends the session when the token endpoint redirects.", ids{"refresh.redirects"},
			endsAfter(func(failure *noTokens) bool { return failure.status/100 == 3 })},
		{"refresh-ends-on-nonsense", "It ends the session when an answer has no tokens.", ids{"refresh.error-in-200", "refresh.no-access-token"},
			endsAfter(func(failure *noTokens) bool { return failure.status == http.StatusOK })},
		{"refresh-whole-seconds", "It refuses an answer whose expires_in is not a whole number of seconds above zero, and its refresh token.",
			ids{"refresh.expires-in-forms", "refresh.expires-in-wrong"},
			readsAnswer(func(body []byte, answer Tokens, wrong string) (Tokens, string) {
				document, err := parseStrictly(body)
				life, _ := document.get("expires_in")
				if n, errLife := strconv.ParseInt(string(life), 10, 32); err == nil && life != nil && (errLife != nil || n <= 0) {
					return Tokens{}, "with another expires_in"
				}
				return answer, wrong
			})},
		{"refresh-once-broken", "It never uses the token endpoint again after a connection to it broke.", ids{"refresh.connection-closed"}, avoidsBroken},
		{"refresh-terse", "It does not say why the client was refused.", ids{"refresh.client-refused-named"},
			roundTrips(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
				res, err := next.RoundTrip(req)
				if err != nil || !ofToken(req) {
					return res, err
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				body = bytes.ReplaceAll(body, []byte("_client"), []byte("_request"))
				res.Body = io.NopCloser(bytes.NewReader(body))
				return res, err
			})},
	}
}

func avoidsBroken(h *habits) {
	var broken atomic.Bool
	roundTrips(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
		if ofToken(req) && broken.Load() {
			return nil, errors.New("the token endpoint is broken")
		}
		res, err := next.RoundTrip(req)
		if ofToken(req) && err != nil {
			broken.Store(true)
		}
		return res, err
	})(h)
}
