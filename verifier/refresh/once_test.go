package refresh_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/refresh"
)

func TestRefreshWithoutAnswer(t *testing.T) {
	t.Parallel()

	bubble(t, "a connection that breaks once", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		good := text(t, goodAnswer(t, time.Now(), nil))
		p.serve(func(w http.ResponseWriter, _ *http.Request) {
			if p.count() == 1 {
				panic(http.ErrAbortHandler)
			}
			w.Write(good)
		})
		if _, err := client.Refresh(t.Context(), s); err != nil || p.count() != 2 {
			t.Errorf("Refresh = %v after %d requests, want success with the second", err, p.count())
		}
	})

	bubble(t, "an answer that is lost after the rotation", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		p.serve(func(w http.ResponseWriter, _ *http.Request) {
			if p.count() == 1 {
				panic(http.ErrAbortHandler)
			}
			w.WriteHeader(400)
			fmt.Fprint(w, `{"error":"invalid_grant"}`)
		})
		if _, err := client.Refresh(t.Context(), s); !errors.Is(err, refresh.ErrSignInRequired) || p.count() != 2 {
			t.Errorf("Refresh = %v after %d requests, want the end of the session with the second",
				err, p.count())
		}
	})

	bubble(t, "connections that break always", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		p.serve(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		if _, err := client.Refresh(t.Context(), s); verifier.ReasonOf(err) != verifier.ReasonRefreshFailed || errors.Is(err, refresh.ErrSignInRequired) {
			t.Errorf("the first refresh: %v", err)
		}
		time.Sleep(time.Hour)
		if _, err := client.Refresh(t.Context(), s); !errors.Is(err, refresh.ErrSignInRequired) {
			t.Errorf("the second refresh: %v, want the end of the session", err)
		}
		if p.count() != 2 {
			t.Errorf("%d requests, want 2: a token is not sent a third time", p.count())
		}
	})

	bubble(t, "an endpoint that hangs", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		p.serve(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		began := time.Now()
		if _, err := client.Refresh(t.Context(), s); !errors.Is(err, context.DeadlineExceeded) || p.count() != 1 {
			t.Errorf("Refresh = %v after %d requests", err, p.count())
		}
		if passed := time.Since(began); passed != refresh.DefaultTimeout {
			t.Errorf("it took %v, want %v", passed, refresh.DefaultTimeout)
		}
	})
}

func TestRefreshOnce(t *testing.T) {
	t.Parallel()

	bubble(t, "a hundred callers cost one request", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		good := text(t, goodAnswer(t, time.Now(), nil))
		p.serve(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Second)
			w.Write(good)
		})
		var callers sync.WaitGroup
		for range 100 {
			callers.Go(func() {
				if got, err := client.Refresh(t.Context(), s); err != nil || got.RefreshToken != "rt-2" {
					t.Errorf("Refresh = %+v, %v", got, err)
				}
			})
		}
		callers.Wait()
		// One who comes late with the old state gets the new one.
		if got, err := client.Refresh(t.Context(), s); err != nil || got.RefreshToken != "rt-2" {
			t.Errorf("a late caller: %+v, %v", got, err)
		}
		if p.count() != 1 {
			t.Errorf("%d requests, want 1", p.count())
		}
	})

	bubble(t, "the next refresh uses the rotated token", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		for i := range 5 {
			p.answer(200, with(goodAnswer(t, time.Now(), object{"auth_time": nil}), object{"refresh_token": fmt.Sprint("rt-", i+2)}))
			var err error
			if s, err = client.Refresh(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if sent := p.last().Get("refresh_token"); sent != fmt.Sprint("rt-", i+1) {
				t.Errorf("refresh %d sent %s", i, sent)
			}
			time.Sleep(time.Minute)
		}
	})

	bubble(t, "without rotation the old token is used again", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		for range 3 {
			p.answer(200, with(goodAnswer(t, time.Now(), object{"auth_time": nil}), object{"refresh_token": nil}))
			var err error
			if s, err = client.Refresh(t.Context(), s); err != nil || p.last().Get("refresh_token") != "rt-1" {
				t.Errorf("Refresh = %v, sent %s", err, p.last().Get("refresh_token"))
			}
			time.Sleep(time.Minute)
		}
	})

	bubble(t, "a caller who gives up does not waste the token", func(t *testing.T) {
		p, client, store := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		good := text(t, goodAnswer(t, time.Now(), nil))
		p.serve(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Second)
			w.Write(good)
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := client.Refresh(ctx, s); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the caller who gives up: %v", err)
		}
		time.Sleep(2 * time.Second)
		if stored, err := store.Load(t.Context(), s.ID); err != nil || stored.RefreshToken != "rt-2" {
			t.Errorf("the store has %+v, %v, want the rotated token", stored, err)
		}
	})
}

func TestRefreshStoresBeforeItVerifies(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		store := refresh.NewMemoryStore()
		var atVerification, atSending *refresh.Session
		p, client, _ := newClient(t, func(c *refresh.Config) {
			c.Store = store
			c.Verifier = verifierFunc(func(ctx context.Context, raw string, in verifier.Inputs) (*verifier.Token, error) {
				atVerification, _ = store.Load(ctx, testSession)
				return nil, &verifier.Error{Reason: verifier.ReasonJWKSFetchFailed}
			})
		})
		s := begin(t, p, client, goodLogin())
		good := text(t, goodAnswer(t, time.Now(), nil))
		p.serve(func(w http.ResponseWriter, r *http.Request) {
			atSending, _ = store.Load(r.Context(), testSession)
			w.Write(good)
		})
		if _, err := client.Refresh(t.Context(), s); verifier.ReasonOf(err) != verifier.ReasonJWKSFetchFailed {
			t.Errorf("Refresh = %v, want that the keys are unavailable", err)
		}
		if atSending.RefreshToken != "rt-1" || atSending.Sent != 1 {
			t.Errorf("while the token was sent the store had %s, sent %d times, want rt-1 once",
				atSending.RefreshToken, atSending.Sent)
		}
		if atVerification.RefreshToken != "rt-2" || atVerification.Sent != 0 || atVerification.AccessToken != "at-1" {
			t.Errorf("at the verification the store had %s with the access token %s",
				atVerification.RefreshToken, atVerification.AccessToken)
		}
	})
}

type verifierFunc func(context.Context, string, verifier.Inputs) (*verifier.Token, error)

func (f verifierFunc) VerifyWith(
	ctx context.Context, raw string, in verifier.Inputs,
) (*verifier.Token, error) {
	return f(ctx, raw, in)
}

func TestRefreshSurvivesItsStore(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		broken := &brokenStore{Store: refresh.NewMemoryStore()}
		p, client, _ := newClient(t, func(c *refresh.Config) { c.Store = broken })
		s := begin(t, p, client, goodLogin())
		p.answer(200, goodAnswer(t, time.Now(), nil))
		broken.broken = true
		got, err := client.Refresh(t.Context(), s)
		if err != nil || !slices.Contains(got.Notes, refresh.NoteNotStored) {
			t.Fatalf("Refresh = %+v, %v, want a session with the note %q",
				got, err, refresh.NoteNotStored)
		}
		time.Sleep(time.Minute)
		broken.broken = false
		p.answer(200, with(goodAnswer(t, time.Now(), object{"auth_time": nil}), object{"refresh_token": "rt-3"}))
		if _, err := client.Refresh(t.Context(), s); err == nil && p.count() != 1 {
			t.Errorf("the old state was refreshed again: the newer one in memory was not known")
		}
		if _, err := client.Refresh(t.Context(), got); err != nil || p.last().Get("refresh_token") != "rt-2" {
			t.Errorf("Refresh = %v, sent %s, want rt-2", err, p.last().Get("refresh_token"))
		}
		if stored, err := broken.Load(t.Context(), s.ID); err != nil || stored.RefreshToken != "rt-3" {
			t.Errorf("the store has %+v, %v", stored, err)
		}
	})
}

type brokenStore struct {
	refresh.Store
	broken bool
}

func (b *brokenStore) Save(ctx context.Context, s *refresh.Session) error {
	if b.broken {
		return errors.New("no space left on device")
	}
	return b.Store.Save(ctx, s)
}

// The refresh token that an answer brings has replaced the one that was sent,
// whatever is wrong with the rest. RFC 6749, 6.
func TestRefreshKeepsTheSuccessor(t *testing.T) {
	t.Parallel()
	const good = `"access_token":"at-2","token_type":"Bearer","refresh_token":"rt-2"`
	tests := []struct {
		name, body string
		status     int
	}{
		{name: "scope is a list", body: `{` + good + `,"scope":["openid"]}`},
		{name: "no token_type", body: `{"access_token":"at-2","refresh_token":"rt-2"}`},
		{name: "no access_token", body: `{"token_type":"Bearer","refresh_token":"rt-2"}`},
		{name: "id_token is a number", body: `{"id_token":1,` + good + `}`},
		{name: "a member appears twice", body: `{` + good + `,"scope":"a","scope":"b"}`},
		{name: "refresh_token appears twice", body: `{"refresh_token":"rt-0",` + good + `}`},
		{name: "invalid UTF-8", body: "{" + good + ",\"scope\":\"\xff\"}"},
		{name: "cut off", body: `{` + good + `,"scope":"op`},
		{name: "data after the object", body: `{` + good + `}<!-- proxy -->`},
		{name: "too large", body: `{` + good + `,"padding":"` + strings.Repeat("x", 300<<10) + `"}`},
		{name: "status 201", body: `{` + good + `}`, status: http.StatusCreated},
		{name: "an error with status 200", body: `{"error":"invalid_grant","refresh_token":"rt-2"}`},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			p, client, store := newClient(t, nil)
			s := begin(t, p, client, goodLogin())
			p.serve(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(max(test.status, http.StatusOK))
				fmt.Fprint(w, test.body)
			})
			if _, err := client.Refresh(t.Context(), s); verifier.ReasonOf(err) != verifier.ReasonRefreshFailed || errors.Is(err, refresh.ErrSignInRequired) {
				t.Fatalf("Refresh = %v, want %s and a session that goes on",
					err, verifier.ReasonRefreshFailed)
			}
			stored, err := store.Load(t.Context(), s.ID)
			if err != nil || stored.RefreshToken != "rt-2" || stored.Generation != 1 || stored.AccessToken != "at-1" {
				t.Fatalf("the store has %+v, %v, want the old tokens with rt-2", stored, err)
			}
			time.Sleep(time.Until(stored.NotBefore))
			p.answer(http.StatusOK, with(goodAnswer(t, time.Now(), nil), object{"refresh_token": "rt-3"}))
			if got, err := client.Refresh(t.Context(), stored); err != nil || got.RefreshToken != "rt-3" || p.last().Get("refresh_token") != "rt-2" {
				t.Errorf("the next Refresh = %+v, %v, sent %s, want rt-2 sent",
					got, err, p.last().Get("refresh_token"))
			}
		})
	}

	bubble(t, "an error response names no successor", func(t *testing.T) {
		p, client, store := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		p.answer(http.StatusInternalServerError, object{"error": "server_error", "refresh_token": "rt-2"})
		if _, err := client.Refresh(t.Context(), s); err == nil {
			t.Fatal("Refresh succeeds")
		}
		if stored, err := store.Load(t.Context(), s.ID); err != nil || stored.RefreshToken != "rt-1" || stored.Generation != 0 {
			t.Errorf("the store has %+v, %v, want rt-1", stored, err)
		}
	})
}
