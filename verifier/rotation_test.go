package verifier_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
)

func TestRotation(t *testing.T) {
	t.Parallel()

	inBubble(t, "published ahead, used, withdrawn", func(w *world) {
		w.warm()
		w.publish("k1", "k2")
		for range 20 { // the set is refreshed while it is in use
			time.Sleep(30 * time.Second)
			if waited := w.accept("k1"); waited != 0 {
				w.Errorf("a reader waited %v for the refresh", waited)
			}
		}
		w.between(1, 1, 1)
		w.accept("k2") // signs from now on, and costs nothing
		w.accept("k1")
		w.between(1, 1, 1)
		w.publish("k2")
		for range 20 {
			time.Sleep(30 * time.Second)
			w.accept("k2")
		}
		w.refuse("k1", verifier.ReasonKeyNotFound)
	})

	inBubble(t, "withdrawn and replaced in the same second", func(w *world) {
		w.warm()
		w.publish("k2")
		w.accept("k2")
		w.refuse("k1", verifier.ReasonKeyNotFound)
	})

	inBubble(t, "withdrawn without replacement", func(w *world) {
		w.serve(body(w.set("k1", "k2")))
		w.start(nil)
		w.accept("k1")
		w.publish("k2")
		began := time.Now()
		for w.reason(w.token("k1")) == "" {
			time.Sleep(time.Second)
		}
		if passed := time.Since(began); passed > verifier.DefaultFreshFor {
			w.Errorf("it lived %v more, want %v at most", passed, verifier.DefaultFreshFor)
		}
	})

	inBubble(t, "withdrawn while no token comes", func(w *world) {
		w.warm()
		w.publish("k2")
		time.Sleep(verifier.DefaultFreshFor + time.Second)
		w.refuse("k1", verifier.ReasonKeyNotFound)
		w.between(1, 1, 1) // one request told all there was to tell
	})

	inBubble(t, "caches that show the old and the new set by turns", func(w *world) {
		w.warm()
		old, fresh := w.set("k1"), w.set("k1", "k2")
		n := 0
		w.serve(func(rw http.ResponseWriter, _ *http.Request) {
			if n++; n%2 == 1 {
				rw.Write(old)
			} else {
				rw.Write(fresh)
			}
		})
		if passed := w.eventually("k2", 100*time.Millisecond, 10*time.Second); passed > 2*time.Second {
			w.Errorf("accepted after %v", passed)
		}
		for range 60 {
			w.accept("k2")
			time.Sleep(time.Second)
		}
	})

	inBubble(t, "twice within five seconds", func(w *world) {
		w.warm()
		w.publish("k1", "k2")
		w.accept("k2")
		time.Sleep(5 * time.Second)
		w.publish("k1", "k2", "k3")
		w.accept("k3")
		w.between(1, 2, 2)
	})

	inBubble(t, "another key under the old ID", func(w *world) {
		w.warm()
		time.Sleep(6 * time.Minute)
		w.serve(body(keySet(w.T, with(bubbleJWK("k2"), object{"kid": "k1"}))))
		raw := bubbleKeys()["k2"].token(w.T, with(goodHeader(), object{"kid": "k1"}), w.claims())
		if _, err := w.v.Verify(w.Context(), raw); err != nil {
			w.Errorf("a token of the new key: %v", err)
		}
		w.refuse("k1", verifier.ReasonInvalidSignature)
		w.between(1, 1, 1)
	})

	inBubble(t, "another type of key under the old ID", func(w *world) {
		w.start(func(c *verifier.Config) { c.Algorithms = []verifier.Algorithm{verifier.RS256, verifier.ES256} })
		w.accept("k1")
		time.Sleep(6 * time.Minute)
		ec := signers()[verifier.ES256]
		w.serve(body(keySet(w.T, with(ec.jwk, object{"kid": "k1"}))))
		raw := ec.token(w.T, with(goodHeader(), object{"kid": "k1"}), w.claims())
		if _, err := w.v.Verify(w.Context(), raw); err != nil {
			w.Errorf("a token of the new key: %v", err)
		}
	})

	inBubble(t, "during a flood of ten thousand key IDs", func(w *world) {
		w.warm()
		flood := func(from, to int) {
			for i := from; i < to; i++ {
				if got := w.reason(w.forged(fmt.Sprint("forged-", i))); got != verifier.ReasonKeyNotFound {
					w.Fatalf("reason %q, want %s", got, verifier.ReasonKeyNotFound)
				}
			}
		}
		flood(0, 5000)
		w.between(1, 1, 2)
		w.publish("k1", "k2")
		var refusal *verifier.Error
		if _, err := w.v.Verify(w.Context(), w.token("k2")); !errors.As(err, &refusal) || refusal.RetryAfter <= 0 || refusal.RetryAfter > 10*time.Second {
			w.Errorf("a token of k2 in the flood: %v, want a refusal with the time of the bucket's refill", err)
		}
		time.Sleep(refusal.RetryAfter)
		flood(5000, 10_000) // whoever asks first, the new key comes with the set
		w.accept("k2")
		w.between(1, 3, 3)
	})

	inBubble(t, "after an outage that unknown keys have asked into", func(w *world) {
		w.warm()
		w.serve(status(500))
		for i := range 5 {
			w.reason(w.forged(fmt.Sprint("forged-", i)))
			time.Sleep(time.Second)
		}
		time.Sleep(3 * time.Second) // less than the bucket takes to gain one
		w.publish("k1", "k2")
		w.accept("k2") // a fetch that fails costs the bucket nothing
	})

	inBubble(t, "to a key that was asked for in vain", func(w *world) {
		brief := func(kids ...string) { w.serve(withHeader(body(w.set(kids...)), "Cache-Control", "max-age=10")) }
		brief("k1")
		w.start(nil)
		w.accept("k1")
		for range 2 {
			w.refuse("k2", verifier.ReasonKeyNotFound)
			time.Sleep(2 * time.Second)
		}
		w.publish("k1", "k2")
		w.refuse("k2", verifier.ReasonKeyNotFound) // not looked for again so soon
		brief("k1", "k3")
		time.Sleep(10 * time.Second)
		w.accept("k3") // other keys have come, and what was missing is forgotten
		w.publish("k1", "k2")
		w.accept("k2")
	})

	inBubble(t, "while a refresh is under way", func(w *world) {
		w.warm()
		w.serve(slow(2*time.Second, body(w.set("k1"))))
		var refresh sync.WaitGroup
		refresh.Go(func() { w.reason(w.forged("forged")) })
		time.Sleep(time.Second) // the answer with the old set is on its way
		w.publish("k1", "k2")
		w.accept("k2")
		refresh.Wait()
		w.between(1, 2, 2)
	})
}

// A rotation with an overlap refuses no token, whatever the load.
func TestRotationUnderLoad(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	v := p.verifier(t, &clock{})
	const rotations = 2 // as many as may follow each other at once
	tokens := make([]string, rotations+1)
	for i := range tokens {
		tokens[i] = p.token(t, fmt.Sprint("snk_", i))
	}
	published := []any{jwkOf("snk_0", nil)}
	p.publish(t, published...)
	if err := v.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	var (
		current, verified atomic.Int64
		workers           sync.WaitGroup
	)
	stop := make(chan struct{})
	for range 8 {
		workers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := v.Verify(t.Context(), tokens[current.Load()]); err != nil {
					t.Errorf("a false refusal: %v", err)
				}
				verified.Add(1)
			}
		})
	}
	for i := 1; i <= rotations; i++ {
		published = append(published, jwkOf(fmt.Sprint("snk_", i), nil))
		p.publish(t, published...)
		current.Store(int64(i))
		for base := verified.Load(); verified.Load() < base+200; {
			if _, err := v.Verify(t.Context(), tokens[i-1]); err != nil {
				t.Errorf("a token of the key before: %v", err)
			}
		}
	}
	close(stop)
	workers.Wait()
}

func TestOutage(t *testing.T) {
	t.Parallel()

	inBubble(t, "an hour without the provider", func(w *world) {
		w.warm()
		w.serve(status(503))
		began := time.Now()
		waited := time.Duration(0)
		for time.Since(began) < time.Hour {
			waited += w.accept("k1")
			time.Sleep(time.Second)
		}
		if waited != 0 {
			w.Errorf("requests waited %v in all, want nothing", waited)
		}
		w.between(1, 40, 80) // about one a minute
		time.Sleep(verifier.DefaultFreshFor)
		_, err := w.v.Verify(w.Context(), w.token("k1"))
		refusal, ok := errors.AsType[*verifier.Error](err)
		if !ok || refusal.Code() != verifier.CodeJWKSFetchFailed || refusal.RetryAfter <= 0 {
			w.Fatalf("after the grace: %v, want %s with a time to retry", err, verifier.CodeJWKSFetchFailed)
		}
		w.publish("k1")
		time.Sleep(refusal.RetryAfter)
		w.accept("k1")
	})

	inBubble(t, "a provider that hangs delays one request by a second", func(w *world) {
		w.warm()
		w.serve(hang)
		time.Sleep(verifier.DefaultFreshFor + time.Second)
		if waited := w.accept("k1"); waited != time.Second {
			w.Errorf("the first request waited %v, want 1s", waited)
		}
		for range 100 {
			if waited := w.accept("k1"); waited != 0 {
				w.Errorf("a later request waited %v", waited)
			}
			time.Sleep(time.Second)
		}
	})

	inBubble(t, "Retry-After is kept to", func(w *world) {
		for name, header := range map[string]func(http.Header){
			"seconds": func(h http.Header) { h.Set("Retry-After", "120") },
			"a date": func(h http.Header) {
				h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
				h.Set("Retry-After", time.Now().Add(2*time.Minute).UTC().Format(http.TimeFormat))
			},
		} {
			w.serve(func(rw http.ResponseWriter, _ *http.Request) {
				header(rw.Header())
				rw.WriteHeader(429)
			})
			base, _ := w.requests()
			w.start(nil)
			for range 119 {
				w.refuse("k1", verifier.ReasonJWKSFetchFailed)
				time.Sleep(time.Second)
			}
			w.between(base, 1, 1)
			w.publish("k1")
			time.Sleep(time.Second)
			if got := w.reason(w.token("k1")); got != "" {
				w.Errorf("with %s: %q after the pause", name, got)
			}
		}
	})

	inBubble(t, "a thousand tokens of a cold start cost few requests", func(w *world) {
		w.serve(status(500))
		w.start(nil)
		for range 1000 {
			w.refuse("k1", verifier.ReasonJWKSFetchFailed)
			time.Sleep(10 * time.Millisecond)
		}
		w.between(0, 3, 5) // 0s, 1s, 3s, 7s
	})

	inBubble(t, "a seed lets a process start", func(w *world) {
		w.metadata = status(503)
		seed := w.set("k1")
		w.start(func(c *verifier.Config) { c.Remote.Seed = seed })
		w.accept("k1")
		w.refuse("k2", verifier.ReasonDiscoveryFailed)
		w.metadata = nil
		w.publish("k2")
		time.Sleep(2 * time.Second)
		w.accept("k2")
		w.refuse("k1", verifier.ReasonKeyNotFound)
	})

	inBubble(t, "a seed is not used for ever", func(w *world) {
		w.metadata = status(503)
		seed := w.set("k1")
		w.start(func(c *verifier.Config) { c.Remote.Seed = seed })
		time.Sleep(verifier.DefaultStaleFor)
		w.refuse("k1", verifier.ReasonDiscoveryFailed)
	})

	inBubble(t, "a set without usable keys is no reason to stop asking", func(w *world) {
		w.serve(body([]byte(`{"keys":[]}`)))
		w.start(nil)
		for i := range 1000 {
			w.reason(w.forged(fmt.Sprint("forged-", i)))
		}
		w.between(0, 1, 3)
		w.publish("k1")
		if passed := w.eventually("k1", time.Second, 10*time.Second); passed > 10*time.Second {
			w.Errorf("accepted after %v", passed)
		}
	})
}

func TestDiscovery(t *testing.T) {
	t.Parallel()

	inBubble(t, "a set that has moved is found by the request that misses it", func(w *world) {
		w.warm()
		moved := body(keySet(w.T, bubbleJWK("k1"), bubbleJWK("k2")))
		w.serve(status(404))
		w.metadata = func(rw http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(rw, `{"issuer":%q,"jwks_uri":%q}`, bubbleIssuer, bubbleIssuer+"/keys?v=2")
		}
		w.moved = moved
		w.accept("k2")
		if _, discovery := w.requests(); discovery != 2 {
			w.Errorf("%d discovery requests, want 2", discovery)
		}
	})

	inBubble(t, "metadata are asked for again after a day", func(w *world) {
		w.warm()
		for range 24 {
			time.Sleep(time.Hour)
			w.accept("k1")
		}
		if _, discovery := w.requests(); discovery != 2 {
			w.Errorf("%d discovery requests in a day, want 2", discovery)
		}
	})

	inBubble(t, "metadata that cannot be fetched again does not stop the keys", func(w *world) {
		w.warm()
		w.metadata = hang
		for range 48 {
			time.Sleep(time.Hour)
			w.accept("k1")
		}
		w.publish("k1", "k2")
		w.accept("k2")
	})
}
