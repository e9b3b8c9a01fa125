package load_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/verifier"
	"github.com/google/go-cmp/cmp"
)

// provider is the environment of these tests. Its keys need no request.
func provider() corpus.Provider {
	return corpus.Provider{
		Issuer:   "https://acme.scalekit.example",
		ClientID: "skc_58327482062864390",
		Key:      keyring.NewSource(1).Key("service", "ES256"),
	}
}

// newVerifier returns the verifier that trusts provider.
func newVerifier(t testing.TB) *verifier.Verifier {
	t.Helper()
	p := provider()
	set, err := json.Marshal(keyring.JWKSet{p.Key.JWK()})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := verifier.Static(set)
	if err != nil {
		t.Fatal(err)
	}
	v, err := verifier.New(verifier.Config{Issuer: p.Issuer, Audience: []string{p.ClientID}, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// token returns a token of a case.
func token(t testing.TB, name string) string {
	t.Helper()
	c, err := corpus.CaseByName(name)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := provider().Tokens(t.Context(), corpus.Batch{Case: c, Count: 1, IssuedAt: time.Now(), Lifetime: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return tokens[0]
}

// broken is a verifier that has the same error for everything.
type broken struct{ err error }

func (b broken) Verify(context.Context, string) (*verifier.Token, error) { return nil, b.err }
func (b broken) Ready(context.Context) error                             { return b.err }

// call sends one request and returns the answer with its members.
func call(t *testing.T, v load.Verifier, r *http.Request) (*httptest.ResponseRecorder, map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	load.NewService(v, load.ServiceOptions{}).ServeHTTP(w, r)
	var members map[string]any
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(w.Body.Bytes(), &members); err != nil {
			t.Errorf("the answer %q is not JSON: %v", w.Body, err)
		}
	}
	return w, members
}

func request(method, path, rawIDToken string) *http.Request {
	r := httptest.NewRequest(method, path, nil)
	if rawIDToken != "" {
		r.Header.Set("Authorization", "Bearer "+rawIDToken)
	}
	return r
}

func TestServiceAcceptsAGoodToken(t *testing.T) {
	t.Parallel()
	v := newVerifier(t)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for _, scheme := range []string{"Bearer ", "bearer ", "BEARER  "} {
			r := request(method, load.VerifyPath, "")
			r.Header.Set("Authorization", scheme+token(t, corpus.Good))
			w, got := call(t, v, r)
			if w.Code != http.StatusOK || got["verdict"] != "accept" || got["iss"] != provider().Issuer ||
				!strings.HasPrefix(fmt.Sprint(got["sub"]), "usr_") || !strings.HasPrefix(fmt.Sprint(got["oid"]), "org_") ||
				!cmp.Equal(got["aud"], []any{provider().ClientID}) || got["exp"].(float64) < float64(time.Now().Unix()) {
				t.Errorf("%s with scheme %q answers %d %v", method, scheme, w.Code, got)
			}
			if w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("the answer has the headers %v, want it not to be stored", w.Header())
			}
		}
	}
}

func TestServiceRefusesEveryFault(t *testing.T) {
	t.Parallel()
	v := newVerifier(t)
	for _, c := range corpus.Cases() {
		if c.Name == corpus.Good {
			continue
		}
		raw := token(t, c.Name)
		w, got := call(t, v, request(http.MethodGet, load.VerifyPath, raw))
		if w.Code != http.StatusUnauthorized || got["verdict"] != "reject" || got["code"] != c.Verdict || got["reason"] == "" {
			t.Errorf("%s answers %d %v, want 401 and %s", c.Name, w.Code, got, c.Verdict)
		}
		if want := `Bearer error="invalid_token", error_description="` + c.Verdict + `"`; w.Header().Get("WWW-Authenticate") != want {
			t.Errorf("%s has WWW-Authenticate %q, want %q", c.Name, w.Header().Get("WWW-Authenticate"), want)
		}
		for member := range got {
			if member != "verdict" && member != "code" && member != "reason" {
				t.Errorf("%s repeats %q of a token that was refused", c.Name, member)
			}
		}
	}
}

func TestServiceWithoutAJudgement(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		err        error
		status     int
		retryAfter string
		code       string
	}{
		{"keys are unavailable", &verifier.Error{Reason: verifier.ReasonJWKSFetchFailed, RetryAfter: 1500 * time.Millisecond}, 503, "2", "JWKS_FETCH_FAILED"},
		{"keys are unavailable for an unknown time", &verifier.Error{Reason: verifier.ReasonDiscoveryFailed}, 503, "1", "JWKS_FETCH_FAILED"},
		{"a mistake in the configuration", &verifier.Error{Reason: verifier.ReasonConfigInvalid}, 500, "", "INVALID_TOKEN"},
		{"an error of another kind", errors.New("boom"), 401, "", "INVALID_TOKEN"},
	}
	for _, test := range tests {
		w, got := call(t, broken{test.err}, request(http.MethodGet, load.VerifyPath, "a.b.c"))
		if w.Code != test.status || got["code"] != test.code || w.Header().Get("Retry-After") != test.retryAfter {
			t.Errorf("%s: %d %v, Retry-After %q, want %d, %s, %q", test.name, w.Code, got, w.Header().Get("Retry-After"), test.status, test.code, test.retryAfter)
		}
		if (got["verdict"] == "unavailable") != (test.status >= 500) {
			t.Errorf("%s: the verdict is %v", test.name, got["verdict"])
		}
	}
}

func TestServiceRefusesRequests(t *testing.T) {
	t.Parallel()
	good := token(t, corpus.Good)
	tests := []struct {
		name      string
		request   func() *http.Request
		status    int
		challenge string
	}{
		{"no token", func() *http.Request { return request(http.MethodGet, load.VerifyPath, "") }, 401, "Bearer"},
		{"another scheme", func() *http.Request {
			r := request(http.MethodGet, load.VerifyPath, "")
			r.SetBasicAuth("user", good)
			return r
		}, 401, "Bearer"},
		{"a token without scheme", func() *http.Request {
			r := request(http.MethodGet, load.VerifyPath, "")
			r.Header.Set("Authorization", good)
			return r
		}, 401, "Bearer"},
		{"two tokens", func() *http.Request {
			r := request(http.MethodGet, load.VerifyPath, good)
			r.Header.Add("Authorization", "Bearer "+good)
			return r
		}, 400, `Bearer error="invalid_request"`},
		{"a token in the query", func() *http.Request {
			return request(http.MethodGet, load.VerifyPath+"?access_token="+good, "")
		}, 401, "Bearer"},
		{"another method", func() *http.Request { return request(http.MethodPut, load.VerifyPath, good) }, 405, ""},
		{"another path", func() *http.Request { return request(http.MethodGet, "/", good) }, 404, ""},
		{"a long body", func() *http.Request {
			r := httptest.NewRequest(http.MethodPost, load.VerifyPath, strings.NewReader(strings.Repeat("x", 65<<10)))
			r.Header.Set("Authorization", "Bearer "+good)
			return r
		}, 413, ""},
	}
	v := newVerifier(t)
	for _, test := range tests {
		w, got := call(t, v, test.request())
		if w.Code != test.status || w.Header().Get("WWW-Authenticate") != test.challenge || got["verdict"] != nil {
			t.Errorf("%s: %d, WWW-Authenticate %q, %v, want %d, %q and no verdict", test.name, w.Code, w.Header().Get("WWW-Authenticate"), got, test.status, test.challenge)
		}
	}
}

func TestServiceTellsItsHealth(t *testing.T) {
	t.Parallel()
	away := broken{&verifier.Error{Reason: verifier.ReasonJWKSFetchFailed, RetryAfter: 3 * time.Second}}
	tests := []struct {
		name   string
		v      load.Verifier
		path   string
		status int
		want   map[string]any
	}{
		{"alive", newVerifier(t), "/healthz", 200, map[string]any{"status": "ok"}},
		{"alive without keys", away, "/healthz", 200, map[string]any{"status": "ok"}},
		{"ready", newVerifier(t), "/readyz", 200, map[string]any{"status": "ready"}},
		{"not ready", away, "/readyz", 503, map[string]any{"status": "no keys", "code": "JWKS_FETCH_FAILED", "reason": "JWKS_FETCH_FAILED"}},
	}
	for _, test := range tests {
		w, got := call(t, test.v, request(http.MethodGet, test.path, ""))
		if diff := cmp.Diff(test.want, got); w.Code != test.status || diff != "" {
			t.Errorf("%s: %d, want %d (-want +got):\n%s", test.name, w.Code, test.status, diff)
		}
	}
}

func ExampleNewService() {
	set, err := json.Marshal(keyring.JWKSet{provider().Key.JWK()})
	if err != nil {
		fmt.Println(err)
		return
	}
	keys, err := verifier.Static(set)
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := verifier.New(verifier.Config{Issuer: provider().Issuer, Audience: []string{provider().ClientID}, Keys: keys})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := httptest.NewRequest(http.MethodGet, load.VerifyPath, nil)
	r.Header.Set("Authorization", "Bearer not.a.token")
	w := httptest.NewRecorder()
	load.NewService(v, load.ServiceOptions{}).ServeHTTP(w, r)
	fmt.Print(w.Code, " ", w.Body)
	// Output: 401 {"verdict":"reject","code":"INVALID_TOKEN","reason":"MALFORMED_TOKEN"}
}

// The owner of the service is told of each refusal, and what it returns is a
// member of the answer.
func TestServiceTellsOfRefusals(t *testing.T) {
	t.Parallel()
	told := 0
	opts := load.ServiceOptions{Refused: func(_ context.Context, raw string, err error) any {
		if told++; raw == "" || verifier.ReasonOf(err) == "" {
			t.Errorf("told of %q and %v", raw, err)
		}
		if verifier.ReasonOf(err) == verifier.ReasonMalformedToken {
			return nil
		}
		return map[string]string{"why": "because"}
	}}
	service := load.NewService(newVerifier(t), opts)
	for _, test := range []struct{ raw, want string }{
		{"x", `{"verdict":"reject","code":"INVALID_TOKEN","reason":"MALFORMED_TOKEN"}`},
		{token(t, "wrong-audience"), `{"verdict":"reject","code":"INVALID_AUDIENCE","reason":"INVALID_AUDIENCE","diagnosis":{"why":"because"}}`},
	} {
		w := httptest.NewRecorder()
		service.ServeHTTP(w, request(http.MethodGet, load.VerifyPath, test.raw))
		if got := strings.TrimSpace(w.Body.String()); got != test.want {
			t.Errorf("the answer is %s, want %s", got, test.want)
		}
	}
	service.ServeHTTP(httptest.NewRecorder(), request(http.MethodGet, load.VerifyPath, token(t, corpus.Good)))
	if told != 2 {
		t.Errorf("told of %d refusals, want 2", told)
	}
}
