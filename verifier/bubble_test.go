package verifier_test

import (
	"bytes"
	"crypto"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assay-id/assay/verifier"
)

// The tests of the key source run in a synctest bubble: its clock moves only
// when every goroutine waits, so timeouts, back-offs and cache times are exact
// and cost no time.

// bubbleIssuer is the provider in a bubble. Its requests go to a world.
const bubbleIssuer = "https://idp.example"

// world is a provider in a bubble with a verifier that uses it.
type world struct {
	*testing.T
	v *verifier.Verifier

	mu        sync.Mutex
	made      map[string]madeToken // the last token of each key
	metadata  http.HandlerFunc     // nil: a good document
	keys      http.HandlerFunc
	moved     http.HandlerFunc // where the JWK Set may move to
	discovery int              // requests for the provider metadata
	fetches   int              // requests for the JWK Set
	bytesRead int              // of the last JWK Set
}

// inBubble runs a test in a bubble of its own.
func inBubble(t *testing.T, name string, test func(w *world)) {
	t.Helper()
	bubbleKeys() // outside, because making keys takes real time
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { test(&world{T: t, made: make(map[string]madeToken)}) })
	})
}

// bubbleKeys are the signing keys k1, k2 and k3.
var bubbleKeys = sync.OnceValue(func() map[string]signer {
	return map[string]signer{
		"k1": rsaSigner(verifier.RS256, crypto.SHA256, testKey()),
		"k2": rsaSigner(verifier.RS256, crypto.SHA256, otherKey()),
		"k3": rsaSigner(verifier.RS256, crypto.SHA256, thirdKey()),
	}
})

// bubbleJWK returns the public JWK of a key.
func bubbleJWK(kid string) object { return with(bubbleKeys()[kid].jwk, object{"kid": kid}) }

// start makes the verifier. The provider publishes k1 unless it was told what
// to serve.
func (w *world) start(change func(*verifier.Config)) {
	w.Helper()
	if w.keys == nil {
		w.publish("k1")
	}
	cfg := verifier.Config{
		Issuer: bubbleIssuer, Audience: []string{testClient},
		Remote: verifier.RemoteConfig{Transport: w},
	}
	if change != nil {
		change(&cfg)
	}
	v, err := verifier.New(cfg)
	if err != nil {
		w.Fatal(err)
	}
	w.v = v
	w.Cleanup(func() { v.Close() })
}

// warm makes the verifier and lets it load k1.
func (w *world) warm() {
	w.Helper()
	w.start(nil)
	w.accept("k1")
}

// RoundTrip serves the requests of the verifier. A handler that outlasts the
// request has no effect, and one that aborts breaks the connection.
func (w *world) RoundTrip(r *http.Request) (_ *http.Response, err error) {
	defer func() {
		if p := recover(); p == http.ErrAbortHandler {
			err = io.ErrUnexpectedEOF
		} else if p != nil {
			panic(p)
		}
	}()
	w.mu.Lock()
	var h http.HandlerFunc
	switch r.URL.String() {
	case bubbleIssuer + "/.well-known/openid-configuration":
		w.discovery++
		if h = w.metadata; h == nil {
			h = func(rw http.ResponseWriter, _ *http.Request) {
				json.NewEncoder(rw).Encode(object{"issuer": bubbleIssuer, "jwks_uri": bubbleIssuer + "/keys"})
			}
		}
	case bubbleIssuer + "/keys":
		w.fetches++
		h = w.keys
	case bubbleIssuer + "/keys?v=2":
		w.fetches++
		h = w.moved
	default:
		w.mu.Unlock()
		return nil, errors.New("a request to " + r.URL.String())
	}
	w.mu.Unlock()
	rec := httptest.NewRecorder()
	h(rec, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	res := rec.Result()
	res.Body = &meter{ReadCloser: res.Body, w: w}
	return res, nil
}

// meter counts what is read of a body.
type meter struct {
	io.ReadCloser
	w *world
	n int
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	m.n += n
	m.w.mu.Lock()
	m.w.bytesRead = m.n
	m.w.mu.Unlock()
	return n, err
}

// serve sets what answers requests for the JWK Set from now on.
func (w *world) serve(h http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.keys = h
}

// body serves the same bytes always.
func body(b []byte) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) { rw.Write(b) }
}

// status serves the same status always.
func status(code int) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(code)
		rw.Write([]byte(`{"error":"server_error"}`))
	}
}

// slow lets d pass before h answers.
func slow(d time.Duration, h http.HandlerFunc) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
			h(rw, r)
		case <-r.Context().Done():
		}
	}
}

// hang never answers.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// set returns the JWK Set of the keys named.
func (w *world) set(kids ...string) []byte {
	w.Helper()
	entries := make([]any, len(kids))
	for i, kid := range kids {
		entries[i] = bubbleJWK(kid)
	}
	return keySet(w.T, entries...)
}

// publish serves the JWK Set of the keys named.
func (w *world) publish(kids ...string) {
	w.Helper()
	w.serve(body(w.set(kids...)))
}

// requests returns how many requests for the JWK Set were made, and for the
// provider metadata.
func (w *world) requests() (fetches, discovery int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fetches, w.discovery
}

// token returns a token of the key named that is good for half a day at least.
func (w *world) token(kid string) string {
	w.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	made := w.made[kid]
	if made.raw == "" || time.Since(made.at) > 12*time.Hour {
		made = madeToken{bubbleKeys()[kid].token(w.T, with(goodHeader(), object{"kid": kid}), w.claims()), time.Now()}
		w.made[kid] = made
	}
	return made.raw
}

// madeToken is a token with the time when it was made.
type madeToken struct {
	raw string
	at  time.Time
}

func (w *world) claims() object {
	now := time.Now()
	return with(goodClaims(), object{"iss": bubbleIssuer, "iat": now.Unix(), "exp": now.Add(24 * time.Hour).Unix()})
}

// forged makes a token with a signature that no key has made. Without a kid if
// that is empty.
func (w *world) forged(kid string) string {
	w.Helper()
	header := with(goodHeader(), object{"kid": kid})
	if kid == "" {
		header = with(header, object{"kid": nil})
	}
	return encode(text(w.T, header)) + "." + encode(text(w.T, w.claims())) + "." + encode(make([]byte, 256))
}

// reason verifies a token and returns why it is refused.
func (w *world) reason(raw string) verifier.Reason {
	w.Helper()
	_, err := w.v.Verify(w.Context(), raw)
	return verifier.ReasonOf(err)
}

// accept demands that a token of the key named is accepted, and at once: the
// time that passes is returned.
func (w *world) accept(kid string) time.Duration {
	w.Helper()
	began := time.Now()
	if _, err := w.v.Verify(w.Context(), w.token(kid)); err != nil {
		w.Errorf("a token of %s after %v: %v", kid, time.Since(began), err)
	}
	return time.Since(began)
}

// refuse demands that a token of the key named is refused for the reason.
func (w *world) refuse(kid string, want verifier.Reason) {
	w.Helper()
	if got := w.reason(w.token(kid)); got != want {
		w.Errorf("a token of %s: reason %q, want %s", kid, got, want)
	}
}

// between demands that from low to high requests for the JWK Set were made
// since there were base.
func (w *world) between(base, low, high int) {
	w.Helper()
	fetches, _ := w.requests()
	if n := fetches - base; n < low || n > high {
		w.Errorf("%d JWK Set requests, want %d to %d", n, low, high)
	}
}

// eventually verifies a token of the key named every step until it is
// accepted, and returns how long that took.
func (w *world) eventually(kid string, step, limit time.Duration) time.Duration {
	w.Helper()
	raw := w.token(kid)
	began := time.Now()
	for {
		_, err := w.v.Verify(w.Context(), raw)
		passed := time.Since(began)
		if err == nil {
			return passed
		}
		if passed > limit {
			w.Fatalf("a token of %s is not accepted within %v: %v", kid, limit, err)
		}
		time.Sleep(step)
	}
}

// padded returns the JWK Set of k1 with a member of n bytes ahead of the keys.
func (w *world) padded(n int) []byte {
	w.Helper()
	return append([]byte(`{"x":"`+string(bytes.Repeat([]byte("x"), n))+`",`), w.set("k1")[1:]...)
}
