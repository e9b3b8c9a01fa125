package refresh_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/refresh"
)

// bubble runs a test with a clock that moves only when everybody waits.
func bubble(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	testKey()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, test)
	})
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	second := func(d time.Duration) func(time.Time) any {
		return func(now time.Time) any { return now.Add(d).Unix() }
	}
	tests := []struct {
		name   string
		claims object // changes to the new ID Token; functions get the time
		answer object // changes to the answer
		want   verifier.Reason
		claim  string
		notes  []refresh.Note
		keeps  bool // whether a refused session can be refreshed again
	}{
		{name: "everything new"},
		{name: "no nonce"},
		{name: "the nonce of the login", claims: object{"nonce": "n-0S6_WzA2Mj"}},
		{name: "another nonce", claims: object{"nonce": "other"}, want: verifier.ReasonRefreshMismatch, claim: "nonce"},
		{name: "another issuer", claims: object{"iss": "https://evil.example"}, want: verifier.ReasonRefreshMismatch, claim: "iss"},
		{name: "another subject", claims: object{"sub": "usr_1"}, want: verifier.ReasonRefreshMismatch, claim: "sub"},
		{name: "the audience lost", claims: object{"aud": []string{"other"}}, want: verifier.ReasonRefreshMismatch, claim: "aud"},
		{name: "an audience more", claims: object{"aud": []string{testClient, "other"}}, want: verifier.ReasonInvalidAudience, claim: "aud", keeps: true},
		{name: "another authorized party", claims: object{"azp": "other"}, want: verifier.ReasonRefreshMismatch, claim: "azp"},
		{name: "no authorized party any more", claims: object{"azp": nil}, want: verifier.ReasonRefreshMismatch, claim: "azp"},
		{name: "another organization", claims: object{"oid": "org_1"}, want: verifier.ReasonRefreshMismatch, claim: "oid"},
		{name: "another session at the provider", claims: object{"sid": "ses_1"}, notes: []refresh.Note{refresh.NoteSessionChanged}},
		{name: "issued when the first was", claims: object{"iat": second(-sinceLogin)}, notes: []refresh.Note{refresh.NoteSameIssuedAt}},
		{name: "issued before the first", claims: object{"iat": second(-2 * sinceLogin)}, want: verifier.ReasonRefreshMismatch, claim: "iat"},
		{name: "authenticated anew", claims: object{"auth_time": second(0)}, want: verifier.ReasonRefreshMismatch, claim: "auth_time"},
		{name: "no auth_time", claims: object{"auth_time": nil}},
		{name: "expired", claims: object{"exp": second(-time.Hour)}, want: verifier.ReasonTokenExpired, claim: "exp", keeps: true},
		{name: "at_hash of the old access token", claims: object{"at_hash": atHash("at-1")}, want: verifier.ReasonInvalidTokenHash, claim: "at_hash", keeps: true},
		{name: "a bad signature", answer: object{"id_token": "x"}, want: verifier.ReasonMalformedToken, keeps: true},
		{name: "no ID Token", answer: object{"id_token": nil}, notes: []refresh.Note{refresh.NoteNoIDToken}},
		{name: "ID Token null", answer: object{"id_token": nil}, notes: []refresh.Note{refresh.NoteNoIDToken}},
		{name: "a narrower scope", answer: object{"scope": "openid"}, notes: []refresh.Note{refresh.NoteScopeNarrowed}},
		{name: "no scope", answer: object{"scope": nil}},
		{name: "bearer in lower case", answer: object{"token_type": "bearer"}},
		{name: "BEARER in capitals", answer: object{"token_type": "BEARER"}},
		{name: "another token type", answer: object{"token_type": "DPoP"}, want: verifier.ReasonRefreshFailed, keeps: true},
		{name: "no token type", answer: object{"token_type": nil}, want: verifier.ReasonRefreshFailed, keeps: true},
		{name: "no expires_in", answer: object{"expires_in": nil}, notes: []refresh.Note{refresh.NoteNoExpiry}},
		{name: "expires_in a string", answer: object{"expires_in": "299"}, notes: []refresh.Note{refresh.NoteNoExpiry}},
		{name: "expires_in negative", answer: object{"expires_in": -1}, notes: []refresh.Note{refresh.NoteNoExpiry}},
		{name: "no access token", answer: object{"access_token": nil}, want: verifier.ReasonRefreshFailed, keeps: true},
		{name: "access token a number", answer: object{"access_token": 1}, want: verifier.ReasonRefreshFailed, keeps: true},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			p, client, store := newClient(t, nil)
			s := begin(t, p, client, goodLogin())
			now := time.Now()
			claims := object{}
			for name, v := range test.claims {
				if f, ok := v.(func(time.Time) any); ok {
					v = f(now)
				}
				claims[name] = v
			}
			p.answer(http.StatusOK, with(goodAnswer(t, now, claims), test.answer))
			got, err := client.Refresh(t.Context(), s)
			if reason := verifier.ReasonOf(err); reason != test.want {
				t.Fatalf("Refresh = %v, want %q", err, test.want)
			}
			if form := p.last(); form.Get("refresh_token") != "rt-1" || form.Get("client_secret") != testSecret || form.Get("grant_type") != "refresh_token" {
				t.Errorf("the request was %v", form)
			}
			if test.want != "" {
				wantRefused(t, store, s, err, test.claim, test.keeps)
				return
			}
			if got.AccessToken != "at-2" || got.RefreshToken != "rt-2" || got.First.Subject != s.First.Subject || got.Failures != 0 {
				t.Errorf("the session is %+v", *got)
			}
			if !slices.Equal(got.Notes, test.notes) {
				t.Errorf("notes %q, want %q", got.Notes, test.notes)
			}
			hasToken := !slices.Contains(test.notes, refresh.NoteNoIDToken)
			if (got.Token != nil) != hasToken || (got.IDToken != s.IDToken) != hasToken {
				t.Errorf("the ID Token is %v, new: %v", got.Token, got.IDToken != s.IDToken)
			}
			stored, err := store.Load(t.Context(), s.ID)
			if err != nil || stored.RefreshToken != "rt-2" || stored.AccessToken != "at-2" || stored.Generation != 1 {
				t.Errorf("the store has %+v, %v", stored, err)
			}
		})
	}
}

// wantRefused checks what is left of a session whose refresh was refused: with
// a mismatch nothing, else the old tokens with the rotated refresh token.
func wantRefused(t *testing.T, store refresh.Store, s *refresh.Session, err error, claim string, keeps bool) {
	t.Helper()
	if e, _ := errors.AsType[*verifier.Error](err); claim != "" && e.Claim != claim {
		t.Errorf("the claim at fault is %q, want %q: %v", e.Claim, claim, err)
	}
	if errors.Is(err, refresh.ErrSignInRequired) == keeps {
		t.Errorf("ErrSignInRequired in %v, want %v", err, !keeps)
	}
	stored, loadErr := store.Load(t.Context(), s.ID)
	if !keeps {
		if !errors.Is(loadErr, refresh.ErrNotFound) {
			t.Errorf("the store has %+v, %v, want nothing", stored, loadErr)
		}
		return
	}
	if loadErr != nil || stored.AccessToken != "at-1" || stored.IDToken != s.IDToken {
		t.Errorf("the store has %+v, %v, want the session as it was", stored, loadErr)
	}
}

func TestRefreshFails(t *testing.T) {
	t.Parallel()
	oauth := func(status int, code string, header ...string) func(*provider) {
		return func(p *provider) {
			p.answer(status, object{"error": code, "error_description": "no\x1b[2J " + strings.Repeat("x", 500)}, header...)
		}
	}
	raw := func(status int, body string, header ...string) func(*provider) {
		return func(p *provider) {
			p.serve(func(w http.ResponseWriter, _ *http.Request) {
				for i := 0; i < len(header); i += 2 {
					w.Header().Set(header[i], header[i+1])
				}
				w.WriteHeader(status)
				fmt.Fprint(w, body)
			})
		}
	}
	tests := []struct {
		name  string
		serve func(*provider)
		ends  bool          // the session
		wait  time.Duration // before the next attempt, at least
		code  string        // of the OAuthError
		hint  string
	}{
		{"invalid_grant", oauth(400, "invalid_grant"), true, 0, "invalid_grant", "used before"},
		{"invalid_client", oauth(401, "invalid_client"), false, time.Second / 2, "invalid_client", "client secret is wrong"},
		{"unauthorized_client", oauth(400, "unauthorized_client"), false, time.Second / 2, "unauthorized_client", "not allowed"},
		{"429", oauth(429, "slow_down", "Retry-After", "120"), false, 2 * time.Minute, "slow_down", ""},
		{"503 until a date", raw(503, "", "Date", "Sat, 01 Jan 2000 00:00:00 GMT", "Retry-After", "Sat, 01 Jan 2000 00:05:00 GMT"), false, 5 * time.Minute, "", ""},
		{"503 for a day", oauth(503, "", "Retry-After", "86400"), false, 10 * time.Minute, "", ""},
		{"500 with an error page", raw(500, "<html>"), false, time.Second / 2, "", ""},
		{"200 with a login page", raw(200, "<html>\x1b[2J"), false, time.Second / 2, "", ""},
		{"200 with an array", raw(200, "[]"), false, time.Second / 2, "", ""},
		{"200 with a member twice", raw(200, `{"access_token":"a","access_token":"b","token_type":"Bearer"}`), false, time.Second / 2, "", ""},
		{"200 with a member in capitals", raw(200, `{"ACCESS_TOKEN":"a","token_type":"Bearer"}`), false, time.Second / 2, "", ""},
		{"200 with a mebibyte", raw(200, `{"x":"`+strings.Repeat("x", 1<<20)+`"}`), false, time.Second / 2, "", ""},
		{"307 to a trap", raw(307, "", "Location", "https://trap.example/token?\x1b[2J"), false, time.Second / 2, "", ""},
		{"302 to itself", raw(302, "", "Location", testEndpoint), false, time.Second / 2, "", ""},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			p, client, store := newClient(t, nil)
			s := begin(t, p, client, goodLogin())
			test.serve(p)
			_, err := client.Refresh(t.Context(), s)
			e, ok := errors.AsType[*verifier.Error](err)
			if !ok || e.Reason != verifier.ReasonRefreshFailed {
				t.Fatalf("Refresh = %v, want %s", err, verifier.ReasonRefreshFailed)
			}
			if p.count() != 1 {
				t.Errorf("%d requests, want 1: an answer is an answer", p.count())
			}
			shown := err.Error()
			if len(shown) > 1024 || strings.ContainsAny(shown, "\x1b\n") || strings.Contains(shown, testSecret) || strings.Contains(shown, "rt-1") || strings.Contains(shown, "<html>") {
				t.Errorf("the error reads %q", shown)
			}
			if !strings.Contains(shown, test.hint) {
				t.Errorf("the error reads %q, want a word on %q", shown, test.hint)
			}
			if cause, _ := errors.AsType[*refresh.OAuthError](err); test.code != "" && (cause == nil || cause.Code != test.code) {
				t.Errorf("the cause is %+v, want %s", cause, test.code)
			}
			if errors.Is(err, refresh.ErrSignInRequired) != test.ends {
				t.Errorf("ErrSignInRequired in %v, want %v", err, test.ends)
			}
			if test.ends {
				if _, err := store.Load(t.Context(), s.ID); !errors.Is(err, refresh.ErrNotFound) {
					t.Errorf("the store has the session: %v", err)
				}
				return
			}
			if e.RetryAfter < test.wait || e.RetryAfter > test.wait+2*time.Second {
				t.Errorf("RetryAfter is %v, want %v", e.RetryAfter, test.wait)
			}
			// Until then nothing is asked, and the session lives on.
			if _, err := client.Refresh(t.Context(), s); verifier.ReasonOf(err) != verifier.ReasonRefreshFailed || p.count() != 1 {
				t.Errorf("at once again: %v after %d requests, want a refusal without one", err, p.count())
			}
			if current, err := client.Current(t.Context(), s.ID); err != nil || current.AccessToken != "at-1" {
				t.Errorf("Current = %+v, %v, want the session as it was", current, err)
			}
			time.Sleep(e.RetryAfter)
			p.answer(200, goodAnswer(t, time.Now(), object{"auth_time": nil}))
			if renewed, err := client.Refresh(t.Context(), s); err != nil || renewed.RefreshToken != "rt-2" || p.last().Get("refresh_token") != "rt-1" {
				t.Errorf("after the pause: %+v, %v", renewed, err)
			}
		})
	}
}

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
			t.Errorf("Refresh = %v after %d requests, want the end of the session with the second", err, p.count())
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

// The rotated token is in the store before the ID Token is even looked at: a
// process that ends meanwhile must not have to send the spent one.
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
			t.Errorf("Refresh = %v, want that the keys cannot be had", err)
		}
		if atSending.RefreshToken != "rt-1" || atSending.Sent != 1 {
			t.Errorf("while the token was sent the store had %s, sent %d times, want rt-1 once", atSending.RefreshToken, atSending.Sent)
		}
		if atVerification.RefreshToken != "rt-2" || atVerification.Sent != 0 || atVerification.AccessToken != "at-1" {
			t.Errorf("at the verification the store had %s with the access token %s", atVerification.RefreshToken, atVerification.AccessToken)
		}
	})
}

// verifierFunc is a Verifier made of a function.
type verifierFunc func(context.Context, string, verifier.Inputs) (*verifier.Token, error)

func (f verifierFunc) VerifyWith(ctx context.Context, raw string, in verifier.Inputs) (*verifier.Token, error) {
	return f(ctx, raw, in)
}

// A refresh token that was issued and not stored is a session that is lost.
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
			t.Fatalf("Refresh = %+v, %v, want a session with the note %q", got, err, refresh.NoteNotStored)
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

// brokenStore fails to save while it is broken.
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

func TestRefreshWithoutRefreshToken(t *testing.T) {
	t.Parallel()
	for scope, hint := range map[string]string{
		"openid email":          "request the scope offline_access",
		"openid offline_access": "was granted and yet no refresh token was issued",
	} {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, refresh.Login{Scope: scope, ExpiresIn: time.Minute})
		_, err := client.Refresh(t.Context(), s)
		if verifier.ReasonOf(err) != verifier.ReasonRefreshFailed || !strings.Contains(err.Error(), hint) || !errors.Is(err, refresh.ErrSignInRequired) {
			t.Errorf("scope %q: %v, want a word on %q", scope, err, hint)
		}
		if err := client.KeepAlive(t.Context(), s.ID, nil); verifier.ReasonOf(err) != verifier.ReasonRefreshFailed {
			t.Errorf("KeepAlive = %v", err)
		}
		if p.count() != 0 {
			t.Errorf("%d requests, want none", p.count())
		}
	}
}

// A session that the caller holds, and no store knows, is a beginning.
func TestRefreshOfASessionFromElsewhere(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		now := time.Now()
		p.answer(200, goodAnswer(t, now, nil))
		got, err := client.Refresh(t.Context(), &refresh.Session{
			ID: "other", RefreshToken: "rt-1", Scope: "openid",
			First: refresh.Identity{
				Issuer: testIssuer, Subject: "usr_63261014140912135", Audience: []string{testClient}, Party: testClient,
				IssuedAt: now.Add(-time.Minute),
			},
		})
		if err != nil || got.Token == nil || got.RefreshToken != "rt-2" {
			t.Errorf("Refresh = %+v, %v", got, err)
		}
	})
}

func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*refresh.Config)
		form   string // client_secret in the form
		basic  string // user and password of Authorization
	}{
		{"in the form", nil, testSecret, ""},
		{"basic", func(c *refresh.Config) { c.AuthMethod, c.ClientSecret = refresh.SecretBasic, "a b+c" }, "", testClient + ":a+b%2Bc"},
		{"public client", func(c *refresh.Config) { c.ClientSecret = "" }, "", ""},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			p, client, _ := newClient(t, test.change)
			s := begin(t, p, client, goodLogin())
			p.answer(200, goodAnswer(t, time.Now(), nil))
			if _, err := client.Refresh(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			r := &http.Request{Header: p.headers[0]}
			user, password, _ := r.BasicAuth()
			if basic := strings.TrimSuffix(user+":"+password, ":"); basic != test.basic {
				t.Errorf("Authorization has %q, want %q", basic, test.basic)
			}
			form := p.last()
			if form.Get("client_secret") != test.form || form.Get("client_id") != testClient {
				t.Errorf("the form is %v", form)
			}
		})
	}
}

func TestCurrent(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		p.serve(func(w http.ResponseWriter, _ *http.Request) {
			w.Write(text(t, goodAnswer(t, time.Now(), object{"auth_time": nil})))
		})
		for range 60 { // an hour of requests, one a minute
			got, err := client.Current(t.Context(), s.ID)
			if err != nil || !got.Alive(time.Now()) {
				t.Fatalf("after %v: %+v, %v", time.Since(s.IssuedAt), got, err)
			}
			time.Sleep(time.Minute)
		}
		if p.count() < 12 || p.count() > 20 {
			t.Errorf("%d requests in an hour, want one each four minutes", p.count())
		}
		if _, err := client.Current(t.Context(), "unknown"); !errors.Is(err, refresh.ErrNotFound) {
			t.Errorf("an unknown session: %v", err)
		}
		// An outage is overlooked while the tokens live.
		p.answer(503, object{})
		for range 3 {
			if _, err := client.Current(t.Context(), s.ID); err != nil {
				t.Errorf("during the outage: %v", err)
			}
			time.Sleep(30 * time.Second)
		}
		time.Sleep(5 * time.Minute)
		if _, err := client.Current(t.Context(), s.ID); verifier.ReasonOf(err) != verifier.ReasonRefreshFailed {
			t.Errorf("after the tokens have ended: %v", err)
		}
		if err := client.End(t.Context(), s.ID); err != nil {
			t.Error(err)
		}
		if _, err := client.Current(t.Context(), s.ID); !errors.Is(err, refresh.ErrNotFound) {
			t.Errorf("after End: %v", err)
		}
	})
}

// When a session is refreshed next depends on the token that ends first, and on
// how long it lives.
func TestSchedule(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		access  time.Duration // zero: not known
		idToken time.Duration
		margin  time.Duration
		want    time.Duration
	}{
		{"both live long", time.Hour, 2 * time.Hour, 0, time.Hour - 67500*time.Millisecond},
		{"the ID Token ends first", 2 * time.Hour, time.Hour, 0, time.Hour - 67500*time.Millisecond},
		{"five minutes", 5 * time.Minute, time.Hour, 0, 5*time.Minute - 67500*time.Millisecond},
		{"less than four margins", 2 * time.Minute, time.Hour, 0, 90 * time.Second},
		{"four seconds", 4 * time.Second, time.Hour, 0, 3 * time.Second},
		{"a life of nothing", time.Millisecond, time.Hour, 0, time.Second},
		{"a life that is not known", 0, time.Hour, 0, 5*time.Minute - 67500*time.Millisecond},
		{"a margin of ten seconds", time.Hour, 2 * time.Hour, 10 * time.Second, time.Hour - 11250*time.Millisecond},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			p, client, _ := newClient(t, func(c *refresh.Config) { c.Margin = test.margin })
			s := begin(t, p, client, goodLogin())
			now := time.Now()
			answer := goodAnswer(t, now, object{"exp": now.Add(test.idToken).Unix()})
			answer["expires_in"] = test.access.Seconds()
			if test.access == 0 {
				delete(answer, "expires_in")
			}
			p.answer(200, answer)
			got, err := client.Refresh(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if wait := got.RefreshAt.Sub(now); wait != test.want {
				t.Errorf("it is refreshed after %v, want %v", wait, test.want)
			}
			if got.Due(got.RefreshAt.Add(-1)) || !got.Due(got.RefreshAt) {
				t.Error("it is not due when it is to be refreshed")
			}
		})
	}
}

func TestKeepAlive(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		p.serve(func(w http.ResponseWriter, _ *http.Request) {
			switch n := p.count(); {
			case n == 3:
				w.WriteHeader(503)
			case n > 6:
				w.WriteHeader(400)
				fmt.Fprint(w, `{"error":"invalid_grant"}`)
			default:
				w.Write(text(t, goodAnswer(t, time.Now(), object{"auth_time": nil})))
			}
		})
		var good, bad int
		began := time.Now()
		err := client.KeepAlive(t.Context(), s.ID, func(s *refresh.Session, err error) {
			if err == nil {
				good++
			} else {
				bad++
			}
		})
		if !errors.Is(err, refresh.ErrSignInRequired) || good != 5 || bad != 2 {
			t.Errorf("KeepAlive = %v with %d good and %d bad attempts, want 5 and 2", err, good, bad)
		}
		if passed := time.Since(began); passed < 18*time.Minute || passed > 30*time.Minute {
			t.Errorf("it took %v", passed)
		}

		s = begin(t, p, client, goodLogin())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := client.KeepAlive(ctx, s.ID, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("KeepAlive = %v, want the end of its context", err)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*refresh.Config)
		want   string
	}{
		{"no verifier", func(c *refresh.Config) { c.Verifier = nil }, "Verifier"},
		{"no client", func(c *refresh.Config) { c.ClientID = "" }, "ClientID"},
		{"the ID of the secret", func(c *refresh.Config) { c.ClientSecret = "sks_123456" }, "ClientSecret"},
		{"an unknown method", func(c *refresh.Config) { c.AuthMethod = "private_key_jwt" }, "AuthMethod"},
		{"no store", func(c *refresh.Config) { c.Store = nil }, "Store"},
		{"no endpoint", func(c *refresh.Config) { c.TokenEndpoint = "" }, "TokenEndpoint"},
		{"endpoint over http", func(c *refresh.Config) { c.TokenEndpoint = "http://acme.scalekit.com/token" }, "TokenEndpoint"},
		{"endpoint on loopback, not allowed", func(c *refresh.Config) { c.TokenEndpoint = "http://127.0.0.1/token" }, "TokenEndpoint"},
		{"endpoint with credentials", func(c *refresh.Config) { c.TokenEndpoint = "https://u:p@acme.scalekit.com/token" }, "TokenEndpoint"},
		{"negative margin", func(c *refresh.Config) { c.Margin = -1 }, "Margin"},
		{"timeout of an hour", func(c *refresh.Config) { c.Timeout = time.Hour }, "Timeout"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg := refresh.Config{
				Verifier: newVerifier(t), TokenEndpoint: testEndpoint, ClientID: testClient, Store: refresh.NewMemoryStore(),
			}
			test.change(&cfg)
			_, err := refresh.New(cfg)
			if verifier.ReasonOf(err) != verifier.ReasonConfigInvalid || !strings.Contains(err.Error(), test.want) {
				t.Errorf("New = %v, want a mistake of %s", err, test.want)
			}
		})
	}
}

// Nothing that is printed or logged has a credential.
func TestNothingShowsACredential(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		cfg := refresh.Config{ClientID: testClient, ClientSecret: testSecret, Issuer: testIssuer}
		p, client, _ := newClient(t, nil)
		s := begin(t, p, client, goodLogin())
		var log strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&log, verb+" "+verb+" "+verb+" "+verb+"\n", cfg, &cfg, s, *s)
		}
		for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
			slog.New(h).Info("x", "session", s, "value", *s, "cfg", cfg)
		}
		for _, secret := range []string{testSecret, "rt-1", "at-1", s.IDToken, s.ID, fmt.Sprintf("%x", testSecret)} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("%q shows in\n%s", secret, &log)
			}
		}
		if !strings.Contains(log.String(), s.First.Subject) {
			t.Errorf("the log does not name the user:\n%s", &log)
		}
	})
}
