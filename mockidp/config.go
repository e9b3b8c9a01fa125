package mockidp

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/ids"
	"github.com/assay-id/assay/mockidp/internal/words"
	"github.com/assay-id/assay/mockidp/keyring"
)

// Config configures a [Server]. The zero value is usable.
type Config struct {
	ListenerConfig // of the first listener

	// Seed decides all names, identifiers, secrets and keys. Zero means a
	// random one, which [Server.Seed] returns.
	Seed uint64

	// Now is the clock. Nil means [time.Now].
	Now func() time.Time

	// Logger receives a debug record for each request and warnings about what
	// goes wrong unintentionally. Nil discards them. No token, secret, code
	// or key is ever logged.
	Logger *slog.Logger
}

// EnvironmentConfig configures an [Environment]. The zero value is usable;
// fields that are zero or nil get the default that their comments name.
type EnvironmentConfig struct {
	// Origin is what the issuer begins with: the URL of a [Listener], or
	// another name for it. Empty means [Server.URL].
	Origin string

	// Now is the clock of the environment. Nil means the clock of the server.
	Now func() time.Time

	// Signing are the first keys of the ring: the first one signs, all are
	// published. Nil means one key for Alg called KeyName.
	Signing []*keyring.Key

	// Alg is the algorithm of the default signing key. Empty means RS256. It
	// has no effect together with Signing.
	Alg string

	// KeyName names the default signing key in [Server.Keys]. The
	// environments of a server that have the same KeyName share the key
	// material, because RSA keys cost too much to make for each of hundreds
	// of environments; the key ID differs. Give environments that must not
	// verify each other's tokens different names. Empty is a name like any
	// other.
	KeyName string

	// Rotation rotates the keys as time passes. If it has no Keys, three of
	// the alg of the first signing key take turns. The zero value rotates
	// nothing.
	Rotation keyring.Schedule

	// NoDecoys leaves out of the JWK Set the keys that never sign. They are
	// there so that a verifier that picks a key by anything but its kid
	// always fails, not only after a rotation: RSA, EC and OKP signing keys
	// before the real ones, an RSA encryption key, another EC key and a key
	// of an unknown type after them.
	NoDecoys bool

	// JWKSPath is the path of the JWK Set below the issuer. Empty means
	// "/keys".
	JWKSPath string

	// Clients are the Relying Parties. Nil means a confidential one and a
	// public one, whose redirect URIs are any of this machine and
	// https://app.example.com/callback.
	Clients []Client

	// Users can sign in. Nil means one, in the first organization with all
	// its roles.
	Users []User

	// Organizations have the users as members. Nil means one.
	Organizations []Organization

	// Connections are the ways to sign in. Nil means a password, mail and all
	// of [directory.SocialProviders]. Each organization that has none gets
	// one of its own in addition.
	Connections []Connection

	// Resources are MCP servers and APIs with access tokens of their own. Nil
	// means one that the environment plays; an empty list means none.
	Resources []Resource

	// LoginPage asks users to sign in, on a page that they have to be sent
	// to. Without it they are signed in at once. A request parameter
	// assay_login with the value page or auto decides for one authorization
	// request.
	LoginPage bool

	// LinkSameBrowser takes a link that was mailed only from the browser that
	// has asked for it, as Scalekit's option to enforce the same browser does.
	// Without it, another browser can continue and is told what that means.
	LinkSameBrowser bool

	// ModularSSO requires authorization requests to choose a connection, and
	// makes the sub of tokens start with that connection, "conn_…;…". Without
	// it the environment is one for full-stack auth.
	ModularSSO bool

	// IDTokenLifetime is exp-iat of ID Tokens. Zero means 30 min.
	IDTokenLifetime time.Duration

	// AccessTokenLifetime is exp-iat of access tokens of users. Zero means
	// 5 min.
	AccessTokenLifetime time.Duration

	// ClientCredentialsLifetime is exp-iat of access tokens of clients. Zero
	// means 24 h.
	ClientCredentialsLifetime time.Duration

	// CodeLifetime is how long an authorization code can be redeemed. Zero
	// means 10 min.
	CodeLifetime time.Duration

	// RefreshTokenLifetime is how long a refresh token can be used. Zero
	// means 30 days.
	RefreshTokenLifetime time.Duration

	// RefreshGrace is how long a refresh token that was used can be used
	// again, for clients that refresh twice at the same time or lose the
	// answer. Each use gets its own tokens. After that, and at once if it
	// is zero, using it again revokes every token of that login, as RFC
	// 9700, 4.14.2 describes.
	RefreshGrace time.Duration
}

// Validate reports every value that makes no sense and every name that occurs
// twice or refers to nothing. It expects no defaults to be filled in.
func (c EnvironmentConfig) Validate() error {
	var problems []error
	problem := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf(format, args...))
	}
	for _, lifetime := range []struct {
		name  string
		value time.Duration
	}{
		{"IDTokenLifetime", c.IDTokenLifetime},
		{"AccessTokenLifetime", c.AccessTokenLifetime},
		{"ClientCredentialsLifetime", c.ClientCredentialsLifetime},
		{"CodeLifetime", c.CodeLifetime},
		{"RefreshTokenLifetime", c.RefreshTokenLifetime},
		{"RefreshGrace", c.RefreshGrace},
	} {
		if lifetime.value < 0 {
			problem("%s is %v, want 0 or more", lifetime.name, lifetime.value)
		}
	}
	if err := validateBase(c.Origin); err != nil {
		problem("Origin: %w", err)
	}
	if slices.Contains(c.Signing, nil) {
		problem("Signing has a nil key")
	}
	if c.Alg != "" && !slices.Contains(keyring.Algs(), c.Alg) {
		problem("Alg is %q, want one of %s", c.Alg, words.Join(keyring.Algs()))
	}
	if err := c.validateRotation(); err != nil {
		problem("Rotation: %w", err)
	}
	if err := validateJWKSPath(c.JWKSPath); err != nil {
		problem("JWKSPath: %w", err)
	}
	if c.Signing != nil && len(c.Signing) == 0 {
		problem("Signing is empty, want at least one, or nil for the default")
	}
	problems = append(problems, c.directory().Validate())
	return errors.Join(problems...)
}

// directory returns who and what the environment knows.
func (c EnvironmentConfig) directory() directory.Config {
	return directory.Config{
		Clients: c.Clients, Users: c.Users, Organizations: c.Organizations,
		Connections: c.Connections, Resources: c.Resources,
	}
}

// validateRotation allows the keys to be missing, because complete makes
// them.
func (c EnvironmentConfig) validateRotation() error {
	rotation := c.Rotation
	if rotation.Keys == nil &&
		(rotation.Every != 0 || rotation.Overlap != 0 || rotation.Mode != "") {
		rotation.Keys = []*keyring.Key{{}}
	}
	return rotation.Validate()
}

// validateBase refuses a URL with which an issuer cannot begin. OpenID Connect
// Discovery 1.0, 3: an issuer has no query and no fragment. A path that could be
// written in two ways would make two issuers of one.
func validateBase(base string) error {
	if base == "" {
		return nil
	}
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return fmt.Errorf("%q is not a URL", base)
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return fmt.Errorf("%q, want http or https with a host, such as https://auth.example.com/tenant", base)
	case strings.HasSuffix(base, "/"):
		return fmt.Errorf("%q ends in a slash, want %q", base, strings.TrimRight(base, "/"))
	case base != u.Scheme+"://"+u.Host+u.Path || u.Path != "" && u.Path != path.Clean(u.Path):
		return fmt.Errorf("%q, want scheme, host, port and path and nothing else, such as %s://%s/tenant",
			base, u.Scheme, u.Host)
	}
	return nil
}

// environmentName is a name that fits into a path segment unescaped (RFC
// 3986, 2.3).
var environmentName = regexp.MustCompile(`^[A-Za-z0-9._~-]*$`)

func validateName(name string) error {
	if !environmentName.MatchString(name) || name == "." || name == ".." {
		return fmt.Errorf("environment name is %q, want letters, digits and . _ ~ -", name)
	}
	return nil
}

// rotationKeys is how many keys take turns: two that overlap, and one that is
// different from both.
const rotationKeys = 3

// complete returns a copy of the configuration with the defaults filled in.
func (c EnvironmentConfig) complete(s *Server, names *ids.Source) EnvironmentConfig {
	if c.Now == nil {
		c.Now = s.now
	}
	if c.Origin == "" {
		c.Origin = s.URL()
	}
	if c.JWKSPath == "" {
		c.JWKSPath = defaultJWKSPath
	}
	if c.Signing == nil {
		key := s.keys.Key("signing "+c.KeyName, cmp.Or(c.Alg, "RS256"))
		c.Signing = []*keyring.Key{key.WithID(names.Of("snk_", "signing"))}
	}
	if c.Rotation.Every > 0 && c.Rotation.Keys == nil {
		for i := range rotationKeys {
			name := fmt.Sprint("rotation ", i)
			key := s.keys.Key(name+" "+c.KeyName, c.Signing[0].Alg())
			c.Rotation.Keys = append(c.Rotation.Keys, key.WithID(names.Of("snk_", name)))
		}
	}
	for _, lifetime := range []struct {
		value     *time.Duration
		otherwise time.Duration
	}{
		{&c.IDTokenLifetime, 30 * time.Minute},
		{&c.AccessTokenLifetime, 5 * time.Minute},
		{&c.ClientCredentialsLifetime, 24 * time.Hour},
		{&c.CodeLifetime, 10 * time.Minute},
		{&c.RefreshTokenLifetime, 30 * 24 * time.Hour},
	} {
		if *lifetime.value == 0 {
			*lifetime.value = lifetime.otherwise
		}
	}
	return c
}
