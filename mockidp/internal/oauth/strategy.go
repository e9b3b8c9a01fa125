package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/handler/oauth2"
)

// accessTokens is fosite's strategy for access tokens. Codes and refresh tokens
// are opaque and made by fosite.
type accessTokens struct {
	*oauth2.HMACSHAStrategyUnPrefixed
	minter Minter
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
func (a *accessTokens) GenerateAccessToken(
	ctx context.Context, r fosite.Requester,
) (token, signature string, err error) {
	grant, err := grantOf(r)
	if err != nil {
		return "", "", err
	}
	token, err = a.minter.AccessToken(ctx, grant)
	if err != nil {
		return "", "", err
	}
	return token, a.AccessTokenSignature(ctx, token), nil
}

// ValidateAccessToken implements oauth2.AccessTokenStrategy. The token was
// found in the store by all of its bytes, so it was issued here and has not
// expired.
func (a *accessTokens) ValidateAccessToken(context.Context, fosite.Requester, string) error {
	return nil
}

// GenerateRefreshToken implements oauth2.RefreshTokenStrategy.
func (a *accessTokens) GenerateRefreshToken(
	ctx context.Context, r fosite.Requester,
) (token, signature string, err error) {
	token, signature, err = a.HMACSHAStrategyUnPrefixed.GenerateRefreshToken(ctx, r)
	return refreshPrefix + token, signature, err
}

// ValidateRefreshToken implements oauth2.RefreshTokenStrategy.
func (a *accessTokens) ValidateRefreshToken(
	ctx context.Context, r fosite.Requester, token string,
) error {
	return a.HMACSHAStrategyUnPrefixed.ValidateRefreshToken(ctx, r,
		strings.TrimPrefix(token, refreshPrefix))
}

// idTokens is fosite's strategy for ID Tokens. fosite's own knows fewer algs,
// sets claims of its own and refuses what tests need.
type idTokens struct{ minter Minter }

// GenerateIDToken implements openid.OpenIDConnectTokenStrategy.
func (t idTokens) GenerateIDToken(
	ctx context.Context, _ time.Duration, r fosite.Requester,
) (string, error) {
	grant, err := grantOf(r)
	if err != nil {
		return "", err
	}
	return t.minter.IDToken(ctx, grant)
}
