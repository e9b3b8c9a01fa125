package directory

import (
	"slices"

	"github.com/assay-id/assay/mockidp/internal/jsonobject"
)

// User is a person who can sign in. Unless the environment shows its login page,
// users are not asked: the user named by the login_hint of an authorization request,
// or the first one, is signed in at once.
type User struct {
	// ID is the sub of the tokens. Scalekit writes "usr_" and digits; any
	// string is allowed. Not empty.
	ID string

	// ExternalID is the identifier of the user at the identity provider of a
	// connection: the second half of the sub in an environment for modular
	// SSO. Empty means the ID.
	ExternalID string

	// Password is for the login page. A user without one cannot sign in with
	// a password there.
	Password string

	// TOTPSecret is the secret of the user's authenticator app, in base32. A
	// user who has one is asked for a code after the password, the mail or the
	// social provider. Empty means that the user has not enrolled an app.
	TOTPSecret string

	// Inactive users cannot sign in.
	Inactive bool

	Email         string
	EmailVerified bool

	// Name, GivenName and FamilyName appear in ID Tokens unless empty.
	Name       string
	GivenName  string
	FamilyName string

	// Memberships are the organizations of the user. The first one is
	// entered unless the request has an organization_id. A user without any
	// has tokens without oid.
	Memberships []Membership

	// Claims are additional claims for ID Tokens and the UserInfo endpoint,
	// such as custom attributes of a connection. Names that the environment
	// sets itself, and roles and permissions, are dropped, as at Scalekit.
	Claims jsonobject.Object
}

// Clone returns a copy that shares nothing but the values of custom claims.
func (u User) Clone() User {
	u.Memberships = slices.Clone(u.Memberships)
	for i := range u.Memberships {
		m := &u.Memberships[i]
		m.Roles, m.Permissions = slices.Clone(m.Roles), slices.Clone(m.Permissions)
	}
	u.Claims = slices.Clone(u.Claims)
	return u
}

// Organization is a customer of the application.
type Organization struct {
	// ID is the oid of the tokens, "org_" and digits. Not empty.
	ID string

	// Name is for the login page. Empty means the ID.
	Name string

	// ExternalID is the xoid of the tokens, left out if empty.
	ExternalID string

	// ConnectionID is the connection of the organization, whose ID is the
	// amr of ID Tokens, "conn_" and digits. Empty means the first of the
	// connections that belongs to the organization, otherwise an additional
	// one, with an ID derived from the ID of the organization.
	ConnectionID string

	// MFA are the second factors, one of which every member must use. A member
	// without an authenticator app enrols one at the next login. Nil asks only
	// the members who have enrolled one. Logins through an enterprise
	// connection are not asked: its identity provider is responsible for them.
	MFA []Factor
}

// Clone returns a deep copy.
func (o Organization) Clone() Organization {
	o.MFA = slices.Clone(o.MFA)
	return o
}

// Membership makes a user a member of an organization.
type Membership struct {
	OrganizationID string

	// Roles and Permissions appear in access tokens, never in ID Tokens.
	Roles       []string
	Permissions []string
}

// Membership returns the membership of a user in an organization, or nil.
func (u *User) Membership(organizationID string) *Membership {
	for i := range u.Memberships {
		if u.Memberships[i].OrganizationID == organizationID {
			return &u.Memberships[i]
		}
	}
	return nil
}
