package refresh

import (
	"bytes"
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
// 1.0, 3.1.3.3.
type answer struct {
	accessToken  string
	refreshToken string // empty if it is not rotated
	idToken      string // empty if there is none
	scope        string // empty if it is unchanged
	expiresIn    time.Duration
	hasExpiry    bool
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
// *refusal. Whatever is wrong with an answer of success, a refresh token in it
// is returned as well: it has replaced the one that was sent. RFC 6749, 6.
func (c *Client) exchange(ctx context.Context, endpoint, refreshToken string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.timeout())
	defer cancel()
	traced, sent := false, false
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { traced = true },
		WroteHeaders: func() { sent = true },
	})
	req, err := c.request(ctx, endpoint, refreshToken)
	if err != nil {
		return answer{}, &unanswered{err: err}
	}
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		// A transport that does not support the trace may have sent it.
		return answer{}, newUnanswered(sent || !traced, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswerBytes+1))
	switch {
	case err != nil:
		return answer{}, newUnanswered(true, err)
	case len(body) > maxAnswerBytes:
		return answer{refreshToken: successor(res, body)}, &refusal{
			cause: fmt.Errorf("the answer has more than %d bytes", maxAnswerBytes),
		}
	case res.StatusCode == http.StatusOK:
		a, err := readAnswer(body)
		if err != nil {
			return answer{refreshToken: successor(res, body)}, &refusal{cause: err}
		}
		return a, nil
	case res.StatusCode/100 == 3:
		return answer{}, &refusal{cause: fmt.Errorf("status %d, a redirect to %q, which is not followed: it would forward the secret",
			res.StatusCode, printable(originOf(res.Header.Get("Location"))))}
	}
	return answer{refreshToken: successor(res, body)}, &refusal{
		cause: readError(res.StatusCode, body), retryAfter: c.retryAfter(res.Header),
	}
}

// successor returns the refresh token in an answer of success that cannot be
// used otherwise, and "" if there is none. It reads as far as the answer is
// JSON; of two refresh tokens it returns the last, as most readers do.
func successor(res *http.Response, body []byte) string {
	if res.StatusCode/100 != 2 {
		return ""
	}
	dec := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true),
		jsontext.AllowInvalidUTF8(true))
	if token, err := dec.ReadToken(); err != nil || token.Kind() != jsontext.KindBeginObject {
		return ""
	}
	found := ""
	for {
		name, err := dec.ReadToken()
		if err != nil || name.Kind() != jsontext.KindString {
			return found
		}
		isToken := name.String() == "refresh_token"
		value, err := dec.ReadValue()
		if err != nil {
			return found
		}
		var text string
		if isToken && value.Kind() == jsontext.KindString && json.Unmarshal(value, &text) == nil &&
			text != "" {
			found = text
		}
	}
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

// request makes a refresh request. RFC 6749, 2.3.1 and 6.
func (c *Client) request(
	ctx context.Context, endpoint, refreshToken string,
) (*http.Request, error) {
	form := url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {refreshToken},
		"client_id":     {c.cfg.ClientID},
	}
	basic := c.cfg.authMethod() == SecretBasic
	if c.cfg.ClientSecret != "" && !basic {
		form.Set("client_secret", c.cfg.ClientSecret)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint,
		strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "assay-refresh")
	if c.cfg.ClientSecret != "" && basic {
		req.SetBasicAuth(url.QueryEscape(c.cfg.ClientID), url.QueryEscape(c.cfg.ClientSecret))
	}
	return req, nil
}

// originOf returns the scheme and host of a URL: the rest can contain anything.
func originOf(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return "nowhere"
	}
	return u.Scheme + "://" + u.Host
}

// members holds the members of a JSON object by their exact names.
type members map[string]jsontext.Value

// text returns a string member, or "" if it is absent, null or empty.
func (m members) text(name string) (string, error) {
	v, present := m[name]
	if !present || v.Kind() == jsontext.KindNull {
		return "", nil
	}
	var s string
	if v.Kind() != jsontext.KindString || json.Unmarshal(v, &s) != nil {
		return "", fmt.Errorf("%s is not a string", name)
	}
	return s, nil
}

// readAnswer reads a successful answer. Its errors never contain a value: the
// values are credentials.
func readAnswer(body []byte) (answer, error) {
	var m members
	if jsontext.Value(body).Kind() != jsontext.KindBeginObject || json.Unmarshal(body, &m) != nil {
		return answer{}, errors.New("the answer is not a JSON object")
	}
	var (
		a         answer
		tokenType string
	)
	for _, field := range []struct {
		name string
		dst  *string
	}{
		{"access_token", &a.accessToken}, {"refresh_token", &a.refreshToken},
		{"id_token", &a.idToken}, {"scope", &a.scope}, {"token_type", &tokenType},
	} {
		s, err := m.text(field.name)
		if err != nil {
			return answer{}, fmt.Errorf("the answer: %w", err)
		}
		*field.dst = s
	}
	switch {
	case a.accessToken == "":
		return answer{}, errors.New("the answer has no access_token")
	case !strings.EqualFold(tokenType, "Bearer"):
		return answer{}, fmt.Errorf("token_type is %q, want %q", printable(tokenType), "Bearer")
	}
	var seconds float64
	if v := m["expires_in"]; v.Kind() == jsontext.KindNumber && json.Unmarshal(v, &seconds) == nil &&
		seconds >= 0 && seconds < 1e9 {
		a.expiresIn, a.hasExpiry = time.Duration(seconds*float64(time.Second)), true
	}
	return a, nil
}

// readError reads an error response. Nothing is quoted of an answer that is not
// one: it may be an error page with any content.
func readError(status int, body []byte) *OAuthError {
	e := &OAuthError{Status: status}
	var m members
	if jsontext.Value(body).Kind() != jsontext.KindBeginObject || json.Unmarshal(body, &m) != nil {
		return e
	}
	code, _ := m.text("error")
	description, _ := m.text("error_description")
	e.Code, e.Description = printable(code), printable(description)
	return e
}

// retryAfter returns what the Retry-After header asks for. RFC 9110, 10.2.3.
func (c *Client) retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now := c.cfg.Now()
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return max(at.Sub(now), 0)
}
