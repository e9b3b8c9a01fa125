package mockidp

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// maxUsers bounds those who sign up, together with those who are configured.
const maxUsers = 1 << 14

// directory is who is there: the users, organizations and connections of the
// configuration, and those who have signed up since. What it hands out is
// never changed. It is safe for concurrent use.
type directory struct {
	cfg *EnvironmentConfig
	ids *identifiers

	mu            sync.RWMutex
	users         []*User
	organizations []*Organization
}

func newDirectory(cfg *EnvironmentConfig, ids *identifiers) *directory {
	d := &directory{cfg: cfg, ids: ids}
	for i := range cfg.Users {
		d.users = append(d.users, &cfg.Users[i])
	}
	for i := range cfg.Organizations {
		d.organizations = append(d.organizations, &cfg.Organizations[i])
	}
	return d
}

// allUsers returns all users, the first one first.
func (d *directory) allUsers() []*User {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clone(d.users)
}

// allOrganizations returns all organizations, the first one first.
func (d *directory) allOrganizations() []*Organization {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clone(d.organizations)
}

// user returns the user with the ID or the e-mail address hint, or nil.
func (d *directory) user(hint string) *User {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, u := range d.users {
		if u.ID == hint || hint != "" && strings.EqualFold(u.Email, hint) {
			return u
		}
	}
	return nil
}

// organization returns the organization with the ID or the external ID, or
// nil.
func (d *directory) organization(id string) *Organization {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, o := range d.organizations {
		if o.ID == id || id != "" && o.ExternalID == id {
			return o
		}
	}
	return nil
}

// connection returns the connection that fits, active ones first, or nil.
func (d *directory) connection(fits func(*Connection) bool) *Connection {
	if active := d.cfg.connection(func(c *Connection) bool { return !c.Inactive && fits(c) }); active != nil {
		return active
	}
	return d.cfg.connection(fits)
}

// ofDomain returns the enterprise connection of a domain, or nil.
func (d *directory) ofDomain(domain string) *Connection {
	domain = strings.ToLower(domain)
	return d.connection(func(c *Connection) bool { return domain != "" && slices.Contains(c.Domains, domain) })
}

// ofType returns the active connections of a type.
func (d *directory) ofType(t ConnectionType) []*Connection {
	var out []*Connection
	for i := range d.cfg.Connections {
		if c := &d.cfg.Connections[i]; c.Type == t && !c.Inactive {
			out = append(out, c)
		}
	}
	return out
}

// membership returns the place of a user in an organization, or nil.
func (u *User) membership(organizationID string) *Membership {
	for i := range u.Memberships {
		if u.Memberships[i].OrganizationID == organizationID {
			return &u.Memberships[i]
		}
	}
	return nil
}

// signUp adds a user and an organization of their own, whose first member
// they are. It returns an error if the e-mail address is taken or there are
// too many users.
func (d *directory) signUp(email, name string) (*User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range d.users {
		if strings.EqualFold(u.Email, email) {
			return nil, fmt.Errorf("there is an account for %s already", email)
		}
	}
	if len(d.users) >= maxUsers {
		return nil, fmt.Errorf("there are %d accounts, which is the most that there can be", maxUsers)
	}
	given, family, _ := strings.Cut(name, " ")
	number := fmt.Sprint("signed up ", len(d.users))
	o := &Organization{
		ID:           d.ids.of("org_", number),
		Name:         strings.TrimSpace(name + "'s organization"),
		ConnectionID: d.connectionOf(ConnectionPasswordless),
	}
	u := &User{
		ID:            d.ids.of("usr_", number),
		Email:         email,
		EmailVerified: true, // Signing up takes a code that was mailed.
		Name:          name,
		GivenName:     given,
		FamilyName:    family,
		Memberships:   []Membership{{OrganizationID: o.ID, Roles: []string{"admin"}, Permissions: []string{"organization:manage"}}},
	}
	d.organizations = append(d.organizations, o)
	d.users = append(d.users, u)
	return u, nil
}

// connectionOf returns the ID of the first connection of a type, or of the
// first one.
func (d *directory) connectionOf(t ConnectionType) string {
	if all := d.ofType(t); len(all) > 0 {
		return all[0].ID
	}
	return d.ids.of("conn_", "default")
}
