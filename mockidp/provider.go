package mockidp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v3"
	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/token/hmac"
	"github.com/ory/fosite/token/jwt"
)

// The grant types. RFC 6749, 4.1.3, 6 and 4.4.2.
const (
	grantCode    = "authorization_code"
	grantRefresh = "refresh_token"
	grantClient  = "client_credentials"
)

// newProvider composes the protocol of the environment.
func (e *Environment) newProvider() fosite.OAuth2Provider {
	secret := e.ids.sum("codes and refresh tokens")
	config := &fosite.Config{
		AuthorizeCodeLifespan: e.cfg.CodeLifetime,
		AccessTokenLifespan:   e.cfg.AccessTokenLifetime,
		RefreshTokenLifespan:  e.cfg.RefreshTokenLifetime,
		IDTokenLifespan:       e.cfg.IDTokenLifetime,

		ScopeStrategy:                fosite.ExactScopeStrategy,
		AudienceMatchingStrategy:     fosite.ExactAudienceMatchingStrategy,
		RedirectSecureChecker:        fosite.IsRedirectURISecure,
		ClientAuthenticationStrategy: e.authenticateClient,
		EnforcePKCEForPublicClients:  true,
		RefreshTokenScopes:           []string{"offline_access"},
		AllowedPromptValues:          []string{"login", "none", "create", "select_account", "consent"},
		OmitRedirectScopeParam:       true,
		MinParameterEntropy:          1, // Scalekit takes any state and nonce
		GlobalSecret:                 secret[:],
	}
	opaque := oauth2.NewHMACSHAStrategyUnPrefixed(&hmac.HMACStrategy{Config: config}, config)
	strategy := &compose.CommonStrategy{
		CoreStrategy:               &accessTokens{opaque, e},
		OpenIDConnectTokenStrategy: idTokens{e},
		Signer:                     hints{env: e},
	}
	return compose.Compose(config, e.store(), strategy,
		compose.OAuth2AuthorizeExplicitFactory,
		compose.OAuth2ClientCredentialsGrantFactory,
		compose.OAuth2RefreshTokenGrantFactory,
		compose.OpenIDConnectExplicitFactory,
		compose.OpenIDConnectRefreshFactory,
		compose.OAuth2TokenIntrospectionFactory,
		compose.OAuth2TokenRevocationFactory,
		compose.OAuth2PKCEFactory, // after the one that issues the code
	)
}

// accessTokens is the strategy of access tokens. Codes and refresh tokens are
// opaque and fosite's.
type accessTokens struct {
	*oauth2.HMACSHAStrategyUnPrefixed
	env *Environment
}

// refreshPrefix starts refresh tokens, as in Scalekit's samples.
const refreshPrefix = "rt_"

// AccessTokenSignature names an access token in the store. It is a hash of
// all of it, because forged tokens may share a signature or have none.
func (a *accessTokens) AccessTokenSignature(_ context.Context, token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// GenerateAccessToken implements oauth2.AccessTokenStrategy.
func (a *accessTokens) GenerateAccessToken(ctx context.Context, r fosite.Requester) (token, signature string, err error) {
	i := issueOf(ctx)
	s, err := sessionOf(r)
	if err != nil {
		return "", "", err
	}
	token, err = a.env.mint(ctx, AccessToken, s, r.GetClient().GetID(), a.env.accessTokenClaims(i, s, r))
	if err != nil {
		return "", "", err
	}
	i.accessToken = token
	return token, a.AccessTokenSignature(ctx, token), nil
}

// ValidateAccessToken implements oauth2.AccessTokenStrategy. The token was
// found in the store by all of its octets, so it was issued here and has not
// ended.
func (a *accessTokens) ValidateAccessToken(context.Context, fosite.Requester, string) error {
	return nil
}

// GenerateRefreshToken implements oauth2.RefreshTokenStrategy.
func (a *accessTokens) GenerateRefreshToken(ctx context.Context, r fosite.Requester) (token, signature string, err error) {
	token, signature, err = a.HMACSHAStrategyUnPrefixed.GenerateRefreshToken(ctx, r)
	return refreshPrefix + token, signature, err
}

// ValidateRefreshToken implements oauth2.RefreshTokenStrategy.
func (a *accessTokens) ValidateRefreshToken(ctx context.Context, r fosite.Requester, token string) error {
	return a.HMACSHAStrategyUnPrefixed.ValidateRefreshToken(ctx, r, strings.TrimPrefix(token, refreshPrefix))
}

// idTokens is the strategy of ID Tokens. fosite's own knows fewer algs, sets
// claims of its own and refuses what tests need.
type idTokens struct{ env *Environment }

// GenerateIDToken implements openid.OpenIDConnectTokenStrategy.
func (t idTokens) GenerateIDToken(ctx context.Context, _ time.Duration, r fosite.Requester) (string, error) {
	s, err := sessionOf(r)
	if err != nil {
		return "", err
	}
	clientID := r.GetClient().GetID()
	return t.env.mint(ctx, IDToken, s, clientID, t.env.idTokenClaims(issueOf(ctx), s, clientID))
}

func sessionOf(r fosite.Requester) (*session, error) {
	s, ok := r.GetSession().(*session)
	if !ok {
		return nil, fmt.Errorf("the session is a %T, want a *session", r.GetSession())
	}
	return s, nil
}

// hints is the part of jwt.Signer that fosite uses here: reading an
// id_token_hint. The other methods are those of the embedded nil interface
// and are never called.
type hints struct {
	jwt.Signer
	env *Environment
}

// Decode implements jwt.Signer.
func (h hints) Decode(_ context.Context, token string) (*jwt.Token, error) {
	claims, err := h.env.ownClaims(token)
	if err != nil {
		return nil, err
	}
	return &jwt.Token{Claims: claims}, nil
}

// ownClaims returns the claims of a token that a key of this environment has
// signed, published or not any more. It does not look at the claims: an
// id_token_hint may be expired (OpenID Connect RP-Initiated Logout 1.0, 4).
func (e *Environment) ownClaims(token string) (map[string]any, error) {
	jws, err := jose.ParseSigned(token)
	if err != nil || strings.Count(token, ".") != 2 {
		return nil, errors.New("it is not a JWS in compact serialization")
	}
	kid := jws.Signatures[0].Header.KeyID
	for _, k := range e.ring.AllByID(kid) {
		payload, err := jws.Verify(k.Public())
		if err != nil {
			continue
		}
		var claims map[string]any
		if err := json.Unmarshal(payload, &claims); err != nil {
			return nil, errors.New("its payload is not a JSON object")
		}
		return claims, nil
	}
	return nil, fmt.Errorf("no key of this issuer with the kid %q has signed it", kid)
}
