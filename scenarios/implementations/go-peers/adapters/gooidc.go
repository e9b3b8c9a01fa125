package adapters

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/assay-id/assay/scenarios/implementations/goadapter/protocol"
)

// goOIDC is coreos/go-oidc: NewProvider, and Verifier with ClientID,
// SupportedSigningAlgs and Now. It takes one client ID and no leeway, and
// leaves the nonce to the application. Its errors have one type, and otherwise
// texts, which are mapped.
func goOIDC() protocol.Adapter {
	return protocol.Adapter{
		Description: describe("go-oidc", "github.com/coreos/go-oidc/v3",
			"NewProvider; Verifier with ClientID, SupportedSigningAlgs and Now",
			"idp clock nonce rs384 rs512 ps256 ps384 ps512 es256 es384 es512 eddsa"),
		Open: func(ctx context.Context, setup protocol.Setup, now func() time.Time) (protocol.Verify, error) {
			ctx = oidc.ClientContext(ctx, &http.Client{Timeout: setup.FetchTimeout()})
			verifier := once(func() (*oidc.IDTokenVerifier, error) {
				provider, err := oidc.NewProvider(ctx, setup.Issuer)
				if err != nil {
					return nil, discovering(err)
				}
				return provider.Verifier(&oidc.Config{
					ClientID: setup.Audience[0], SupportedSigningAlgs: setup.AllowedAlgorithms(), Now: now,
				}), nil
			})
			return func(ctx context.Context, raw string, in protocol.Input) (any, error) {
				v, err := verifier()
				if err != nil {
					return nil, err
				}
				token, err := v.Verify(ctx, raw)
				if err != nil {
					return nil, err
				}
				claims := make(map[string]any)
				if err := token.Claims(&claims); err != nil {
					return nil, err
				}
				claims["iss"], claims["sub"], claims["aud"] = token.Issuer, token.Subject, token.Audience
				return claims, verifyNonce(token.Nonce, in)
			}, nil
		},
		Reason: func(err error) string {
			if _, ok := errors.AsType[*oidc.TokenExpiredError](err); ok {
				return "TOKEN_EXPIRED"
			}
			if _, ok := errors.AsType[*json.SyntaxError](err); ok {
				return "MALFORMED_TOKEN"
			}
			return goOIDCPhrases()(err)
		},
	}
}

func goOIDCPhrases() func(error) string {
	return phrases(
		phrase{"id token issued by a different provider", "INVALID_ISSUER"},
		phrase{"expected audience", "INVALID_AUDIENCE"},
		phrase{"before the nbf", "TOKEN_NOT_YET_VALID"},
		phrase{"id token signed with unsupported algorithm", "ALG_NOT_ALLOWED"},
		phrase{"unexpected signature algorithm", "ALG_NOT_ALLOWED"},
		phrase{"fetching keys", "JWKS_FETCH_FAILED"},
		phrase{"failed to verify id token signature", "INVALID_SIGNATURE"},
		phrase{"malformed jwt", "MALFORMED_TOKEN"},
	)
}
