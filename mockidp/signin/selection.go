package signin

import (
	"cmp"
	"net/url"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/oauth"
)

// selection is the connection and the organization that an authorization
// request chooses. Both may be nil: the user chooses.
type selection struct {
	connection   *directory.Connection
	organization *directory.Organization
}

// chooser decides who is signed in by an authorization request, through which
// connection and to which organization.
type chooser struct{ Config }

// selected reads the selectors of an authorization request, in the order in
// which Scalekit gives them precedence: provider, connection_id,
// organization_id, domain, login_hint. The SDKs send domain and domain_hint
// with the same value.
func (v *chooser) selected(form url.Values) (selection, error) {
	s, err := v.selector(form)
	if err != nil {
		return selection{}, err
	}
	if s.connection != nil && s.connection.Inactive {
		return selection{}, oauth.Refuse("connection_not_active",
			"the connection is not active: "+s.connection.ID)
	}
	if s.connection == nil && v.ModularSSO {
		return selection{}, oauth.Refuse("invalid_connection_selector",
			"the request has none of connection_id, organization_id, domain and provider")
	}
	if s.connection != nil && s.connection.OrganizationID != "" {
		s.organization = v.People.Organization(s.connection.OrganizationID)
	}
	return s, nil
}

func (v *chooser) selector(form url.Values) (selection, error) {
	if provider := form.Get("provider"); provider != "" {
		c := v.People.Connection(func(c *directory.Connection) bool {
			return c.Type == directory.ConnectionSocial && c.Provider == provider
		})
		if c == nil {
			return selection{}, oauth.Refuse("invalid_connection_selector",
				"there is no connection for the provider: "+provider)
		}
		return selection{connection: c}, nil
	}
	if id := form.Get("connection_id"); id != "" {
		c := v.People.Connection(func(c *directory.Connection) bool { return c.ID == id })
		if c == nil {
			return selection{}, oauth.Refuse("invalid_connection_id", "there is no connection "+id)
		}
		return selection{connection: c}, nil
	}
	if id := form.Get("organization_id"); id != "" {
		return v.selectedOrganization(id)
	}
	if domain := cmp.Or(form.Get("domain"), form.Get("domain_hint")); domain != "" {
		c := v.People.OfDomain(domain)
		if c == nil && v.ModularSSO {
			return selection{}, oauth.Refuse("domain_not_found",
				"no connection has the domain: "+domain)
		}
		if c != nil {
			return selection{connection: c}, nil
		}
	}
	return selection{connection: v.People.OfDomain(directory.DomainOf(form.Get("login_hint")))}, nil
}

// selectedOrganization chooses the connection of an organization. Without an
// active one its members sign in like everybody else, but not in Modular SSO.
func (v *chooser) selectedOrganization(id string) (selection, error) {
	o := v.People.Organization(id)
	if o == nil {
		return selection{}, oauth.Refuse("invalid_organization_id", "there is no organization "+id)
	}
	c := v.People.Connection(func(c *directory.Connection) bool { return c.ID == o.ConnectionID })
	if c != nil && !c.Inactive {
		return selection{connection: c, organization: o}, nil
	}
	if v.ModularSSO {
		return selection{}, oauth.Refuse("no_active_connections",
			"the organization has no active connection: "+id)
	}
	return selection{organization: o}, nil
}

// SignIn signs in, without asking, the user that an authorization
// request asks for, or the first one who can. It returns an error if the
// authorization endpoint would refuse the request.
func (v *chooser) SignIn(form url.Values) (*directory.Session, error) {
	chosen, err := v.selected(form)
	if err != nil {
		return nil, err
	}
	user, err := v.userFor(form.Get("login_hint"), chosen)
	if err != nil {
		return nil, err
	}
	if chosen.organization == nil && len(user.Memberships) > 0 {
		chosen.organization = v.People.Organization(user.Memberships[0].OrganizationID)
	}
	if o := chosen.organization; o != nil && chosen.connection == nil {
		chosen.connection = v.People.Connection(func(c *directory.Connection) bool {
			return c.ID == o.ConnectionID && !c.Inactive
		})
	}
	login, err := v.enter(user, chosen, form)
	if err != nil {
		return nil, err
	}
	// Nobody is asked, so a second factor counts as given.
	first := v.People.TypeOf(login.ConnectionID)
	if needed, err := v.secondFactors(user, first, login.Organization); err != nil {
		return nil, err
	} else if len(needed) > 0 {
		login.Confirmed = directory.Confirmed(first)
	}
	return login, nil
}

// userFor returns the user with the ID or e-mail address hint, or the first
// one who can use the connection.
func (v *chooser) userFor(hint string, chosen selection) (*directory.User, error) {
	if hint != "" {
		if u := v.People.User(hint); u != nil {
			return u, nil
		}
		return nil, oauth.Refuse("access_denied", "there is no user for the login_hint: "+hint)
	}
	users := v.People.Users()
	for _, u := range users {
		if !u.Inactive && v.admits(u, chosen) == nil {
			return u, nil
		}
	}
	return users[0], nil
}

// admits returns an error if the user cannot sign in through the connection or
// to the organization.
func (v *chooser) admits(u *directory.User, chosen selection) error {
	if o := chosen.organization; o != nil && u.Membership(o.ID) == nil {
		return oauth.Refuse("access_denied", "the user is not a member of the organization "+o.ID)
	}
	if c := chosen.connection; c != nil && !c.Admits(u.Email) {
		return oauth.Refuse("invalid_user_domain",
			"the connection is not for the domain of the user: "+directory.DomainOf(u.Email))
	}
	return nil
}

// enter makes the session of a user who has signed in through a connection, or
// with a password if it is nil, to an organization or to none.
func (v *chooser) enter(
	u *directory.User, chosen selection, form url.Values,
) (*directory.Session, error) {
	if u.Inactive {
		return nil, oauth.Refuse("user_not_active", "the user is not active: "+u.ID)
	}
	if err := v.admits(u, chosen); err != nil {
		return nil, err
	}
	login := &directory.Session{
		Subject:      u.ID,
		User:         u,
		ConnectionID: v.People.DefaultConnection(directory.ConnectionPassword),
		ID:           v.IDs.Session(),
		AuthTime:     v.Now(),
	}
	if chosen.connection != nil {
		login.ConnectionID = chosen.connection.ID
	}
	login.Join(chosen.organization)
	if v.ModularSSO {
		login.Subject = login.ConnectionID + ";" + cmp.Or(u.ExternalID, u.ID)
	}
	return forRequest(login, form), nil
}

// forRequest returns a copy of a session for one authorization request.
func forRequest(s *directory.Session, form url.Values) *directory.Session {
	own := *s
	own.Nonce = form.Get("nonce")
	own.MaxAge = form.Get("max_age") != ""
	return &own
}
