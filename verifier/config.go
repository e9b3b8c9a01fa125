package verifier

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// DefaultLeeway is the clock skew that Char documents.
const DefaultLeeway = 60 * time.Second

// NoLeeway, as Config.Leeway, allows no clock skew at all.
const NoLeeway = time.Duration(-1)

// maxLeeway is the most that can be configured. RFC 7519, 4.1.4 speaks of no
// more than a few minutes.
const maxLeeway = 10 * time.Minute

// DefaultMaxTokenBytes is the limit of a token's length when none is
// configured: four times the largest ID Token that proxies let through, and
// small enough that a flood of such tokens is cheap to refuse.
const DefaultMaxTokenBytes = 32 << 10

// Config says which ID Tokens a [Verifier] accepts. Issuer and Audience are
// required; every other zero value is the policy that Char documents, with
// those stricter rules that refuse no token Scalekit issues. [Strict] returns
// the stricter policy of OIDC Core and RFC 8725.
//
// A Config is read once, by [New]. Changing it later changes nothing.
type Config struct {
	// Issuer is the Issuer Identifier: for Scalekit the environment URL, with
	// https:// and exactly as the provider writes it. The claim iss must equal
	// it code point by code point. OIDC Core 1.0, 3.1.3.7 item 2.
	Issuer string

	// Audience lists the client IDs (skc_…) of which aud must include at
	// least one. OIDC Core 1.0, 3.1.3.7 item 3.
	Audience []string

	// TrustedAudiences lists further audiences that a token may name beside a
	// client ID. It matters only with Require.TrustedAudiences.
	TrustedAudiences []string

	// Algorithms is the allow-list for alg. Empty means DefaultAlgorithms.
	// What the provider metadata lists never widens it. RFC 8725, 3.1.
	Algorithms []Algorithm

	// Leeway is how wrong the local clock may be, either way, when exp, nbf
	// and iat are checked. Zero means DefaultLeeway; NoLeeway means none. At
	// most ten minutes. RFC 7519, 4.1.4 and 4.1.5.
	Leeway time.Duration

	// MaxLifetime bounds exp minus iat, and makes iat required. Zero means no
	// bound.
	MaxLifetime time.Duration

	// MaxTokenBytes bounds the length of a token in bytes; a longer one is
	// refused unread. Zero means DefaultMaxTokenBytes.
	MaxTokenBytes int

	// Require tightens the policy. The zero value is what Char documents.
	Require Requirements

	// Allow loosens the policy. The zero value allows nothing more.
	Allow Allowances

	// Keys is where the keys come from. Nil means Remote: discovery from
	// Issuer, then the JWK Set at its jwks_uri. A source is for one issuer;
	// sharing one between issuers lets each sign for the other.
	Keys KeySource

	// Remote configures the source that is made when Keys is nil.
	Remote RemoteConfig

	// Now is the clock. Nil means time.Now. It must be safe for concurrent
	// use.
	Now func() time.Time
}

// Requirements are rules beyond those that Char documents.
type Requirements struct {
	// IssuedAt refuses a token without iat, with iat in the future, or with
	// iat after exp. OIDC Core 1.0, 2.
	IssuedAt bool

	// TrustedAudiences refuses a token with an audience that is neither in
	// Config.Audience nor in Config.TrustedAudiences. OIDC Core 1.0, 3.1.3.7
	// item 3.
	TrustedAudiences bool

	// AuthorizedParty refuses a token whose azp is not in Config.Audience.
	// OIDC Core 1.0, 3.1.3.7 item 5.
	AuthorizedParty bool

	// IDTokenShape refuses a token that looks like an access token. With
	// Scalekit an access token can have the same iss, aud and sub as the ID
	// Token, so nothing else tells them apart. RFC 8725, 3.12.
	IDTokenShape bool

	// ShortSubject refuses a sub of more than 255 bytes or with characters
	// outside ASCII. OIDC Core 1.0, 2.
	ShortSubject bool
}

// Allowances are rules that are switched off.
type Allowances struct {
	// LoopbackHTTP allows http:// in Issuer and in jwks_uri if the host is a
	// loopback address or localhost. For tests against a mock environment. It
	// MUST NOT be set where anybody else can bind a local port.
	LoopbackHTTP bool
}

// Strict returns a Config with the policy of OIDC Core 1.0 and RFC 8725 to the
// letter: no leeway and every requirement. Issuer and Audience are still to be
// set.
func Strict() Config {
	return Config{
		Leeway: NoLeeway,
		Require: Requirements{
			IssuedAt:         true,
			TrustedAudiences: true,
			AuthorizedParty:  true,
			IDTokenShape:     true,
			ShortSubject:     true,
		},
	}
}

// Validate reports every mistake of c at once, each as an *Error with
// ReasonConfigInvalid that names the field. It does no network I/O.
func (c *Config) Validate() error {
	var mistakes []error
	wrong := func(field, format string, args ...any) {
		mistakes = append(mistakes, configError(field, format, args...))
	}
	if err := checkIssuerURL(c.Issuer, c.Allow.LoopbackHTTP); err != nil {
		mistakes = append(mistakes, err)
	}
	if len(c.Audience) == 0 {
		wrong("Audience", "no client ID; without one a token for any client would be accepted")
	}
	for _, a := range slices.Concat(c.Audience, c.TrustedAudiences) {
		if a == "" || strings.TrimSpace(a) != a {
			wrong("Audience", "%q is empty or has blanks around it", a)
		}
	}
	for _, a := range c.Algorithms {
		if a.lookup().family == familyNone {
			wrong("Algorithms", "%q is not supported, want some of %s", a, algorithmList(supportedAlgorithms()))
		}
	}
	if c.Leeway < 0 && c.Leeway != NoLeeway || c.Leeway > maxLeeway {
		wrong("Leeway", "%v is out of range, want 0 to %v or NoLeeway", c.Leeway, maxLeeway)
	}
	if c.MaxLifetime < 0 {
		wrong("MaxLifetime", "%v is negative", c.MaxLifetime)
	}
	if c.MaxTokenBytes < 0 {
		wrong("MaxTokenBytes", "%d is negative", c.MaxTokenBytes)
	}
	if err := c.Remote.validate(); err != nil {
		mistakes = append(mistakes, err)
	}
	return errors.Join(mistakes...)
}

// supportedAlgorithms lists all that Config.Algorithms may hold.
func supportedAlgorithms() []Algorithm {
	return []Algorithm{RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519}
}

// configError reports a mistake in one field.
func configError(field, format string, args ...any) *Error {
	return &Error{Reason: ReasonConfigInvalid, Claim: field, detail: fmt.Sprintf(format, args...)}
}

// checkIssuerURL reports why issuer cannot be an Issuer Identifier. OIDC Core
// 1.0, 2: an https URL without query and fragment.
func checkIssuerURL(issuer string, loopbackHTTP bool) error {
	const field = "Issuer"
	if issuer == "" {
		return configError(field, "it is empty, want the environment URL")
	}
	if !strings.Contains(issuer, "://") {
		err := configError(field, "%q has no scheme", issuer)
		err.Hint = fmt.Sprintf("use the full environment URL, %q", "https://"+issuer)
		return err
	}
	u, err := url.Parse(issuer)
	switch {
	case err != nil:
		return configError(field, "%q is not a URL", issuer)
	case u.Hostname() == "":
		return configError(field, "%q has no host", issuer)
	case u.User != nil:
		return configError(field, "it has credentials")
	case strings.ContainsAny(issuer, "?#"):
		return configError(field, "%q has a query or a fragment", issuer)
	}
	return checkScheme(field, u, loopbackHTTP)
}

// checkScheme reports a scheme that is neither https nor, where allowed, http
// to a loopback host.
func checkScheme(field string, u *url.URL, loopbackHTTP bool) error {
	if u.Scheme == "https" {
		return nil
	}
	if u.Scheme == "http" && isLoopback(u.Hostname()) {
		if loopbackHTTP {
			return nil
		}
		err := configError(field, "%q is not https", u.Redacted())
		err.Hint = "for a local mock set Allow.LoopbackHTTP"
		return err
	}
	return configError(field, "%q is not https", u.Redacted())
}

// isLoopback reports whether host is localhost or a loopback address.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// isInternal reports whether host, as it is written, names this machine or a
// private network. Names are not resolved.
func isInternal(host string) bool {
	if strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost") {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified())
}
