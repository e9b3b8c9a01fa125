package mockidp

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

// TokenKind tells the tokens apart that an environment signs.
type TokenKind string

// The kinds of token.
const (
	IDToken       TokenKind = "id_token"
	AccessToken   TokenKind = "access_token"
	IdPLoginToken TokenKind = "idp_initiated_login" // see [Environment.IdPInitiatedLogin]
)

// Minting is a token that is about to be issued.
type Minting struct {
	Kind      TokenKind
	GrantType string // authorization_code, refresh_token or client_credentials; empty for an IdPLoginToken
	ClientID  string

	// Header and Claims are those of the genuine token, in order. They
	// belong to the MintFunc.
	Header keyring.Object
	Claims keyring.Object

	// Key is the key that signs in this request. Both tokens of one answer
	// are signed by the same key, even if the ring rotates in between.
	Key *keyring.Key

	// Compact is the genuine token in compact serialization.
	Compact string
}

// MintFunc makes the token that is issued in the place of the genuine one.
// What it returns is issued as it is. An error fails the request with
// server_error. It is not asked for tokens that a fault strikes. It may be called concurrently. Of an answer with two tokens
// the access token is minted first, and the at_hash of the genuine ID Token
// is that of the access token that was issued.
type MintFunc func(context.Context, Minting) (string, error)

// SetMint lets mint make the tokens from now on. Nil returns to the genuine
// ones.
func (e *Environment) SetMint(mint MintFunc) {
	e.override(func(o *overrides) { o.mint = mint })
}

// issue is what all tokens of one answer have in common. It travels in the
// context because fosite calls the strategies with nothing else.
type issue struct {
	request     fault.Request // that asks for them
	grantType   string
	code        string // authorization_code only
	key         *keyring.Key
	now         time.Time
	accessToken string // once it is minted
}

type issueKey struct{}

func withIssue(ctx context.Context, i *issue) context.Context {
	return context.WithValue(ctx, issueKey{}, i)
}

func issueOf(ctx context.Context) *issue {
	i, ok := ctx.Value(issueKey{}).(*issue)
	if !ok {
		panic("mockidp: internal error: a token is minted outside the token endpoint")
	}
	return i
}

// mint signs the claims and gives them to the fault that strikes the token,
// or to the MintFunc.
func (e *Environment) mint(ctx context.Context, kind TokenKind, s *session, clientID string, claims keyring.Object) (string, error) {
	i := issueOf(ctx)
	m, err := genuine(i, kind, clientID, claims)
	if err != nil {
		return "", err
	}
	if struck := e.faults.PickToken(i.token(kind, s)); struck != nil {
		draft := forge.Draft{Header: m.Header, Claims: m.Claims, Key: m.Key}
		return struck.Token(draft, m.Compact, e.findKey(m.Key.Alg())), nil
	}
	mint := e.overridden().mint
	if mint == nil {
		return m.Compact, nil
	}
	token, err := mint(ctx, m)
	if err != nil {
		return "", fmt.Errorf("minting the %s: %w", kind, err)
	}
	return token, nil
}

// token returns the request for one of the tokens of the answer.
func (i *issue) token(kind TokenKind, s *session) fault.Request {
	r := i.request
	r.Token = string(kind)
	r.UserID = s.subject
	if s.org != nil {
		r.OrganizationID = s.org.ID
	}
	return r
}

// findKey returns a function that looks up signing keys: those of the ring,
// past and present, by their key ID, and any number of others by a name that
// they are made from.
func (e *Environment) findKey(otherwise string) func(name, alg string) (*keyring.Key, error) {
	return func(name, alg string) (*keyring.Key, error) {
		if k := e.ring.ByID(name); k != nil {
			return k, nil
		}
		return e.keys.Key(name, cmp.Or(alg, otherwise)), nil
	}
}

// genuine signs the claims with the key of the answer.
func genuine(i *issue, kind TokenKind, clientID string, claims keyring.Object) (Minting, error) {
	m := Minting{
		Kind:      kind,
		GrantType: i.grantType,
		ClientID:  clientID,
		Header: keyring.Object{
			{Name: "alg", Value: i.key.Alg()},
			{Name: "kid", Value: i.key.ID()},
			{Name: "typ", Value: "JWT"},
		},
		Claims: claims,
		Key:    i.key,
	}
	var err error
	m.Compact, err = compact(i.key, m.Header, claims)
	return m, err
}

// compact writes the JWS Compact Serialization. RFC 7515, 7.1.
func compact(k *keyring.Key, header, claims keyring.Object) (string, error) {
	var input strings.Builder
	for n, part := range []keyring.Object{header, claims} {
		octets, err := json.Marshal(part)
		if err != nil {
			return "", err
		}
		if n > 0 {
			input.WriteByte('.')
		}
		input.WriteString(base64.RawURLEncoding.EncodeToString(octets))
	}
	signature, err := k.Sign(k.Alg(), []byte(input.String()))
	if err != nil {
		return "", err
	}
	input.WriteByte('.')
	input.WriteString(base64.RawURLEncoding.EncodeToString(signature))
	return input.String(), nil
}

// halfHash returns the value of at_hash and c_hash: the left half of the hash
// that alg uses. OIDC Core 1.0, 3.1.3.6 and 3.3.2.11.
func halfHash(alg, value string) string {
	function, ok := keyring.Hash(alg)
	if !ok {
		panic(fmt.Sprintf("mockidp: internal error: a token is signed with alg %q", alg))
	}
	h := function.New()
	h.Write([]byte(value))
	sum := h.Sum(nil)
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}
