package e2e

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/charmock"
)

// charVerifier makes go-oidc decide for Char, about tokens of one issuer.
type charVerifier struct {
	*oidc.IDTokenVerifier
	issuer string
}

func (v charVerifier) Verify(ctx context.Context, idToken string) (charmock.Identity, error) {
	if iss := issuerOf(idToken); iss != v.issuer {
		return charmock.Identity{}, &charmock.Refusal{
			Code: "INVALID_ISSUER", Message: "iss is " + iss, Causes: []charmock.Cause{{Text: "the token comes from another environment"}},
		}
	}
	token, err := v.IDTokenVerifier.Verify(ctx, idToken)
	if err != nil {
		return charmock.Identity{}, &charmock.Refusal{Code: "INVALID_TOKEN", Message: err.Error()}
	}
	return charmock.Identity{UserID: token.Subject}, nil
}

// issuerOf returns the iss of a token, unverified.
func issuerOf(idToken string) string {
	parts := strings.Split(idToken, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct{ Iss string }
	if json.Unmarshal(payload, &claims) != nil {
		return ""
	}
	return claims.Iss
}

func (charVerifier) Close() {}

// startChar starts Char's side, which trusts an environment.
func startChar(t *testing.T, trusted *mockidp.Environment) *charmock.Server {
	t.Helper()
	ctx := oidc.ClientContext(t.Context(), browser(t))
	char, err := charmock.Start(t.Context(), charmock.Config{
		Settings: charmock.Settings{Provider: charmock.CustomOIDC, Issuer: trusted.Issuer(), ClientIDs: []string{trusted.Client().ID}},
		Configure: func(s charmock.Settings) (charmock.Verifier, error) {
			provider, err := oidc.NewProvider(ctx, s.Issuer)
			if err != nil {
				return nil, err
			}
			return charVerifier{provider.Verifier(&oidc.Config{ClientID: s.ClientIDs[0]}), s.Issuer}, nil
		},
		Probe: func(ctx context.Context, issuer string) (charmock.Connection, error) {
			found := charmock.Connection{Issuer: issuer, CannotSee: []string{"a wrong client ID"}}
			provider, err := oidc.NewProvider(ctx, issuer)
			if err != nil {
				return found, err
			}
			var metadata struct {
				JWKSURI string `json:"jwks_uri"`
			}
			err = provider.Claims(&metadata)
			found.JWKSURI = metadata.JWKSURI
			return found, err
		},
		Keys: []charmock.PublishableKey{{Key: "pk_test_0123456789abcdefghij", Organization: "org_1", Origins: []string{"https://app.example"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { char.Close() })
	return char
}

// sample returns an ID Token that an environment issues.
func sample(t *testing.T, e *mockidp.Environment) string {
	t.Helper()
	m, err := e.Sample(mockidp.IDToken, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m.Compact
}

// TestCharInBrowser configures Char in a browser, and passes tokens to the
// stand-in for its agent in every way that Char documents.
func TestCharInBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine := w.environment(t, "mine", callback, nil)
	other := w.environment(t, "other", callback, func(c *mockidp.EnvironmentConfig) { c.Clients[0].ID = "skc_20000000000000002" })
	char := startChar(t, mine)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>app</title><link rel="icon" href="data:,">
<script type="module" src="%[1]s/char-agent.js"></script><main><h1>App</h1><char-agent api-base="%[1]s"></char-agent></main>`, char.URL())
	}))
	t.Cleanup(app.Close)
	walk(t, "char.mjs", map[string]any{
		"app": app.URL, "char": char.URL(), "issuer": mine.Issuer(), "client": mine.Client().ID, "user": mine.User().ID,
		"good": sample(t, mine), "foreign": sample(t, other), "otherIssuer": other.Issuer(), "otherClient": other.Client().ID,
		"key": "pk_test_0123456789abcdefghij",
	})
}
