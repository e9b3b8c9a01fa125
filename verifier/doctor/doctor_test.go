package doctor_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/mockidptest"
	"github.com/assay-id/assay/verifier/doctor"
)

// find returns the first check with the name and the verdict.
func find(r doctor.Report, name string, v doctor.Verdict) *doctor.Check {
	i := slices.IndexFunc(r.Checks, func(c doctor.Check) bool { return c.Name == name && c.Verdict == v })
	if i < 0 {
		return nil
	}
	return &r.Checks[i]
}

// lines renders a report for a failed test.
func lines(r doctor.Report) string {
	var b strings.Builder
	for _, c := range r.Checks {
		fmt.Fprintf(&b, "\n%s %s: %s [%s]", c.Verdict, c.Name, c.Found, c.Do)
	}
	return b.String()
}

func examine(t *testing.T, opts doctor.Options) doctor.Report {
	t.Helper()
	opts.LoopbackHTTP = true
	return doctor.Examine(t.Context(), opts)
}

func TestSoundEnvironment(t *testing.T) {
	t.Parallel()
	env := mockidptest.Start(t, mockidp.EnvironmentConfig{})
	r := examine(t, doctor.Options{Issuer: env.Issuer(), ClientIDs: []string{env.Client().ID}})
	if !r.Success || r.Issuer != env.Issuer() || r.JWKSURI != env.JWKSURI() || r.Err != nil {
		t.Errorf("success %v, issuer %q, jwks_uri %q, error %v; want true, %q, %q, none",
			r.Success, r.Issuer, r.JWKSURI, r.Err, env.Issuer(), env.JWKSURI())
	}
	for _, name := range []string{
		"issuer", "client ID", "tcp", "discovery", "metadata", "metadata.algorithms", "jwks", "keys",
		"cache", "redirects", "clock", "latency", "documented path",
	} {
		if find(r, name, doctor.Pass) == nil {
			t.Errorf("%s did not pass:%s", name, lines(r))
		}
	}
	if r.Worst() != doctor.Pass {
		t.Errorf("Worst() = %s, want pass:%s", r.Worst(), lines(r))
	}
}

// TestEveryFault injects each kind of fault that the mock knows, where it hurts,
// and names the check that must notice.
func TestEveryFault(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		fault   string
		check   string
		verdict doctor.Verdict
		slow    bool // it ends by the timeout
	}{
		{name: "discovery 404", fault: `{"where":"discovery","kind":"status","attributes":{"status":404}}`, check: "discovery", verdict: doctor.Fail},
		{name: "discovery 410", fault: `{"where":"discovery","kind":"status","attributes":{"status":410}}`, check: "discovery", verdict: doctor.Fail},
		{name: "keys 503", fault: `{"where":"keys","kind":"status","attributes":{"status":503}}`, check: "jwks", verdict: doctor.Fail},
		{name: "slow metadata", fault: `{"where":"discovery","kind":"delay","attributes":{"delay":"1100ms"}}`, check: "latency", verdict: doctor.Warn},
		{name: "metadata hang", fault: `{"where":"discovery","kind":"hang"}`, check: "discovery", verdict: doctor.Fail, slow: true},
		{name: "keys hang", fault: `{"where":"keys","kind":"hang"}`, check: "jwks", verdict: doctor.Fail, slow: true},
		{name: "metadata are HTML", fault: `{"where":"discovery","kind":"body","attributes":{"body":"<html>","content_type":"text/html"}}`, check: "discovery", verdict: doctor.Fail},
		{name: "keys are an empty set", fault: `{"where":"keys","kind":"body","attributes":{"body":"{\"keys\":[]}"}}`, check: "keys", verdict: doctor.Fail},
		{name: "keys are no set", fault: `{"where":"keys","kind":"body","attributes":{"body":"{}"}}`, check: "jwks", verdict: doctor.Fail},
		{name: "a private key is published", fault: `{"where":"keys","kind":"body","attributes":{"body":"{\"keys\":[{\"kty\":\"oct\",\"kid\":\"1\",\"k\":\"AA\"}]}"}}`, check: "key", verdict: doctor.Fail},
		{name: "redirect loop", fault: `{"where":"discovery","kind":"redirect"}`, check: "discovery", verdict: doctor.Fail},
		{name: "one redirect", fault: `{"where":"keys","kind":"redirect","count":1}`, check: "redirects", verdict: doctor.Warn},
		{name: "metadata close", fault: `{"where":"discovery","kind":"close"}`, check: "discovery", verdict: doctor.Fail},
		{name: "keys lost", fault: `{"where":"keys","kind":"lost"}`, check: "jwks", verdict: doctor.Fail},
		// A client that sends the request again on a new connection is sound.
		{name: "stale connection", fault: `{"where":"discovery","kind":"stale"}`, check: "keys", verdict: doctor.Pass},
		{name: "truncated", fault: `{"where":"keys","kind":"truncated"}`, check: "jwks", verdict: doctor.Fail},
		{name: "truncated chunks", fault: `{"where":"keys","kind":"truncated-chunked"}`, check: "jwks", verdict: doctor.Fail},
		{name: "reset", fault: `{"where":"discovery","kind":"reset"}`, check: "discovery", verdict: doctor.Fail},
		{name: "drip", fault: `{"where":"keys","kind":"drip"}`, check: "jwks", verdict: doctor.Fail, slow: true},
		{name: "slow headers", fault: `{"where":"discovery","kind":"slow-headers"}`, check: "discovery", verdict: doctor.Fail, slow: true},
		{name: "interim answers", fault: `{"where":"discovery","kind":"interim"}`, check: "discovery", verdict: doctor.Fail},
		{name: "huge headers", fault: `{"where":"keys","kind":"huge-headers"}`, check: "jwks", verdict: doctor.Fail},
		{name: "oversized", fault: `{"where":"keys","kind":"oversized"}`, check: "jwks", verdict: doctor.Fail},
		{name: "gzip", fault: `{"where":"keys","kind":"gzip"}`, check: "jwks", verdict: doctor.Pass},
		{name: "corrupt gzip", fault: `{"where":"keys","kind":"gzip-corrupt"}`, check: "jwks", verdict: doctor.Fail},
		{name: "gzip bomb", fault: `{"where":"keys","kind":"gzip-bomb"}`, check: "jwks", verdict: doctor.Fail},
		{name: "not HTTP", fault: `{"where":"discovery","kind":"garbage"}`, check: "discovery", verdict: doctor.Fail},
		{name: "clock behind", fault: `{"where":"discovery","kind":"header","attributes":{"header":{"Date":["Mon, 02 Jan 2006 15:04:05 GMT"]}}}`, check: "clock", verdict: doctor.Fail},
		{name: "keys must not be kept", fault: `{"where":"keys","kind":"header","attributes":{"header":{"Cache-Control":["no-store"]}}}`, check: "cache", verdict: doctor.Warn},
		{name: "nothing about caching", fault: `{"where":"keys","kind":"header","attributes":{"header":{"Cache-Control":[]}}}`, check: "cache", verdict: doctor.Warn},
		{name: "type is text", fault: `{"where":"discovery","kind":"header","attributes":{"header":{"Content-Type":["text/plain"]}}}`, check: "metadata.type", verdict: doctor.Warn},
		{name: "another issuer", fault: edit(`"set":{"issuer":"https://other.example"}`), check: "metadata.issuer", verdict: doctor.Fail},
		{name: "issuer missing", fault: edit(`"drop":["issuer"]`), check: "metadata.issuer", verdict: doctor.Fail},
		{name: "jwks_uri missing", fault: edit(`"drop":["jwks_uri"]`), check: "metadata.jwks_uri", verdict: doctor.Fail},
		{name: "jwks_uri not https", fault: edit(`"set":{"jwks_uri":"http://other.example/keys"}`), check: "metadata.jwks_uri", verdict: doctor.Fail},
		{name: "jwks_uri elsewhere", fault: edit(`"set":{"jwks_uri":"` + closedPort + `/keys"}`), check: "jwks", verdict: doctor.Fail},
		{name: "token_endpoint missing", fault: edit(`"drop":["token_endpoint"]`), check: "metadata.token_endpoint", verdict: doctor.Fail},
		{name: "authorization_endpoint is no URL", fault: edit(`"set":{"authorization_endpoint":7}`), check: "metadata.authorization_endpoint", verdict: doctor.Fail},
		{name: "subject types missing", fault: edit(`"drop":["subject_types_supported"]`), check: "metadata.subject_types_supported", verdict: doctor.Warn},
		{name: "algorithms of others", fault: edit(`"set":{"id_token_signing_alg_values_supported":["PS256"]}`), check: "metadata.algorithms", verdict: doctor.Fail},
		// Tokens are not seen, and the report says so.
		{name: "forged tokens", fault: `{"kind":"forge","attributes":{"token":"id_token","change":{"claims":{"set":{"aud":"x"}}}}}`, check: "keys", verdict: doctor.Pass},
	}
	seen := make(map[fault.Kind]bool)
	for _, tt := range tests {
		var f fault.Fault
		text := strings.Replace(tt.fault, "{", `{"id":"it",`, 1)
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		seen[f.Kind] = true
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := mockidptest.Start(t, mockidp.EnvironmentConfig{})
			if err := env.Faults().Add(f); err != nil {
				t.Fatal(err)
			}
			opts := doctor.Options{Issuer: env.Issuer(), Timeout: 20 * time.Second}
			if tt.slow {
				opts.Timeout = 500 * time.Millisecond
			}
			r := examine(t, opts)
			check := find(r, tt.check, tt.verdict)
			if check == nil {
				t.Fatalf("want %s to %s:%s", tt.check, tt.verdict, lines(r))
			}
			if tt.verdict == doctor.Fail && check.Do == "" {
				t.Errorf("%s fails and nothing says what to do", tt.check)
			}
			wantSuccess := !slices.Contains([]string{"discovery", "jwks", "metadata.issuer", "metadata.jwks_uri"}, tt.check) || tt.verdict != doctor.Fail
			if r.Success != wantSuccess || wantSuccess != (r.Err == nil) {
				t.Errorf("success %v, error %v; want success %v:%s",
					r.Success, r.Err, wantSuccess, lines(r))
			}
		})
	}
	for _, kind := range fault.Kinds() {
		if !seen[kind] {
			t.Errorf("no test injects the fault %q", kind)
		}
	}
}

// closedPort is a loopback origin on which nothing listens: port 1 is reserved.
const closedPort = "http://127.0.0.1:1"

func edit(change string) string {
	return `{"where":"discovery","kind":"edit","attributes":{"edit":{` + change + `}}}`
}

func TestEveryTLSProfile(t *testing.T) {
	t.Parallel()
	for _, profile := range mockidp.TLSProfiles()[1:] {
		t.Run(string(profile), func(t *testing.T) {
			t.Parallel()
			opts := overTLS(t, profile)
			if profile == mockidp.TLSStalled {
				opts.Timeout = 500 * time.Millisecond
			}
			r := examine(t, opts)
			want := doctor.Fail
			if profile == mockidp.TLSTrusted {
				want = doctor.Pass
			}
			if find(r, "tls", want) == nil {
				t.Errorf("want tls to %s:%s", want, lines(r))
			}
			if want == doctor.Fail && find(r, "discovery", doctor.Skip) == nil {
				t.Errorf("want no further failure:%s", lines(r))
			}
			if c := find(r, "tls", want); profile == mockidp.TLSStalled && (c == nil || !strings.Contains(c.Do, "port")) {
				t.Errorf("want advice for a port that does not speak TLS:%s", lines(r))
			}
			if trusted := want == doctor.Pass; r.Success != trusted {
				t.Errorf("success %v, want %v:%s", r.Success, trusted, lines(r))
			}
		})
	}
}

// TestCertificateThatExpiresSoon moves the clock instead of the certificate,
// which the mock makes for a year, so the clock is found to be wrong too.
func TestCertificateThatExpiresSoon(t *testing.T) {
	t.Parallel()
	opts := overTLS(t, mockidp.TLSTrusted)
	opts.Now = func() time.Time { return time.Now().Add(350 * 24 * time.Hour) }
	r := examine(t, opts)
	if c := find(r, "tls", doctor.Warn); c == nil || !strings.Contains(c.Found, "another 14 days") {
		t.Errorf("want tls to warn of 14 days:%s", lines(r))
	}
	if c := find(r, "clock", doctor.Fail); c == nil || !strings.Contains(c.Found, "ahead of") {
		t.Errorf("want clock to fail, because it is ahead:%s", lines(r))
	}
}

// overTLS starts an environment with the TLS profile and returns options that
// trust its authority.
func overTLS(t *testing.T, profile mockidp.TLSProfile) doctor.Options {
	t.Helper()
	server, err := mockidp.Start(t.Context(), mockidp.Config{ListenerConfig: mockidp.ListenerConfig{TLS: profile}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close(context.Background()) })
	env, err := server.NewEnvironment("", mockidp.EnvironmentConfig{})
	if err != nil {
		t.Fatal(err)
	}
	opts := doctor.Options{Issuer: env.Issuer(), RootCAs: x509.NewCertPool(), Timeout: 20 * time.Second}
	opts.RootCAs.AppendCertsFromPEM(server.CA())
	return opts
}

// TestListenerThatHangs connects to a port that accepts connections and never
// says anything.
func TestListenerThatHangs(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	began := time.Now()
	r := examine(t, doctor.Options{Issuer: "http://" + listener.Addr().String(), Timeout: time.Second})
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the examination took %v, want about the timeout of 1s", took)
	}
	c := find(r, "discovery", doctor.Fail)
	if find(r, "tcp", doctor.Pass) == nil || c == nil || !strings.Contains(c.Do, "does not answer") {
		t.Errorf("want tcp to pass, and discovery to fail for want of an answer:%s", lines(r))
	}
	const want = "no answer within 1s"
	if c != nil && !strings.HasSuffix(c.Found, want) || r.Err == nil || !strings.HasSuffix(r.Err.Error(), want) {
		t.Errorf("discovery and the error want to end with %q: %v%s", want, r.Err, lines(r))
	}
}

// A redirect belongs to the request that it answers.
func TestRedirectedMetadata(t *testing.T) {
	t.Parallel()
	env := mockidptest.Start(t, mockidp.EnvironmentConfig{})
	mockidptest.Fault(t, env, `{"id":"once","where":"discovery","kind":"redirect","count":1}`)
	r := examine(t, doctor.Options{Issuer: env.Issuer()})
	for name, part := range map[string]string{"discovery": "status 200 from", "jwks": env.JWKSURI(), "cache": "max-age"} {
		if c := find(r, name, doctor.Pass); c == nil || !strings.Contains(c.Found, part) {
			t.Errorf("want %s to pass with %q:%s", name, part, lines(r))
		}
	}
	if c := find(r, "redirects", doctor.Warn); c == nil || !strings.Contains(c.Found, "302") {
		t.Errorf("want a warning of the redirect:%s", lines(r))
	}
}

// A caller that has left gets its report at once.
func TestCancelledExamination(t *testing.T) {
	t.Parallel()
	env := mockidptest.Start(t, mockidp.EnvironmentConfig{})
	mockidptest.Fault(t, env, `{"id":"hang","kind":"hang"}`)
	ctx, cancel := context.WithCancel(t.Context())
	defer time.AfterFunc(50*time.Millisecond, cancel).Stop()
	began := time.Now()
	r := doctor.Examine(ctx, doctor.Options{Issuer: env.Issuer(), LoopbackHTTP: true, Timeout: time.Minute})
	if took := time.Since(began); took > 20*time.Second || r.Success || r.Err == nil {
		t.Errorf("after %v: success %v, error %v; want a failure long before the timeout", took, r.Success, r.Err)
	}
	cancel()
	if r = doctor.Examine(ctx, doctor.Options{Issuer: env.Issuer(), LoopbackHTTP: true}); r.Success {
		t.Errorf("an examination that was cancelled before it began succeeds:%s", lines(r))
	}
}

// secretive is the beginning of a token that was pasted into the wrong place.
const secretive = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c3JfMSJ9"

func TestIssuersThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, issuer, check string
		verdict             doctor.Verdict
	}{
		{"no scheme", "acme.scalekit.com", "issuer", doctor.Fail},
		{"empty", "", "issuer", doctor.Fail},
		{"plain http", "http://acme.scalekit.com", "issuer", doctor.Fail},
		{"a token", secretive, "issuer", doctor.Fail},
		{"a port that is too high", "https://127.0.0.1:99999", "issuer", doctor.Fail},
		{"port 0", "https://127.0.0.1:0", "issuer", doctor.Fail},
		{"nothing listens", closedPort, "tcp", doctor.Fail},
		// RFC 6761, 6.4: the name never exists.
		{"no such name", "https://nothing.invalid", "dns", doctor.Fail},
		{"URL of the metadata", closedPort + "/.well-known/openid-configuration", "issuer", doctor.Fail},
		{"slash at the end", closedPort + "/", "issuer", doctor.Warn},
		{"default port", "https://127.0.0.1:443", "issuer", doctor.Warn},
		{"capital letters", "https://LOCALHOST:1", "issuer", doctor.Warn},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := examine(t, doctor.Options{Issuer: tt.issuer})
			check := find(r, tt.check, tt.verdict)
			if check == nil || check.Do == "" {
				t.Errorf("want %s to %s with advice:%s", tt.check, tt.verdict, lines(r))
			}
			if r.Success || r.Err == nil {
				t.Errorf("success %v, error %v; want a failure:%s", r.Success, r.Err, lines(r))
			}
			if strings.Contains(fmt.Sprint(r), secretive) {
				t.Errorf("the report repeats a token:%s", lines(r))
			}
		})
	}
}
