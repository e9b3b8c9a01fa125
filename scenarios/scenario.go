package scenarios

import (
	"encoding/json"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Group is one file of the catalogue.
type Group struct {
	Name   string `yaml:"group"`
	Title  string `yaml:"title"`
	Intro  string `yaml:"intro"`
	Cause  string `yaml:"cause"`  // the likely cause of a failure of its cases
	Advice string `yaml:"advice"` // what to do about it
	Policy string `yaml:"policy"` // the policy of cases that name none

	// Documented are the documented causes of cases that name none: each is
	// for the cases with its code.
	Documented []string `yaml:"documented"`

	Cases []*Scenario `yaml:"cases"`

	source []byte // the text of the file, for mistakes that a run finds
}

// Scenario is one entry of the catalogue. What it leaves out is the baseline of
// the package comment.
type Scenario struct {
	ID    string   `yaml:"id"`
	Title string   `yaml:"title"`
	Level string   `yaml:"level"` // must, should, may, hardening or info
	Spec  []string `yaml:"spec"`  // "document §section", see documents

	// Code is the documented code that the case reproduces, if it is one of
	// its causes.
	Code string `yaml:"code"`

	// Documented names which of the documented causes of its code the case
	// reproduces: see DocumentedCauses.
	Documented string `yaml:"documented"`

	// Policy is the policy that the case binds: char or strict.
	Policy string `yaml:"policy"`

	// Smoke marks the small set that a new adapter runs first.
	Smoke bool `yaml:"smoke"`

	// Needs lists the capabilities without which the case is skipped.
	Needs []string `yaml:"needs"`

	// Note says how the case reads a clause that admits several readings.
	Note string `yaml:"note"`

	Cause  string `yaml:"cause"`
	Advice string `yaml:"advice"`

	Config      Config         `yaml:"config"`
	Keys        map[string]Key `yaml:"keys"`
	JWKS        *Template      `yaml:"jwks"` // template of the JWK Set; nil is k1 among decoys
	Environment Environment    `yaml:"environment"`

	Token     *Token          `yaml:"token"`
	Variants  []Variant       `yaml:"variants"`  // that the file lists: see AllVariants
	Alike     *Alike          `yaml:"alike"`     // makes the variants; nil makes none
	Unusual   *Unusual        `yaml:"unusual"`   // makes the variants; nil makes none
	Elsewhere *Elsewhere      `yaml:"elsewhere"` // makes the variants; nil makes none
	Inputs    Inputs          `yaml:"inputs"`
	Expect    Expectation     `yaml:"expect"`
	Reports   []ReportedClaim `yaml:"reports"`
	Message   Message         `yaml:"message"`
	Budget    Duration        `yaml:"budget"` // bound on one verification; needs budget
	Memory    Size            `yaml:"memory"` // bound on what one verification allocates; needs api

	// MessageLacks are templates of texts that must not be in the message of
	// the answer: what must not reach a log.
	MessageLacks []Template `yaml:"message_lacks"`

	// Waits marks a case that spends its time waiting. It runs next to the
	// others from the start.
	Waits bool `yaml:"waits"`

	Steps []Step `yaml:"steps"`

	// Loopback says that a template gives 127.0.0.1 another name. Such a case
	// has a meaning only where the environments are on that address.
	Loopback bool `yaml:"-"`

	Group *Group `yaml:"-"`
	File  string `yaml:"-"`
	Line  int    `yaml:"-"`
	at    Place
	made  func() []Variant // of Alike, Unusual or Elsewhere, made once; nil without
}

// Config changes the configuration of the verifier from that of the policy.
// The texts are templates. The zero value changes nothing.
type Config struct {
	Issuer           *Template  `yaml:"issuer"`
	Audience         []Template `yaml:"audience"`
	TrustedAudiences []Template `yaml:"trusted_audiences"`
	Algorithms       []string   `yaml:"algorithms"`
	Leeway           *Duration  `yaml:"leeway"`
	ClientSecret     Template   `yaml:"client_secret"` // for HS256, or of a client that refreshes, which otherwise has the right one
	MaxLifetime      Duration   `yaml:"max_lifetime"`
	FetchTimeout     Duration   `yaml:"fetch_timeout"`
	MaxTokenBytes    int        `yaml:"max_token_bytes"` // 0 means the verifier's own limit

	// CacheTokens is how many accepted tokens the verifier may remember, if
	// it can.
	CacheTokens int `yaml:"cache_tokens"`

	// UTCOffset is the time zone of the clock that the verifier is given. It
	// needs the capability clock.
	UTCOffset Duration `yaml:"utc_offset"`

	// Require has the rules of the application. They need the capability
	// policy.
	Require *Requirements `yaml:"require"`

	// DecryptionKey is a template of the name of the key to which the client
	// has ID Tokens encrypted; one that is not must then be refused. It needs
	// jwe.
	DecryptionKey KeyName `yaml:"decryption_key"`

	// RefuseLoopbackHTTP removes the permission for http:// on loopback that
	// every case with a mock environment has.
	RefuseLoopbackHTTP bool `yaml:"refuse_loopback_http"`
}

// Requirements are rules about the user, which an application may add to those
// of the policy. The texts are templates.
type Requirements struct {
	Organization  bool       `yaml:"organization"`   // oid must be there
	Organizations []Template `yaml:"organizations"`  // oid must be one of these
	Connections   []Template `yaml:"connections"`    // amr must include one of these
	SessionID     bool       `yaml:"session_id"`     // sid must be there
	VerifiedEmail bool       `yaml:"verified_email"` // email_verified must be true
}

// Variant has the fields of the templates of one execution of a case. A member
// that the file writes as a number, a boolean, null, a list or a mapping is its
// JSON text, for the expression of a value.
type Variant map[string]string

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (v *Variant) UnmarshalYAML(node ast.Node) error {
	var members []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingValueNode:
		members = append(members, n)
	case *ast.MappingNode:
		members = n.Values
	default:
		return errorAt(node, "want a mapping of names to values")
	}
	*v = make(Variant, len(members))
	for _, m := range members {
		text, err := variantText(m.Value)
		if err != nil {
			return err
		}
		(*v)[m.Key.GetToken().Value] = text
	}
	return nil
}

// variantText returns the string that a node is, or the JSON text of another
// value.
func variantText(node ast.Node) (string, error) {
	if text, err := scalar(node); err == nil {
		return text, nil
	}
	value, err := jsonValue(node)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(value)
	return string(text), err
}

// Key is a key of a case besides k1, which every case has.
type Key struct {
	Alg  KeyAlg   `yaml:"alg"`  // template of a RFC 7518 name, of members of the variant; empty means RS256
	Bits int      `yaml:"bits"` // the size of an RSA key; 0 means 2048
	KID  Template `yaml:"kid"`  // template; empty means an ID of its own

	Exponent int      `yaml:"exponent"` // the public exponent of an RSA key, an odd prime; 0 means 65537
	Shape    KeyShape `yaml:"shape"`    // roca or zero-x; empty means any
}

// Environment changes the mock environment of a case that needs idp.
type Environment struct {
	Discovery   *Document           `yaml:"discovery"`
	MetadataAt  MetadataPlace       `yaml:"metadata_at"`  // inserted or oauth, see mockidp.MetadataPlace; empty is where they belong
	KeysType    string              `yaml:"keys_type"`    // Content-Type of the JWK Set
	KeysHeaders map[string]Template `yaml:"keys_headers"` // templates of headers instead of those that say how long it may be kept
	JWKSPath    string              `yaml:"jwks_path"`    // where it is served; empty means /keys
	WellKnown   WellKnownMode       `yaml:"well_known"`   // /.well-known/jwks.json: alias, not-found or stale
	Faults      []Fault             `yaml:"faults"`

	// Organizations are those that the user is a member of, the first one
	// unless a login asks for another. Missing means one, and an empty list
	// none.
	Organizations []string `yaml:"organizations"`

	// TLS is how the environment speaks https instead of plain HTTP, see
	// mockidp.TLSProfile; needs tls. The verifier trusts its authority.
	TLS TLSProfile `yaml:"tls"`

	// KeysTLS is how jwks_uri speaks https if not as the metadata do: it is
	// then on a port of its own. It needs TLS, no Host, and no Discovery,
	// which would say where it is.
	KeysTLS TLSProfile `yaml:"keys_tls"`

	// Host is the host of the issuer instead of a loopback address, with
	// the default port. It is a name under .test that the harness resolves, so it needs api, and
	// LostLookups is how many lookups of it fail first.
	Host        string `yaml:"host"`
	LostLookups int    `yaml:"lost_lookups"`
}

// Document changes a JSON document that the environment serves: Text replaces
// it, otherwise Without and Set change its members.
type Document struct {
	Text    *Template `yaml:"text"` // template
	Type    string    `yaml:"type"` // Content-Type of Text
	Set     Members   `yaml:"set"`
	Without []string  `yaml:"without"`
}

// Fault is something that the environment does wrong.
type Fault struct {
	At Place `yaml:"-"`

	ID          string        `yaml:"id"`
	Where       FaultEndpoint `yaml:"where"` // see FaultEndpoints
	Kind        FaultKind     `yaml:"kind"`  // mockidp/fault explains the kinds
	Status      int           `yaml:"status"`
	RetryAfter  Duration      `yaml:"retry_after"`
	Delay       Duration      `yaml:"delay"`
	Body        Template      `yaml:"body"` // template
	Type        string        `yaml:"type"`
	Location    Template      `yaml:"location"` // template
	Count       int           `yaml:"count"`    // how many requests; 0 means all
	Probability float64       `yaml:"probability"`

	// Headers are templates of further header fields; an empty one is left
	// out of the answer.
	Headers map[string]Template `yaml:"headers"`

	// Set and Without change the members of the JSON object that the endpoint
	// answers with, for the kind edit.
	Set     Members  `yaml:"set"`
	Without []string `yaml:"without"`
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (f *Fault) UnmarshalYAML(node ast.Node) error {
	type plain Fault
	f.At = placeOf(node)
	return yaml.NodeToValue(node, (*plain)(f), yaml.Strict())
}

// Inputs hold what the caller of a verification knows about the login. The texts
// are templates; nil means that the caller does not know or ask.
type Inputs struct {
	Nonce        *Template  `yaml:"nonce"`
	AccessToken  *Template  `yaml:"access_token"`
	Code         *Template  `yaml:"code"`
	State        *Template  `yaml:"state"`
	MaxAge       *Duration  `yaml:"max_age"`
	ACR          []Template `yaml:"acr"`
	AMR          []Template `yaml:"amr"`
	Subject      *Template  `yaml:"subject"`
	ResponseType Template   `yaml:"response_type"`

	// Redeem asks the verifier to accept the nonce only once.
	Redeem bool `yaml:"redeem"`

	// Objection is the error text of a rule of the application that refuses
	// every token. A template.
	Objection *Template `yaml:"objection"`

	// EndedSessions are sessions of which the application knows that they
	// were logged out.
	EndedSessions []Template `yaml:"ended_sessions"`
}

// ReportedClaim says what an implementation that accepts must report of a claim,
// or of a session that it has renewed. Exactly one of Claim and Session is set.
type ReportedClaim struct {
	Claim   string    `yaml:"claim"`
	Session string    `yaml:"session"` // access_token, id_token or scope
	Is      *Template `yaml:"is"`      // template
	IsNot   *Template `yaml:"is_not"`  // template
	Absent  bool      `yaml:"absent"`  // it must not be reported, not even with a refusal
}

// Message bounds the message that comes with an answer. The zero value bounds
// nothing.
type Message struct {
	MaxBytes  int      `yaml:"max_bytes"`
	Printable bool     `yaml:"printable"` // without control characters
	Names     []string `yaml:"names"`     // strings that it must contain; needs api
}

// Size is a number of bytes, written as 1000B, 64KiB, 2MiB or 1GiB.
type Size int64

// Duration is a time.Duration in a file, written as 90s, 1h or 10d.
type Duration time.Duration

// D returns d as a time.Duration.
func (d Duration) D() time.Duration { return time.Duration(d) }

// DocumentedCause returns the name of the documented cause that s reproduces,
// or "" if it has none.
func (s *Scenario) DocumentedCause() string {
	if s.Documented != "" || s.Group == nil {
		return s.Documented
	}
	for _, name := range s.Group.Documented {
		if s.Code != "" && codeOf(name) == s.Code {
			return name
		}
	}
	return ""
}

// PolicyName returns the policy that s binds.
func (s *Scenario) PolicyName() string {
	switch {
	case s.Policy != "":
		return s.Policy
	case s.Group != nil && s.Group.Policy != "":
		return s.Group.Policy
	}
	return "char"
}
