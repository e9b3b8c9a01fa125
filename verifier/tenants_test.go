package verifier_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/verifier"
)

const (
	issuerA = "https://a.scalekit.com"
	issuerB = "https://b.scalekit.com"
)

// tenant returns the configuration of an issuer with one static key.
func tenant(t testing.TB, issuer string, key signer) verifier.Config {
	return verifier.Config{
		Issuer: issuer, Audience: []string{testClient}, Now: func() time.Time { return testNow },
		Keys: staticSet(t, with(key.jwk, object{"kid": testKeyID})),
	}
}

// of makes a token of an issuer.
func (s signer) of(t testing.TB, issuer string) string {
	t.Helper()
	return s.token(t, goodHeader(), with(goodClaims(), object{"iss": issuer}))
}

func newTenants(t testing.TB, cfg verifier.TenantsConfig) *verifier.Tenants {
	t.Helper()
	tenants, err := verifier.NewTenants(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tenants.Close() })
	return tenants
}

func TestTenants(t *testing.T) {
	t.Parallel()
	a, b := bubbleKeys()["k1"], bubbleKeys()["k2"]
	asked := 0
	tenants := newTenants(t, verifier.TenantsConfig{
		Configs: []verifier.Config{tenant(t, issuerA, a), tenant(t, issuerB, b)},
		Allow: func(_ context.Context, issuer string) (verifier.Config, bool) {
			asked++
			if issuer == "https://liar.example" {
				return tenant(t, issuerA, a), true
			}
			return verifier.Config{}, issuer == "https://incomplete.example"
		},
	})
	tests := []struct {
		name, raw string
		want      verifier.Reason
		asked     int
	}{
		{"of the first", a.of(t, issuerA), "", 0},
		{"of the second", b.of(t, issuerB), "", 0},
		{"of the first, signed by the second under the same key ID", b.of(t, issuerA), verifier.ReasonInvalidSignature, 0},
		{"of the second, signed by the first", a.of(t, issuerB), verifier.ReasonInvalidSignature, 0},
		{"of an unknown issuer", a.of(t, "https://evil.example"), verifier.ReasonInvalidIssuer, 1},
		{"of an unknown issuer, over http", a.of(t, "http://evil.example"), verifier.ReasonInvalidIssuer, 0},
		{"of a file", a.of(t, "file:///etc/passwd"), verifier.ReasonInvalidIssuer, 0},
		{"of a very long name", a.of(t, "https://evil.example/"+strings.Repeat("x", 2048)), verifier.ReasonInvalidIssuer, 0},
		{"without iss", a.token(t, goodHeader(), with(goodClaims(), object{"iss": nil})), verifier.ReasonMissingClaim, 0},
		{"with an array as iss", a.token(t, goodHeader(), with(goodClaims(), object{"iss": []string{issuerA}})), verifier.ReasonMalformedClaim, 0},
		{"with iss twice", a.signText(t, encode(text(t, goodHeader()))+"."+encode([]byte(`{"iss":"`+issuerA+`","iss":"`+issuerB+`"}`))), verifier.ReasonMalformedToken, 0},
		{"of one for whom Allow names another", a.of(t, "https://liar.example"), verifier.ReasonConfigInvalid, 1},
		{"of one for whom Allow forgets the audience", a.of(t, "https://incomplete.example"), verifier.ReasonConfigInvalid, 1},
		{"garbage", "garbage", verifier.ReasonMalformedToken, 0},
		{"too large", strings.Repeat("x", verifier.DefaultMaxTokenBytes+1), verifier.ReasonTokenTooLarge, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			asked = 0
			token, err := tenants.Verify(t.Context(), test.raw)
			if got := verifier.ReasonOf(err); got != test.want || (token != nil) != (err == nil) {
				t.Errorf("Verify = %v, %v, want %q", token, err, test.want)
			}
			if asked != test.asked {
				t.Errorf("Allow was asked %d times, want %d", asked, test.asked)
			}
		})
	}
	if _, err := tenants.VerifyWith(t.Context(), a.of(t, issuerA), verifier.Inputs{Subject: "usr_1"}); verifier.ReasonOf(err) != verifier.ReasonInvalidSubject {
		t.Errorf("VerifyWith = %v, want %s", err, verifier.ReasonInvalidSubject)
	}
	if err := tenants.Ready(t.Context()); err != nil {
		t.Errorf("Ready = %v", err)
	}
}

func TestTenantsOfAllowAreBounded(t *testing.T) {
	t.Parallel()
	key := bubbleKeys()["k1"]
	var asked []string
	now := testNow
	tenants := newTenants(t, verifier.TenantsConfig{
		MaxActive: 2, Now: func() time.Time { return now },
		Allow: func(_ context.Context, issuer string) (verifier.Config, bool) {
			asked = append(asked, strings.TrimPrefix(issuer, "https://"))
			return tenant(t, issuer, key), true
		},
	})
	verify := func(name string) verifier.Reason {
		t.Helper()
		_, err := tenants.Verify(t.Context(), key.of(t, "https://"+name))
		return verifier.ReasonOf(err)
	}
	for _, name := range []string{"a", "b", "a", "b", "a"} {
		if got := verify(name); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := verify("c"); got != verifier.ReasonJWKSFetchFailed {
		t.Errorf("a third tenant at once: %q, want %s", got, verifier.ReasonJWKSFetchFailed)
	}
	now = now.Add(time.Second)
	for _, name := range []string{"c", "a"} { // b goes, as the one used least recently
		if got := verify(name); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
	now = now.Add(time.Second)
	if got := verify("b"); got != "" {
		t.Errorf("b again: %q", got)
	}
	tenants.Forget("https://b")
	now = now.Add(time.Second)
	if got := verify("b"); got != "" {
		t.Errorf("b, forgotten: %q", got)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "c", "b", "b"}, asked); diff != "" {
		t.Errorf("Allow was asked for (-want +got):\n%s", diff)
	}
	tenants.Close()
	if got := verify("d"); got != verifier.ReasonJWKSFetchFailed {
		t.Errorf("after Close: %q, want %s", got, verifier.ReasonJWKSFetchFailed)
	}
}

// A tenant that is dropped while its keys are being fetched serves its users
// first.
func TestTenantsDropNobodyInUse(t *testing.T) {
	t.Parallel()
	inBubble(t, "", func(w *world) {
		key := bubbleKeys()["k1"]
		slowly := roundTripper(func(r *http.Request) (*http.Response, error) {
			select {
			case <-time.After(time.Second):
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
			issuer := "https://" + r.URL.Host
			rec := httptest.NewRecorder()
			if r.URL.Path == "/keys" {
				rec.Write(keySet(t, with(key.jwk, object{"kid": testKeyID})))
			} else {
				fmt.Fprintf(rec, `{"issuer":%q,"jwks_uri":%q}`, issuer, issuer+"/keys")
			}
			return rec.Result(), nil
		})
		tenants := newTenants(w, verifier.TenantsConfig{
			MaxActive: 1,
			Allow: func(context.Context, string) (verifier.Config, bool) {
				return verifier.Config{Audience: []string{testClient}, Remote: verifier.RemoteConfig{Transport: slowly}}, true
			},
		})
		var users sync.WaitGroup
		for n := range 4 {
			raw := key.token(w, goodHeader(), with(w.claims(), object{"iss": fmt.Sprint("https://", n, ".example")}))
			users.Go(func() {
				if _, err := tenants.Verify(w.Context(), raw); err != nil {
					w.Errorf("user %d: %v", n, err)
				}
			})
			users.Go(func() { // another of the same tenant, who gives up after its end
				ctx, cancel := context.WithTimeout(w.Context(), 1500*time.Millisecond)
				defer cancel()
				tenants.Verify(ctx, raw)
			})
			time.Sleep(1100 * time.Millisecond) // the one before is half way
		}
		users.Wait()
	})
}

// roundTripper is a transport made of a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The keys of an allowed issuer are never fetched from inside the network.
func TestTenantsFetchFromPublicAddressesOnly(t *testing.T) {
	t.Parallel()
	key := bubbleKeys()["k1"]
	tenants := newTenants(t, verifier.TenantsConfig{
		Allow: func(context.Context, string) (verifier.Config, bool) {
			return verifier.Config{Audience: []string{testClient}}, true
		},
	})
	for _, host := range []string{"localhost", "127.0.0.1", "10.0.0.1", "[::1]"} {
		_, err := tenants.Verify(t.Context(), key.of(t, "https://"+host))
		if verifier.ReasonOf(err) != verifier.ReasonDiscoveryFailed || !strings.Contains(err.Error(), "not a public address") {
			t.Errorf("%s: %v, want a refusal of the address", host, err)
		}
	}
}

func TestNewTenantsRefuses(t *testing.T) {
	t.Parallel()
	good := tenant(t, issuerA, bubbleKeys()["k1"])
	for name, cfg := range map[string]verifier.TenantsConfig{
		"nobody":           {},
		"an issuer twice":  {Configs: []verifier.Config{good, good}},
		"a bad tenant":     {Configs: []verifier.Config{good, {Issuer: issuerB}}},
		"a negative bound": {Configs: []verifier.Config{good}, MaxActive: -1},
		"a negative size":  {Configs: []verifier.Config{good}, MaxTokenBytes: -1},
	} {
		if _, err := verifier.NewTenants(cfg); verifier.ReasonOf(err) != verifier.ReasonConfigInvalid {
			t.Errorf("%s: %v, want %s", name, err, verifier.ReasonConfigInvalid)
		}
	}
}
