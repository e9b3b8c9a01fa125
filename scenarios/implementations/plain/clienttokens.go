package plain

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// noTokens describes an exchange that brought no tokens.
type noTokens struct {
	error      *verifier.Error
	code       string // OAuth error code; empty if there is none
	status     int    // 0 if there was no answer
	late       bool   // whether it did not come in time
	retryAfter time.Duration
}

// mostSends bounds how often a refresh token is sent without an answer: the
// first request may never have arrived.
const mostSends = 2

// send exchanges the refresh token, and does so again if the connection broke.
func (c *Client) send(ctx context.Context, s *session) (Tokens, *noTokens) {
	endpoint, refusal := c.tokenEndpoint(ctx)
	if refusal != nil {
		return Tokens{}, &noTokens{error: refreshFailed("the token endpoint is not known")}
	}
	for {
		s.sent++
		answer, r := c.post(ctx, endpoint, s.tokens.RefreshToken)
		switch {
		case r == nil:
			return answer, nil
		case r.status != 0 && c.habits.client.repeatsErrors && s.sent < 5:
			continue
		case r.status != 0:
			s.sent = 0
			return answer, r
		case r.late || s.sent >= mostSends || ctx.Err() != nil:
			return Tokens{}, r
		}
	}
}

// tokenEndpoint reads from the provider metadata where the endpoint is.
func (c *Client) tokenEndpoint(ctx context.Context) (string, *verifier.Error) {
	if known := c.endpoint.Load(); known != nil && c.habits.client.keepsEndpoint {
		return *known, nil
	}
	target := strings.TrimSuffix(c.policy.Issuer, "/") + "/.well-known/openid-configuration"
	body, res, err := c.keys.download(ctx, target, "", mostMetadataBytes)
	if err != nil || res.StatusCode != http.StatusOK {
		return "", refuse(verifier.ReasonDiscoveryFailed, "", "", "")
	}
	document, err := c.habits.reading.parse(body)
	if err != nil {
		return "", refuse(verifier.ReasonDiscoveryInvalid, "", "", "")
	}
	issuer, _ := document.string("issuer")
	if !c.habits.metadata.sameIssuer(c.policy.Issuer, issuer) {
		return "", refuse(verifier.ReasonDiscoveryInvalid, "issuer", issuer, c.policy.Issuer)
	}
	endpoint, _ := document.string("token_endpoint")
	c.endpoint.Store(&endpoint)
	return endpoint, checkJWKSURI(c.keys, endpoint)
}

// post sends one refresh request. RFC 6749, 6.
func (c *Client) post(ctx context.Context, endpoint, refreshToken string) (Tokens, *noTokens) {
	ctx, cancel := context.WithTimeout(ctx, 2*c.policy.timeout)
	defer cancel()
	form := url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {refreshToken},
		"client_id": {c.id}, "client_secret": {c.secret},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint,
		strings.NewReader(form.Encode()))
	if err != nil {
		return Tokens{}, &noTokens{error: refreshFailed("the token endpoint is not a URL")}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := *c.keys.client
	client.CheckRedirect = nil
	if !c.habits.client.follows {
		client.CheckRedirect = func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}
	}
	res, err := client.Do(req)
	if err != nil {
		return Tokens{}, &noTokens{
			late: ctx.Err() != nil, error: refreshFailed("the token endpoint gave no answer"),
		}
	}
	defer res.Body.Close()
	body, errBody := io.ReadAll(io.LimitReader(res.Body, mostMetadataBytes))
	if res.StatusCode != http.StatusOK {
		r := &noTokens{
			status: res.StatusCode, retryAfter: retryAfterOf(res),
			error: refreshFailed(fmt.Sprintf("the token endpoint answered with status %d",
				res.StatusCode)),
		}
		if document, err := parseStrictly(body); err == nil {
			r.code, _ = document.string("error")
		}
		if cause := clientErrors()[r.code]; cause != "" {
			r.error.Detail += ": " + cause
		}
		return Tokens{}, r
	}
	answer, wrong := c.habits.client.read(body)
	switch {
	case errBody != nil && (answer.RefreshToken == "" || c.habits.client.dropsCut):
		return Tokens{}, &noTokens{error: refreshFailed("the answer of the token endpoint ended early")}
	case errBody != nil:
		wrong = "with something that ended early"
	case wrong == "":
		return answer, nil
	}
	return Tokens{RefreshToken: answer.RefreshToken}, &noTokens{
		status: res.StatusCode, error: refreshFailed("the token endpoint answered " + wrong),
	}
}

// clientErrors says what is wrong with a client that the token endpoint refuses,
// by error code. RFC 6749, 5.2.
func clientErrors() map[string]string {
	return map[string]string{
		"invalid_client":      "the client secret is wrong",
		"unauthorized_client": "the client must not use refresh tokens",
	}
}

// readTokens reads a successful answer, or says what is wrong with it. A refresh
// token counts either way. RFC 6749, 5.1 and 6.
func readTokens(body []byte) (answer Tokens, wrong string) {
	document, err := parseStrictly(body)
	if err != nil {
		return Tokens{}, "with something that is not a JSON object"
	}
	for _, field := range []struct {
		name  string
		value *string
	}{
		{"access_token", &answer.AccessToken}, {"refresh_token", &answer.RefreshToken},
		{"id_token", &answer.IDToken}, {"scope", &answer.Scope},
	} {
		value, _ := document.get(field.name)
		var isText bool
		*field.value, isText = document.string(field.name)
		if value != nil && value.Kind() != jsontext.KindNull && !isText {
			wrong = "with something other than a string as " + field.name
		}
	}
	if wrong != "" {
		return answer, wrong
	}
	if kind, _ := document.string("token_type"); answer.AccessToken == "" ||
		!strings.EqualFold(kind, "Bearer") {
		return answer, "without a bearer token"
	}
	return answer, ""
}
