package mockidp

import (
	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/signin"
)

// The users and applications of an environment; see package directory.
type (
	// Client is an application that users sign in to.
	Client = directory.Client

	// User is a person who can sign in.
	User = directory.User

	// Organization is a customer of an application, with its own users.
	Organization = directory.Organization

	// Membership is what a user may do in an organization.
	Membership = directory.Membership

	// Connection is a way to sign in.
	Connection = directory.Connection

	// Resource is an MCP server or an API with access tokens of its own.
	Resource = directory.Resource

	// Factor is a way to confirm a login after the first proof.
	Factor = directory.Factor

	// ConnectionType is a kind of connection.
	ConnectionType = directory.ConnectionType
)

// PutClient registers a client, or replaces the one with its ID. Codes and tokens
// that were issued stay valid. The error says what is wrong with the client.
func (e *Environment) PutClient(c Client) error { return e.people.PutClient(c) }

// ReplaceClient is like [Environment.PutClient] and replaces the client with the
// ID id, which may be another one.
func (e *Environment) ReplaceClient(id string, c Client) error { return e.people.ReplaceClient(id, c) }

// RemoveClient removes a client. It returns an error if there is no such client
// or no other one.
func (e *Environment) RemoveClient(id string) error { return e.people.RemoveClient(id) }

// PutUser adds a user, or replaces the one with their ID. What changes is seen
// from the next login on, except that a user who becomes inactive loses all
// sessions and tokens at once. The error says what is wrong with the user.
func (e *Environment) PutUser(u User) error {
	if err := e.people.PutUser(u); err != nil {
		return err
	}
	if u.Inactive {
		e.signin.EndUser(u.ID)
	}
	return nil
}

// RemoveUser removes a user with all sessions and tokens. It returns an error if
// there is no such user or no other one.
func (e *Environment) RemoveUser(id string) error {
	if err := e.people.RemoveUser(id); err != nil {
		return err
	}
	e.signin.EndUser(id)
	return nil
}

// PutOrganization replaces the organization with its ID, from the next login on.
// The error says that there is no such organization, or what is wrong with it.
func (e *Environment) PutOrganization(o Organization) error { return e.people.PutOrganization(o) }

// TOTP returns the code that the authenticator app of a user shows: the first
// one that the login page takes and has not taken yet. The error says how long
// to wait for the next one, or that the user has not enrolled an app.
func (e *Environment) TOTP(userID string) (string, error) { return e.signin.TOTP(userID) }

// The second factors.
const (
	FactorTOTP  = directory.FactorTOTP
	FactorEmail = directory.FactorEmail
)

// The types of connection.
const (
	ConnectionPassword     = directory.ConnectionPassword
	ConnectionPasswordless = directory.ConnectionPasswordless
	ConnectionSocial       = directory.ConnectionSocial
	ConnectionEnterprise   = directory.ConnectionEnterprise
)

// The parts of a login; see package signin.
type (
	// Mail is a message that an environment would have sent.
	Mail = signin.Mail

	// Attempt is an entry in the log of sign-ins.
	Attempt = signin.Attempt

	// IdPLogin is a login that starts at an identity provider.
	IdPLogin = signin.IdPLogin
)
