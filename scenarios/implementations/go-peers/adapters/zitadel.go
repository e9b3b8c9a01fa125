package adapters

import (
	"context"
	"net/http"
	"time"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/assay-id/assay/scenarios/implementations/goadapter/protocol"
)

// nonceKey is the key of the nonce in a context.
type nonceKey struct{}

// zitadel is zitadel/oidc: NewRelyingPartyOIDC with
// WithSupportedSigningAlgorithms and WithNonce, and VerifyTokens, as
// CodeExchange calls it, if there is an access token. Its offset for clocks is
// added to exp the other way round, so it stays at its default, 1 s.
func zitadel() protocol.Adapter {
	return protocol.Adapter{
		Description: describe("zitadel-oidc", "github.com/zitadel/oidc/v3",
			"NewRelyingPartyOIDC with WithSupportedSigningAlgorithms and WithNonce; VerifyTokens",
			"idp nonce at_hash rs384 rs512 ps256 ps384 ps512 es256 es384 es512 eddsa"),
		Open: func(ctx context.Context, setup protocol.Setup, _ func() time.Time) (protocol.Verify, error) {
			party := once(func() (rp.RelyingParty, error) {
				party, err := rp.NewRelyingPartyOIDC(ctx, setup.Issuer, setup.Audience[0], "unused", "https://client.example/callback",
					[]string{oidc.ScopeOpenID}, rp.WithHTTPClient(&http.Client{Timeout: setup.FetchTimeout()}),
					rp.WithVerifierOpts(rp.WithSupportedSigningAlgorithms(setup.AllowedAlgorithms()...), rp.WithNonce(nonceOf)))
				return party, discovering(err)
			})
			return func(ctx context.Context, raw string, in protocol.Input) (any, error) {
				p, err := party()
				if err != nil {
					return nil, err
				}
				if in.Nonce != nil {
					ctx = context.WithValue(ctx, nonceKey{}, *in.Nonce)
				}
				if in.AccessToken != nil {
					return rp.VerifyTokens[*oidc.IDTokenClaims](ctx, *in.AccessToken, raw, p.IDTokenVerifier())
				}
				return rp.VerifyIDToken[*oidc.IDTokenClaims](ctx, raw, p.IDTokenVerifier())
			}, nil
		},
		Reason: reasons(
			sentinel{oidc.ErrParse, "MALFORMED_TOKEN"}, sentinel{oidc.ErrIssuerInvalid, "INVALID_ISSUER"},
			sentinel{oidc.ErrSubjectMissing, "MISSING_CLAIM"}, sentinel{oidc.ErrAudience, "INVALID_AUDIENCE"},
			sentinel{oidc.ErrAzpMissing, "INVALID_AUTHORIZED_PARTY"}, sentinel{oidc.ErrAzpInvalid, "INVALID_AUTHORIZED_PARTY"},
			sentinel{oidc.ErrSignatureUnsupportedAlg, "ALG_NOT_ALLOWED"}, sentinel{oidc.ErrSignatureMissing, "MALFORMED_TOKEN"},
			sentinel{oidc.ErrSignatureInvalid, "INVALID_SIGNATURE"}, sentinel{oidc.ErrExpired, "TOKEN_EXPIRED"},
			sentinel{oidc.ErrIatMissing, "MISSING_CLAIM"}, sentinel{oidc.ErrIatInFuture, "INVALID_ISSUED_AT"},
			sentinel{oidc.ErrNonceInvalid, "INVALID_NONCE"}, sentinel{oidc.ErrAtHash, "INVALID_TOKEN_HASH"},
		),
	}
}

// nonceOf returns the nonce that the application has kept for a login.
func nonceOf(ctx context.Context) string {
	nonce, _ := ctx.Value(nonceKey{}).(string)
	return nonce
}
