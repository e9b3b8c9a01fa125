package e2e

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/assay-id/assay/mockidp"
)

// ask returns a request for an environment and its client.
func ask(op string, e *mockidp.Environment) request {
	client := e.Client()
	return request{
		Op: op, Issuer: e.Issuer(), ClientID: client.ID, ClientSecret: client.Secret,
		RedirectURI: callback, PostLogoutRedirectURI: bye,
	}
}

// TestOpenIDClient goes through everything that openid-client offers.
func TestOpenIDClient(t *testing.T) {
	t.Parallel()
	e := newWorld(t).environment(t, "", callback, nil)
	var got struct {
		Email, Replay, Logout, Machine string
		Sub, Before, After             bool
	}
	if err := startNode(t, "").do(ask("openid", e), &got); err != nil {
		t.Fatal(err)
	}
	want := got
	want.Email, want.Replay, want.Logout, want.Machine = e.User().Email, "invalid_grant", bye+"?state=bye", "bearer"
	want.Sub, want.Before, want.After = true, true, false
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// TestScalekitSDK does what an application does with the SDK, a call of the
// management API included.
func TestScalekitSDK(t *testing.T) {
	t.Parallel()
	e := newWorld(t).environment(t, "", callback, func(c *mockidp.EnvironmentConfig) {
		c.Clients[0].InitiateLoginURI = "http://127.0.0.1:8080/initiate"
	})
	// Somebody opens the application in the dashboard of their provider.
	const peter, relay = "usr_10000000000000003", "/inbox"
	initiated, err := e.IdPInitiatedLogin(t.Context(), mockidp.IdPLogin{UserID: peter, RelayState: relay})
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(initiated)
	if err != nil {
		t.Fatal(err)
	}
	r := ask("scalekit", e)
	r.IdPInitiatedLogin = at.Query().Get("idp_initiated_login")
	var got struct {
		Email, Replay, Logout string
		Valid                 bool
		Organizations         []string
		Connection, Directory string
		Members               []string
		Portal                int
		Initiated             map[string]any
	}
	if err := startNode(t, "").do(r, &got); err != nil {
		t.Fatal(err)
	}
	if got.Initiated["login_hint"] != "peter@initech.example" || got.Initiated["relay_state"] != relay {
		t.Errorf("the login from the provider has the claims %v", got.Initiated)
	}
	var organizations []string
	for _, o := range e.Organizations() {
		organizations = append(organizations, o.ID)
	}
	if got.Email != e.User().Email || !got.Valid || got.Logout != bye+"?state=bye" || !slices.Equal(got.Organizations, organizations) {
		t.Errorf("got %+v, want the organizations %v", got, organizations)
	}
	d := e.Directories()[0]
	own := slices.IndexFunc(e.Connections(), func(c mockidp.Connection) bool { return c.OrganizationID == d.OrganizationID })
	if want := e.Connections()[own].ID + " true " + d.OrganizationID; got.Connection != want {
		t.Errorf("the connection is %q, want %q", got.Connection, want)
	}
	if want := d.ID + " true " + d.URL; got.Directory != want || !slices.Contains(got.Members, e.User().Email) || got.Portal != 200 {
		t.Errorf("the directory is %q with %q, and the portal answers %d, want %q", got.Directory, got.Members, got.Portal, want)
	}
	if got.Replay == "accepted" {
		t.Errorf("a refresh token was accepted twice")
	}
}

// TestGoOIDC refreshes with golang.org/x/oauth2 and reads the user with
// go-oidc.
func TestGoOIDC(t *testing.T) {
	t.Parallel()
	e := newWorld(t).environment(t, "", callback, nil)
	g, err := newGoClient(t.Context(), browser(t), browser(t), e, oidc.Config{})
	if err != nil {
		t.Fatal(err)
	}
	first, token, err := g.login()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.VerifyAccessToken(token.AccessToken); err != nil {
		t.Errorf("at_hash: %v", err)
	}
	next, err := g.oauth.TokenSource(g.ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err != nil {
		t.Fatal(err)
	}
	again, err := g.verify(next)
	if err != nil || again.Subject != first.Subject || next.RefreshToken == token.RefreshToken {
		t.Errorf("the refresh brings %+v, %v", again, err)
	}
	provider, err := oidc.NewProvider(g.ctx, e.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	user, err := provider.UserInfo(g.ctx, oauth2.StaticTokenSource(next))
	if err != nil || user.Email != e.User().Email {
		t.Errorf("UserInfo() = %+v, %v", user, err)
	}
}

// TestParallelRefreshes has openid-client use one refresh token twenty times
// at once. Without grace one request wins, and the replay revokes the family,
// its tokens included; with grace all of them win.
func TestParallelRefreshes(t *testing.T) {
	t.Parallel()
	const n = 20
	tests := []struct {
		name  string
		grace time.Duration
		won   int
		codes []string
		next  string
	}{
		{"without grace", 0, 1, []string{"invalid_grant"}, "invalid_grant"},
		{"with grace", time.Minute, n, nil, "accepted"},
	}
	w := newWorld(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := w.environment(t, "grace-"+tt.grace.String(), callback, func(c *mockidp.EnvironmentConfig) {
				c.RefreshGrace = tt.grace
			})
			r := ask("parallel", e)
			r.N = n
			var got struct {
				Won, Distinct int
				Codes         []string
				Next          string
			}
			if err := startNode(t, "").do(r, &got); err != nil {
				t.Fatal(err)
			}
			if got.Won != tt.won || got.Distinct != tt.won || !slices.Equal(got.Codes, tt.codes) || got.Next != tt.next {
				t.Errorf("got %+v, want %+v", got, tt)
			}
		})
	}
}
