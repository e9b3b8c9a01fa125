package mockidp

import (
	"slices"

	"github.com/assay-id/assay/mockidp/keyring"
)

// User is somebody who can sign in. There is no password: the user that an
// authorization request asks for by login_hint, or the first one, is signed
// in at once.
type User struct {
	// ID is the sub of the tokens. Scalekit writes "usr_" and digits, or
	// "conn_…;…" for Modular SSO; any text is allowed. Not empty.
	ID string

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

	// Claims are more claims for ID Tokens and the UserInfo endpoint, such
	// as custom attributes of a connection. Names that the environment
	// sets itself, and roles and permissions, are dropped, as Scalekit does.
	Claims keyring.Object
}

// clone returns a copy that shares nothing but the values of custom claims.
func (u User) clone() User {
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

	// ExternalID is the xoid of the tokens, left out if empty.
	ExternalID string

	// ConnectionID is the amr of ID Tokens, "conn_" and digits. Empty means
	// one derived from the ID.
	ConnectionID string
}

// Membership is the place of a user in an organization.
type Membership struct {
	OrganizationID string

	// Roles and Permissions appear in access tokens, never in ID Tokens.
	Roles       []string
	Permissions []string
}

// reserved reports whether a custom claim would take the place of one that
// the environment sets, or of one that Scalekit drops.
func reserved(name string) bool {
	switch name {
	case "iss", "aud", "azp", "client_id", "sub", "oid", "xoid", "xuid", "sid", "amr",
		"nonce", "at_hash", "c_hash", "auth_time", "iat", "nbf", "exp", "jti",
		"email", "email_verified", "name", "given_name", "family_name",
		"roles", "permissions", "scope", "scopes":
		return true
	}
	return false
}
