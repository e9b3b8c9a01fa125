package mockidp

import (
	"cmp"
	"net/url"
	"time"
)

// selection is what the parameters of an authorization request choose.
// Both may be nil: the user chooses.
type selection struct {
	connection   *Connection
	organization *Organization
}

// selected reads the selectors of an authorization request, in the order in
// which Scalekit gives them precedence: provider, connection_id,
// organization_id, domain, login_hint. The SDKs send domain and domain_hint
// with the same value.
func (e *Environment) selected(form url.Values) (selection, error) {
	s, err := e.selector(form)
	if err != nil {
		return selection{}, err
	}
	if s.connection != nil && s.connection.Inactive {
		return selection{}, refuse("connection_not_active", "the connection is not active: "+s.connection.ID)
	}
	if s.connection == nil && e.cfg.ModularSSO {
		return selection{}, refuse("invalid_connection_selector", "the request has none of connection_id, organization_id, domain and provider")
	}
	if s.connection != nil && s.connection.OrganizationID != "" {
		s.organization = e.people.organization(s.connection.OrganizationID)
	}
	return s, nil
}

func (e *Environment) selector(form url.Values) (selection, error) {
	if provider := form.Get("provider"); provider != "" {
		c := e.people.connection(func(c *Connection) bool { return c.Type == ConnectionSocial && c.Provider == provider })
		if c == nil {
			return selection{}, refuse("invalid_connection_selector", "there is no connection for the provider: "+provider)
		}
		return selection{connection: c}, nil
	}
	if id := form.Get("connection_id"); id != "" {
		c := e.people.connection(func(c *Connection) bool { return c.ID == id })
		if c == nil {
			return selection{}, refuse("invalid_connection_id", "there is no connection "+id)
		}
		return selection{connection: c}, nil
	}
	if id := form.Get("organization_id"); id != "" {
		return e.selectedOrganization(id)
	}
	if domain := cmp.Or(form.Get("domain"), form.Get("domain_hint")); domain != "" {
		c := e.people.ofDomain(domain)
		if c == nil && e.cfg.ModularSSO {
			return selection{}, refuse("domain_not_found", "no connection has the domain: "+domain)
		}
		if c != nil {
			return selection{connection: c}, nil
		}
	}
	return selection{connection: e.people.ofDomain(domainOf(form.Get("login_hint")))}, nil
}

// selectedOrganization chooses the connection of an organization. Without an
// active one its members sign in like everybody else, but not in Modular SSO.
func (e *Environment) selectedOrganization(id string) (selection, error) {
	o := e.people.organization(id)
	if o == nil {
		return selection{}, refuse("invalid_organization_id", "there is no organization "+id)
	}
	c := e.people.connection(func(c *Connection) bool { return c.ID == o.ConnectionID })
	if c != nil && !c.Inactive {
		return selection{connection: c, organization: o}, nil
	}
	if e.cfg.ModularSSO {
		return selection{}, refuse("no_active_connections", "the organization has no active connection: "+id)
	}
	return selection{organization: o}, nil
}

// signIn signs in, without asking anybody, the user that the request asks
// for, or the first one who can, or says why it cannot.
func (e *Environment) signIn(form url.Values) (*session, error) {
	s, err := e.selected(form)
	if err != nil {
		return nil, err
	}
	user, err := e.userFor(form.Get("login_hint"), s)
	if err != nil {
		return nil, err
	}
	if s.organization == nil && len(user.Memberships) > 0 {
		s.organization = e.people.organization(user.Memberships[0].OrganizationID)
	}
	if s.connection == nil && s.organization != nil {
		s.connection = e.people.connection(func(c *Connection) bool { return c.ID == s.organization.ConnectionID && !c.Inactive })
	}
	return e.enter(user, s, form)
}

// userFor returns the user with the ID or e-mail address hint, or the first
// one who can use the connection.
func (e *Environment) userFor(hint string, s selection) (*User, error) {
	if hint != "" {
		if u := e.people.user(hint); u != nil {
			return u, nil
		}
		return nil, refuse("access_denied", "there is no user for the login_hint: "+hint)
	}
	users := e.people.allUsers()
	for _, u := range users {
		if !u.Inactive && e.admits(u, s) == nil {
			return u, nil
		}
	}
	return users[0], nil
}

// admits says why the user cannot sign in so, or nothing.
func (e *Environment) admits(u *User, s selection) error {
	if s.organization != nil && u.membership(s.organization.ID) == nil {
		return refuse("access_denied", "the user is not a member of the organization "+s.organization.ID)
	}
	if s.connection != nil && !s.connection.admits(u.Email) {
		return refuse("invalid_user_domain", "the connection is not for the domain of the user: "+domainOf(u.Email))
	}
	return nil
}

// enter makes the session of a user who has signed in through a connection,
// none means a password, to an organization or to none.
func (e *Environment) enter(u *User, s selection, form url.Values) (*session, error) {
	if u.Inactive {
		return nil, refuse("user_not_active", "the user is not active: "+u.ID)
	}
	if err := e.admits(u, s); err != nil {
		return nil, err
	}
	login := &session{
		user:       u,
		connection: e.people.connectionOf(ConnectionPassword),
		sid:        e.ids.session(),
		authTime:   e.cfg.Now(),
	}
	if s.connection != nil {
		login.connection = s.connection.ID
	}
	login.join(s.organization)
	login.subject = u.ID
	if e.cfg.ModularSSO {
		login.subject = login.connection + ";" + cmp.Or(u.ExternalID, u.ID)
	}
	return login.forRequest(form), nil
}

// join puts the session into an organization of its user, or into none.
func (s *session) join(o *Organization) {
	s.org, s.membership = nil, nil
	if o != nil {
		s.org, s.membership = o, s.user.membership(o.ID)
	}
}

// forRequest returns a copy of the session for one authorization request.
func (s *session) forRequest(form url.Values) *session {
	own := *s
	own.nonce = form.Get("nonce")
	own.maxAge = form.Get("max_age") != ""
	// fosite compares these two with each other, to the nanosecond. Whether
	// somebody has to sign in again was decided before.
	own.prompt.Subject = own.subject
	own.prompt.AuthTime = time.Now().UTC().Truncate(time.Second)
	own.prompt.RequestedAt = own.prompt.AuthTime
	return &own
}
