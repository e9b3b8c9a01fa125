package verifier_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
)

// provider is a provider whose answers a test sets.
type provider struct {
	*httptest.Server
	mu         sync.Mutex
	metadata   http.HandlerFunc // nil: a good document
	keys       http.HandlerFunc
	discovered atomic.Int64
	fetched    atomic.Int64
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	p.publish(t, jwkOf(testKeyID, nil))
	return p
}

func (p *provider) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	metadata, keys := p.metadata, p.keys
	p.mu.Unlock()
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		p.discovered.Add(1)
		if metadata != nil {
			metadata(w, r)
			return
		}
		json.NewEncoder(w).Encode(object{"issuer": p.URL, "jwks_uri": p.URL + "/keys"})
	case "/keys":
		p.fetched.Add(1)
		keys(w, r)
	default:
		http.NotFound(w, r)
	}
}

// answer sets what /keys serves from now on.
func (p *provider) answer(h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = h
}

func (p *provider) publish(t testing.TB, keys ...any) {
	t.Helper()
	set := keySet(t, keys...)
	p.answer(func(w http.ResponseWriter, _ *http.Request) { w.Write(set) })
}

// clock is a clock that a test moves.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return testNow.Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

func (p *provider) verifier(t *testing.T, c *clock) *verifier.Verifier {
	t.Helper()
	v, err := verifier.New(verifier.Config{
		Issuer: p.URL, Audience: []string{testClient}, Now: c.now,
		Allow:  verifier.Allowances{LoopbackHTTP: true},
		Remote: verifier.RemoteConfig{FetchTimeout: 2 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

// token makes a token of the provider that is good for a day.
func (p *provider) token(t *testing.T, kid string) string {
	t.Helper()
	return sign(t, with(goodHeader(), object{"kid": kid}),
		with(goodClaims(), object{"iss": p.URL, "exp": testNow.Add(24 * time.Hour).Unix()}))
}

func reasonOf(t *testing.T, v *verifier.Verifier, raw string) verifier.Reason {
	t.Helper()
	_, err := v.Verify(t.Context(), raw)
	return verifier.ReasonOf(err)
}

func TestRemoteFetchesOnceForAThousandCallers(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	v := p.verifier(t, &clock{})
	raw := p.token(t, testKeyID)
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			if _, err := v.Verify(t.Context(), raw); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if d, f := p.discovered.Load(), p.fetched.Load(); d != 1 || f != 1 {
		t.Errorf("%d discovery and %d JWK Set requests, want 1 and 1", d, f)
	}
}

func TestRemoteFollowsARotation(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	c := &clock{}
	v := p.verifier(t, c)
	if err := v.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.publish(t, jwkOf("snk_new", nil))
	if _, err := v.Verify(t.Context(), p.token(t, "snk_new")); err != nil {
		t.Fatalf("the first token of the new key: %v", err)
	}
	if got := reasonOf(t, v, p.token(t, testKeyID)); got != verifier.ReasonKeyNotFound {
		t.Errorf("a token of the withdrawn key: %q, want %s", got, verifier.ReasonKeyNotFound)
	}
}

func TestRemoteBoundsWhatUnknownKeysCost(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	c := &clock{}
	v := p.verifier(t, c)
	if err := v.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if got := reasonOf(t, v, p.token(t, fmt.Sprint("forged-", i%150))); got != verifier.ReasonKeyNotFound {
			t.Fatalf("a forged key ID: %q", got)
		}
	}
	if n := p.fetched.Load() - 1; n > 2 {
		t.Errorf("200 tokens with unknown key IDs caused %d requests, want at most 2", n)
	}
	p.publish(t, jwkOf("snk_new", nil))
	c.advance(10 * time.Second)
	if _, err := v.Verify(t.Context(), p.token(t, "snk_new")); err != nil {
		t.Errorf("a rotation after the flood: %v", err)
	}
}

func TestRemoteKeepsGoodKeys(t *testing.T) {
	t.Parallel()
	answers := map[string]http.HandlerFunc{
		"status 500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"HTML":       func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"no keys":    func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"keys":[]}`) },
		"too long": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"x":"`, strings.Repeat("x", 600<<10), `"}`)
		},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			c := &clock{}
			v := p.verifier(t, c)
			good := p.token(t, testKeyID)
			if err := v.Ready(t.Context()); err != nil {
				t.Fatal(err)
			}
			p.answer(answer)
			if got := reasonOf(t, v, p.token(t, "unknown")); got == "" {
				t.Error("a token of an unknown key was accepted")
			}
			for range 12 { // within the hour of grace, with and without a pause
				c.advance(5 * time.Minute)
				if _, err := v.Verify(t.Context(), good); err != nil {
					t.Fatalf("after %v: %v", c.now().Sub(testNow), err)
				}
			}
			c.advance(15 * time.Minute)
			_, err := v.Verify(t.Context(), good)
			refusal, ok := errors.AsType[*verifier.Error](err)
			if !ok || refusal.Code() != verifier.CodeJWKSFetchFailed || refusal.Kind() != verifier.KindUnavailable || refusal.RetryAfter <= 0 {
				t.Fatalf("after the grace: %v, want %s with a time to retry",
					err, verifier.CodeJWKSFetchFailed)
			}
			p.publish(t, jwkOf(testKeyID, nil))
			c.advance(refusal.RetryAfter)
			if _, err := v.Verify(t.Context(), good); err != nil {
				t.Errorf("after the provider recovered: %v", err)
			}
		})
	}
}

func TestRemoteRefusesMetadata(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		doc  func(issuer string) string
		want verifier.Reason
	}{
		{"issuer of another provider", func(i string) string { return `{"issuer":"https://evil.example","jwks_uri":"` + i + `/keys"}` }, verifier.ReasonDiscoveryInvalid},
		{"issuer with a slash", func(i string) string { return `{"issuer":"` + i + `/","jwks_uri":"` + i + `/keys"}` }, verifier.ReasonDiscoveryInvalid},
		{"Issuer in another case", func(i string) string { return `{"Issuer":"` + i + `","jwks_uri":"` + i + `/keys"}` }, verifier.ReasonDiscoveryInvalid},
		{"issuer twice", func(i string) string {
			return `{"issuer":"` + i + `","issuer":"` + i + `","jwks_uri":"` + i + `/keys"}`
		}, verifier.ReasonDiscoveryInvalid},
		{"no jwks_uri", func(i string) string { return `{"issuer":"` + i + `"}` }, verifier.ReasonDiscoveryInvalid},
		{"relative jwks_uri", func(i string) string { return `{"issuer":"` + i + `","jwks_uri":"/keys"}` }, verifier.ReasonDiscoveryInvalid},
		{"jwks_uri of a file", func(i string) string { return `{"issuer":"` + i + `","jwks_uri":"file:///etc/passwd"}` }, verifier.ReasonDiscoveryInvalid},
		{"an array", func(string) string { return `[]` }, verifier.ReasonDiscoveryInvalid},
		{"HTML", func(string) string { return `<html>` }, verifier.ReasonDiscoveryInvalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			p.metadata = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, test.doc(p.URL)) }
			v := p.verifier(t, &clock{})
			if got := reasonOf(t, v, p.token(t, testKeyID)); got != test.want {
				t.Errorf("reason %q, want %s", got, test.want)
			}
			if n := p.fetched.Load(); n != 0 {
				t.Errorf("%d JWK Set requests, want none", n)
			}
		})
	}
}

func TestRemoteNeverFollowsKeysElsewhere(t *testing.T) {
	t.Parallel()
	trap := newProvider(t)
	p := newProvider(t)
	p.answer(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, trap.URL+"/keys", http.StatusFound) })
	v := p.verifier(t, &clock{})
	if got := reasonOf(t, v, p.token(t, testKeyID)); got != verifier.ReasonJWKSFetchFailed {
		t.Errorf("reason %q, want %s", got, verifier.ReasonJWKSFetchFailed)
	}
	if n := trap.fetched.Load(); n != 0 {
		t.Errorf("the trap saw %d requests", n)
	}
}

func TestRemoteAHangingProviderCostsTheTimeout(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.answer(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	v, err := verifier.New(verifier.Config{
		Issuer: p.URL, Audience: []string{testClient},
		Allow:  verifier.Allowances{LoopbackHTTP: true},
		Remote: verifier.RemoteConfig{FetchTimeout: 50 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	_, err = v.Verify(t.Context(), p.token(t, testKeyID))
	if verifier.CodeOf(err) != verifier.CodeJWKSFetchFailed || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Verify = %v, want %s after the deadline", err, verifier.CodeJWKSFetchFailed)
	}
}

func TestNewReportsEveryMistake(t *testing.T) {
	t.Parallel()
	_, err := verifier.New(verifier.Config{
		Issuer: "acme.scalekit.com", Algorithms: []verifier.Algorithm{"none"}, Leeway: -5,
	})
	for _, want := range []string{"https://acme.scalekit.com", "Audience", "none", "Leeway"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, want a word on %q", err, want)
		}
	}
}

func TestDiscover(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.metadata = func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q,"token_endpoint":%q,"userinfo_endpoint":"http://idp.example/userinfo","end_session_endpoint":7}`,
			p.URL, p.URL+"/keys", p.URL+"/oauth/token")
	}
	got, err := verifier.Discover(t.Context(), p.URL, verifier.RemoteConfig{LoopbackHTTP: true})
	want := verifier.Metadata{Issuer: p.URL, JWKSURI: p.URL + "/keys", TokenEndpoint: p.URL + "/oauth/token"}
	if err != nil || got != want {
		t.Errorf("Discover = %+v, %v, want %+v: neither an endpoint over http nor a number",
			got, err, want)
	}
	if _, err := verifier.Discover(t.Context(), p.URL+"/other", verifier.RemoteConfig{LoopbackHTTP: true}); verifier.ReasonOf(err) != verifier.ReasonDiscoveryFailed {
		t.Errorf("Discover of an unknown issuer = %v, want %s", err, verifier.ReasonDiscoveryFailed)
	}
	if _, err := verifier.Discover(t.Context(), p.URL, verifier.RemoteConfig{}); verifier.ReasonOf(err) != verifier.ReasonConfigInvalid {
		t.Errorf("Discover over http, not allowed = %v, want %s", err, verifier.ReasonConfigInvalid)
	}
}

// A provider that publishes nothing that can be used is not ready, whatever
// its status says.
func TestReadyWithoutUsableKeys(t *testing.T) {
	t.Parallel()
	for _, set := range []string{`{"keys":[]}`, `{"keys":[{"kty":"oct","k":"AAAA"}]}`} {
		p := newProvider(t)
		p.answer(body([]byte(set)))
		v := p.verifier(t, &clock{})
		for range 5 {
			if err := v.Ready(t.Context()); verifier.ReasonOf(err) != verifier.ReasonJWKSInvalid {
				t.Errorf("Ready with %s = %v, want %s", set, err, verifier.ReasonJWKSInvalid)
			}
		}
	}
}
