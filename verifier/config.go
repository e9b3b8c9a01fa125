package verifier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// DefaultLeeway is the clock skew that Char documents.
const DefaultLeeway = 60 * time.Second

// NoLeeway is the Config.Leeway that allows no clock skew at all.
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

	// TrustedAudiences lists further audiences that a token may name besides
	// a client ID. It matters only with Require.TrustedAudiences.
	TrustedAudiences []string

	// Algorithms is the allow-list for alg. Empty means DefaultAlgorithms.
	// What the provider metadata lists never widens it. RFC 8725, 3.1.
	Algorithms []Algorithm

	// ClientSecret is the key of the symmetric algorithms HS256, HS384 and
	// HS512. If Algorithms lists only such ones, it must be set, at least as
	// long as their hash (RFC 7518, 3.2), and there is no key source: Keys and
	// Remote are not used. With other algorithms it is not used. Printing or
	// logging a Config does not show it. OIDC Core 1.0, 3.1.3.7 item 8.
	ClientSecret []byte `json:"-"`

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

	// Rule is a rule of the application, such as a list of sessions that were
	// logged out. It is called last, with every token that has passed all other
	// checks, cached ones included. An error refuses the token with
	// ReasonPolicy and becomes the cause; an *Error is returned as it is. It
	// must be fast and safe for concurrent use. Nil means no rule.
	Rule func(ctx context.Context, t *Token) error

	// Keys is where the keys come from. Nil means a Remote: discovery from
	// Issuer, then the JWK Set at its jwks_uri. A source is for one issuer;
	// sharing one between issuers lets each sign for the other.
	Keys KeySource

	// Remote configures the source that is made when Keys is nil.
	Remote RemoteConfig

	// Cache remembers verified tokens. The zero value remembers none.
	Cache CacheConfig

	// Hooks are called for every verification, fetch and change of keys. Nil
	// means none.
	Hooks *Hooks

	// Now is the clock. Nil means time.Now. It must be safe for concurrent
	// use.
	Now func() time.Time
}

// Requirements add rules to those that Char documents.
type Requirements struct {
	// IssuedAt refuses a token without iat, with iat in the future, or with
	// iat after exp. OIDC Core 1.0, 2.
	IssuedAt bool

	// TrustedAudiences refuses a token with an audience that is neither in
	// Config.Audience nor in Config.TrustedAudiences. OIDC Core 1.0, 3.1.3.7
	// item 3.
	TrustedAudiences bool

	// AuthorizedParty refuses a token whose azp, or whose client_id, which
	// Scalekit adds with the same meaning, is not in Config.Audience. OIDC
	// Core 1.0, 3.1.3.7 item 5.
	AuthorizedParty bool

	// IDTokenShape refuses a token that looks like an access token. With
	// Scalekit an access token can have the same iss, aud and sub as the ID
	// Token, so nothing else tells them apart. RFC 8725, 3.12.
	IDTokenShape bool

	// ShortSubject refuses a sub of more than 255 bytes or with characters
	// outside ASCII. OIDC Core 1.0, 2.
	ShortSubject bool

	// The rules below are about the user, not about the token: a refusal has
	// ReasonPolicy, or ReasonMalformedClaim if the claim cannot be read.

	// Organization refuses a token without oid.
	Organization bool

	// Organizations, if not empty, lists the values of oid that are accepted.
	Organizations []string

	// Connections, if not empty, lists connection IDs of which amr must
	// include one. Scalekit puts the connection of the login into amr.
	Connections []string

	// SessionID refuses a token without sid, which single logout needs.
	SessionID bool

	// VerifiedEmail refuses a token without an email, or whose email_verified
	// is not the JSON value true.
	VerifiedEmail bool
}

// Allowances switch rules off.
type Allowances struct {
	// LoopbackHTTP allows http:// in Issuer and in jwks_uri if the host is a
	// loopback address or localhost. For tests against a mock environment. It
	// MUST NOT be set where anybody else can bind a local port.
	LoopbackHTTP bool
}

// Strict returns a Config with the policy of OIDC Core 1.0 and RFC 8725 to the
// letter: no leeway, every requirement on the token, and RS256 as the only
// algorithm. The caller still sets Issuer and Audience, and Algorithms if the
// client has registered another id_token_signed_response_alg. OIDC Core 1.0,
// 3.1.3.7 item 7.
func Strict() Config {
	return Config{
		Algorithms: []Algorithm{RS256},
		Leeway:     NoLeeway,
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
func (c *Config) Validate() error { return errors.Join(c.mistakes()...) }

// mistakes lists what Validate reports.
func (c *Config) mistakes() []error {
	var m mistakes
	m.add(checkIssuerURL(c.Issuer, c.Allow.LoopbackHTTP))
	if len(c.Audience) == 0 {
		m.wrong("Audience", "no client ID; without one a token for any client would be accepted")
	}
	m.checkList("Audience", c.Audience)
	m.checkList("TrustedAudiences", c.TrustedAudiences)
	m.checkList("Require.Organizations", c.Require.Organizations)
	m.checkList("Require.Connections", c.Require.Connections)
	c.checkAlgorithms(&m)
	if c.Leeway < 0 && c.Leeway != NoLeeway || c.Leeway > maxLeeway {
		m.wrong("Leeway", "%v is out of range, want 0 to %v or NoLeeway", c.Leeway, maxLeeway)
	}
	if c.MaxLifetime < 0 {
		m.wrong("MaxLifetime", "%v is negative", c.MaxLifetime)
	}
	if c.MaxTokenBytes < 0 {
		m.wrong("MaxTokenBytes", "%d is negative", c.MaxTokenBytes)
	}
	c.Cache.validate(&m)
	m.add(c.Remote.validate())
	return m.list
}

// checkAlgorithms checks the allow-list and the secret that it may need. A
// list that mixes symmetric and asymmetric algorithms lets a published key be
// mistaken for a secret. RFC 8725, 2.1 and 3.1.
func (c *Config) checkAlgorithms(m *mistakes) {
	symmetric := 0
	for _, a := range c.Algorithms {
		props := a.lookup()
		switch {
		case props.family == familyNone:
			m.wrong("Algorithms", "%q is not supported, want some of %s",
				a, algorithmList(supportedAlgorithms()))
		case props.family == familyHMAC:
			symmetric++
			if want := props.hash.Size(); len(c.ClientSecret) < want {
				m.wrong("ClientSecret", "it has %d bytes, %s needs at least %d",
					len(c.ClientSecret), a, want)
			}
		}
	}
	if symmetric > 0 && symmetric < len(c.Algorithms) {
		m.wrong("Algorithms", "%s mixes symmetric and asymmetric algorithms",
			algorithmList(c.Algorithms))
	}
}

// leeway returns the clock skew that c allows.
func (c *Config) leeway() time.Duration {
	switch c.Leeway {
	case 0:
		return DefaultLeeway
	case NoLeeway:
		return 0
	}
	return c.Leeway
}

// maxTokenBytes returns the limit of a token's length.
func (c *Config) maxTokenBytes() int {
	if c.MaxTokenBytes == 0 {
		return DefaultMaxTokenBytes
	}
	return c.MaxTokenBytes
}

// clone returns a copy of c that shares no list with it.
func (c *Config) clone() Config {
	d := *c
	d.Audience = slices.Clone(c.Audience)
	d.TrustedAudiences = slices.Clone(c.TrustedAudiences)
	d.ClientSecret = slices.Clone(c.ClientSecret)
	d.Require.Organizations = slices.Clone(c.Require.Organizations)
	d.Require.Connections = slices.Clone(c.Require.Connections)
	if c.Hooks != nil {
		hooks := *c.Hooks
		d.Hooks = &hooks
	}
	return d
}

// mistakes collects what is wrong with a Config.
type mistakes struct{ list []error }

func (m *mistakes) add(err error) {
	if err != nil {
		m.list = append(m.list, err)
	}
}

func (m *mistakes) wrong(field, format string, args ...any) {
	m.list = append(m.list, configError(field, format, args...))
}

// checkList reports values of a list that can match nothing, or that can match
// only what was not meant.
func (m *mistakes) checkList(field string, list []string) {
	for _, s := range list {
		if s == "" || strings.TrimSpace(s) != s {
			m.wrong(field, "%q is empty or has leading or trailing white space", s)
		}
	}
}

// configError reports a mistake in one field.
func configError(field, format string, args ...any) *Error {
	return &Error{Reason: ReasonConfigInvalid, Claim: field, Detail: fmt.Sprintf(format, args...)}
}
