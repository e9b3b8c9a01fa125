package refresh_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/refresh"
)

func TestAlive(t *testing.T) {
	t.Parallel()
	now := time.Now()
	soon, later := now.Add(time.Minute), now.Add(time.Hour)
	tests := []struct {
		name        string
		access, id  time.Time
		lastsUntil  time.Time
		neverExpiry bool
	}{
		{name: "nothing is known", neverExpiry: true},
		{name: "the access token ends first", access: soon, id: later, lastsUntil: soon},
		{name: "the ID Token ends first", access: later, id: soon, lastsUntil: soon},
		{name: "only the access token is known", access: later, lastsUntil: later},
		{name: "only the ID Token is known", id: later, lastsUntil: later},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := refresh.Session{AccessExpiry: test.access, IDExpiry: test.id}
			if test.neverExpiry {
				if !s.Alive(later) {
					t.Error("it is not alive")
				}
				return
			}
			if !s.Alive(test.lastsUntil.Add(-1)) || s.Alive(test.lastsUntil) {
				t.Errorf("it does not live until %v", test.lastsUntil.Sub(now))
			}
		})
	}
	if (&refresh.Session{}).Due(later) {
		t.Error("a session that cannot be refreshed is due")
	}
}

// An error of the provider is quoted in part, without control characters.
func TestOAuthErrorText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 128)
	for said, want := range map[string]string{
		"":                 `status 400, "invalid_scope"`,
		"no such scope":    `status 400, "invalid_scope": "no such scope"`,
		"a\x00b\x1fc\x7fd": `status 400, "invalid_scope": "a b c d"`,
		long:               `status 400, "invalid_scope": "` + long + `"`,
		long + "y":         `status 400, "invalid_scope": "` + long + `…"`,
		long[1:] + "é":     `status 400, "invalid_scope": "` + long[1:] + `…"`,
	} {
		bubble(t, want[:min(len(want), 60)], func(t *testing.T) {
			p, client, _ := newClient(t, nil)
			s := begin(t, p, client, goodLogin())
			p.answer(400, object{"error": "invalid_scope", "error_description": said})
			_, err := client.Refresh(t.Context(), s)
			if e, ok := errors.AsType[*refresh.OAuthError](err); !ok || e.Error() != want {
				t.Errorf("Refresh = %v, want %s", err, want)
			}
		})
	}
}

// The pauses double from a second to a minute, less a fifth at random, of which
// the clients of these tests take the half. A success ends that.
func TestPauses(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		fail := func(want time.Duration) {
			t.Helper()
			p.answer(500, object{})
			_, err := client.Refresh(t.Context(), s)
			e, ok := errors.AsType[*verifier.Error](err)
			if !ok || e.RetryAfter != want {
				t.Fatalf("Refresh = %v, want a pause of %v", err, want)
			}
			time.Sleep(want - time.Nanosecond)
			before := p.count()
			if _, err := client.Refresh(t.Context(), s); err == nil || p.count() != before {
				t.Fatalf("a nanosecond before its end: %v, %d requests more", err, p.count()-before)
			}
			time.Sleep(time.Nanosecond)
		}
		for _, seconds := range []float64{1, 2, 4, 8, 16, 32, 60, 60} {
			fail(time.Duration(seconds * 0.9 * float64(time.Second)))
		}
		p.answer(200, goodAnswer(t, time.Now(), object{"auth_time": nil}))
		renewed, err := client.Refresh(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		s = renewed
		fail(900 * time.Millisecond)
	})
}

// A session that the provider has ended is not used until its tokens expire.
func TestCurrentOfAnEndedSession(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		p.answer(400, object{"error": "invalid_grant"})
		time.Sleep(time.Until(s.RefreshAt))
		if !s.Alive(time.Now()) {
			t.Fatal("its tokens have expired")
		}
		if _, err := client.Current(t.Context(), s.ID); !errors.Is(err, refresh.ErrSignInRequired) {
			t.Errorf("Current = %v, want %v", err, refresh.ErrSignInRequired)
		}
	})
}

// KeepAlive that ends during a refresh does not report that refresh.
func TestKeepAliveEndsDuringARefresh(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		p.serve(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), time.Until(s.RefreshAt)+time.Second)
		defer cancel()
		err := client.KeepAlive(ctx, s.ID, func(*refresh.Session, error) { t.Error("it reports an attempt") })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("KeepAlive = %v, want the end of its context", err)
		}
	})
}

// unreadableStore cannot load sessions.
type unreadableStore struct{ *refresh.MemoryStore }

func (unreadableStore) Load(context.Context, string) (*refresh.Session, error) {
	return nil, io.ErrUnexpectedEOF
}

func TestRefreshWithoutItsStore(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		p, client, _ := newClient(t, func(c *refresh.Config) { c.Store = unreadableStore{refresh.NewMemoryStore()} })
		s := begin(t, p, client, goodLogin())
		_, err := client.Refresh(t.Context(), s)
		if verifier.ReasonOf(err) != verifier.ReasonRefreshFailed || !errors.Is(err, io.ErrUnexpectedEOF) || p.count() != 0 {
			t.Errorf("Refresh = %v after %d requests, want the error of the store and none", err, p.count())
		}
	})
}

// Callers who share a refresh share no memory.
func TestCallersGetSessionsOfTheirOwn(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		p, client, store := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		p.serve(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Second)
			w.Write(text(t, with(goodAnswer(t, time.Now(), nil), object{"id_token": nil})))
		})
		results := make(chan *refresh.Session, 2)
		for range 2 {
			go func() {
				renewed, err := client.Refresh(t.Context(), s)
				if err != nil {
					t.Error(err)
				}
				results <- renewed
			}()
		}
		one, other := <-results, <-results
		if p.count() != 1 {
			t.Fatalf("%d requests, want one for both", p.count())
		}
		one.Notes[0], one.First.Audience[0] = "changed", "changed"
		if other.Notes[0] != refresh.NoteNoIDToken || other.First.Audience[0] != testClient {
			t.Errorf("the other caller has %q and %q", other.Notes, other.First.Audience)
		}
		stored, err := store.Load(t.Context(), s.ID)
		if err != nil || stored.Notes != nil || stored.Token != nil {
			t.Errorf("the store has %q and %v, %v", stored.Notes, stored.Token, err)
		}
	})
}
