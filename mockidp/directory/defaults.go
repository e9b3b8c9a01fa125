package directory

import (
	"slices"

	"github.com/assay-id/assay/mockidp/internal/ids"
)

// complete returns a deep copy of the configuration with the defaults filled
// in.
func (c Config) complete(names *ids.Source) Config {
	if c.Organizations == nil && c.Users == nil {
		c.Organizations = []Organization{{ID: names.Of("org_", "first")}}
	}
	c.completeConnections(names)
	c.completeUsers(names)
	c.completeClients(names)
	c.completeResources(names)
	return c
}

// completeConnections fills in the default connections, and makes sure that
// each organization has one of its own.
func (c *Config) completeConnections(names *ids.Source) {
	if c.Connections == nil {
		c.Connections = []Connection{
			{ID: names.Of("conn_", "default"), Type: ConnectionPassword},
			{ID: names.Of("conn_", "passwordless"), Type: ConnectionPasswordless},
		}
		for _, provider := range SocialProviders() {
			c.Connections = append(c.Connections, Connection{
				ID: names.Of("conn_", provider), Type: ConnectionSocial, Provider: provider,
			})
		}
	}
	c.Connections = slices.Clone(c.Connections)
	for i := range c.Connections {
		c.Connections[i] = c.Connections[i].Clone()
	}
	c.Organizations = slices.Clone(c.Organizations)
	for i := range c.Organizations {
		o := &c.Organizations[i]
		*o = o.Clone()
		if own := c.connection(func(x *Connection) bool {
			return x.OrganizationID == o.ID
		}); own != nil && o.ConnectionID == "" {
			o.ConnectionID = own.ID
		}
		if o.ConnectionID == "" {
			o.ConnectionID = names.Of("conn_", o.ID)
		}
		if c.connection(func(x *Connection) bool { return x.ID == o.ConnectionID }) == nil {
			c.Connections = append(c.Connections, Connection{
				ID: o.ConnectionID, Type: ConnectionEnterprise, Provider: "okta", OrganizationID: o.ID,
			})
		}
	}
}

// connection returns the first connection that fits, or nil.
func (c *Config) connection(fits func(*Connection) bool) *Connection {
	for i := range c.Connections {
		if fits(&c.Connections[i]) {
			return &c.Connections[i]
		}
	}
	return nil
}

func (c *Config) completeUsers(names *ids.Source) {
	if c.Users == nil {
		john := User{
			ID:            names.Of("usr_", "first"),
			Email:         "john.doe@example.com",
			EmailVerified: true,
			Name:          "John Doe",
			GivenName:     "John",
			FamilyName:    "Doe",
		}
		if len(c.Organizations) > 0 {
			john.Memberships = []Membership{{
				OrganizationID: c.Organizations[0].ID,
				Roles:          []string{"admin"}, // the first user of an organization
				Permissions:    []string{"organization:manage"},
			}}
		}
		c.Users = []User{john}
	}
	c.Users = slices.Clone(c.Users)
	for i, u := range c.Users {
		c.Users[i] = u.Clone()
	}
}

func (c *Config) completeClients(names *ids.Source) {
	if c.Clients == nil {
		uris := []string{
			"http://127.0.0.1/callback",
			"http://[::1]/callback",
			"https://app.example.com/callback",
		}
		c.Clients = []Client{
			{ID: names.Of("skc_", "confidential"), Secret: names.Secret("confidential"), RedirectURIs: uris, AnyLocal: true},
			{ID: names.Of("skc_", "public"), RedirectURIs: uris, AnyLocal: true},
		}
	}
	c.Clients = slices.Clone(c.Clients)
	for i, client := range c.Clients {
		c.Clients[i] = client.complete()
	}
}

// complete returns a deep copy with the defaults filled in.
func (c Client) complete() Client {
	c = c.Clone()
	if c.Scopes == nil {
		c.Scopes = slices.Clone(identityScopes[:])
	}
	if c.GrantTypes == nil {
		c.GrantTypes = []string{GrantCode, GrantRefresh}
		if !c.Public() {
			c.GrantTypes = append(c.GrantTypes, GrantClient)
		}
	}
	return c
}
