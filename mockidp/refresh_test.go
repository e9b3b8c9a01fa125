package mockidp_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/assay-id/assay/mockidp"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// active asks the introspection endpoint about a token.
func active(t *testing.T, c *http.Client, e *mockidp.Environment, token any) bool {
	t.Helper()
	client := e.Client()
	r := post(t, c, e.Issuer()+"/oauth/introspect", url.Values{"client_id": {client.ID}, "client_secret": {client.Secret}, "token": {token.(string)}})
	if r.StatusCode != http.StatusOK {
		t.Fatalf("the introspection endpoint answers %d %s", r.StatusCode, r.body)
	}
	return r.object(t)["active"] == true
}

// TestRefreshLoop refreshes three times with the source of
// golang.org/x/oauth2, over a key rotation.
func TestRefreshLoop(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Now())
	e := only(t, mockidp.EnvironmentConfig{Now: clock.now})
	c := browser(t)
	rp := relyingParty(e, e.Client())
	first := login(t, c, rp, with("nonce", "n"))
	_, before := verify(t, c, e, first.idToken())
	last := first.Token
	for i := range 3 {
		clock.advance(time.Minute)
		if i == 1 {
			rotate(t, e)
		}
		next, err := rp.TokenSource(clientContext(t, c), &oauth2.Token{RefreshToken: last.RefreshToken}).Token()
		if err != nil {
			t.Fatalf("refresh %d: %v", i, err)
		}
		if next.RefreshToken == last.RefreshToken || next.AccessToken == last.AccessToken {
			t.Errorf("refresh %d has the tokens of before", i)
		}
		raw, _ := next.Extra("id_token").(string)
		_, claims := verify(t, c, e, raw)
		for _, name := range []string{"iss", "sub", "azp", "oid", "sid"} {
			if claims[name] != before[name] {
				t.Errorf("refresh %d: %s is %v, want %v", i, name, claims[name], before[name])
			}
		}
		if claims["iat"] == before["iat"] || claims["at_hash"] == before["at_hash"] {
			t.Errorf("refresh %d has iat or at_hash of before", i)
		}
		before, last = claims, next
	}
}

// TestRefreshReplay uses a refresh token twice, one after the other.
func TestRefreshReplay(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	rp := relyingParty(e, e.Client())
	stolen, other := login(t, c, rp), login(t, c, rp)
	renewed := refresh(t, c, e, stolen.RefreshToken).object(t)
	if !active(t, c, e, renewed["access_token"]) || !active(t, c, e, stolen.AccessToken) {
		t.Errorf("the access tokens are not active before the replay")
	}
	for range 3 {
		wantError(t, refresh(t, c, e, stolen.RefreshToken), http.StatusBadRequest, "invalid_grant")
	}
	wantError(t, refresh(t, c, e, renewed["refresh_token"].(string)), http.StatusBadRequest, "invalid_grant")
	if active(t, c, e, renewed["access_token"]) || active(t, c, e, stolen.AccessToken) {
		t.Errorf("an access token of the family is active after the replay")
	}
	if r := refresh(t, c, e, other.RefreshToken); r.StatusCode != http.StatusOK {
		t.Errorf("another login of the same user is refused: %s", r.body)
	}
}

// TestParallelRefresh uses one refresh token many times at once. Without
// grace exactly one request wins, and the family is revoked all the same: who
// has lost the race cannot be told from a thief.
func TestParallelRefresh(t *testing.T) {
	t.Parallel()
	const requests = 20
	tests := []struct {
		name  string
		grace time.Duration
		wins  int
		alive bool
	}{
		{"without grace", 0, 1, false},
		{"with grace", time.Hour, requests, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := only(t, mockidp.EnvironmentConfig{RefreshGrace: tt.grace})
			c := browser(t)
			got := login(t, c, relyingParty(e, e.Client()))
			e.SetMint(meet(requests))
			wins, seen := 0, make(map[any]bool)
			for _, r := range parallel(requests, func() reply { return refresh(t, c, e, got.RefreshToken) }) {
				if r.StatusCode != http.StatusOK {
					wantError(t, r, http.StatusBadRequest, "invalid_grant")
					continue
				}
				wins++
				answer := r.object(t)
				if seen[answer["refresh_token"]] || seen[answer["access_token"]] {
					t.Errorf("two answers have the same tokens")
				}
				seen[answer["refresh_token"]], seen[answer["access_token"]] = true, true
				if active(t, c, e, answer["access_token"]) != tt.alive {
					t.Errorf("the access token is active: %v, want %v", !tt.alive, tt.alive)
				}
				again := refresh(t, c, e, answer["refresh_token"].(string))
				if (again.StatusCode == http.StatusOK) != tt.alive {
					t.Errorf("the next refresh answers %d, want success: %v",
						again.StatusCode, tt.alive)
				}
			}
			if wins != tt.wins {
				t.Errorf("%d of %d requests won, want %d", wins, requests, tt.wins)
			}
		})
	}
}

// TestRefreshGraceEnds uses a refresh token within and after its grace.
func TestRefreshGraceEnds(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Now())
	e := only(t, mockidp.EnvironmentConfig{Now: clock.now, RefreshGrace: 10 * time.Second})
	c := browser(t)
	got := login(t, c, relyingParty(e, e.Client()))
	var last string
	for _, wait := range []time.Duration{0, 5 * time.Second, 5*time.Second - 1} {
		clock.advance(wait)
		r := refresh(t, c, e, got.RefreshToken)
		if r.StatusCode != http.StatusOK {
			t.Fatalf("a refresh within the grace answers %d %s", r.StatusCode, r.body)
		}
		last = r.object(t)["refresh_token"].(string)
	}
	clock.advance(1)
	wantError(t, refresh(t, c, e, got.RefreshToken), http.StatusBadRequest, "invalid_grant")
	wantError(t, refresh(t, c, e, last), http.StatusBadRequest, "invalid_grant")
}

func TestRefreshOfOthers(t *testing.T) {
	t.Parallel()
	cfg := people()
	cfg.Clients = append(cfg.Clients, mockidp.Client{ID: "skc_2", Secret: "test_2"})
	e := only(t, cfg)
	c := browser(t)
	got := login(t, c, relyingParty(e, e.Client()))
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.RefreshToken}, "client_id": {"skc_2"}, "client_secret": {"test_2"}}
	wantError(t, post(t, c, e.Issuer()+"/oauth/token", form), http.StatusBadRequest, "invalid_grant")
	if r := refresh(t, c, e, got.RefreshToken); r.StatusCode != http.StatusOK {
		t.Errorf("the owner is refused afterwards: %s", r.body)
	}
}

func TestRefreshScope(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	got := login(t, c, relyingParty(e, e.Client(), "openid", "offline_access"))
	form := url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {got.RefreshToken},
		"client_id": {e.Client().ID}, "client_secret": {e.Client().Secret}, "scope": {"openid email"},
	}
	wantError(t, post(t, c, e.Issuer()+"/oauth/token", form), http.StatusBadRequest, "invalid_scope")
	form.Set("scope", "openid")
	r := post(t, c, e.Issuer()+"/oauth/token", form)
	if r.StatusCode != http.StatusOK || r.object(t)["scope"] != "openid offline_access" {
		t.Errorf("a refresh with a scope that was granted answers %d %s", r.StatusCode, r.body)
	}
}
