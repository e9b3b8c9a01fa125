package directory

import (
	"fmt"
	"slices"
	"strings"
)

// ConnectionType says how the users of a connection prove who they are.
type ConnectionType string

// The types of connection.
const (
	ConnectionPassword     ConnectionType = "password"     // e-mail address and password
	ConnectionPasswordless ConnectionType = "passwordless" // a code or a link by e-mail
	ConnectionSocial       ConnectionType = "social"       // an account with a public provider
	ConnectionEnterprise   ConnectionType = "enterprise"   // the identity provider of an organization
)

// connectionTypes returns all types in the order in which they are documented.
func connectionTypes() []ConnectionType {
	return []ConnectionType{
		ConnectionPassword, ConnectionPasswordless, ConnectionSocial, ConnectionEnterprise,
	}
}

// SocialProviders returns the values that Scalekit knows for the provider
// parameter of an authorization request.
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

	// OrganizationID is the organization that an enterprise connection
	// belongs to. Only its members can sign in through it.
	OrganizationID string

	// Domains select an enterprise connection: a request whose domain,
	// domain_hint or domain of the login_hint equals one of them is sent to
	// the connection. If there are any, only users whose e-mail address has
	// one of the domains can sign in through it.
	Domains []string

	// Inactive connections exist and cannot be used.
	Inactive bool
}

// Clone returns a deep copy.
func (c Connection) Clone() Connection {
	c.Domains = slices.Clone(c.Domains)
	return c
}

// Admits reports whether an e-mail address is in a domain of the connection.
func (c *Connection) Admits(email string) bool {
	return len(c.Domains) == 0 || slices.Contains(c.Domains, DomainOf(email))
}

// DomainOf returns the domain of an e-mail address in lower case, or the empty
// string if it has none.
func DomainOf(email string) string {
	if i := strings.LastIndexByte(email, '@'); i >= 0 {
		return strings.ToLower(email[i+1:])
	}
	return ""
}

// Title returns the name of the connection to show to people.
func (c *Connection) Title() string {
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
