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
	"time"

	"github.com/go-jose/go-jose/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
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
			t.Errorf("Minting of the %s has %q, %q, key %s",
				m.Kind, m.GrantType, m.ClientID, m.Key.ID())
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
		t.Errorf("the tokens are signed by %v and %v, want %s",
			access["kid"], identity["kid"], before.ID())
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
		raw, err := json.Marshal(part)
		if err != nil {
			t.Error(err)
		}
		parts = append(parts, base64.RawURLEncoding.EncodeToString(raw))
	}
	return strings.Join(parts, ".") + "."
}

// TestForgedTokens strikes tokens of real logins by kind, user and number.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	e := only(t, people())
	c := browser(t)
	rp := relyingParty(e, e.Client())
	var minted []mockidp.TokenKind
	e.SetMint(func(_ context.Context, m mockidp.Minting) (string, error) {
		minted = append(minted, m.Kind)
		return m.Compact, nil
	})
	addFault(t, e, fault.Fault{
		ID: "expired", Kind: fault.Forge, Count: 1, Match: fault.Match{UserID: "usr_bob"},
		Attributes: fault.Attributes{Token: "id_token", Change: forge.Change{Claims: forge.Patch{
			Shift: map[string]time.Duration{"exp": -2 * time.Hour, "iat": -2 * time.Hour},
			Affix: map[string]forge.Affix{"iss": {Suffix: "/"}},
		}}},
	})
	addFault(t, e, fault.Fault{
		ID: "foreign", Kind: fault.Forge, Match: fault.Match{UserID: "usr_bob"},
		Attributes: fault.Attributes{Token: "access_token", Change: forge.Change{Signing: forge.Signing{KeyName: "attacker"}}},
	})

	ada := login(t, c, rp)
	verify(t, c, e, ada.AccessToken)
	verify(t, c, e, ada.idToken())

	bob := login(t, c, rp, with("login_hint", "usr_bob"))
	_, claims := verify(t, c, e, bob.idToken())
	issued, _ := claims["iat"].(json.Number).Int64()
	expires, _ := claims["exp"].(json.Number).Int64()
	if claims["iss"] != e.Issuer()+"/" || expires-issued != 1800 || time.Since(time.Unix(expires, 0)) < time.Hour {
		t.Errorf("the ID Token has %v", claims)
	}
	if sum := sha256.Sum256([]byte(bob.AccessToken)); claims["at_hash"] != base64.RawURLEncoding.EncodeToString(sum[:16]) {
		t.Errorf("at_hash is %v, want that of the forged access token", claims["at_hash"])
	}
	header, _ := decode(t, bob.AccessToken)
	if jws, err := jose.ParseSigned(bob.AccessToken); err != nil || header["kid"] != e.Ring().Signing().ID() {
		t.Errorf("the access token has %v, %v", header, err)
	} else if _, err := jws.Verify(e.Ring().Signing().Public()); err == nil {
		t.Errorf("the access token is signed by the published key")
	}
	if !active(t, c, e, bob.AccessToken) {
		t.Errorf("the environment does not know the forged access token")
	}

	again := login(t, c, rp, with("login_hint", "usr_bob"))
	if _, claims := verify(t, c, e, again.idToken()); claims["iss"] != e.Issuer() {
		t.Errorf("the fault has struck twice: %v", claims)
	}
	// The first login and the ID Token of the last one.
	if diff := cmp.Diff([]mockidp.TokenKind{"access_token", "id_token", "id_token"}, minted); diff != "" {
		t.Errorf("the MintFunc was asked for (-want +got):\n%s", diff)
	}
	evidence := e.Faults().Applications()
	if len(evidence) != 3 || evidence[1].Request.UserID != "usr_bob" || evidence[1].After != bob.idToken() {
		t.Fatalf("the evidence is %+v", evidence)
	}
	if _, before := decode(t, evidence[1].Before); before["iss"] != e.Issuer() {
		t.Errorf("before the forgery the claims are %v", before)
	}
}

// TestForgeryByKeyID signs with a key that has left the JWK Set.
func TestForgeryByKeyID(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	old := e.Ring().Signing()
	if err := e.Ring().Rotate(keyring.DropOld, keyring.NewSource(1).Key("next", "ES256")); err != nil {
		t.Fatal(err)
	}
	addFault(t, e, fault.Fault{ID: "old", Kind: fault.Forge, Attributes: fault.Attributes{Change: forge.Change{
		Header: forge.Patch{Set: keyring.Object{{Name: "kid", Value: old.ID()}}}, Signing: forge.Signing{KeyName: old.ID()},
	}}})
	got := login(t, browser(t), relyingParty(e, e.Client()))
	jws, err := jose.ParseSigned(got.idToken())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jws.Verify(old.Public()); err != nil || jws.Signatures[0].Header.KeyID != old.ID() {
		t.Errorf("the ID Token is not signed by the old key: %v", err)
	}
}
