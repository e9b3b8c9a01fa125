package verifier_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/verifier"
)

// fixed is a verifier with one answer.
type fixed struct{ err error }

func (f fixed) Verify(context.Context, string) (*verifier.Token, error) { return nil, f.err }

func TestMiddleware(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, nil)
	good := sign(t, goodHeader(), goodClaims())
	expired := sign(t, goodHeader(), with(goodClaims(), object{"exp": 1}))
	unavailable := fixed{&verifier.Error{Reason: verifier.ReasonJWKSFetchFailed, RetryAfter: 1500 * time.Millisecond}}
	type answer struct {
		Status     int
		Challenge  string
		RetryAfter string
		Subject    string // what the handler saw; "-": it was not reached
	}
	through := func(subject string) answer { return answer{Status: 200, Subject: subject} }
	refused := func(status int, challenge string) answer {
		return answer{Status: status, Challenge: challenge, Subject: "-"}
	}
	invalid := refused(401, `Bearer error="invalid_token", error_description="INVALID_TOKEN"`)
	badHeader := refused(400, `Bearer error="invalid_request", error_description="INVALID_TOKEN"`)
	tests := []struct {
		name     string
		method   string
		header   []string
		query    string
		verifier verifier.TokenVerifier
		cfg      verifier.MiddlewareConfig
		want     answer
	}{
		{name: "a good token", header: []string{"Bearer " + good}, want: through("usr_63261014140912135")},
		{name: "the scheme in another case", header: []string{"bEARER " + good}, want: through("usr_63261014140912135")},
		{name: "several spaces", header: []string{"Bearer   " + good}, want: through("usr_63261014140912135")},
		{name: "no header", want: refused(401, "Bearer")},
		{name: "no header, with realm", cfg: verifier.MiddlewareConfig{Realm: `a "b" \` + "\n"}, want: refused(401, `Bearer realm="a \"b\" \\"`)},
		{name: "a token in the query", query: "?access_token=" + good, want: refused(401, "Bearer")},
		{name: "no header, optional", cfg: verifier.MiddlewareConfig{Optional: true}, want: through("")},
		{name: "a bad token, optional", header: []string{"Bearer x"}, cfg: verifier.MiddlewareConfig{Optional: true}, want: invalid},
		{name: "another scheme, optional", header: []string{"Basic dTpw"}, cfg: verifier.MiddlewareConfig{Optional: true}, want: badHeader},
		{name: "OPTIONS", method: http.MethodOptions, want: refused(401, "Bearer")},
		{name: "OPTIONS, allowed", method: http.MethodOptions, cfg: verifier.MiddlewareConfig{AllowOptions: true}, want: through("")},
		{name: "GET, with OPTIONS allowed", cfg: verifier.MiddlewareConfig{AllowOptions: true}, want: refused(401, "Bearer")},
		{name: "two headers", header: []string{"Bearer " + good, "Bearer " + good}, want: badHeader},
		{name: "no token", header: []string{"Bearer "}, want: badHeader},
		{name: "no scheme", header: []string{good}, want: badHeader},
		{name: "too long", header: []string{"Bearer " + strings.Repeat("x", 8<<10)}, want: badHeader},
		{name: "two tokens", header: []string{"Bearer " + good + " " + good}, want: invalid},
		{name: "two tokens in a list", header: []string{"Bearer " + good + ", Bearer " + good}, want: invalid},
		{name: "expired", header: []string{"Bearer " + expired}, cfg: verifier.MiddlewareConfig{Realm: "acme"}, want: refused(401, `Bearer realm="acme", error="invalid_token", error_description="TOKEN_EXPIRED"`)},
		{name: "refused by policy", header: []string{"Bearer x"}, verifier: fixed{&verifier.Error{Reason: verifier.ReasonPolicy}}, want: refused(403, `Bearer error="insufficient_scope", error_description="INVALID_TOKEN"`)},
		{name: "no keys", header: []string{"Bearer x"}, verifier: unavailable, want: answer{Status: 503, RetryAfter: "2", Subject: "-"}},
		{name: "no keys, optional", header: []string{"Bearer x"}, verifier: unavailable, cfg: verifier.MiddlewareConfig{Optional: true}, want: answer{Status: 503, RetryAfter: "2", Subject: "-"}},
		{name: "a mistake of ours", header: []string{"Bearer x"}, verifier: fixed{&verifier.Error{Reason: verifier.ReasonConfigInvalid}}, want: answer{Status: 500, Subject: "-"}},
		{name: "an unknown error", header: []string{"Bearer x"}, verifier: fixed{errors.New("x")}, want: answer{Status: 500, Subject: "-"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := answer{Subject: "-"}
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got.Subject = ""
				if token, ok := verifier.FromContext(r.Context()); ok {
					got.Subject = token.Subject
				}
			})
			told := 0
			test.cfg.Refused = func(_ *http.Request, err error) {
				if told++; verifier.ReasonOf(err) == "" && test.name != "an unknown error" {
					t.Errorf("Refused was called with %v", err)
				}
			}
			if test.verifier == nil {
				test.verifier = v
			}
			if test.method == "" {
				test.method = http.MethodGet
			}
			r := httptest.NewRequestWithContext(t.Context(), test.method, "/"+test.query, nil)
			r.Header["Authorization"] = test.header
			rec := httptest.NewRecorder()
			verifier.Middleware(test.verifier, test.cfg)(handler).ServeHTTP(rec, r)
			got.Status, got.Challenge, got.RetryAfter = rec.Code, rec.Header().Get("WWW-Authenticate"), rec.Header().Get("Retry-After")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if (told == 1) != (test.want.Subject == "-") {
				t.Errorf("Refused was called %d times", told)
			}
			if strings.Contains(rec.Body.String(), good) {
				t.Error("the answer holds the token")
			}
		})
	}
}

// Explain replaces the body and nothing else.
func TestMiddlewareExplains(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler was reached") })
	serve := func(err error, header, body string) *httptest.ResponseRecorder {
		cfg := verifier.MiddlewareConfig{Explain: func(_ *http.Request, raw string, got error) (string, []byte) {
			if present := strings.HasPrefix(header, "Bearer"); (raw == "x") != present || verifier.ReasonOf(got) == "" {
				t.Errorf("Explain is told of %q and %v", raw, got)
			}
			return "application/json", []byte(body)
		}}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		if header != "" {
			r.Header.Set("Authorization", header)
		}
		rec := httptest.NewRecorder()
		verifier.Middleware(fixed{err}, cfg)(handler).ServeHTTP(rec, r)
		return rec
	}
	for _, test := range []struct {
		reason            verifier.Reason
		header, body      string
		status            int
		wantType, wantSay string
	}{
		{verifier.ReasonTokenExpired, "Bearer x", `{"why":1}`, 401, "application/json", `{"why":1}`},
		{verifier.ReasonJWKSFetchFailed, "Bearer x", `{"why":1}`, 503, "application/json", `{"why":1}`},
		{verifier.ReasonConfigInvalid, "Bearer x", `{"why":1}`, 500, "application/json", `{"why":1}`},
		{verifier.ReasonTokenExpired, "Basic x", `{"why":1}`, 400, "application/json", `{"why":1}`},
		{verifier.ReasonTokenExpired, "", `{"why":1}`, 401, "application/json", `{"why":1}`},
		{verifier.ReasonTokenExpired, "Bearer x", "", 401, "text/plain; charset=utf-8", "TOKEN_EXPIRED\n"},
	} {
		rec := serve(&verifier.Error{Reason: test.reason}, test.header, test.body)
		if rec.Code != test.status || rec.Header().Get("Content-Type") != test.wantType || rec.Body.String() != test.wantSay {
			t.Errorf("%s, %q: %d %q %q, want %d %q %q", test.reason, test.header, rec.Code, rec.Header().Get("Content-Type"), rec.Body,
				test.status, test.wantType, test.wantSay)
		}
		if (rec.Code == 401) != (rec.Header().Get("WWW-Authenticate") != "") && rec.Code != 400 {
			t.Errorf("%s: the challenge is %q", test.reason, rec.Header().Get("WWW-Authenticate"))
		}
	}
}
