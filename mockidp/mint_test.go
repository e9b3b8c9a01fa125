package mockidp_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
)

func TestSetMint(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	rp := relyingParty(e, e.Client())

	var seen []mockidp.Minting
	e.SetMint(func(_ context.Context, m mockidp.Minting) (string, error) {
		seen = append(seen, m)
		if m.Kind == mockidp.IDToken {
			m.Claims.Set("sub", "usr_forged")
			m.Claims.Drop("exp")
			m.Header.Set("alg", "none")
			return unsigned(t, m.Header, m.Claims), nil
		}
		return "opaque-" + m.Compact[:8], nil
	})
	got := login(t, c, rp)
	if !strings.HasPrefix(got.AccessToken, "opaque-") {
		t.Errorf("the access token is %.20s…, want the minted one", got.AccessToken)
	}
	header, claims := decode(t, got.idToken())
	if header["alg"] != "none" || claims["sub"] != "usr_forged" || claims["exp"] != nil || !strings.HasSuffix(got.idToken(), ".") {
		t.Errorf("the ID Token has header %v and claims %v", header, claims)
	}
	sum := sha256.Sum256([]byte(got.AccessToken))
	if want := base64.RawURLEncoding.EncodeToString(sum[:16]); claims["at_hash"] != want {
		t.Errorf("at_hash is %v, want that of the minted access token %s", claims["at_hash"], want)
	}
	// A token that is not even a JWT is known to the environment all the
	// same.
	if !active(t, c, e, got.AccessToken) {
		t.Errorf("the minted access token is not active")
	}

	if len(seen) != 2 || seen[0].Kind != mockidp.AccessToken || seen[1].Kind != mockidp.IDToken {
		t.Fatalf("minted were %d tokens: %v", len(seen), seen)
	}
	for _, m := range seen {
		if m.GrantType != "authorization_code" || m.ClientID != e.Client().ID || m.Key != e.Ring().Signing() {
			t.Errorf("Minting of the %s has %q, %q, key %s", m.Kind, m.GrantType, m.ClientID, m.Key.ID())
		}
		header, claims := verify(t, c, e, m.Compact)
		if header["kid"] != m.Key.ID() || claims["iss"] != e.Issuer() {
			t.Errorf("the genuine %s has %v and %v", m.Kind, header, claims)
		}
	}

	e.SetMint(nil)
	verify(t, c, e, login(t, c, rp).idToken())
}

// TestTokensWithoutSignature has two access tokens that differ in their
// claims only. The environment must not take one for the other.
func TestTokensWithoutSignature(t *testing.T) {
	t.Parallel()
	e := only(t, people())
	c := browser(t)
	e.SetMint(func(_ context.Context, m mockidp.Minting) (string, error) {
		return unsigned(t, m.Header, m.Claims), nil
	})
	rp := relyingParty(e, e.Client())
	ada, bob := login(t, c, rp), login(t, c, rp, with("login_hint", "usr_bob"))
	for token, want := range map[string]string{ada.AccessToken: "usr_ada", bob.AccessToken: "usr_bob"} {
		if got := withToken(t, c, e, token).object(t)["sub"]; got != want {
			t.Errorf("sub is %v, want %s", got, want)
		}
	}
}

func TestMintFails(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	rp := relyingParty(e, e.Client())
	for _, kind := range []mockidp.TokenKind{mockidp.AccessToken, mockidp.IDToken} {
		e.SetMint(func(_ context.Context, m mockidp.Minting) (string, error) {
			if m.Kind == kind {
				return "", errors.New("detail for the log")
			}
			return m.Compact, nil
		})
		code := authorize(t, c, rp, "s").Get("code")
		r := post(t, c, e.Issuer()+"/oauth/token", redemption(e, code))
		wantError(t, r, http.StatusInternalServerError, "server_error")
		if strings.Contains(string(r.body), "detail") {
			t.Errorf("the client is told %s", r.body)
		}
	}
}

// TestOneKeyPerAnswer rotates between the two tokens of one answer.
func TestOneKeyPerAnswer(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	before := e.Ring().Signing()
	e.SetMint(func(_ context.Context, m mockidp.Minting) (string, error) {
		if m.Kind == mockidp.AccessToken {
			return m.Compact, e.Ring().Rotate(keyring.SignAtOnce, keyring.NewSource(1).Key("next", "ES384"))
		}
		return m.Compact, nil
	})
	got := login(t, c, relyingParty(e, e.Client()))
	access, _ := verify(t, c, e, got.AccessToken)
	identity, _ := verify(t, c, e, got.idToken())
	if access["kid"] != before.ID() || identity["kid"] != before.ID() {
		t.Errorf("the tokens are signed by %v and %v, want %s", access["kid"], identity["kid"], before.ID())
	}
	e.SetMint(nil)
	next := post(t, c, e.Issuer()+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {e.Client().ID}, "client_secret": {e.Client().Secret},
	}).object(t)
	if header, _ := verify(t, c, e, next["access_token"].(string)); header["kid"] != e.Ring().Signing().ID() {
		t.Errorf("the next token is signed by %v, want %s", header["kid"], e.Ring().Signing().ID())
	}
}

func unsigned(t *testing.T, header, claims keyring.Object) string {
	t.Helper()
	var parts []string
	for _, part := range []keyring.Object{header, claims} {
		octets, err := json.Marshal(part)
		if err != nil {
			t.Error(err)
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(octets))
	}
	return strings.Join(parts, ".") + "."
}
