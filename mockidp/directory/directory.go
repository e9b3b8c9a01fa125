package directory

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/assay-id/assay/mockidp/internal/ids"
)

// maxUsers bounds the users, those who sign up included.
const maxUsers = 1 << 14

// Directory holds the clients, users, organizations and connections of an
// environment. [New] makes it.
type Directory struct {
	cfg Config // complete, never changed
	ids *ids.Source

	mu            sync.RWMutex
	clients       []*Client // like users, replaced and never changed
	users         []*User
	organizations []*Organization
}

// New returns the directory that cfg describes, which must be valid, with the
// defaults filled in. It copies cfg.
func New(cfg Config, names *ids.Source) *Directory {
	d := &Directory{cfg: cfg.complete(names), ids: names}
	for i := range d.cfg.Clients {
		d.clients = append(d.clients, &d.cfg.Clients[i])
	}
	for i := range d.cfg.Users {
		d.users = append(d.users, &d.cfg.Users[i])
	}
	for i := range d.cfg.Organizations {
		d.organizations = append(d.organizations, &d.cfg.Organizations[i])
	}
	return d
}

// Clients returns all clients, the first one first.
func (d *Directory) Clients() []*Client {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clone(d.clients)
}

// Client returns the client with the ID, or nil.
func (d *Directory) Client(id string) *Client {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, c := range d.clients {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// Scopes returns the scopes that any client may ask for.
func (d *Directory) Scopes() []string {
	var scopes []string
	for _, c := range d.Clients() {
		for _, scope := range c.Scopes {
			if !slices.Contains(scopes, scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	return scopes
}

// Connections returns all connections: first those in the configuration, then
// those that were made for organizations.
func (d *Directory) Connections() []Connection { return d.cfg.Connections }

// Users returns all users: first those in the configuration, then those who
// have signed up.
func (d *Directory) Users() []*User {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clone(d.users)
}

// Organizations returns all organizations: first those in the configuration,
// then those of users who have signed up.
func (d *Directory) Organizations() []*Organization {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clone(d.organizations)
}

// User returns the user with the ID or the e-mail address hint, or nil.
func (d *Directory) User(hint string) *User {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, u := range d.users {
		if u.ID == hint || hint != "" && strings.EqualFold(u.Email, hint) {
			return u
		}
	}
	return nil
}

// Organization returns the organization with the ID or the external ID, or
// nil.
func (d *Directory) Organization(id string) *Organization {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, o := range d.organizations {
		if o.ID == id || id != "" && o.ExternalID == id {
			return o
		}
	}
	return nil
}

// Connection returns the first connection that fits, an active one if there is
// any, or nil.
func (d *Directory) Connection(fits func(*Connection) bool) *Connection {
	if active := d.cfg.connection(func(c *Connection) bool {
		return !c.Inactive && fits(c)
	}); active != nil {
		return active
	}
	return d.cfg.connection(fits)
}

// TypeOf returns the type of the connection with the ID. A login without a
// connection is one with a password.
func (d *Directory) TypeOf(id string) ConnectionType {
	if c := d.cfg.connection(func(c *Connection) bool { return c.ID == id }); c != nil {
		return c.Type
	}
	return ConnectionPassword
}

// OfDomain returns the enterprise connection of a domain, or nil.
func (d *Directory) OfDomain(domain string) *Connection {
	domain = strings.ToLower(domain)
	return d.Connection(func(c *Connection) bool {
		return domain != "" && slices.Contains(c.Domains, domain)
	})
}

// OfType returns the active connections of a type.
func (d *Directory) OfType(t ConnectionType) []*Connection {
	var out []*Connection
	for i := range d.cfg.Connections {
		if c := &d.cfg.Connections[i]; c.Type == t && !c.Inactive {
			out = append(out, c)
		}
	}
	return out
}

// SignUp adds a user, and an organization of which they are the first member.
// It returns an error if the e-mail address is taken or there are too many
// users.
func (d *Directory) SignUp(email, name string) (*User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range d.users {
		if strings.EqualFold(u.Email, email) {
			return nil, fmt.Errorf("there is already an account for %s", email)
		}
	}
	if len(d.users) >= maxUsers {
		return nil, fmt.Errorf("there are %d accounts, which is the limit", maxUsers)
	}
	given, family, _ := strings.Cut(name, " ")
	number := fmt.Sprint("signed up ", len(d.users))
	o := &Organization{
		ID:           d.ids.Of("org_", number),
		Name:         strings.TrimSpace(name + "'s organization"),
		ConnectionID: d.DefaultConnection(ConnectionPasswordless),
	}
	u := &User{
		ID:            d.ids.Of("usr_", number),
		Email:         email,
		EmailVerified: true, // Signing up takes a code that was mailed.
		Name:          name,
		GivenName:     given,
		FamilyName:    family,
		Memberships: []Membership{{
			OrganizationID: o.ID, Roles: []string{"admin"},
			Permissions: []string{"organization:manage"},
		}},
	}
	d.organizations = append(d.organizations, o)
	d.users = append(d.users, u)
	return u, nil
}

// Enrol gives a user the secret of an authenticator app, and returns the user
// with it. It returns an error if the user has one or is gone.
func (d *Directory) Enrol(userID, secret string) (*User, error) {
	var enrolled *User
	err := d.change(func(next *state) error {
		for i, u := range next.users {
			if u.ID != userID {
				continue
			}
			if u.TOTPSecret != "" {
				return fmt.Errorf("user %q has already enrolled an authenticator app", userID)
			}
			own := u.Clone()
			own.TOTPSecret = secret
			enrolled, next.users[i] = &own, &own
			return nil
		}
		return fmt.Errorf("there is no user %q", userID)
	})
	return enrolled, err
}

// DefaultConnection returns the ID of the first active connection of a type, or
// an ID of its own if there is none.
func (d *Directory) DefaultConnection(t ConnectionType) string {
	if all := d.OfType(t); len(all) > 0 {
		return all[0].ID
	}
	return d.ids.Of("conn_", "default")
}
