package mockidp_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
)

// TestCodeFlow goes through the whole flow with each client and each way to
// authenticate it.
func TestCodeFlow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		client int
		style  oauth2.AuthStyle
	}{
		{"secret in the form", 0, oauth2.AuthStyleInParams},
		{"secret in the header", 0, oauth2.AuthStyleInHeader},
		{"public client", 1, oauth2.AuthStyleInParams},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := newEnvironment(t, startServer(t, mockidp.Config{}), "", mockidp.EnvironmentConfig{})
			c := browser(t)
			rp := relyingParty(e, e.Clients()[tt.client])
			rp.Endpoint.AuthStyle = tt.style
			got := login(t, c, rp, with("nonce", "n-0S6_WzA2Mj"))

			if got.TokenType != "Bearer" || got.ExpiresIn != 300 {
				t.Errorf("token_type is %q, expires_in %d, want Bearer and 300",
					got.TokenType, got.ExpiresIn)
			}
			if !strings.HasPrefix(got.RefreshToken, "rt_") {
				t.Errorf("refresh token is %q, want one with rt_", got.RefreshToken)
			}
			if scope := got.Extra("scope"); scope != "openid profile email offline_access" {
				t.Errorf("scope is %q", scope)
			}
			header, claims := verify(t, c, e, got.idToken())
			if header["alg"] != "RS256" || header["typ"] != "JWT" || len(header) != 3 {
				t.Errorf("header is %v", header)
			}
			if claims["nonce"] != "n-0S6_WzA2Mj" {
				t.Errorf("nonce is %v", claims["nonce"])
			}
			if access, _ := verify(t, c, e, got.AccessToken); access["kid"] != header["kid"] {
				t.Errorf("the tokens of one answer are signed by %v and %v",
					access["kid"], header["kid"])
			}
		})
	}
}

// TestClaims pins every claim of every kind of token.
func TestClaims(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_900_000_000, 0)
	clock := newClock(at)
	e := only(t, mockidp.EnvironmentConfig{
		Now: clock.now,
		Clients: []mockidp.Client{{
			ID: "skc_1", Secret: "test_1", RedirectURIs: []string{callback},
			Scopes:    []string{"openid", "profile", "email", "offline_access", "orders:read", "orders:write"},
			Audiences: []string{"https://api.example.com"},
		}},
		Organizations: []mockidp.Organization{{ID: "org_1", ExternalID: "acme", ConnectionID: "conn_1"}},
		Users: []mockidp.User{
			{
				ID: "usr_1", Email: "a@example.com", EmailVerified: true, Name: "Ada Lovelace", GivenName: "Ada", FamilyName: "Lovelace",
				Memberships: []mockidp.Membership{{OrganizationID: "org_1", Roles: []string{"admin"}, Permissions: []string{"orders:read"}}},
				Claims: keyring.Object{
					{Name: "department", Value: "engines"},
					{Name: "roles", Value: []string{"forged"}},
					{Name: "sub", Value: "forged"},
				},
			},
			{ID: "conn_9;google-oauth2|104", Email: "b@example.com"},
		},
	})
	c := browser(t)
	rp := relyingParty(e, e.Client())
	half256 := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return base64.RawURLEncoding.EncodeToString(sum[:16])
	}
	iat, exp := json.Number("1900000000"), json.Number("1900001800")

	ada := login(t, c, rp, with("nonce", "N"), with("max_age", "60"))
	_, got := verify(t, c, e, ada.idToken())
	sid := got["sid"]
	diff(t, "ID Token", map[string]any{
		"iss": e.Issuer(), "aud": []any{"skc_1"}, "azp": "skc_1", "client_id": "skc_1",
		"sub": "usr_1", "oid": "org_1", "xoid": "acme", "sid": sid, "amr": []any{"conn_1"},
		"nonce": "N", "at_hash": half256(ada.AccessToken), "c_hash": half256(ada.code), "auth_time": iat,
		"email": "a@example.com", "email_verified": true,
		"name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "department": "engines",
		"iat": iat, "exp": exp,
	}, got)

	_, got = verify(t, c, e, ada.AccessToken)
	diff(t, "access token", map[string]any{
		"iss": e.Issuer(), "aud": []any{"skc_1"}, "sub": "usr_1", "client_id": "skc_1", "oid": "org_1", "xoid": "acme", "sid": sid,
		"roles": []any{"admin"}, "permissions": []any{"orders:read"}, "scope": "openid profile email offline_access",
		"iat": iat, "nbf": iat, "exp": json.Number("1900000300"), "jti": got["jti"],
	}, got)
	wantForm(t, "sid", sid, "ses_")
	wantForm(t, "jti", got["jti"], "tkn_")

	clock.advance(time.Hour)
	renewed := refresh(t, c, e, ada.RefreshToken).object(t)
	_, got = verify(t, c, e, renewed["id_token"].(string))
	diff(t, "refreshed ID Token", map[string]any{
		"iss": e.Issuer(), "aud": []any{"skc_1"}, "azp": "skc_1", "client_id": "skc_1",
		"sub": "usr_1", "oid": "org_1", "xoid": "acme", "sid": sid, "amr": []any{"conn_1"},
		"at_hash": half256(renewed["access_token"].(string)), "auth_time": iat,
		"email": "a@example.com", "email_verified": true,
		"name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "department": "engines",
		"iat": json.Number("1900003600"), "exp": json.Number("1900005400"),
	}, got)
	clock.advance(-time.Hour)

	bob := login(t, c, rp, with("login_hint", "b@example.com"))
	_, got = verify(t, c, e, bob.idToken())
	diff(t, "ID Token without organization", map[string]any{
		"iss": e.Issuer(), "aud": []any{"skc_1"}, "azp": "skc_1", "client_id": "skc_1",
		"sub": "conn_9;google-oauth2|104", "sid": got["sid"], "amr": got["amr"],
		"at_hash": half256(bob.AccessToken), "c_hash": half256(bob.code),
		"email": "b@example.com", "email_verified": false,
		"iat": iat, "exp": exp,
	}, got)

	machine := post(t, c, e.Issuer()+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"skc_1"}, "client_secret": {"test_1"}, "scope": {"orders:read"},
	}).object(t)
	_, got = verify(t, c, e, machine["access_token"].(string))
	diff(t, "access token of a client", map[string]any{
		"iss": e.Issuer(), "sub": "skc_1", "client_id": "skc_1", "scopes": []any{"orders:read"},
		"iat": iat, "nbf": iat, "exp": json.Number("1900086400"), "jti": got["jti"],
	}, got)
	diff(t, "answer to client_credentials", map[string]any{
		"access_token": machine["access_token"], "token_type": "Bearer", "expires_in": 86400.0, "scope": "orders:read",
	}, machine)
}

// TestTokenHashes checks at_hash and c_hash for each hash function, from the
// table of RFC 7518, 3.1 and not from the code under test.
func TestTokenHashes(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	left := func(sum []byte) string { return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2]) }
	tests := map[string]func(string) string{
		"ES256": func(s string) string { sum := sha256.Sum256([]byte(s)); return left(sum[:]) },
		"ES384": func(s string) string { sum := sha512.Sum384([]byte(s)); return left(sum[:]) },
		"ES512": func(s string) string { sum := sha512.Sum512([]byte(s)); return left(sum[:]) },
		"PS384": func(s string) string { sum := sha512.Sum384([]byte(s)); return left(sum[:]) },
		"EdDSA": func(s string) string { sum := sha512.Sum512([]byte(s)); return left(sum[:]) },
	}
	for alg, half := range tests {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			e := only(t, mockidp.EnvironmentConfig{Signing: []*keyring.Key{source.Key("hash", alg)}})
			c := browser(t)
			got := login(t, c, relyingParty(e, e.Client()))
			header, claims := verify(t, c, e, got.idToken())
			if header["alg"] != alg {
				t.Errorf("alg is %v, want %s", header["alg"], alg)
			}
			if want := half(got.AccessToken); claims["at_hash"] != want {
				t.Errorf("at_hash is %v, want %s", claims["at_hash"], want)
			}
			if want := half(got.code); claims["c_hash"] != want {
				t.Errorf("c_hash is %v, want %s", claims["c_hash"], want)
			}
		})
	}
}

// TestWithoutOpenID is OAuth without OpenID Connect: no ID Token, and no
// refresh token without offline_access.
func TestWithoutOpenID(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	got := login(t, c, relyingParty(e, e.Client(), "profile"))
	if got.idToken() != "" {
		t.Errorf("there is an ID Token without the scope openid")
	}
	if got.RefreshToken != "" {
		t.Errorf("there is a refresh token without the scope offline_access")
	}
	if got.AccessToken == "" {
		t.Errorf("there is no access token")
	}
}

// TestDoubleSlashes sends what SDKs send whose environment URL ends in a
// slash.
func TestDoubleSlashes(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	rp := relyingParty(e, e.Client())
	rp.Endpoint.AuthURL = e.Issuer() + "//oauth/authorize"
	rp.Endpoint.TokenURL = e.Issuer() + "//oauth//token"
	if got := login(t, c, rp); got.idToken() == "" {
		t.Errorf("there is no ID Token")
	}
	if r := get(t, c, e.Issuer()+"//keys"); r.StatusCode != http.StatusOK {
		t.Errorf("GET //keys answers %d, want 200", r.StatusCode)
	}
}

func diff(t *testing.T, what string, want, got map[string]any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func wantForm(t *testing.T, what string, got any, prefix string) {
	t.Helper()
	s, _ := got.(string)
	digits, ok := strings.CutPrefix(s, prefix)
	if !ok || len(digits) != 17 || strings.Trim(digits, "0123456789") != "" || digits[0] == '0' {
		t.Errorf("%s is %q, want %s and 17 digits", what, got, prefix)
	}
}
