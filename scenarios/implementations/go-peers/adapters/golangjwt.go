package adapters

import (
	"context"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"

	"github.com/assay-id/assay/scenarios/implementations/goadapter/protocol"
)

// golangJWT is golang-jwt with keyfunc: NewDefaultCtx for the keys, and a
// parser with WithValidMethods, WithIssuer, WithAudience,
// WithExpirationRequired, WithLeeway and WithTimeFunc.
func golangJWT() protocol.Adapter {
	description := describe("golang-jwt", "github.com/golang-jwt/jwt/v5",
		"keyfunc.NewDefaultCtx; NewParser with WithValidMethods, WithIssuer, WithAudience, WithExpirationRequired and WithLeeway",
		"idp clock expect rs384 rs512 ps256 ps384 ps512 es256 es384 es512 eddsa")
	description.Version += " with keyfunc " + protocol.ModuleVersion("github.com/MicahParks/keyfunc/v3")
	return protocol.Adapter{
		Description: description,
		Open: func(ctx context.Context, setup protocol.Setup, now func() time.Time) (protocol.Verify, error) {
			options := []jwt.ParserOption{
				jwt.WithValidMethods(setup.AllowedAlgorithms()), jwt.WithIssuer(setup.Issuer), jwt.WithAudience(setup.Audience...),
				jwt.WithExpirationRequired(), jwt.WithLeeway(setup.Leeway()), jwt.WithTimeFunc(now),
			}
			keys := once(func() (keyfunc.Keyfunc, error) {
				uri, err := discover(ctx, setup)
				if err != nil {
					return nil, err
				}
				return keyfunc.NewDefaultCtx(ctx, []string{uri})
			})
			return func(_ context.Context, raw string, in protocol.Input) (any, error) {
				k, err := keys()
				if err != nil {
					return nil, err
				}
				checks := options
				if in.Subject != nil {
					checks = append(checks[:len(checks):len(checks)], jwt.WithSubject(*in.Subject))
				}
				claims := jwt.MapClaims{}
				_, err = jwt.NewParser(checks...).ParseWithClaims(raw, claims, k.Keyfunc)
				return claims, err
			}, nil
		},
		Reason: reasons(
			sentinel{jwt.ErrTokenMalformed, "MALFORMED_TOKEN"}, sentinel{jwkset.ErrKeyNotFound, "KEY_NOT_FOUND"},
			sentinel{jwt.ErrInvalidType, "MALFORMED_CLAIM"}, sentinel{jwt.ErrTokenRequiredClaimMissing, "MISSING_CLAIM"},
			sentinel{jwt.ErrTokenInvalidIssuer, "INVALID_ISSUER"}, sentinel{jwt.ErrTokenInvalidAudience, "INVALID_AUDIENCE"},
			sentinel{jwt.ErrTokenExpired, "TOKEN_EXPIRED"}, sentinel{jwt.ErrTokenNotValidYet, "TOKEN_NOT_YET_VALID"},
			sentinel{jwt.ErrTokenInvalidSubject, "INVALID_SUBJECT"}, sentinel{jwt.ErrTokenUsedBeforeIssued, "INVALID_ISSUED_AT"},
			sentinel{jwt.ErrTokenSignatureInvalid, "INVALID_SIGNATURE"}, sentinel{jwkset.ErrJWKValidation, "JWKS_INVALID"},
		),
	}
}
