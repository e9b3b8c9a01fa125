package verifier_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assay-id/assay/verifier"
)

// Faults of the endpoint of the JWK Set, over real connections.
func TestFetchFaults(t *testing.T) {
	t.Parallel()
	set := keySet(t, jwkOf(testKeyID, nil))
	zipped := func(b []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		w.Write(b)
		w.Close()
		return out.Bytes()
	}
	encoded := func(b []byte) http.HandlerFunc { return withHeader(body(b), "Content-Encoding", "gzip") }
	corrupt := zipped(set)
	corrupt[len(corrupt)-5] ^= 1 // the checksum
	redirects := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if referer := r.Referer(); referer != "" {
				t.Errorf("Referer is %q", referer)
			}
			step := len(r.URL.Query().Get("step"))
			if step < n {
				http.Redirect(w, r, "/keys?step="+strings.Repeat("x", step+1), http.StatusFound)
				return
			}
			w.Write(set)
		}
	}
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   verifier.Reason // empty: accepted
	}{
		{"no content type", withHeader(body(set), "Content-Type", ""), ""},
		{"text/html with a good set", withHeader(body(set), "Content-Type", "text/html"), ""},
		{"gzip", encoded(zipped(set)), ""},
		{"gzip that is corrupt", encoded(corrupt), verifier.ReasonJWKSFetchFailed},
		{"gzip that expands to 4 MiB", encoded(zipped(make([]byte, 4<<20))), verifier.ReasonJWKSFetchFailed},
		{"three redirects", redirects(3), ""},
		{"four redirects", redirects(4), verifier.ReasonJWKSFetchFailed},
		{"a redirect to itself", redirects(1 << 10), verifier.ReasonJWKSFetchFailed},
		{"204", status(http.StatusNoContent), verifier.ReasonJWKSFetchFailed},
		{"401", status(http.StatusUnauthorized), verifier.ReasonJWKSFetchFailed},
		{"404", status(http.StatusNotFound), verifier.ReasonJWKSFetchFailed},
		{"an empty body", body(nil), verifier.ReasonJWKSInvalid},
		{"a body that ends early", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(set)+10))
			w.Write(set)
		}, verifier.ReasonJWKSFetchFailed},
		{"a connection that breaks", func(w http.ResponseWriter, _ *http.Request) {
			w.Write(set)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, verifier.ReasonJWKSFetchFailed},
		{"headers of a mebibyte", withHeader(body(set), "X-Large", strings.Repeat("x", 1<<20)), verifier.ReasonJWKSFetchFailed},
		{"set of 512 KiB", body(append(set, bytes.Repeat([]byte(" "), 512<<10-len(set))...)), ""},
		{"set of a byte more", body(append(set, bytes.Repeat([]byte(" "), 512<<10-len(set)+1)...)), verifier.ReasonJWKSFetchFailed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			p.answer(test.answer)
			v := p.verifier(t, &clock{})
			if got := reasonOf(t, v, p.token(t, testKeyID)); got != test.want {
				t.Errorf("reason %q, want %q", got, test.want)
			}
		})
	}
}

// A provider learns nothing but that somebody wants its keys, and what it
// answers does not get into a log as it is.
func TestFetchGivesAndTakesLittle(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	var header http.Header
	p.answer(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Clone()
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
		http.Redirect(w, r, "http://evil.example/\x1b[2J"+strings.Repeat("x", 1<<10), http.StatusFound)
	})
	c := &clock{}
	v := p.verifier(t, c)
	for range 2 {
		_, err := v.Verify(t.Context(), p.token(t, testKeyID))
		if text := err.Error(); len(text) > 1024 || strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 }) {
			t.Errorf("the error has %d bytes: %q", len(text), text)
		}
		for _, name := range []string{"Cookie", "Authorization", "Referer"} {
			if v := header.Get(name); v != "" {
				t.Errorf("%s: %s was sent", name, v)
			}
		}
		if got := header.Get("User-Agent"); got != "assay-verifier" {
			t.Errorf("User-Agent is %q", got)
		}
		c.advance(time.Minute)
	}
}

func TestRemoteSameOrigin(t *testing.T) {
	t.Parallel()
	other := newProvider(t)
	for _, same := range []bool{false, true} {
		p := newProvider(t)
		p.metadata = func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, p.URL, other.URL+"/keys")
		}
		source, err := verifier.NewRemote(p.URL, verifier.RemoteConfig{LoopbackHTTP: true, SameOrigin: same})
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		want := verifier.Reason("")
		if same {
			want = verifier.ReasonDiscoveryInvalid
		}
		if _, err := source.Keys(t.Context(), verifier.KeyQuery{}); verifier.ReasonOf(err) != want {
			t.Errorf("SameOrigin %v: %v, want %q", same, err, want)
		}
	}
}

// PublicOnly judges the address that is connected to, not the name: a name
// server that answers with an address of this machine gets nowhere.
func TestRemotePublicOnly(t *testing.T) {
	t.Parallel()
	var asked bool
	trap := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer trap.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(trap.URL, "https://"), ":")
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.1", "169.254.169.254", "100.64.0.1", "[fd00::1]", "[64:ff9b::7f00:1]"} {
		source, err := verifier.NewRemote("https://"+host+":"+port, verifier.RemoteConfig{PublicOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		_, err = source.Keys(t.Context(), verifier.KeyQuery{})
		if verifier.ReasonOf(err) != verifier.ReasonDiscoveryFailed || !strings.Contains(err.Error(), "not a public address") {
			t.Errorf("%s: %v, want a refusal of the address", host, err)
		}
		source.Close()
	}
	if asked {
		t.Error("the trap was asked")
	}
}

func TestJWKSURIUnderAPublicIssuer(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"localhost", "a.localhost", "LOCALHOST.", "127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]", "[fe80::1]"} {
		synctest.Test(t, func(t *testing.T) {
			w := &world{T: t, made: make(map[string]madeToken)}
			w.metadata = func(rw http.ResponseWriter, _ *http.Request) {
				fmt.Fprintf(rw, `{"issuer":%q,"jwks_uri":"https://%s/keys"}`, bubbleIssuer, host)
			}
			w.start(nil)
			w.refuse("k1", verifier.ReasonDiscoveryInvalid)
			w.between(0, 0, 0)
		})
	}
}

// The values of the context that starts a fetch, such as a trace, go with it;
// its end does not.
func TestFetchKeepsTheValuesOfTheContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	inBubble(t, "", func(w *world) {
		seen := ""
		good := body(w.set("k1"))
		w.serve(slow(time.Second, func(rw http.ResponseWriter, r *http.Request) {
			seen, _ = r.Context().Value(key{}).(string)
			good(rw, r)
		}))
		w.start(nil)
		ctx, cancel := context.WithCancel(context.WithValue(w.Context(), key{}, "trace"))
		var first sync.WaitGroup
		first.Go(func() { w.v.Verify(ctx, w.token("k1")) })
		synctest.Wait()
		cancel()
		w.accept("k1")
		first.Wait()
		if seen != "trace" {
			w.Errorf("the request had the value %q", seen)
		}
		w.between(0, 1, 1)
	})
}

func TestCloseEndsAFetch(t *testing.T) {
	t.Parallel()
	inBubble(t, "", func(w *world) {
		w.serve(hang)
		w.start(nil)
		var waiting sync.WaitGroup
		waiting.Go(func() {
			_, err := w.v.Verify(w.Context(), w.token("k1"))
			if verifier.ReasonOf(err) != verifier.ReasonJWKSFetchFailed || !errors.Is(err, context.Canceled) {
				w.Errorf("a caller who waits: %v", err)
			}
		})
		synctest.Wait()
		began := time.Now()
		w.v.Close()
		w.v.Close() // again does no harm
		waiting.Wait()
		if passed := time.Since(began); passed != 0 {
			w.Errorf("Close took %v", passed)
		}
		w.refuse("k1", verifier.ReasonJWKSFetchFailed)
		w.between(0, 1, 1)
	})
}

func TestHooksOfTheKeySource(t *testing.T) {
	t.Parallel()
	inBubble(t, "", func(w *world) {
		var got []any
		hooks := &verifier.Hooks{
			Fetched:     func(e verifier.FetchedEvent) { got = append(got, e) },
			KeysChanged: func(e verifier.KeysChangedEvent) { got = append(got, e) },
			Suppressed:  func(e verifier.SuppressedEvent) { got = append(got, e) },
		}
		w.start(func(c *verifier.Config) { c.Hooks = hooks })
		want := func(events ...any) {
			w.Helper()
			ignore := cmpopts.IgnoreFields(verifier.FetchedEvent{}, "Err", "BodyBytes")
			if diff := cmp.Diff(events, got, ignore); diff != "" {
				w.Errorf("events (-want +got):\n%s", diff)
			}
			got = nil
		}
		w.accept("k1")
		want(verifier.KeysChangedEvent{Generation: 1, Added: []string{"k1"}, Usable: 1},
			verifier.FetchedEvent{Trigger: verifier.TriggerStart, Discovered: true, Status: 200})

		w.serve(slow(time.Second, body(keySet(w.T, bubbleJWK("k2"), object{"kty": "FOO", "kid": "odd"}, bubbleJWK("k1")))))
		w.accept("k2")
		want(verifier.KeysChangedEvent{
			Generation: 2, Added: []string{"k2"}, Usable: 2,
			Skipped: []verifier.KeyInfo{{KeyID: "odd", Unusable: `key type "FOO" is not supported`}},
		}, verifier.FetchedEvent{Trigger: verifier.TriggerUnknownKey, Status: 200, Duration: time.Second})

		w.publish("k1", "k3")
		w.accept("k3")
		want(verifier.KeysChangedEvent{Generation: 3, Added: []string{"k3"}, Removed: []string{"k2"}, Usable: 2},
			verifier.FetchedEvent{Trigger: verifier.TriggerUnknownKey, Status: 200})

		w.serve(status(500))
		time.Sleep(time.Minute)
		w.refuse("k2", verifier.ReasonJWKSFetchFailed)
		w.refuse("k2", verifier.ReasonJWKSFetchFailed)
		if len(got) != 2 {
			w.Fatalf("events %v, want a fetch and a suppressed one", got)
		}
		failed, _ := got[0].(verifier.FetchedEvent)
		if failed.Status != 500 || verifier.ReasonOf(failed.Err) != verifier.ReasonJWKSFetchFailed {
			w.Errorf("the failed fetch is reported as %+v", failed)
		}
		if s, ok := got[1].(verifier.SuppressedEvent); !ok || s.Trigger != verifier.TriggerUnknownKey || s.RetryAfter <= 0 {
			w.Errorf("the suppressed fetch is reported as %+v", got[1])
		}
	})
}
