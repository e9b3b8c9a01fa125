package verifier_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
)

// What a good key source does in 26 situations that today's libraries were
// measured in, each of which takes some of them down.
func TestKeySource(t *testing.T) {
	t.Parallel()

	inBubble(t, "S01 a hundred cold callers cost one request", func(w *world) {
		w.serve(slow(200*time.Millisecond, body(w.set("k1"))))
		w.start(nil)
		raw := w.token("k1")
		began := time.Now()
		var callers sync.WaitGroup
		for range 100 {
			callers.Go(func() {
				if _, err := w.v.Verify(w.Context(), raw); err != nil {
					w.Error(err)
				}
			})
		}
		callers.Wait()
		if fetches, discovery := w.requests(); fetches != 1 || discovery != 1 {
			w.Errorf("%d JWK Set and %d discovery requests, want 1 and 1", fetches, discovery)
		}
		if passed := time.Since(began); passed != 200*time.Millisecond {
			w.Errorf("the callers waited %v, want 200ms", passed)
		}
	})

	inBubble(t, "S02 a flood of key IDs costs two requests", func(w *world) {
		w.warm()
		for i := range 200 {
			if got := w.reason(w.forged(fmt.Sprint("forged-", i))); got != verifier.ReasonKeyNotFound {
				w.Fatalf("reason %q, want %s", got, verifier.ReasonKeyNotFound)
			}
		}
		w.between(1, 1, 2)
	})

	inBubble(t, "S03 a flood of bad signatures costs none", func(w *world) {
		w.warm()
		for range 200 {
			if got := w.reason(w.forged("k1")); got != verifier.ReasonInvalidSignature {
				w.Fatalf("reason %q, want %s", got, verifier.ReasonInvalidSignature)
			}
		}
		w.between(1, 0, 0)
		time.Sleep(6 * time.Minute) // now a replaced key would be looked for, once
		for range 200 {
			w.reason(w.forged("k1"))
		}
		w.between(1, 1, 1)
	})

	inBubble(t, "S04 a flood without key ID costs none", func(w *world) {
		w.warm()
		for range 200 {
			if got := w.reason(w.forged("")); got != verifier.ReasonInvalidSignature {
				w.Fatalf("reason %q, want %s", got, verifier.ReasonInvalidSignature)
			}
		}
		w.between(1, 0, 1)
	})

	inBubble(t, "S05 the first token of a new key is accepted", func(w *world) {
		w.warm()
		w.publish("k1", "k2")
		w.accept("k2")
		w.accept("k1")
		w.between(1, 1, 1)
	})

	inBubble(t, "S06 so it is just after a forged key ID", func(w *world) {
		w.warm()
		w.reason(w.forged("forged"))
		w.publish("k1", "k2")
		w.accept("k2")
		w.between(1, 2, 2)
	})

	inBubble(t, "S07 an outage does not harm known keys", func(w *world) {
		w.warm()
		w.serve(status(500))
		w.accept("k1")
		for i := range 5 {
			if got := w.reason(w.forged(fmt.Sprint("forged-", i))); got == "" {
				w.Error("a forged token was accepted")
			}
		}
		w.accept("k1")
	})

	for name, h := range map[string]http.HandlerFunc{
		"S08 an empty set replaces none":   body([]byte(`{"keys":[]}`)),
		"S09 an HTML page replaces no set": body([]byte("<!doctype html><title>Sign in</title>")),
	} {
		inBubble(t, name, func(w *world) {
			w.warm()
			w.serve(h)
			w.reason(w.forged("forged"))
			w.accept("k1")
		})
	}

	inBubble(t, "S10 a failed first fetch is forgotten in two seconds", func(w *world) {
		w.serve(status(500))
		w.start(nil)
		w.refuse("k1", verifier.ReasonJWKSFetchFailed)
		w.publish("k1")
		if passed := w.eventually("k1", 100*time.Millisecond, 2*time.Second); passed < 500*time.Millisecond {
			w.Errorf("accepted after %v: no pause was made", passed)
		}
	})

	inBubble(t, "S11 a caller who gives up harms no other", func(w *world) {
		w.serve(slow(600*time.Millisecond, body(w.set("k1"))))
		w.start(nil)
		raw := w.token("k1")
		began := time.Now()
		var callers sync.WaitGroup
		callers.Go(func() {
			ctx, cancel := context.WithTimeout(w.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := w.v.Verify(ctx, raw)
			if verifier.ReasonOf(err) != verifier.ReasonJWKSFetchFailed || !errors.Is(err, context.DeadlineExceeded) {
				w.Errorf("the caller who gives up: %v", err)
			}
			if passed := time.Since(began); passed != 100*time.Millisecond {
				w.Errorf("he waited %v, want 100ms", passed)
			}
		})
		callers.Go(func() {
			if _, err := w.v.Verify(w.Context(), raw); err != nil {
				w.Errorf("the caller who waits: %v", err)
			}
		})
		callers.Wait()
		w.between(0, 1, 1)
	})

	inBubble(t, "S12 a provider that hangs costs the caller's own patience", func(w *world) {
		w.serve(hang)
		w.start(nil)
		ctx, cancel := context.WithTimeout(w.Context(), 300*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := w.v.Verify(ctx, w.token("k1"))
		if passed := time.Since(began); err == nil || passed != 300*time.Millisecond {
			w.Errorf("Verify = %v after %v, want an error after 300ms", err, passed)
		}
	})

	inBubble(t, "S13 known keys do not wait for unknown ones", func(w *world) {
		w.warm()
		w.serve(hang)
		var waiting sync.WaitGroup
		waiting.Go(func() { w.reason(w.forged("forged")) })
		time.Sleep(time.Millisecond)
		if passed := w.accept("k1"); passed != 0 {
			w.Errorf("it waited %v", passed)
		}
		waiting.Wait()
	})

	inBubble(t, "S14 a withdrawn key is gone with the next set", func(w *world) {
		w.warm()
		w.publish("k2")
		w.accept("k2")
		w.refuse("k1", verifier.ReasonKeyNotFound)
	})

	inBubble(t, "S15 an enormous set is refused, and not read to its end", func(w *world) {
		w.serve(body(w.padded(64 << 20)))
		w.start(nil)
		w.refuse("k1", verifier.ReasonJWKSFetchFailed)
		if w.bytesRead > 520<<10 {
			w.Errorf("%d bytes were read", w.bytesRead)
		}
	})

	for name, entries := range map[string][]any{
		"S16 a key of an unknown type":           {object{"kty": "FOO", "kid": "x"}},
		"S17 a post-quantum key":                 {object{"kty": "AKP", "kid": "x", "alg": "ML-DSA-44", "pub": "AAAA"}},
		"S18 an RSA key without modulus":         {object{"kty": "RSA", "kid": "x", "e": "AQAB"}},
		"S19 a key that is not on its curve":     {object{"kty": "EC", "kid": "x", "crv": "P-256", "x": encode(make([]byte, 32)), "y": encode(make([]byte, 32))}},
		"S20 a short RSA key":                    {object{"kty": "RSA", "kid": "x", "e": "AQAB", "n": encode(testKey().N.Bytes()[:128])}},
		"S21 a key with an unknown alg":          {with(bubbleJWK("k2"), object{"alg": "RS999"})},
		"S22 an encryption key":                  {with(bubbleJWK("k2"), object{"use": "enc", "alg": "RSA-OAEP"})},
		"S23 another key with the same ID ahead": {with(bubbleJWK("k2"), object{"kid": "k1"})},
		"S25 an EC key with the same ID ahead":   {with(signers()[verifier.ES256].jwk, object{"kid": "k1"})},
	} {
		inBubble(t, name, func(w *world) {
			w.serve(body(keySet(w.T, append(entries, bubbleJWK("k1"))...)))
			w.start(nil)
			w.accept("k1")
		})
	}

	inBubble(t, "S24 another key with the same ID after it", func(w *world) {
		w.serve(body(keySet(w.T, bubbleJWK("k1"), with(bubbleJWK("k2"), object{"kid": "k1"}))))
		w.start(nil)
		w.accept("k1")
	})

	inBubble(t, "S26 one request that is never answered costs its timeout", func(w *world) {
		w.warm()
		answered := false
		good := body(w.set("k1", "k2"))
		w.serve(func(rw http.ResponseWriter, r *http.Request) {
			if !answered {
				answered = true
				hang(rw, r)
				return
			}
			good(rw, r)
		})
		if passed := w.eventually("k2", 10*time.Millisecond, time.Minute); passed > verifier.DefaultFetchTimeout+10*time.Millisecond {
			w.Errorf("accepted after %v", passed)
		}
	})
}
