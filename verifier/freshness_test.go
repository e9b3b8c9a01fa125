package verifier_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
)

// withHeader answers as h does, with further header fields.
func withHeader(h http.HandlerFunc, fields ...string) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(fields); i += 2 {
			rw.Header().Set(fields[i], fields[i+1])
		}
		h(rw, r)
	}
}

func TestFreshness(t *testing.T) {
	t.Parallel()
	date := func(d time.Duration) string {
		// A bubble begins at this time.
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(d).Format(http.TimeFormat)
	}
	tests := []struct {
		name   string
		header []string
		// want is how long the set is used without a request.
		want time.Duration
	}{
		{"no header", nil, verifier.DefaultFreshFor},
		{"max-age", []string{"Cache-Control", "public, max-age=60"}, time.Minute},
		{"max-age in quotes", []string{"Cache-Control", `max-age="60"`}, time.Minute},
		{"max-age in capitals", []string{"Cache-Control", "Max-Age=60"}, time.Minute},
		{"max-age twice", []string{"Cache-Control", "max-age=60, max-age=120"}, time.Minute},
		{"max-age of nothing", []string{"Cache-Control", "max-age=0"}, 10 * time.Second},
		{"max-age of a year", []string{"Cache-Control", "max-age=31536000"}, time.Hour},
		{"max-age beyond any number", []string{"Cache-Control", "max-age=99999999999999999999"}, verifier.DefaultFreshFor},
		{"no-store", []string{"Cache-Control", "no-store"}, time.Minute},
		{"no-cache next to max-age", []string{"Cache-Control", "max-age=600, no-cache"}, time.Minute},
		{"garbage", []string{"Cache-Control", "max-age=abc, max-age=-5, =,,;"}, verifier.DefaultFreshFor},
		{"Age from a cache", []string{"Cache-Control", "max-age=60", "Age", "50"}, 10 * time.Second},
		{"Expires", []string{"Date", date(0), "Expires", date(2 * time.Minute)}, 2 * time.Minute},
		{"Expires and max-age", []string{"Date", date(0), "Expires", date(2 * time.Minute), "Cache-Control", "max-age=60"}, time.Minute},
		{"Expires that is no date", []string{"Expires", "0"}, 10 * time.Second},
		{"Expires in the past", []string{"Date", date(0), "Expires", date(-time.Hour)}, 10 * time.Second},
		{"Expires without Date", []string{"Expires", date(2 * time.Minute)}, verifier.DefaultFreshFor},
		{"a comma in quotes", []string{"Cache-Control", `ext="a, max-age=20", max-age=60`}, time.Minute},
		{"two values of Age", []string{"Cache-Control", "max-age=60", "Age", "40, 10"}, 20 * time.Second},
		{"Age that is no number", []string{"Cache-Control", "max-age=60", "Age", "old"}, time.Minute},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(w *world) {
			w.serve(withHeader(body(w.set("k1")), test.header...))
			w.start(nil)
			w.accept("k1")
			time.Sleep(test.want - time.Nanosecond)
			w.accept("k1") // alone, it is not worth a refresh ahead
			w.between(0, 1, 1)
			time.Sleep(time.Nanosecond)
			w.accept("k1")
			w.between(0, 2, 2)
		})
	}

	inBubble(t, "a hundred tokens in a second cost a provider that forbids caching one request", func(w *world) {
		w.serve(withHeader(body(w.set("k1")), "Cache-Control", "max-age=0"))
		w.start(nil)
		for range 100 {
			w.accept("k1")
			time.Sleep(10 * time.Millisecond)
		}
		w.between(0, 1, 1)
	})

	inBubble(t, "an unchanged set is renewed by its ETag", func(w *world) {
		var conditional atomic.Int64
		set := w.set("k1")
		w.serve(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("ETag", `"v1"`)
			if r.Header.Get("If-None-Match") == `"v1"` {
				conditional.Add(1)
				rw.WriteHeader(http.StatusNotModified)
				return
			}
			rw.Write(set)
		})
		w.start(nil)
		for range 10 {
			w.accept("k1")
			time.Sleep(verifier.DefaultFreshFor)
		}
		w.between(0, 10, 10)
		if n := conditional.Load(); n != 9 {
			w.Errorf("%d conditional requests, want 9", n)
		}
		if s, _ := w.v.Status(); s.Generation != 1 {
			w.Errorf("generation %d, want 1: the set has not changed", s.Generation)
		}
	})

	inBubble(t, "304 to a request without condition is no set", func(w *world) {
		w.serve(status(http.StatusNotModified))
		w.start(nil)
		w.refuse("k1", verifier.ReasonJWKSFetchFailed)
	})

	inBubble(t, "an ETag is not sent to another place", func(w *world) {
		w.serve(withHeader(body(w.set("k1")), "ETag", `"v1"`))
		w.warm()
		w.serve(status(http.StatusGone))
		w.metadata = func(rw http.ResponseWriter, _ *http.Request) {
			rw.Write([]byte(`{"issuer":"` + bubbleIssuer + `","jwks_uri":"` + bubbleIssuer + `/keys?v=2"}`))
		}
		set := w.set("k1")
		w.moved = func(rw http.ResponseWriter, r *http.Request) {
			if etag := r.Header.Get("If-None-Match"); etag != "" {
				w.Errorf("If-None-Match is %q", etag)
			}
			rw.Write(set)
		}
		time.Sleep(verifier.DefaultFreshFor)
		w.accept("k1")
	})

	inBubble(t, "one set in an hour is refreshed ahead, so that no token waits", func(w *world) {
		w.serve(slow(500*time.Millisecond, body(w.set("k1"))))
		w.start(nil)
		w.accept("k1")
		var waited time.Duration
		for began := time.Now(); time.Since(began) < time.Hour; time.Sleep(3 * time.Second) {
			waited += w.accept("k1")
		}
		if waited != 0 {
			w.Errorf("requests waited %v in all, want nothing", waited)
		}
		w.between(0, 7, 10)
	})

	inBubble(t, "an unused set is not refreshed", func(w *world) {
		w.warm()
		time.Sleep(24 * time.Hour)
		w.between(0, 1, 1)
	})
}

// A clock that is set back must not make keys live longer, nor pauses.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	c := &clock{}
	v := p.verifier(t, c)
	good := p.token(t, testKeyID)
	if _, err := v.Verify(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	c.advance(-time.Hour)
	p.publish(t, jwkOf("snk_new", nil))
	if got := reasonOf(t, v, good); got != verifier.ReasonKeyNotFound {
		t.Errorf("a token of a key that was withdrawn: %q, want %s",
			got, verifier.ReasonKeyNotFound)
	}

	p.answer(status(503))
	c.advance(3 * time.Hour) // the set is no longer usable
	if got := reasonOf(t, v, good); got != verifier.ReasonJWKSFetchFailed {
		t.Fatalf("during the outage: %q, want %s", got, verifier.ReasonJWKSFetchFailed)
	}
	p.publish(t, jwkOf(testKeyID, nil))
	c.advance(-time.Minute) // in the middle of the pause
	if got := reasonOf(t, v, good); got != "" {
		t.Errorf("after the clock was set back: %q, want acceptance", got)
	}
}

// Goroutines that read the clock, and are overtaken by a fetch before they look
// at the set, do not take that for a clock that was set back.
func TestOvertakenReadersCauseNoFetch(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	c := &clock{}
	v := p.verifier(t, c)
	if err := v.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	raw := p.token(t, testKeyID)
	base := p.fetched.Load()
	for range 5 {
		c.advance(-time.Millisecond)
		if got := reasonOf(t, v, raw); got != "" {
			t.Error(got)
		}
	}
	if n := p.fetched.Load() - base; n != 0 {
		t.Errorf("%d requests, want none", n)
	}
	p.answer(status(503))
	c.advance(2 * time.Hour)
	for range 5 {
		c.advance(-time.Millisecond)
		if got := reasonOf(t, v, raw); got != verifier.ReasonJWKSFetchFailed {
			t.Error(got)
		}
	}
	if n := p.fetched.Load() - base; n != 1 {
		t.Errorf("%d requests of an outage, want one until the pause is over", n)
	}
}
