package mockidp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/internal/page"
	"github.com/assay-id/assay/mockidp/keyring"
)

// loginTokenLifetime is exp-iat of the JWT of an IdP-initiated login.
const loginTokenLifetime = 5 * time.Minute

// IdPLogin is a login that starts at the identity provider of an
// organization.
type IdPLogin struct {
	// ClientID is the application, whose InitiateLoginURI is where the login
	// goes. Empty means the first one that has any.
	ClientID string

	// UserID is who has opened the application. Empty means the first user.
	UserID string

	// ConnectionID is that of the identity provider. Empty means the one of
	// the user's first organization.
	ConnectionID string

	// RelayState is passed on to the application.
	RelayState string
}

// IdPInitiatedLogin returns the URL that the browser of somebody is sent to
// who opens an application from the identity provider: the InitiateLoginURI
// of the client, with a JWT in idp_initiated_login that says who it was and
// lives for five minutes. The application starts a login of its own. The JWT
// is signed by the key that signs ID Tokens and is none: it has no sub and no
// aud. It returns an error if there is no such client, user or connection.
func (e *Environment) IdPInitiatedLogin(ctx context.Context, login IdPLogin) (string, error) {
	to, err := e.initiateLoginURI(login.ClientID)
	if err != nil {
		return "", err
	}
	user := e.people.user(login.UserID)
	if login.UserID == "" {
		user = e.people.allUsers()[0]
	}
	if user == nil {
		return "", fmt.Errorf("there is no user %q", login.UserID)
	}
	connection, err := e.idpConnection(login.ConnectionID, user)
	if err != nil {
		return "", err
	}
	i := &issue{
		request:   fault.Request{Endpoint: fault.Login, ClientID: login.ClientID, Path: portalPath},
		grantType: "",
		key:       e.ring.Signing(),
		now:       e.cfg.Now(),
	}
	s := &session{subject: user.ID, user: user, org: e.people.organization(connection.OrganizationID)}
	token, err := e.mint(withIssue(ctx, i), IdPLoginToken, s, login.ClientID, e.idpLoginClaims(i, connection, user, login.RelayState))
	if err != nil {
		return "", err
	}
	query := to.Query()
	query.Set("idp_initiated_login", token)
	to.RawQuery = query.Encode()
	return to.String(), nil
}

// initiateLoginURI returns that of a client, or of the first one that has
// any.
func (e *Environment) initiateLoginURI(clientID string) (*url.URL, error) {
	for _, c := range e.cfg.Clients {
		if c.InitiateLoginURI != "" && (clientID == "" || c.ID == clientID) {
			return url.Parse(c.InitiateLoginURI)
		}
	}
	if clientID == "" {
		return nil, errors.New("no client has an initiate-login URI")
	}
	return nil, fmt.Errorf("there is no client %q with an initiate-login URI", clientID)
}

func (e *Environment) idpConnection(id string, user *User) (*Connection, error) {
	if id == "" && len(user.Memberships) > 0 {
		id = e.people.organization(user.Memberships[0].OrganizationID).ConnectionID
	}
	c := e.people.connection(func(c *Connection) bool { return c.ID == id && c.Type == ConnectionEnterprise })
	if c == nil {
		return nil, fmt.Errorf("there is no enterprise connection %q", id)
	}
	return c, nil
}

// idpLoginClaims returns the claims that Scalekit documents for the JWT.
func (e *Environment) idpLoginClaims(i *issue, c *Connection, u *User, relayState string) keyring.Object {
	claims := keyring.Object{
		{Name: "organization_id", Value: c.OrganizationID},
		{Name: "connection_id", Value: c.ID},
		{Name: "login_hint", Value: cmp.Or(u.Email, u.ID)},
	}
	if relayState != "" {
		claims.Set("relay_state", relayState)
	}
	return append(claims,
		keyring.Member{Name: "iss", Value: e.issuer},
		keyring.Member{Name: "iat", Value: i.now.Unix()},
		keyring.Member{Name: "nbf", Value: i.now.Unix()},
		keyring.Member{Name: "exp", Value: i.now.Add(loginTokenLifetime).Unix()},
	)
}

// serveBookmark answers for a login page that nobody was sent to: bookmarks
// of it are common. The client starts again, and is given the query.
func (e *Environment) serveBookmark(w http.ResponseWriter, r *http.Request) {
	to, err := e.initiateLoginURI(r.URL.Query().Get("client_id"))
	if err != nil {
		e.pages.Render(w, http.StatusNotFound, &page.Message{
			Frame: e.frame("Nothing to sign in to"),
			Texts: []string{"A login starts at an application, which sends you here.", sentence(err.Error()) + "."},
		})
		return
	}
	forwarded := r.URL.Query()
	forwarded.Del("client_id")
	redirect(w, to, forwarded)
}

// servePortal stands for the dashboard of an identity provider.
func (e *Environment) servePortal(w http.ResponseWriter, r *http.Request) {
	asked := IdPLogin{
		ClientID:     r.Form.Get("client"),
		UserID:       r.Form.Get("user"),
		ConnectionID: r.Form.Get("connection"),
		RelayState:   r.Form.Get("relay_state"),
	}
	var problems []page.Problem
	if r.Method == http.MethodPost {
		to, err := e.IdPInitiatedLogin(r.Context(), asked)
		if err == nil {
			seeOther(w, to)
			return
		}
		problems = append(problems, page.Problem{Text: sentence(err.Error())})
	}
	view := &page.Portal{Frame: e.frame("Your applications", problems...), RelayState: asked.RelayState}
	for _, c := range e.people.ofType(ConnectionEnterprise) {
		o := e.people.organization(c.OrganizationID)
		view.Connections = append(view.Connections, page.Choice{
			Value: c.ID, Label: c.title() + " of " + cmp.Or(o.Name, o.ID), Checked: c.ID == asked.ConnectionID,
		})
	}
	for _, u := range e.people.allUsers() {
		view.Users = append(view.Users, page.Choice{Value: u.ID, Label: cmp.Or(u.Email, u.ID), Checked: u.ID == asked.UserID})
	}
	for _, c := range e.cfg.Clients {
		if c.InitiateLoginURI != "" {
			view.Clients = append(view.Clients, page.Choice{Value: c.ID, Label: cmp.Or(c.Name, c.ID), Checked: c.ID == asked.ClientID})
		}
	}
	e.render(w, problems, view)
}
