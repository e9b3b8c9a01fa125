package mockidp

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/internal/ids"
	"github.com/assay-id/assay/mockidp/internal/oauth"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/mockidp/signin"
)

// TokenKind is a kind of token that an environment signs.
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

	// Header and Claims belong to the genuine token, in order. The MintFunc
	// may change them.
	Header keyring.Object
	Claims keyring.Object

	// Key is the key that signs in this request. Both tokens of one answer
	// are signed by the same key, even if the ring rotates in between.
	Key *keyring.Key

	// Compact is the genuine token in compact serialization.
	Compact string
}

// MintFunc makes the token that is issued instead of the genuine one. What it
// returns is issued as it is; an error fails the request with server_error. It
// is not called for tokens that a fault strikes, and may be called
// concurrently. If an answer has two tokens, the access token is minted first,
// and the at_hash of the genuine ID Token is that of the access token that was
// issued.
type MintFunc func(context.Context, Minting) (string, error)

// SetMint lets mint make the tokens from now on. Nil returns to the genuine
// ones.
func (e *Environment) SetMint(mint MintFunc) { e.tokens.setMint(mint) }

// minter makes the tokens of an environment. It implements [oauth.Minter].
type minter struct {
	issuer string
	cfg    *EnvironmentConfig // has the lifetimes and the clock
	ids    *ids.Source
	ring   *keyring.Ring
	others *keyring.Source // makes keys that are not in the ring
	faults *fault.Set
	people *directory.Directory

	mu       sync.Mutex
	override MintFunc
}

func (m *minter) setMint(mint MintFunc) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.override = mint
}

func (m *minter) mintFunc() MintFunc {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.override
}

// issue holds what all tokens of one answer have in common. It travels in the
// context because fosite calls the minter with nothing else.
type issue struct {
	request     fault.Request // the request for the tokens
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

// newIssue starts an answer: all of its tokens are signed by the same key, even
// if the ring rotates in between.
func (m *minter) newIssue(request fault.Request) *issue {
	return &issue{request: request, key: m.ring.Signing(), now: m.cfg.Now()}
}

// AccessToken implements [oauth.Minter].
func (m *minter) AccessToken(ctx context.Context, g oauth.Grant) (string, error) {
	i := issueOf(ctx)
	token, err := m.mint(ctx, i, AccessToken, g.Session, g.ClientID, m.accessTokenClaims(i, g))
	i.accessToken = token
	return token, err
}

// IDToken implements [oauth.Minter].
func (m *minter) IDToken(ctx context.Context, g oauth.Grant) (string, error) {
	i := issueOf(ctx)
	return m.mint(ctx, i, IDToken, g.Session, g.ClientID, m.idTokenClaims(i, g))
}

// idpLogin makes the token of a login that starts at an identity provider.
func (m *minter) idpLogin(ctx context.Context, c signin.IdPClaims) (string, error) {
	i := m.newIssue(fault.Request{
		Endpoint: fault.Login, ClientID: c.ClientID, Path: signin.PortalPath,
	})
	s := &directory.Session{
		Subject: c.User.ID, User: c.User,
		Organization: &Organization{ID: c.Connection.OrganizationID},
	}
	return m.mint(ctx, i, IdPLoginToken, s, c.ClientID, m.idpLoginClaims(i, c))
}

// mint signs the claims and gives them to the fault that strikes the token,
// or to the MintFunc.
func (m *minter) mint(
	ctx context.Context, i *issue, kind TokenKind, s *directory.Session, clientID string,
	claims keyring.Object,
) (string, error) {
	made, err := genuine(i, kind, clientID, claims)
	if err != nil {
		return "", err
	}
	if struck := m.faults.PickToken(i.token(kind, s)); struck != nil {
		draft := forge.Draft{Header: made.Header, Claims: made.Claims, Key: made.Key}
		return struck.Token(draft, made.Compact, m.findKey(made.Key.Alg())), nil
	}
	mint := m.mintFunc()
	if mint == nil {
		return made.Compact, nil
	}
	token, err := mint(ctx, made)
	if err != nil {
		return "", fmt.Errorf("minting the %s: %w", kind, err)
	}
	return token, nil
}

// token returns the request for one of the tokens of the answer.
func (i *issue) token(kind TokenKind, s *directory.Session) fault.Request {
	r := i.request
	r.Token = string(kind)
	r.UserID = s.Subject
	if s.Organization != nil {
		r.OrganizationID = s.Organization.ID
	}
	return r
}

// findKey returns a function that looks up signing keys: the keys of the
// ring, past and present, by key ID, and any number of other keys by the name
// from which they are made.
func (m *minter) findKey(otherwise string) func(name, alg string) (*keyring.Key, error) {
	return func(name, alg string) (*keyring.Key, error) {
		if k := m.ring.ByID(name); k != nil {
			return k, nil
		}
		return m.others.Key(name, cmp.Or(alg, otherwise)), nil
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
		text, err := json.Marshal(part)
		if err != nil {
			return "", err
		}
		if n > 0 {
			input.WriteByte('.')
		}
		input.WriteString(base64.RawURLEncoding.EncodeToString(text))
	}
	signature, err := k.Sign(k.Alg(), []byte(input.String()))
	if err != nil {
		return "", err
	}
	input.WriteByte('.')
	input.WriteString(base64.RawURLEncoding.EncodeToString(signature))
	return input.String(), nil
}

// halfHash returns the value of at_hash or c_hash: the left half of the hash
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
