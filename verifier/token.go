package verifier

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
)

// Token is a verified ID Token. Only a [Verifier] makes one, and
// [UnverifiedToken] in tests. Treat it as read-only: with Config.Cache set, callers with the same token share one. The
// field of an absent claim has the zero value.
//
// Issuer and Subject together identify the end user; nothing else does, least
// of all Email. OIDC Core 1.0, 5.7.
type Token struct {
	Issuer          string    // iss
	Subject         string    // sub, byte for byte as signed
	Audience        []string  // aud, always a list
	AuthorizedParty string    // azp
	Expiry          time.Time // exp, without leeway
	IssuedAt        time.Time // iat
	NotBefore       time.Time // nbf
	AuthTime        time.Time // auth_time
	Nonce           string    // nonce
	ACR             string    // acr
	AMR             []string  // amr; Scalekit puts the connection ID here
	AccessTokenHash string    // at_hash
	CodeHash        string    // c_hash

	// The claims that Scalekit adds.
	ClientID               string // client_id
	OrganizationID         string // oid
	ExternalOrganizationID string // xoid
	SessionID              string // sid

	// The profile: what the provider says about the user. It may change from
	// one login to the next.
	Email             string // email
	EmailVerified     bool   // email_verified; false unless it is the JSON value true
	Name              string // name
	GivenName         string // given_name
	FamilyName        string // family_name
	PreferredUsername string // preferred_username
	Picture           string // picture
	Locale            string // locale

	KeyID     string    // kid of the key that verified the signature
	Algorithm Algorithm // alg of the signature

	claimBits
	stateHash string // s_hash
	payload   string
	aud       [2]string // backs Audience, so that the usual token costs no slice
	amr       [1]string // backs AMR
}

// LogValue implements slog.LogValuer. It names the user by iss and sub, and the
// session, and leaves out the profile.
func (t *Token) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("iss", t.Issuer), slog.String("sub", t.Subject)}
	if t.OrganizationID != "" {
		attrs = append(attrs, slog.String("oid", t.OrganizationID))
	}
	if t.SessionID != "" {
		attrs = append(attrs, slog.String("sid", t.SessionID))
	}
	return slog.GroupValue(append(attrs, slog.Time("exp", t.Expiry))...)
}

// Claims decodes all claims of t into a T, usually a struct with json tags or
// a map[string]any. Member names are compared exactly: a claim SUB never sets
// a field tagged sub. The error comes from the decoder.
func Claims[T any](t *Token) (T, error) {
	var v T
	if t == nil || t.payload == "" {
		return v, errors.New("the token was not made by Verify; in a test make it with UnverifiedToken")
	}
	if err := json.Unmarshal([]byte(t.payload), &v); err != nil {
		return v, fmt.Errorf("decoding claims: %w", err)
	}
	return v, nil
}

// UnverifiedToken returns a Token with claims that nobody has signed, usually a
// map[string]any or a struct with json tags, so that a test can call a handler
// with what [FromContext] and [Claims] would give it. No claim is required, and
// none is compared with anything. It MUST NOT be used outside of tests: a
// handler takes a Token as proof of who the user is.
//
// The error says that claims do not encode as a JSON object, or names one whose
// type a Verifier would refuse.
func UnverifiedToken(claims any) (*Token, error) {
	text, err := json.Marshal(claims)
	if err != nil {
		return nil, fmt.Errorf("encoding claims: %w", err)
	}
	t := new(Token)
	if err := scanClaims(string(text), t); err != nil {
		return nil, err
	}
	names, err := Claims[members](t)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if t.bad(claimByName(name)) {
			return nil, malformedClaim(name, "it has the wrong type or is out of range")
		}
	}
	return t, nil
}
