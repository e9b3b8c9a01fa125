package mockidp

import (
	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/signin"
)

// Who and what an environment knows; see package directory.
type (
	Client         = directory.Client
	User           = directory.User
	Organization   = directory.Organization
	Membership     = directory.Membership
	Connection     = directory.Connection
	ConnectionType = directory.ConnectionType
)

// The types of connection.
const (
	ConnectionPassword     = directory.ConnectionPassword
	ConnectionPasswordless = directory.ConnectionPasswordless
	ConnectionSocial       = directory.ConnectionSocial
	ConnectionEnterprise   = directory.ConnectionEnterprise
)

// Mail is a message that an environment would have sent, and IdPLogin a login
// that starts at an identity provider; see package signin.
type (
	Mail     = signin.Mail
	IdPLogin = signin.IdPLogin
)
