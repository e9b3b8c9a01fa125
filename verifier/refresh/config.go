package refresh

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// The defaults of a [Client].
const (
	// DefaultMargin is how long before its end a token is renewed: a fifth of
	// the life of Scalekit's access tokens, which is five minutes.
	DefaultMargin = time.Minute
	// DefaultTimeout bounds one exchange.
	DefaultTimeout = 10 * time.Second
)

// maxMargin bounds Config.Margin: few tokens live longer.
const maxMargin = time.Hour

// AuthMethod is how the client authenticates at the token endpoint. OIDC Core
// 1.0, 9.
type AuthMethod string

// The methods. A client without a secret uses neither, and sends only its
// client_id.
const (
	SecretPost  AuthMethod = "client_secret_post"
	SecretBasic AuthMethod = "client_secret_basic"
)

// Verifier checks refreshed ID Tokens: a [verifier.Verifier] or
// [verifier.Tenants].
type Verifier interface {
	VerifyWith(ctx context.Context, rawIDToken string, in verifier.Inputs) (*verifier.Token, error)
}

// Config configures a [Client]. Verifier, ClientID, Store, and one of Issuer
// and TokenEndpoint are required.
type Config struct {
	// Verifier checks every ID Token that a refresh brings.
	Verifier Verifier

	// Issuer is used to discover the token endpoint if TokenEndpoint is empty.
	Issuer string

	// TokenEndpoint is the URL of the token endpoint, with Scalekit the
	// environment URL and /oauth/token.
	TokenEndpoint string

	// ClientID is the client ID (skc_…).
	ClientID string

	// ClientSecret is the secret itself, not its ID (sks_…). Empty means a
	// public client, whose refresh tokens are bound to the PKCE exchange of
	// the login. Printing a Config does not show it.
	ClientSecret string `json:"-"`

	// AuthMethod is how the secret is sent. Empty means SecretPost, which is
	// what Scalekit documents.
	AuthMethod AuthMethod

	// Store keeps the sessions.
	Store Store

	// Margin is how long before the first of its tokens expires a session is
	// refreshed. Zero means DefaultMargin; at most an hour. A token that lives
	// less than four margins is renewed after three quarters of its life. Up
	// to a quarter of the margin is added at random, so that sessions that
	// began together do not refresh together.
	Margin time.Duration

	// Timeout bounds one exchange. Zero means DefaultTimeout; at most a minute.
	Timeout time.Duration

	// Transport carries the requests. Nil means a transport of the client's
	// own. Redirects are never followed.
	Transport http.RoundTripper

	// LoopbackHTTP allows http:// to loopback hosts, for tests. It MUST NOT be
	// set where anybody else can bind a local port.
	LoopbackHTTP bool

	// Now is the clock. Nil means time.Now.
	Now func() time.Time

	// Random returns numbers from 0 to 1 for jitter. Nil means the generator
	// of math/rand. Both must be safe for concurrent use.
	Random func() float64
}

// String returns the configuration without the secret.
func (c Config) String() string {
	auth := "public client"
	if c.ClientSecret != "" {
		auth = string(c.authMethod())
	}
	return fmt.Sprintf("issuer=%q token_endpoint=%q client_id=%q auth=%q margin=%v timeout=%v",
		c.Issuer, c.TokenEndpoint, c.ClientID, auth, c.margin(), c.timeout())
}

// Format implements fmt.Formatter, so that no verb prints the secret.
func (c Config) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// Validate reports every mistake of c at once, each as a *verifier.Error with
// ReasonConfigInvalid.
func (c *Config) Validate() error {
	var mistakes []error
	wrong := func(field, detail, hint string) {
		mistakes = append(mistakes, &verifier.Error{
			Reason: verifier.ReasonConfigInvalid, Claim: field, Detail: detail, Hint: hint,
		})
	}
	if c.Verifier == nil {
		wrong("Verifier", "it is nil; an ID Token that is not verified proves nothing", "")
	}
	if c.ClientID == "" {
		wrong("ClientID", "it is empty", "")
	}
	if strings.HasPrefix(c.ClientSecret, "sks_") {
		wrong("ClientSecret", "it is the ID of a secret",
			"the secret itself is shown once, when it is made")
	}
	switch c.AuthMethod {
	case "", SecretPost, SecretBasic:
	default:
		wrong("AuthMethod",
			fmt.Sprintf("%q is not supported, want %s or %s",
				c.AuthMethod, SecretPost, SecretBasic),
			"")
	}
	if c.Store == nil {
		wrong("Store", "it is nil",
			"use OpenFileStore, or NewMemoryStore for sessions that end with the process")
	}
	switch {
	case c.TokenEndpoint != "":
		if err := c.checkEndpoint(c.TokenEndpoint); err != nil {
			wrong("TokenEndpoint", err.Error(), "")
		}
	case c.Issuer == "":
		wrong("TokenEndpoint", "it is empty, and there is no Issuer to discover it from", "")
	}
	if c.Margin < 0 || c.Margin > maxMargin {
		wrong("Margin", fmt.Sprintf("%v is out of range, want 0 to %v", c.Margin, maxMargin), "")
	}
	if c.Timeout < 0 || c.Timeout > time.Minute {
		wrong("Timeout", fmt.Sprintf("%v is out of range, want 0 to %v", c.Timeout, time.Minute),
			"")
	}
	return errors.Join(mistakes...)
}

// checkEndpoint reports why secrets must not be sent to target.
func (c *Config) checkEndpoint(target string) error {
	u, err := url.Parse(target)
	switch {
	case err != nil || u.Hostname() == "":
		return fmt.Errorf("%q is not a URL", target)
	case u.User != nil:
		return errors.New("it has credentials")
	case u.Fragment != "":
		return fmt.Errorf("%q has a fragment", target)
	case u.Scheme == "https", u.Scheme == "http" && c.LoopbackHTTP && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%q is not https", target)
}

// isLoopback reports whether host is localhost or a loopback address.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c *Config) authMethod() AuthMethod {
	if c.AuthMethod == "" {
		return SecretPost
	}
	return c.AuthMethod
}

func (c *Config) margin() time.Duration {
	if c.Margin == 0 {
		return DefaultMargin
	}
	return c.Margin
}

func (c *Config) timeout() time.Duration {
	if c.Timeout == 0 {
		return DefaultTimeout
	}
	return c.Timeout
}

// withDefaults returns c with Now and Random set.
func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Float64
	}
	return c
}
