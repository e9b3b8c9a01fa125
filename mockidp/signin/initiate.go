package signin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/oauth"
	"github.com/assay-id/assay/mockidp/internal/page"
)

// IdPLogin is a login that starts at the identity provider of an
// organization.
type IdPLogin struct {
	// ClientID is the application, whose InitiateLoginURI the login goes to.
	// Empty means the first one that has such a URI.
	ClientID string

	// UserID is the user who has opened the application. Empty means the
	// first user.
	UserID string

	// ConnectionID is the connection of the identity provider. Empty means the one of
	// the user's first organization.
	ConnectionID string

	// RelayState is passed on to the application.
	RelayState string
}

// IdPClaims are the claims of the token of a login that starts at an identity
// provider.
type IdPClaims struct {
	ClientID   string
	User       *directory.User
	Connection *directory.Connection
	RelayState string
}

// IdPInitiatedLogin returns the URL to which the browser is sent when a user
// opens an application from the identity provider: the InitiateLoginURI of the
// client, with a JWT in idp_initiated_login that names the user and lives for
// five minutes. The application then starts its own login. The JWT is signed by
// the key that signs ID Tokens, but it is not one: it has no sub and no aud. It
// returns an error if there is no such client, user or connection.
func (v *Service) IdPInitiatedLogin(ctx context.Context, login IdPLogin) (string, error) {
	to, err := v.initiateLoginURI(login.ClientID)
	if err != nil {
		return "", err
	}
	user := v.People.User(login.UserID)
	if login.UserID == "" {
		user = v.People.Users()[0]
	}
	if user == nil {
		return "", fmt.Errorf("there is no user %q", login.UserID)
	}
	connection, err := v.idpConnection(login.ConnectionID, user)
	if err != nil {
		return "", err
	}
	token, err := v.MintIdPLogin(ctx, IdPClaims{
		ClientID:   login.ClientID,
		User:       user,
		Connection: connection,
		RelayState: login.RelayState,
	})
	if err != nil {
		return "", err
	}
	query := to.Query()
	query.Set("idp_initiated_login", token)
	to.RawQuery = query.Encode()
	return to.String(), nil
}

// InitiateLogin returns the URL to which the browser is sent when somebody opens
// the login page without being sent there, from a bookmark or an invitation:
// the InitiateLoginURI of the client, or of the first one that has one, with
// the query forwarded. It returns an error if there is no such client.
func (v *Service) InitiateLogin(clientID string, query url.Values) (string, error) {
	to, err := v.initiateLoginURI(clientID)
	if err != nil {
		return "", err
	}
	forwarded := to.Query()
	for name, values := range query {
		forwarded[name] = values
	}
	to.RawQuery = forwarded.Encode()
	return to.String(), nil
}

// initiateLoginURI returns the InitiateLoginURI of a client, or of the first
// client that has one.
func (v *Service) initiateLoginURI(clientID string) (*url.URL, error) {
	for _, c := range v.People.Clients() {
		if c.InitiateLoginURI != "" && (clientID == "" || c.ID == clientID) {
			return url.Parse(c.InitiateLoginURI)
		}
	}
	if clientID == "" {
		return nil, errors.New("no client has an initiate-login URI; to register one: assay idp --initiate-login-uri URI, " +
			"or assay idp ctl clients set ID --initiate-login-uri URI")
	}
	if v.People.Client(clientID) == nil {
		return nil, fmt.Errorf("there is no client %q", clientID)
	}
	return nil, fmt.Errorf("client %q has no initiate-login URI; to register one: "+
		"assay idp ctl clients set %s --initiate-login-uri URI", clientID, clientID)
}

func (v *Service) idpConnection(id string, user *directory.User) (*directory.Connection, error) {
	if id == "" && len(user.Memberships) > 0 {
		id = v.People.Organization(user.Memberships[0].OrganizationID).ConnectionID
	}
	c := v.People.Connection(func(c *directory.Connection) bool {
		return c.ID == id && c.Type == directory.ConnectionEnterprise
	})
	if c == nil {
		var known []string
		for _, c := range v.People.OfType(directory.ConnectionEnterprise) {
			known = append(known, c.ID)
		}
		if id == "" {
			return nil, fmt.Errorf("user %q is in no organization, so the connection must be named, one of: %s",
				user.ID, strings.Join(known, ", "))
		}
		return nil, fmt.Errorf("there is no enterprise connection %q, only: %s", id, strings.Join(known, ", "))
	}
	return c, nil
}

// serveBookmark answers when somebody opens the login page without being sent to
// it, which happens because people bookmark it. The client starts again, and is
// given the query.
func (v *Service) serveBookmark(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	query.Del("client_id")
	to, err := v.InitiateLogin(r.URL.Query().Get("client_id"), query)
	if err != nil {
		v.Pages.Render(w, http.StatusNotFound, &page.Message{
			Frame: v.frame("Nothing to sign in to"),
			Texts: []string{
				"A login starts at an application, which sends you here.",
				sentence(err.Error()) + ".",
			},
		})
		return
	}
	answer.SeeOther(w, to)
}

// serveOpen does what the form of the portal does, for scripts and links.
func (v *Service) serveOpen(w http.ResponseWriter, r *http.Request) {
	to, err := v.IdPInitiatedLogin(r.Context(), openedBy(r))
	if err != nil {
		v.failPage(w, r, oauth.Refuse("invalid_request", err.Error()))
		return
	}
	answer.SeeOther(w, to)
}

// openedBy reads the form of the portal.
func openedBy(r *http.Request) IdPLogin {
	return IdPLogin{
		ClientID:     r.Form.Get("client"),
		UserID:       r.Form.Get("user"),
		ConnectionID: r.Form.Get("connection"),
		RelayState:   r.Form.Get("relay_state"),
	}
}

// servePortal plays the dashboard of an identity provider.
func (v *Service) servePortal(w http.ResponseWriter, r *http.Request) {
	asked := openedBy(r)
	var problems []page.Problem
	if r.Method == http.MethodPost {
		to, err := v.IdPInitiatedLogin(r.Context(), asked)
		if err == nil {
			answer.SeeOther(w, to)
			return
		}
		problems = append(problems, page.Problem{Text: sentence(err.Error())})
	}
	view := &page.Portal{
		Frame: v.frame("Your applications", problems...), RelayState: asked.RelayState,
	}
	for _, c := range v.People.OfType(directory.ConnectionEnterprise) {
		o := v.People.Organization(c.OrganizationID)
		view.Connections = append(view.Connections, page.Choice{
			Value: c.ID, Label: c.Title() + " of " +
				cmp.Or(o.Name, o.ID), Checked: c.ID == asked.ConnectionID,
		})
	}
	for _, u := range v.People.Users() {
		view.Users = append(view.Users, page.Choice{
			Value: u.ID, Label: cmp.Or(u.Email, u.ID), Checked: u.ID == asked.UserID,
		})
	}
	for _, c := range v.People.Clients() {
		if c.InitiateLoginURI != "" {
			view.Clients = append(view.Clients, page.Choice{
				Value: c.ID, Label: cmp.Or(c.Name, c.ID), Checked: c.ID == asked.ClientID,
			})
		}
	}
	v.render(w, problems, view)
}
