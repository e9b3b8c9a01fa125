package mockidp

import (
	"fmt"
	"slices"
	"strings"
)

// ConnectionType is how users of a connection prove who they are.
type ConnectionType string

// The types of connection.
const (
	ConnectionPassword     ConnectionType = "password"     // e-mail address and password
	ConnectionPasswordless ConnectionType = "passwordless" // a code or a link by e-mail
	ConnectionSocial       ConnectionType = "social"       // an account with a public provider
	ConnectionEnterprise   ConnectionType = "enterprise"   // the identity provider of an organization
)

// ConnectionTypes returns all types in the order in which they are documented.
func ConnectionTypes() []ConnectionType {
	return []ConnectionType{ConnectionPassword, ConnectionPasswordless, ConnectionSocial, ConnectionEnterprise}
}

// SocialProviders returns what Scalekit knows as the provider of an
// authorization request.
func SocialProviders() []string {
	return []string{"google", "microsoft", "github", "gitlab", "linkedin", "salesforce"}
}

// Connection is a way to sign in.
type Connection struct {
	// ID is the connection_id of authorization requests and the amr of ID
	// Tokens, "conn_" and digits. Not empty.
	ID string

	Type ConnectionType

	// Provider is one of [SocialProviders] for a social connection, and any
	// name, okta for instance, for an enterprise connection.
	Provider string

	// OrganizationID is the organization that an enterprise connection is
	// of. Only its members can sign in through it.
	OrganizationID string

	// Domains lead to an enterprise connection: the domain and domain_hint
	// of an authorization request, and the domain of a login_hint, if they
	// are equal to one of them. A user whose e-mail address has another
	// domain cannot sign in through the connection, if there are any.
	Domains []string

	// Inactive connections exist and cannot be used.
	Inactive bool
}

// clone returns a copy that shares nothing.
func (c Connection) clone() Connection {
	c.Domains = slices.Clone(c.Domains)
	return c
}

// admits reports whether an e-mail address is in a domain of the connection.
func (c *Connection) admits(email string) bool {
	return len(c.Domains) == 0 || slices.Contains(c.Domains, domainOf(email))
}

// domainOf returns what comes after the @, or nothing.
func domainOf(email string) string {
	if i := strings.LastIndexByte(email, '@'); i >= 0 {
		return strings.ToLower(email[i+1:])
	}
	return ""
}

func (c *EnvironmentConfig) validateConnections(problem func(string, ...any)) {
	validateNames(problem, "connection", c.Connections, func(x Connection) string { return x.ID })
	for _, connection := range c.Connections {
		switch {
		case !slices.Contains(ConnectionTypes(), connection.Type):
			problem("connection %q has the type %q, want one of %q", connection.ID, connection.Type, ConnectionTypes())
		case connection.Type == ConnectionSocial && !slices.Contains(SocialProviders(), connection.Provider):
			problem("connection %q has the provider %q, want one of %q", connection.ID, connection.Provider, SocialProviders())
		}
		if connection.Type != ConnectionEnterprise {
			if connection.OrganizationID != "" || len(connection.Domains) > 0 {
				problem("connection %q has an organization or domains, which only the type %q can have", connection.ID, ConnectionEnterprise)
			}
			continue
		}
		if !c.hasOrganization(connection.OrganizationID) {
			problem("connection %q is of the organization %q, which is not among Organizations", connection.ID, connection.OrganizationID)
		}
		for _, domain := range connection.Domains {
			if domain != strings.ToLower(domain) || !hostName.MatchString(domain) {
				problem("connection %q has the domain %q, want a host name in lower case", connection.ID, domain)
			}
		}
	}
}

func (c *EnvironmentConfig) hasOrganization(id string) bool {
	return slices.ContainsFunc(c.Organizations, func(o Organization) bool { return o.ID == id })
}

// completeConnections fills in the default connections, and sees to it that
// each organization has one of its own.
func (c *EnvironmentConfig) completeConnections(ids *identifiers) {
	if c.Connections == nil {
		c.Connections = []Connection{
			{ID: ids.of("conn_", "default"), Type: ConnectionPassword},
			{ID: ids.of("conn_", "passwordless"), Type: ConnectionPasswordless},
		}
		for _, provider := range SocialProviders() {
			c.Connections = append(c.Connections, Connection{ID: ids.of("conn_", provider), Type: ConnectionSocial, Provider: provider})
		}
	}
	c.Connections = slices.Clone(c.Connections)
	for i := range c.Connections {
		c.Connections[i] = c.Connections[i].clone()
	}
	c.Organizations = slices.Clone(c.Organizations)
	for i := range c.Organizations {
		o := &c.Organizations[i]
		if own := c.connection(func(x *Connection) bool { return x.OrganizationID == o.ID }); own != nil && o.ConnectionID == "" {
			o.ConnectionID = own.ID
		}
		if o.ConnectionID == "" {
			o.ConnectionID = ids.of("conn_", o.ID)
		}
		if c.connection(func(x *Connection) bool { return x.ID == o.ConnectionID }) == nil {
			c.Connections = append(c.Connections, Connection{
				ID: o.ConnectionID, Type: ConnectionEnterprise, Provider: "okta", OrganizationID: o.ID,
			})
		}
	}
}

// connection returns the first connection that fits, or nil.
func (c *EnvironmentConfig) connection(fits func(*Connection) bool) *Connection {
	for i := range c.Connections {
		if fits(&c.Connections[i]) {
			return &c.Connections[i]
		}
	}
	return nil
}

// title returns the name of the connection for people.
func (c *Connection) title() string {
	names := map[string]string{
		"google": "Google", "microsoft": "Microsoft", "github": "GitHub",
		"gitlab": "GitLab", "linkedin": "LinkedIn", "salesforce": "Salesforce", "okta": "Okta",
	}
	if name, ok := names[c.Provider]; ok {
		return name
	}
	if c.Provider == "" {
		return fmt.Sprintf("the identity provider %s", c.ID)
	}
	return c.Provider
}
