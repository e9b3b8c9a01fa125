package verifier_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
)

// cached counts the verifications that the cache answered.
func cached(n *int) *verifier.Hooks {
	return &verifier.Hooks{Verified: func(e verifier.VerifiedEvent) {
		if e.Cached {
			*n++
		}
	}}
}

func TestTokenCache(t *testing.T) {
	t.Parallel()
	with1000 := func(c *verifier.Config) { c.Cache.Tokens = 1000 }

	inBubble(t, "a token is remembered for a minute", func(w *world) {
		hits := 0
		w.start(func(c *verifier.Config) { with1000(c); c.Hooks = cached(&hits) })
		for range 60 {
			w.accept("k1")
			time.Sleep(time.Second)
		}
		w.accept("k1")
		if hits != 59 {
			w.Errorf("%d hits, want 59 of 61", hits)
		}
	})

	inBubble(t, "no longer than until exp", func(w *world) {
		w.start(with1000)
		now := time.Now()
		raw := bubbleKeys()["k1"].token(w.T, with(goodHeader(), object{"kid": "k1"}),
			with(w.claims(), object{"exp": now.Unix() - 50, "nbf": now.Unix() - 100}))
		for _, want := range []verifier.Reason{"", "", verifier.ReasonTokenExpired, verifier.ReasonTokenExpired} {
			if got := w.reason(raw); got != want {
				w.Errorf("after %v: %q, want %q", time.Since(now), got, want)
			}
			time.Sleep(5 * time.Second)
		}
	})

	inBubble(t, "not after its key was withdrawn", func(w *world) {
		w.start(with1000)
		w.accept("k1")
		w.publish("k2")
		w.accept("k2")
		w.refuse("k1", verifier.ReasonKeyNotFound)
	})

	inBubble(t, "not longer than the keys are believed", func(w *world) {
		w.start(func(c *verifier.Config) { with1000(c); c.Cache.TTL = time.Hour })
		w.accept("k1")
		w.publish("k2")
		time.Sleep(verifier.DefaultFreshFor)
		w.refuse("k1", verifier.ReasonKeyNotFound)
	})

	inBubble(t, "an outage ends for remembered tokens as for others", func(w *world) {
		w.start(func(c *verifier.Config) { with1000(c); c.Cache.TTL = time.Hour })
		w.accept("k1")
		w.serve(status(503))
		time.Sleep(50 * time.Minute)
		w.accept("k1")
		time.Sleep(20 * time.Minute)
		w.refuse("k1", verifier.ReasonJWKSFetchFailed)
	})

	inBubble(t, "the rule is asked each time", func(w *world) {
		loggedOut := false
		w.start(func(c *verifier.Config) {
			with1000(c)
			c.Rule = func(context.Context, *verifier.Token) error {
				if loggedOut {
					return errors.New("logged out")
				}
				return nil
			}
		})
		w.accept("k1")
		loggedOut = true
		w.refuse("k1", verifier.ReasonPolicy)
		loggedOut = false
		w.accept("k1")
	})

	inBubble(t, "the inputs are checked each time", func(w *world) {
		w.start(with1000)
		raw := bubbleKeys()["k1"].token(w.T, with(goodHeader(), object{"kid": "k1"}), with(w.claims(), object{"nonce": "n1"}))
		for nonce, want := range map[string]verifier.Reason{"n1": "", "n2": verifier.ReasonInvalidNonce} {
			for range 2 {
				if _, err := w.v.VerifyWith(w.Context(), raw, verifier.Inputs{Nonce: &nonce}); verifier.ReasonOf(err) != want {
					w.Errorf("nonce %s: %v, want %q", nonce, err, want)
				}
			}
		}
	})

	inBubble(t, "another spelling of a token is another token", func(w *world) {
		w.start(with1000)
		w.accept("k1")
		raw := w.token("k1")
		last := raw[len(raw)-1]
		twin := raw[:len(raw)-1] + string(encodeAlphabet[strings.IndexByte(encodeAlphabet, last)|1])
		for _, other := range []string{twin, raw + "=", raw + "\n", " " + raw} {
			if got := w.reason(other); got != verifier.ReasonMalformedToken {
				w.Errorf("another spelling: %q, want %s", got, verifier.ReasonMalformedToken)
			}
		}
	})

	inBubble(t, "refusals are not remembered", func(w *world) {
		hits := 0
		w.start(func(c *verifier.Config) { with1000(c); c.Hooks = cached(&hits) })
		for range 3 {
			w.refuse("k2", verifier.ReasonKeyNotFound)
		}
		w.publish("k1", "k2")
		time.Sleep(2 * time.Second)
		w.accept("k2")
		if hits != 0 {
			w.Errorf("%d hits, want none", hits)
		}
	})

	inBubble(t, "a clock that is set back forgets", func(w *world) {
		now, hits := time.Now(), 0
		w.start(func(c *verifier.Config) {
			with1000(c)
			c.Hooks, c.Now = cached(&hits), func() time.Time { return now }
		})
		w.accept("k1")
		now = now.Add(-2 * time.Second)
		w.accept("k1")
		if hits != 0 {
			w.Errorf("%d hits, want none", hits)
		}
	})
}

// Two verifiers share nothing: what one client accepts says nothing of another.
func TestTokenCacheBelongsToOneConfiguration(t *testing.T) {
	t.Parallel()
	raw := sign(t, goodHeader(), goodClaims())
	one := newVerifier(t, func(c *verifier.Config) { c.Cache.Tokens = 10 })
	other := newVerifier(t, func(c *verifier.Config) { c.Cache.Tokens, c.Audience = 10, []string{"skc_other"} })
	for range 2 {
		if got := reasonOf(t, one, raw); got != "" {
			t.Errorf("the client of the token: %q", got)
		}
		wantRefusal(t, other, raw, verifier.ReasonInvalidAudience, "aud")
	}
}

func TestTokenCacheIsBounded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		cache verifier.CacheConfig
		// want is how many of a hundred tokens are remembered, at most.
		want int
	}{
		{"one token", verifier.CacheConfig{Tokens: 1}, 1},
		{"twenty tokens", verifier.CacheConfig{Tokens: 20}, 20},
		{"64 KiB", verifier.CacheConfig{Tokens: 1000, Bytes: 64 << 10}, 40},
		{"too little for any", verifier.CacheConfig{Tokens: 1000, Bytes: 1}, 0},
	}
	tokens := make([]string, 100)
	for i := range tokens {
		tokens[i] = sign(t, goodHeader(), with(goodClaims(), object{"sid": fmt.Sprint("ses_", i)}))
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			hits := 0
			v := newVerifier(t, func(c *verifier.Config) { c.Cache, c.Hooks = test.cache, cached(&hits) })
			for range 2 {
				for _, raw := range tokens {
					if got := reasonOf(t, v, raw); got != "" {
						t.Fatal(got)
					}
				}
			}
			if hits > test.want {
				t.Errorf("%d hits, want %d at most", hits, test.want)
			}
			last := tokens[len(tokens)-1]
			hits = 0
			reasonOf(t, v, last)
			if (hits == 1) != (test.want > 0) {
				t.Errorf("the last token was remembered %d times", hits)
			}
		})
	}
}

// A token in use survives a stream of others that come once.
func TestTokenCacheKeepsWhatIsUsed(t *testing.T) {
	t.Parallel()
	hits := 0
	v := newVerifier(t, func(c *verifier.Config) { c.Cache.Tokens, c.Hooks = 64, cached(&hits) })
	often := sign(t, goodHeader(), goodClaims())
	reasonOf(t, v, often)
	for i := range 500 {
		reasonOf(t, v, sign(t, goodHeader(), with(goodClaims(), object{"sid": fmt.Sprint("ses_", i)})))
		reasonOf(t, v, often)
	}
	if hits != 500 {
		t.Errorf("%d hits, want 500", hits)
	}
}

func TestTokenCacheConcurrently(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, func(c *verifier.Config) { c.Cache.Tokens = 8 })
	tokens := make([]string, 20)
	for i := range tokens {
		tokens[i] = sign(t, goodHeader(), with(goodClaims(), object{"sid": fmt.Sprint("ses_", i)}))
	}
	var workers sync.WaitGroup
	for n := range 8 {
		workers.Go(func() {
			for i := range 200 {
				want := (i*7 + n) % len(tokens)
				token, err := v.Verify(t.Context(), tokens[want])
				if err != nil || token.SessionID != fmt.Sprint("ses_", want) {
					t.Errorf("token %d: %+v, %v", want, token, err)
				}
			}
		})
	}
	workers.Wait()
}

// A hit allocates nothing.
func TestTokenCacheHitDoesNotAllocate(t *testing.T) {
	v := newVerifier(t, func(c *verifier.Config) { c.Cache.Tokens = 10 })
	raw := sign(t, goodHeader(), goodClaims())
	ctx := t.Context()
	if _, err := v.Verify(ctx, raw); err != nil {
		t.Fatal(err)
	}
	runtime.GC() // the pool is filled again by the first run
	if n := testing.AllocsPerRun(100, func() { v.Verify(ctx, raw) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
