package refresh_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/refresh"
)

// bubble runs a test with a clock that moves only when every goroutine waits.

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
		{name: "authorized party gone", claims: object{"azp": nil}, want: verifier.ReasonRefreshMismatch, claim: "azp"},
		{name: "another organization", claims: object{"oid": "org_1"}, want: verifier.ReasonRefreshMismatch, claim: "oid"},
		{name: "another session at the provider", claims: object{"sid": "ses_1"}, notes: []refresh.Note{refresh.NoteSessionChanged}},
		{name: "issued when the first was", claims: object{"iat": second(-sinceLogin)}, notes: []refresh.Note{refresh.NoteSameIssuedAt}},
		{name: "issued before the first", claims: object{"iat": second(-2 * sinceLogin)}, want: verifier.ReasonRefreshMismatch, claim: "iat"},
		{name: "authenticated again", claims: object{"auth_time": second(0)}, want: verifier.ReasonRefreshMismatch, claim: "auth_time"},
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

func wantRefused(
	t *testing.T, store refresh.Store, s *refresh.Session, err error, claim string, keeps bool,
) {
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
		{"429", oauth(429, "slow_down", "Retry-After", "120"), false, 2 * time.Minute, "slow_down", "asks to wait"},
		{"503 until a date", raw(503, "", "Date", "Sat, 01 Jan 2000 00:00:00 GMT", "Retry-After", "Sat, 01 Jan 2000 00:05:00 GMT"), false, 5 * time.Minute, "", "the token endpoint failed"},
		{"503 for a day", oauth(503, "", "Retry-After", "86400"), false, 10 * time.Minute, "", "the token endpoint failed"},
		{"500 with an error page", raw(500, "<html>"), false, time.Second / 2, "", ""},
		{"200 with a login page", raw(200, "<html>\x1b[2J"), false, time.Second / 2, "", ""},
		{"200 with an array", raw(200, "[]"), false, time.Second / 2, "", "other than tokens"},
		{"200 with a member twice", raw(200, `{"access_token":"a","access_token":"b","token_type":"Bearer"}`), false, time.Second / 2, "", ""},
		{"200 with a member in capitals", raw(200, `{"ACCESS_TOKEN":"a","token_type":"Bearer"}`), false, time.Second / 2, "", ""},
		{"200 with a mebibyte", raw(200, `{"x":"`+strings.Repeat("x", 1<<20)+`"}`), false, time.Second / 2, "", ""},
		{"307 to a trap", raw(307, "", "Location", "https://trap.example/token?\x1b[2J"), false, time.Second / 2, "", `a redirect to "nowhere"`},
		{"307 to a path of a trap", raw(307, "", "Location", "https://trap.example/token?secret"), false, time.Second / 2, "", `a redirect to "https://trap.example"`},
		{"303 to a path", raw(303, "", "Location", "/login"), false, time.Second / 2, "", `a redirect to "nowhere"`},
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
				t.Errorf("at once again: %v after %d requests, want a refusal without one",
					err, p.count())
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

// The rotated token is in the store before the ID Token is even looked at: a

// process that ends meanwhile must not have to send the spent one.

// verifierFunc is a Verifier made of a function.

// A refresh token that was issued and not stored is a session that is lost.

// brokenStore fails to save while it is broken.

func TestRefreshWithoutRefreshToken(t *testing.T) {
	t.Parallel()
	for scope, hint := range map[string]string{
		"openid email":          "request the scope offline_access",
		"openid offline_access": "was granted, but no refresh token was issued",
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

// When a session is refreshed next depends on the token that ends first, and on

// how long it lives.

// Nothing that is printed or logged has a credential.
