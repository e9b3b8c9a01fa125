package refresh_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/refresh"
)

// failingStore is a store whose methods return errors, if they are set.
type failingStore struct {
	*refresh.MemoryStore
	load, save, delete, lock error
}

func (f *failingStore) Load(ctx context.Context, id string) (*refresh.Session, error) {
	if f.load != nil {
		return nil, f.load
	}
	return f.MemoryStore.Load(ctx, id)
}

func (f *failingStore) Save(ctx context.Context, s *refresh.Session) error {
	if f.save != nil {
		return f.save
	}
	return f.MemoryStore.Save(ctx, s)
}

func (f *failingStore) Delete(ctx context.Context, id string) error {
	if f.delete != nil {
		return f.delete
	}
	return f.MemoryStore.Delete(ctx, id)
}

func (f *failingStore) Lock(ctx context.Context, id string) (func(), error) {
	if f.lock != nil {
		return nil, f.lock
	}
	return f.MemoryStore.Lock(ctx, id)
}

// newFailingStore returns a client with a store that does not fail yet.
func newFailingStore(t *testing.T) (*provider, *refresh.Client, *failingStore) {
	t.Helper()
	store := &failingStore{MemoryStore: refresh.NewMemoryStore()}
	p, client, _ := newClient(t, func(c *refresh.Config) { c.Store = store })
	return p, client, store
}

// What is known of a login is in the session, and in the store.
func TestBegin(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		p, client, store := newClient(t, nil)
		now := time.Now()
		s := begin(t, p, client, goodLogin())
		stored, err := store.Load(t.Context(), testSession)
		if err != nil {
			t.Fatal(err)
		}
		if s.Token == nil || s.Token.Subject != s.First.Subject {
			t.Errorf("the session has the token %v", s.Token)
		}
		login := now.Add(-sinceLogin).Truncate(time.Second)
		for name, got := range map[string]*refresh.Session{"returned": s, "stored": stored} {
			f := got.First
			if f.Issuer != testIssuer || f.Subject != "usr_63261014140912135" || len(f.Audience) != 1 || f.Audience[0] != testClient ||
				f.Nonce != "n-0S6_WzA2Mj" || f.Party != testClient || f.OrganizationID != "org_59615193906282635" ||
				f.SessionID != "ses_65274187031249433" || !f.IssuedAt.Equal(login) || !f.AuthTime.Equal(login) {
				t.Errorf("%s: the first ID Token is %+v", name, f)
			}
			if got.AccessToken != "at-1" || got.RefreshToken != "rt-1" || got.IDToken != s.IDToken || got.IDToken == "" ||
				got.Scope != goodLogin().Scope || !got.IssuedAt.Equal(login) {
				t.Errorf("%s: the tokens are %+v", name, got)
			}
			// Both tokens live for four minutes, and a margin is a minute and an
			// eighth of one.
			if !got.AccessExpiry.Equal(now.Add(4*time.Minute)) || !got.IDExpiry.Equal(now.Add(4*time.Minute)) ||
				!got.RefreshAt.Equal(now.Add(172500*time.Millisecond)) {
				t.Errorf("%s: it expires at %v and %v and is refreshed at %v", name, got.AccessExpiry, got.IDExpiry, got.RefreshAt)
			}
		}
		s.First.Audience[0] = "changed"
		if again, err := client.Current(t.Context(), testSession); err != nil || again.First.Audience[0] != testClient {
			t.Errorf("the caller's session is that of the store: %v", err)
		}
		unlock, err := store.Lock(t.Context(), testSession)
		if err != nil {
			t.Fatal(err)
		}
		unlock()
		if s := begin(t, p, client, refresh.Login{RefreshToken: "rt-1"}); !s.AccessExpiry.IsZero() || s.RefreshAt.IsZero() {
			t.Errorf("without a known life: it expires at %v and is refreshed at %v", s.AccessExpiry, s.RefreshAt)
		}
		if s := begin(t, p, client, refresh.Login{ExpiresIn: time.Minute}); s.AccessExpiry.IsZero() || !s.RefreshAt.IsZero() {
			t.Errorf("without a refresh token: it expires at %v and is refreshed at %v", s.AccessExpiry, s.RefreshAt)
		}
	})
}

func TestBeginRefuses(t *testing.T) {
	t.Parallel()
	_, client, _ := newClient(t, nil)
	for name, login := range map[string]refresh.Login{
		"no session ID": {Token: &verifier.Token{}}, "no token": {SessionID: "a"},
	} {
		if _, err := client.Begin(t.Context(), login); verifier.ReasonOf(err) != verifier.ReasonConfigInvalid {
			t.Errorf("%s: Begin = %v", name, err)
		}
	}
	for name, s := range map[string]*refresh.Session{"no session": nil, "a session without an ID": {RefreshToken: "rt-1"}} {
		if _, err := client.Refresh(t.Context(), s); verifier.ReasonOf(err) != verifier.ReasonConfigInvalid {
			t.Errorf("%s: Refresh = %v", name, err)
		}
	}
}

// The errors of a store are returned.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	broken := io.ErrUnexpectedEOF
	login := refresh.Login{SessionID: "a", Token: &verifier.Token{}}
	want := func(t *testing.T, what string, err error) {
		t.Helper()
		if !errors.Is(err, broken) {
			t.Errorf("%s = %v, want the error of the store", what, err)
		}
	}
	bubble(t, "locking", func(t *testing.T) {
		p, client, store := newFailingStore(t)
		s := begin(t, p, client, goodLogin())
		store.lock = broken
		_, err := client.Begin(t.Context(), login)
		want(t, "Begin", err)
		want(t, "End", client.End(t.Context(), s.ID))
		_, err = client.Refresh(t.Context(), s)
		want(t, "Refresh", err)
		if p.count() != 0 {
			t.Errorf("%d requests without the lock", p.count())
		}
	})
	bubble(t, "saving", func(t *testing.T) {
		_, client, store := newFailingStore(t)
		store.save = broken
		_, err := client.Begin(t.Context(), login)
		want(t, "Begin", err)
	})
	bubble(t, "deleting", func(t *testing.T) {
		p, client, store := newFailingStore(t)
		s := begin(t, p, client, goodLogin())
		store.delete = broken
		want(t, "End", client.End(t.Context(), s.ID))
		p.answer(400, object{"error": "invalid_grant"})
		_, err := client.Refresh(t.Context(), s)
		want(t, "Refresh", err)
		if !errors.Is(err, refresh.ErrSignInRequired) {
			t.Errorf("Refresh = %v, want %v", err, refresh.ErrSignInRequired)
		}
	})
	bubble(t, "loading once the refresh token is refused", func(t *testing.T) {
		p, client, store := newFailingStore(t)
		s := begin(t, p, client, goodLogin())
		p.answer(400, object{"error": "invalid_grant"})
		store.load = refresh.ErrNotFound // as if it were not there
		if _, err := client.Refresh(t.Context(), s); !errors.Is(err, refresh.ErrSignInRequired) {
			t.Errorf("Refresh = %v, want %v", err, refresh.ErrSignInRequired)
		}
	})
}

// What a store could not take is kept until it can, or until another client has
// gone beyond it, or until the session ends.
func TestUnsavedSessions(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*provider, *refresh.Client, *failingStore) {
		p, client, store := newFailingStore(t)
		s := begin(t, p, client, goodLogin())
		p.answer(200, goodAnswer(t, time.Now(), nil))
		store.save = io.ErrUnexpectedEOF
		if _, err := client.Refresh(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if got, err := client.Current(t.Context(), testSession); err != nil || got.AccessToken != "at-2" {
			t.Fatalf("Current = %+v, %v, want what could not be stored", got, err)
		}
		return p, client, store
	}
	access := func(t *testing.T, client *refresh.Client, want string) {
		t.Helper()
		if got, err := client.Current(t.Context(), testSession); err != nil || got.AccessToken != want {
			t.Errorf("Current = %+v, %v, want %s", got, err, want)
		}
	}
	bubble(t, "until it is stored", func(t *testing.T) {
		p, client, store := start(t)
		store.save = nil
		p.answer(200, object{"access_token": "at-3", "token_type": "Bearer", "expires_in": 300})
		s, err := client.Current(t.Context(), testSession)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Refresh(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		access(t, client, "at-3")
	})
	bubble(t, "until another client has a newer state", func(t *testing.T) {
		_, client, store := start(t)
		newer := &refresh.Session{ID: testSession, AccessToken: "at-9", RefreshToken: "rt-9", Generation: 9}
		if err := store.MemoryStore.Save(t.Context(), newer); err != nil {
			t.Fatal(err)
		}
		access(t, client, "at-9")
	})
	bubble(t, "while the store cannot be read either", func(t *testing.T) {
		_, client, store := start(t)
		store.load = io.ErrUnexpectedEOF
		access(t, client, "at-2")
	})
	bubble(t, "until the session ends", func(t *testing.T) {
		_, client, _ := start(t)
		if err := client.End(t.Context(), testSession); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Current(t.Context(), testSession); !errors.Is(err, refresh.ErrNotFound) {
			t.Errorf("Current = %v, want %v", err, refresh.ErrNotFound)
		}
	})
}

// Which of two states is the newer one, and whether it needs a refresh.
func TestNewerState(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		given, stored uint64 // generations
		due           bool
		sent          string // refresh token; empty if none
	}{
		{"the caller's is newer", 2, 1, false, "rt-given"},
		{"the stored one is newer", 1, 2, false, ""},
		{"the stored one is newer and due", 1, 2, true, "rt-stored"},
		{"both are the same", 1, 1, false, "rt-stored"},
	} {
		bubble(t, test.name, func(t *testing.T) {
			p, client, store := newClient(t, nil)
			p.answer(200, object{"access_token": "at-2", "token_type": "Bearer"})
			stored := &refresh.Session{
				ID: testSession, RefreshToken: "rt-stored", Generation: test.stored, RefreshAt: time.Now().Add(time.Hour),
			}
			if test.due {
				stored.RefreshAt = time.Now()
			}
			if err := store.Save(t.Context(), stored); err != nil {
				t.Fatal(err)
			}
			given := &refresh.Session{ID: testSession, RefreshToken: "rt-given", Generation: test.given}
			got, err := client.Refresh(t.Context(), given)
			if err != nil {
				t.Fatal(err)
			}
			sent := ""
			if p.count() > 0 {
				sent = p.last().Get("refresh_token")
			}
			if sent != test.sent || (got.AccessToken == "at-2") != (test.sent != "") {
				t.Errorf("it sent %q and has %q, want %q sent", sent, got.AccessToken, test.sent)
			}
		})
	}
}

// Two callers cost one request even if the refresh token is not rotated.
func TestRefreshOnceWithoutRotation(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		p.answer(200, object{"access_token": "at-2", "token_type": "Bearer"})
		errs := make(chan error, 2)
		release := p.hold()
		for range 2 {
			go func() { _, err := client.Refresh(t.Context(), s); errs <- err }()
		}
		time.Sleep(time.Second)
		release()
		if err := errors.Join(<-errs, <-errs); err != nil || p.count() != 1 {
			t.Errorf("%d requests, %v, want 1", p.count(), err)
		}
	})
}
