package implementations

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/assay-id/assay/scenarios"
)

// Implementation is a verifier under test. Its methods are safe for concurrent
// use.
type Implementation interface {
	// Describe returns what the implementation is and can do.
	Describe() Description

	// Open makes a verifier. If the implementation refuses the configuration,
	// Open returns no Verifier and an Answer with the verdict refuse. The error
	// is one of this package or of the context. It may be a fault that came to
	// light after an earlier verifier was closed.
	Open(ctx context.Context, setup Setup) (Verifier, Answer, error)

	// Close ends the implementation. Its verifiers must be closed before. The
	// error is a fault that no caller has got yet.
	Close() error
}

// Verifier is one verifier with one configuration. Verify is safe for
// concurrent use.
type Verifier interface {
	Verify(ctx context.Context, input Input) (Answer, error)

	// Close ends the verifier. The error is a fault that no caller has got yet,
	// such as an answer that was repeated after the last call. The second call
	// does nothing.
	Close() error
}

// Refresher is the [Verifier] of an implementation with the capability refresh:
// an OAuth client that keeps sessions alive and verifies the refreshed ID
// Tokens. Its methods are safe for concurrent use.
type Refresher interface {
	Verifier

	// Begin hands a login to the client, which verifies its ID Token and keeps
	// the session under Login.Name from then on.
	Begin(ctx context.Context, login Login) (Answer, error)

	// Refresh lets the client refresh a session, whether that is due or not. An
	// accepting answer has Session, and the Claims of the current ID Token of
	// the session.
	Refresh(ctx context.Context, name string) (Answer, error)
}

// The ways in which an implementation can fail to answer. The first three
// exclude one another; ErrStart comes with one of them, or with the error of the
// operating system, if the implementation does not even say what it is.
var (
	// ErrCrash says that the program ended, or closed its standard input or
	// output, or that nothing answers at the URL.
	ErrCrash = errors.New("the implementation ended")

	// ErrHang says that there was no answer within the time limit.
	ErrHang = errors.New("the implementation did not answer in time")

	// ErrProtocol says that the adapter wrote something that is not an answer:
	// a line that is not JSON, an unknown or repeated id, an unknown verdict,
	// reason or capability, or an error. It is a fault of the adapter and says
	// nothing about the verifier. The text quotes the line, cut and escaped.
	ErrProtocol = errors.New("the adapter broke the protocol")

	// ErrStart says that the implementation cannot be tested: the program could
	// not be started, or gave no valid answer to hello. The text quotes the end
	// of its standard error.
	ErrStart = errors.New("the implementation did not start")
)

// Description says what an implementation is and can do.
type Description struct {
	// Protocol is the version of the protocol that the adapter speaks. Zero
	// means 1.
	Protocol int `json:"protocol,omitempty"`

	Name         string   `json:"name"`
	Version      string   `json:"version,omitempty"`
	Language     string   `json:"language,omitempty"`
	Capabilities []string `json:"capabilities"`

	// Setup says in a sentence how the adapter sets up the library, at most 500
	// bytes. Reports show it. Empty means that the adapter does not say.
	Setup string `json:"setup,omitempty"`

	// Reasons is how precisely the implementation says why it refuses. Empty
	// means PrecisionReasons.
	Reasons Precision `json:"reasons,omitempty"`

	// StrictReasons makes a right verdict with another reason a failure. It is
	// set by the implementations of this package that share the vocabulary of
	// the catalogue, and cannot be declared by a program.
	StrictReasons bool `json:"-"`

	// RoundTrip is how much of the time of an answer is the adapter's: what a
	// message without work takes there and back. It is measured with an adapter
	// of version 2, and zero otherwise.
	RoundTrip time.Duration `json:"-"`
}

// Precision is how precisely an implementation says why it refuses a token.
type Precision string

// The precisions.
const (
	PrecisionNone    Precision = "none"    // a verdict and no reason
	PrecisionCodes   Precision = "codes"   // a code that Char documents
	PrecisionReasons Precision = "reasons" // a reason of the catalogue
)

// Capabilities with a meaning in this package.
const (
	// StaticKeys is the capability to take a JWK Set from the configuration. An
	// implementation without it gets its keys from the mock environment in
	// every case.
	StaticKeys = "static"

	// SharedProcess is the capability of a program to keep several verifiers in
	// one process, so that what one of them leaks to another is found. The
	// program may have many at once, of several cases.
	SharedProcess = "shared"

	virtualClock = "clock"
)

// AdapterCapabilities lists the capabilities that no scenario needs: they say
// how the adapter is to be used.
func AdapterCapabilities() []scenarios.Capability {
	return []scenarios.Capability{
		{Name: StaticKeys, Means: "takes a JWK Set in the configuration"},
		{Name: SharedProcess, Means: "keeps several verifiers in one process, those of other cases too"},
	}
}

// Can reports whether the implementation has a capability.
func (d Description) Can(capability string) bool { return slices.Contains(d.Capabilities, capability) }

// Missing returns the capabilities in needs that the implementation lacks.
func (d Description) Missing(needs []string) []string {
	var missing []string
	for _, need := range needs {
		if !d.Can(need) {
			missing = append(missing, need)
		}
	}
	return missing
}

// Setup configures a verifier. The JSON names are part of the protocol.
type Setup struct {
	Issuer           string   `json:"issuer"`
	Audience         []string `json:"audience"`
	TrustedAudiences []string `json:"trusted_audiences,omitempty"`

	// Policy is char or strict; the fields below change it. Algorithms is the
	// allow-list; empty means the list of the policy.
	Policy             string   `json:"policy"`
	Algorithms         []string `json:"algorithms,omitempty"`
	LeewaySeconds      *float64 `json:"leeway_seconds,omitempty"`
	MaxLifetimeSeconds float64  `json:"max_lifetime_seconds,omitempty"`
	MaxTokenBytes      int      `json:"max_token_bytes,omitempty"`

	// CacheTokens is how many accepted tokens may be remembered. An
	// implementation that remembers none ignores it.
	CacheTokens int `json:"cache_tokens,omitempty"`

	// Require has the rules of the application, for implementations with the
	// capability policy. Nil means none.
	Require *Requirements `json:"require,omitempty"`

	// ClientSecret is the key of the symmetric algorithms, in a case with the
	// capability hs256. Empty means that none is allowed.
	ClientSecret string `json:"client_secret,omitempty"`

	// DecryptionKey is a private key, PKCS #8 in PEM. The client has registered
	// its public key so that ID Tokens are encrypted, with RSA-OAEP-256 or
	// ECDH-ES depending on the key, and A256GCM. It is set in cases with the
	// capability jwe; a token that is not encrypted must then be refused.
	DecryptionKey string `json:"decryption_key,omitempty"`

	// JWKSet is a fixed JWK Set in JSON. Empty means discovery from Issuer.
	JWKSet string `json:"jwk_set,omitempty"`

	// CACertificates holds the roots to trust instead of the system's, in PEM.
	CACertificates string `json:"ca_certificates,omitempty"`

	// AllowLoopbackHTTP permits http:// to loopback hosts.
	AllowLoopbackHTTP bool `json:"allow_loopback_http,omitempty"`

	// Client is the OAuth client that the implementation acts as, in cases with
	// the capability refresh. Nil otherwise.
	Client *Client `json:"client,omitempty"`

	// FetchTimeoutSeconds bounds one fetch of keys. Zero leaves it to the
	// implementation.
	FetchTimeoutSeconds float64 `json:"fetch_timeout_seconds,omitempty"`

	// Dial makes connections instead of the network, for implementations with
	// the capability api. Nil means the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error) `json:"-"`

	// Now is the clock, for implementations with the capability clock. Nil
	// means the real one. An adapter is told its time before each call for which
	// it has changed.
	Now func() time.Time `json:"-"`
}

// Client is an OAuth client. The issuer's metadata names its token endpoint; it
// authenticates with client_secret_post.
type Client struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

// Login is the result of a login.
type Login struct {
	Name         string `json:"name"`
	IDToken      string `json:"id_token"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"` // empty: none was issued
	Scope        string `json:"scope,omitempty"`

	// ExpiresInSeconds is the life of the access token. Zero means unknown.
	ExpiresInSeconds float64 `json:"expires_in_seconds,omitempty"`

	// Nonce is the nonce that was sent. Nil means none.
	Nonce *string `json:"nonce,omitempty"`
}

// Renewed holds the tokens of a session that an implementation has refreshed.
type Renewed struct {
	AccessToken string `json:"access_token"`
	IDToken     string `json:"id_token"`
	Scope       string `json:"scope"`
}

// Requirements are rules of the application. A token that violates one must be
// refused with POLICY, or with MALFORMED_CLAIM if the claim cannot be read.
type Requirements struct {
	Organization  bool     `json:"organization,omitempty"`   // oid must be present
	Organizations []string `json:"organizations,omitempty"`  // oid must be one of these
	Connections   []string `json:"connections,omitempty"`    // amr must include one of these
	SessionID     bool     `json:"session_id,omitempty"`     // sid must be present
	VerifiedEmail bool     `json:"verified_email,omitempty"` // email_verified must be the JSON value true
}

// Input is a token to verify, with what the caller knows about the login. A nil
// pointer or an empty list means that there is nothing to check.
type Input struct {
	// Token is the token, byte for byte. A token that is not UTF-8 does not fit
	// into a JSON string: a message of the protocol then has TokenBase64
	// instead.
	Token       string `json:"token,omitempty"`
	TokenBase64 []byte `json:"token_base64,omitempty"`

	Nonce         *string  `json:"nonce,omitempty"`
	AccessToken   *string  `json:"access_token,omitempty"`
	Code          *string  `json:"code,omitempty"`
	State         *string  `json:"state,omitempty"`
	MaxAgeSeconds *float64 `json:"max_age_seconds,omitempty"`
	ACR           []string `json:"acr,omitempty"`
	AMR           []string `json:"amr,omitempty"`
	Subject       *string  `json:"subject,omitempty"`
	ResponseType  string   `json:"response_type,omitempty"`

	// Redeem asks, with the capability redeem, that Nonce is used only once: an
	// accepted token uses it up for this verifier.
	Redeem bool `json:"redeem,omitempty"`

	// Objection is the error message of a rule of the application that refuses
	// the token and is called last. With the capability policy, the refusal
	// must have the reason POLICY and this message in its own.
	Objection *string `json:"objection,omitempty"`

	// EndedSessions lists values of sid that were logged out. With the
	// capability policy, a token with one of them must be refused with POLICY.
	EndedSessions []string `json:"ended_sessions,omitempty"`
}

// MarshalJSON writes in as it is sent in a message of the protocol: with token,
// even if it is empty, unless it is not UTF-8.
func (in Input) MarshalJSON() ([]byte, error) {
	type fields Input // without this method
	message := struct {
		fields
		Token *string `json:"token,omitempty"`
	}{fields: fields(in)}
	if utf8.ValidString(in.Token) {
		message.Token = &in.Token
	} else {
		message.TokenBase64 = []byte(in.Token)
	}
	return json.Marshal(message)
}

// Answer is the verdict of an implementation on a token or a configuration.
type Answer struct {
	Verdict scenarios.Verdict `json:"verdict"`

	// Reason is one of scenarios.Reasons or scenarios.Codes, or empty or OTHER
	// if the implementation cannot tell. It is compared at the precision of the
	// Description.
	Reason string `json:"reason,omitempty"`

	// Message is the implementation's own error message. Few cases look at it:
	// at what it must or must not contain, and at its length.
	Message string `json:"message,omitempty"`

	// Claims are the claims of an accepted token as an application would read
	// them: what the implementation gives for each.
	Claims map[string]json.RawMessage `json:"claims,omitempty"`

	// Session holds the tokens of a session that it has refreshed.
	Session *Renewed `json:"session,omitempty"`

	RetryAfterSeconds float64 `json:"retry_after_seconds,omitempty"`
}

// String returns the answer as an expectation is written.
func (a Answer) String() string {
	if a.Reason != "" {
		return string(a.Verdict) + " " + a.Reason
	}
	return string(a.Verdict)
}
