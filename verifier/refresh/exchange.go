package refresh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxAnswerBytes bounds the answer of a token endpoint: three tokens of the
// largest size that is accepted anywhere, and some room.
const maxAnswerBytes = 256 << 10

// answer is a successful answer of a token endpoint. RFC 6749, 5.1; OIDC Core
// 1.0, 3.1.3.3. A member that is null is as one that is missing.
type answer struct {
	AccessToken  string         `json:"access_token"`
	TokenType    string         `json:"token_type"`
	RefreshToken string         `json:"refresh_token"` // empty if it is not rotated
	IDToken      string         `json:"id_token"`      // empty if there is none
	Scope        string         `json:"scope"`         // empty if it is unchanged
	ExpiresIn    jsontext.Value `json:"expires_in"`
}

// life returns how long the access token lives, if the answer has a number for
// that.
func (a *answer) life() (life time.Duration, known bool) {
	var seconds float64
	if a.ExpiresIn.Kind() != jsontext.KindNumber || json.Unmarshal(a.ExpiresIn, &seconds) != nil ||
		seconds < 0 || seconds >= 1e9 {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// unanswered is the error of a request that got no answer.
type unanswered struct {
	// sent tells whether the request may have reached the server, so that the
	// refresh token may be spent.
	sent bool
	// broke tells that the connection broke, as opposed to a timeout.
	broke bool
	err   error
}

func (u *unanswered) Error() string { return u.err.Error() }
func (u *unanswered) Unwrap() error { return u.err }

// refusal is the error of an answer without tokens.
type refusal struct {
	cause      error // an *OAuthError, or what is wrong with the answer
	retryAfter time.Duration
}

func (r *refusal) Error() string { return r.cause.Error() }
func (r *refusal) Unwrap() error { return r.cause }

// exchange sends one refresh request. The error is an *unanswered or a
// *refusal. Whatever is wrong with an answer of success, even that it ends early,
// a refresh token in it is returned as well: it has replaced the one that was
// sent. RFC 6749, 6.
func (c *Client) exchange(ctx context.Context, endpoint, refreshToken string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.timeout())
	defer cancel()
	res, err := c.post(ctx, endpoint, refreshToken)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	body, broken := io.ReadAll(io.LimitReader(res.Body, maxAnswerBytes))
	if res.StatusCode/100 != 2 {
		return answer{}, &refusal{readError(res, body), c.retryAfter(res.Header)}
	}
	a, err := readAnswer(res, body)
	if broken == nil && err == nil {
		return a, nil
	}
	next := successor(body)
	if broken != nil && next == "" {
		return answer{}, newUnanswered(true, broken)
	}
	return answer{RefreshToken: next}, &refusal{cause: cmp.Or(err, broken)}
}

// post sends a refresh request. The error is an *unanswered.
func (c *Client) post(ctx context.Context, endpoint, refreshToken string) (*http.Response, error) {
	traced, sent := false, false
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { traced = true },
		WroteHeaders: func() { sent = true },
	})
	req, err := c.request(ctx, endpoint, refreshToken)
	if err != nil {
		return nil, newUnanswered(false, err)
	}
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		// A transport that does not support the trace may have sent it.
		return nil, newUnanswered(sent || !traced, err)
	}
	return res, nil
}

// newUnanswered returns err with a text that is safe to print.
func newUnanswered(sent bool, err error) *unanswered {
	late, ok := errors.AsType[net.Error](err)
	return &unanswered{
		sent: sent, broke: !ok || !late.Timeout(), err: &textError{printable(err.Error()), err},
	}
}

// textError is an error whose text is safe to print.
type textError struct {
	text string
	err  error
}

func (e *textError) Error() string { return e.text }
func (e *textError) Unwrap() error { return e.err }

// request makes a refresh request. RFC 6749, 6.
func (c *Client) request(
	ctx context.Context, endpoint, refreshToken string,
) (*http.Request, error) {
	header := http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"},
		"Accept":       {"application/json"},
		"User-Agent":   {"assay-refresh"},
	}
	form := url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {refreshToken},
		"client_id":     {c.cfg.ClientID},
	}
	c.authenticate(header, form)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint,
		strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header = header
	return req, nil
}

// authenticate adds the client secret to a request. RFC 6749, 2.3.1.
func (c *Client) authenticate(header http.Header, form url.Values) {
	switch {
	case c.cfg.ClientSecret == "":
	case c.cfg.authMethod() == SecretBasic:
		r := http.Request{Header: header}
		r.SetBasicAuth(url.QueryEscape(c.cfg.ClientID), url.QueryEscape(c.cfg.ClientSecret))
	default:
		form.Set("client_secret", c.cfg.ClientSecret)
	}
}

// originOf returns the scheme and host of a URL: the rest can contain anything.
func originOf(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return "nowhere"
	}
	return u.Scheme + "://" + u.Host
}

// readAnswer reads an answer of success. Its errors never contain a value: the
// values are credentials.
func readAnswer(res *http.Response, body []byte) (answer, error) {
	var a answer
	err := json.Unmarshal(body, &a)
	wrong, isMember := errors.AsType[*json.SemanticError](err)
	switch {
	case res.StatusCode != http.StatusOK:
		return answer{}, fmt.Errorf("status %d, want %d", res.StatusCode, http.StatusOK)
	case isMember && wrong.JSONPointer != "":
		return answer{}, fmt.Errorf("the answer: %s is not a string", wrong.JSONPointer.LastToken())
	case err != nil:
		return answer{}, fmt.Errorf("the answer is not a JSON object of at most %d bytes", maxAnswerBytes)
	case a.AccessToken == "":
		return answer{}, errors.New("the answer has no access_token")
	case !strings.EqualFold(a.TokenType, "Bearer"):
		return answer{}, fmt.Errorf("token_type is %q, want %q", printable(a.TokenType), "Bearer")
	}
	return a, nil
}

// successor returns the refresh token in an answer that cannot be used
// otherwise, and "" if there is none. It reads as far as the answer is JSON; of
// two refresh tokens it returns the last, as most readers do.
func successor(body []byte) string {
	var a struct {
		RefreshToken string `json:"refresh_token"`
	}
	_ = json.Unmarshal(body, &a, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return a.RefreshToken
}

// readError reads an answer that is not a success. Nothing is quoted of one that
// is no error response: it may be an error page with any content.
func readError(res *http.Response, body []byte) error {
	if res.StatusCode/100 == 3 {
		return fmt.Errorf("status %d, a redirect to %q, which is not followed: it would forward the secret",
			res.StatusCode, printable(originOf(res.Header.Get("Location"))))
	}
	e := &OAuthError{Status: res.StatusCode}
	var m struct {
		Code        any `json:"error"`
		Description any `json:"error_description"`
	}
	if json.Unmarshal(body, &m) == nil {
		code, _ := m.Code.(string)
		description, _ := m.Description.(string)
		e.Code, e.Description = printable(code), printable(description)
	}
	return e
}

// retryAfter returns the wait that the Retry-After header asks for, which is not
// positive if there is none. RFC 9110, 10.2.3.
func (c *Client) retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, _ := http.ParseTime(text)
	now := c.cfg.Now()
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return at.Sub(now)
}
