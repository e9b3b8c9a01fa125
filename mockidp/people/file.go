package people

import (
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/mockidp/keyring"
)

// file is the YAML form.
type file struct {
	Organizations []organization `yaml:"organizations"`
	Connections   []connection   `yaml:"connections"`
	Users         []user         `yaml:"users"`
	Clients       []client       `yaml:"clients"`
	Resources     []resource     `yaml:"resources"`
}

type organization struct {
	ID         string `yaml:"id"`
	Name       string `yaml:"name"`
	ExternalID string `yaml:"external_id"`
	Connection string `yaml:"connection"`

	MFA []mockidp.Factor `yaml:"mfa"`
}

type connection struct {
	ID           string                 `yaml:"id"`
	Type         mockidp.ConnectionType `yaml:"type"`
	Provider     string                 `yaml:"provider"`
	Organization string                 `yaml:"organization"`
	Domains      []string               `yaml:"domains"`
	Inactive     bool                   `yaml:"inactive"`
}

type user struct {
	ID            string        `yaml:"id"`
	ExternalID    string        `yaml:"external_id"`
	Password      string        `yaml:"password"`
	Inactive      bool          `yaml:"inactive"`
	TOTPSecret    string        `yaml:"totp_secret"`
	Email         string        `yaml:"email"`
	EmailVerified *bool         `yaml:"email_verified"`
	Name          string        `yaml:"name"`
	GivenName     string        `yaml:"given_name"`
	FamilyName    string        `yaml:"family_name"`
	Memberships   []membership  `yaml:"memberships"`
	Claims        yaml.MapSlice `yaml:"claims"`
}

type membership struct {
	Organization string   `yaml:"organization"`
	Roles        []string `yaml:"roles"`
	Permissions  []string `yaml:"permissions"`
}

type client struct {
	ID                     string   `yaml:"id"`
	Name                   string   `yaml:"name"`
	Secret                 string   `yaml:"secret"`
	RedirectURIs           []string `yaml:"redirect_uris"`
	PostLogoutRedirectURIs []string `yaml:"post_logout_redirect_uris"`
	AnyLocal               bool     `yaml:"any_local"`
	ExactPorts             bool     `yaml:"exact_ports"`
	InitiateLoginURI       string   `yaml:"initiate_login_uri"`
	Scopes                 []string `yaml:"scopes"`
	GrantTypes             []string `yaml:"grant_types"`
	Audiences              []string `yaml:"audiences"`
}

type resource struct {
	ID        string   `yaml:"id"`
	Name      string   `yaml:"name"`
	URL       string   `yaml:"url"`
	Scopes    []string `yaml:"scopes"`
	OwnIssuer bool     `yaml:"own_issuer"`
}

// check reports the first name that is missing, occurs twice or refers to
// nothing, with its place. Mistakes in a single value are left to the
// Validate of the configuration.
func (f *file) check(body ast.Node) error {
	organizations, err := names(body, "organizations", f.Organizations,
		func(x organization) string { return x.ID })
	if err != nil {
		return err
	}
	connections, err := names(body, "connections", f.Connections, func(x connection) string {
		return x.ID
	})
	if err != nil {
		return err
	}
	if _, err := names(body, "users", f.Users, func(x user) string { return x.ID }); err != nil {
		return err
	}
	if _, err := names(body, "clients", f.Clients, func(x client) string {
		return x.ID
	}); err != nil {
		return err
	}
	if _, err := names(body, "resources", f.Resources, func(x resource) string { return x.ID }); err != nil {
		return err
	}
	for i, o := range f.Organizations {
		if o.Connection != "" && !connections[o.Connection] {
			return intake.At(intake.Child(body, "organizations", fmt.Sprint(i), "connection"),
				"there is no connection %q", o.Connection)
		}
	}
	for i, c := range f.Connections {
		if c.Organization != "" && !organizations[c.Organization] {
			return intake.At(intake.Child(body, "connections", fmt.Sprint(i), "organization"),
				"there is no organization %q", c.Organization)
		}
	}
	for i, u := range f.Users {
		for n, m := range u.Memberships {
			if !organizations[m.Organization] {
				return intake.At(intake.Child(body, "users", fmt.Sprint(i), "memberships",
					fmt.Sprint(n), "organization"),
					"there is no organization %q", m.Organization)
			}
		}
	}
	return nil
}

// names returns the IDs of a list.
func names[T any](body ast.Node, list string, all []T, id func(T) string) (map[string]bool, error) {
	seen := make(map[string]bool)
	for i, x := range all {
		switch name := id(x); {
		case name == "":
			return nil, intake.At(intake.Child(body, list, fmt.Sprint(i)),
				"the entry of %s has no id", list)
		case seen[name]:
			return nil, intake.At(intake.Child(body, list, fmt.Sprint(i), "id"),
				"%s has the id %q twice", list, name)
		default:
			seen[name] = true
		}
	}
	return seen, nil
}

// config returns the file as a configuration.
func (f *file) config() mockidp.EnvironmentConfig {
	return mockidp.EnvironmentConfig{
		Organizations: each(f.Organizations, organization.config),
		Connections:   each(f.Connections, connection.config),
		Users:         each(f.Users, user.config),
		Clients:       each(f.Clients, client.config),
		Resources:     each(f.Resources, resource.config),
	}
}

// each distinguishes a missing list from an empty one: only a missing list
// means the default.
func each[From, To any](all []From, config func(From) To) []To {
	if all == nil {
		return nil
	}
	out := make([]To, len(all))
	for i, x := range all {
		out[i] = config(x)
	}
	return out
}

func (o organization) config() mockidp.Organization {
	return mockidp.Organization{
		ID: o.ID, Name: o.Name, ExternalID: o.ExternalID, ConnectionID: o.Connection, MFA: o.MFA,
	}
}

func (c connection) config() mockidp.Connection {
	return mockidp.Connection{
		ID: c.ID, Type: c.Type, Provider: c.Provider, OrganizationID: c.Organization, Domains: c.Domains, Inactive: c.Inactive,
	}
}

func (r resource) config() mockidp.Resource { return mockidp.Resource(r) }

func (c client) config() mockidp.Client {
	return mockidp.Client{
		ID: c.ID, Name: c.Name, Secret: c.Secret,
		RedirectURIs: c.RedirectURIs, PostLogoutRedirectURIs: c.PostLogoutRedirectURIs, InitiateLoginURI: c.InitiateLoginURI,
		AnyLocal: c.AnyLocal, ExactPorts: c.ExactPorts,
		Scopes: c.Scopes, GrantTypes: c.GrantTypes, Audiences: c.Audiences,
	}
}

func (u user) config() mockidp.User {
	out := mockidp.User{
		ID: u.ID, ExternalID: u.ExternalID, Password: u.Password, TOTPSecret: u.TOTPSecret, Inactive: u.Inactive,
		Email: u.Email, EmailVerified: u.EmailVerified == nil || *u.EmailVerified,
		Name: u.Name, GivenName: u.GivenName, FamilyName: u.FamilyName,
		Claims: object(u.Claims),
	}
	for _, m := range u.Memberships {
		out.Memberships = append(out.Memberships, mockidp.Membership{
			OrganizationID: m.Organization, Roles: m.Roles, Permissions: m.Permissions,
		})
	}
	return out
}

// object returns a mapping of YAML as an object of JSON, in order.
func object(m yaml.MapSlice) keyring.Object {
	var out keyring.Object
	for _, item := range m {
		out = append(out, keyring.Member{Name: fmt.Sprint(item.Key), Value: value(item.Value)})
	}
	return out
}

func value(v any) any {
	switch v := v.(type) {
	case yaml.MapSlice:
		return object(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = value(v[i])
		}
		return out
	}
	return v
}
