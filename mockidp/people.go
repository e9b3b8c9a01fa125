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

	// ConnectionType is a kind of connection.
	ConnectionType = directory.ConnectionType
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

	// IdPLogin is a login that starts at an identity provider.
	IdPLogin = signin.IdPLogin
)
