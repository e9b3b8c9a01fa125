package directory

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-id/assay/mockidp/internal/words"
)

// Config describes a [Directory]. Nil lists get defaults.
type Config struct {
	// Clients are the Relying Parties. Nil means a confidential one and a
	// public one, whose redirect URIs are any of this machine and
	// https://app.example.com/callback.
	Clients []Client

	// Users can sign in. Nil means one, in the first organization with all
	// its roles.
	Users []User

	// Organizations have the users as members. Nil means one.
	Organizations []Organization

	// Connections are the ways to sign in. Nil means a password, mail and
	// all of [SocialProviders]. Each organization that has none gets one of
	// its own in addition.
	Connections []Connection

	// Resources are MCP servers and APIs with access tokens of their own. Nil
	// means one that the environment plays; an empty list means none.
	Resources []Resource
}

// Validate reports every value that makes no sense and every name that occurs
// twice or refers to nothing. It expects no defaults to be filled in.
func (c Config) Validate() error {
	var problems []error
	problem := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf(format, args...))
	}
	if c.Clients != nil && len(c.Clients) == 0 {
		problem("Clients is empty, want at least one, or nil for the default")
	}
	if c.Users != nil && len(c.Users) == 0 {
		problem("Users is empty, want at least one, or nil for the default")
	}
	validateNames(problem, "client", c.Clients, func(x Client) string { return x.ID })
	validateNames(problem, "organization", c.Organizations, func(x Organization) string {
		return x.ID
	})
	validateNames(problem, "user", c.Users, func(x User) string { return x.ID })
	for _, client := range c.Clients {
		uris := slices.Concat(client.RedirectURIs, client.PostLogoutRedirectURIs)
		if client.InitiateLoginURI != "" {
			uris = append(uris, client.InitiateLoginURI)
		}
		for _, uri := range uris {
			if err := validateRedirectURI(uri); err != nil {
				problem("a URI of client %q: %w", client.ID, err)
			}
		}
	}
	c.validateConnections(problem)
	c.validateResources(problem)
	c.validateFactors(problem)
	for _, u := range c.Users {
		for _, m := range u.Memberships {
			if !c.hasOrganization(m.OrganizationID) {
				problem("user %q is a member of the organization %q, which is not among Organizations",
					u.ID, m.OrganizationID)
			}
		}
	}
	return errors.Join(problems...)
}

func (c *Config) validateConnections(problem func(string, ...any)) {
	validateNames(problem, "connection", c.Connections, func(x Connection) string { return x.ID })
	for _, connection := range c.Connections {
		switch {
		case !slices.Contains(connectionTypes(), connection.Type):
			problem("connection %q has the type %q, want one of %s",
				connection.ID, connection.Type, words.Join(connectionTypes()))
		case connection.Type == ConnectionSocial &&
			!slices.Contains(SocialProviders(), connection.Provider):
			problem("connection %q has the provider %q, want one of %s",
				connection.ID, connection.Provider, words.Join(SocialProviders()))
		}
		if connection.Type != ConnectionEnterprise {
			if connection.OrganizationID != "" || len(connection.Domains) > 0 {
				problem("connection %q has an organization or domains, which only the type %q can have",
					connection.ID, ConnectionEnterprise)
			}
			continue
		}
		if !c.hasOrganization(connection.OrganizationID) {
			problem("connection %q is of the organization %q, which is not among Organizations",
				connection.ID, connection.OrganizationID)
		}
		for _, domain := range connection.Domains {
			if domain != strings.ToLower(domain) || !hostName.MatchString(domain) {
				problem("connection %q has the domain %q, want a host name in lower case",
					connection.ID, domain)
			}
		}
	}
}

func (c *Config) hasOrganization(id string) bool {
	return slices.ContainsFunc(c.Organizations, func(o Organization) bool { return o.ID == id })
}

func validateNames[T any](problem func(string, ...any), what string, all []T, id func(T) string) {
	seen := make(map[string]bool)
	for i, x := range all {
		switch name := id(x); {
		case name == "":
			problem("%s %d has no ID", what, i)
		case seen[name]:
			problem("two %ss have the ID %q", what, name)
		default:
			seen[name] = true
		}
	}
}
