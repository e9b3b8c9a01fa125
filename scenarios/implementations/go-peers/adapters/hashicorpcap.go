package adapters

import (
	"cmp"
	"context"
	"time"

	"github.com/hashicorp/cap/jwt"

	"github.com/assay-id/assay/scenarios/implementations/goadapter/protocol"
)

// hashicorpCap is hashicorp/cap: NewOIDCDiscoveryKeySet, and a Validator that
// expects Issuer, Audiences, SigningAlgorithms, ClockSkewLeeway and Now. Its
// package oidc demands a nonce of every login, so the one for Bearer tokens is
// tested. Its errors have texts only, which are mapped.
func hashicorpCap() protocol.Adapter {
	return protocol.Adapter{
		Description: describe("hashicorp-cap", "github.com/hashicorp/cap",
			"jwt.NewOIDCDiscoveryKeySet; Validate with Issuer, Audiences, SigningAlgorithms, ClockSkewLeeway and Now",
			"idp clock expect rs384 rs512 ps256 ps384 ps512 es256 es384 es512 eddsa"),
		Open: func(ctx context.Context, setup protocol.Setup, now func() time.Time) (protocol.Verify, error) {
			validator := once(func() (*jwt.Validator, error) {
				keys, err := jwt.NewOIDCDiscoveryKeySet(ctx, setup.Issuer, "")
				if err != nil {
					return nil, discovering(err)
				}
				return jwt.NewValidator(keys)
			})
			expected := jwt.Expected{
				Issuer: setup.Issuer, Audiences: setup.Audience, Now: now,
				ClockSkewLeeway: cmp.Or(setup.Leeway(), -1), // 0 means the default, a negative one none
			}
			for _, alg := range setup.AllowedAlgorithms() {
				expected.SigningAlgorithms = append(expected.SigningAlgorithms, jwt.Alg(alg))
			}
			return func(ctx context.Context, raw string, in protocol.Input) (any, error) {
				v, err := validator()
				if err != nil {
					return nil, err
				}
				want := expected
				if in.Subject != nil {
					want.Subject = *in.Subject
				}
				ctx, cancel := context.WithTimeout(ctx, setup.FetchTimeout())
				defer cancel()
				return v.Validate(ctx, raw, want)
			}, nil
		},
		Reason: phrases(
			phrase{"invalid issuer (iss)", "INVALID_ISSUER"}, phrase{"invalid audience (aud)", "INVALID_AUDIENCE"},
			phrase{"invalid subject (sub)", "INVALID_SUBJECT"}, phrase{"invalid not before (nbf)", "TOKEN_NOT_YET_VALID"},
			phrase{"invalid expiration time (exp)", "TOKEN_EXPIRED"}, phrase{"invalid issued at (iat)", "INVALID_ISSUED_AT"},
			phrase{"invalid algorithm (alg)", "ALG_NOT_ALLOWED"}, phrase{"fetching keys", "JWKS_FETCH_FAILED"},
			phrase{"failed to verify id token signature", "INVALID_SIGNATURE"}, phrase{"malformed jwt", "MALFORMED_TOKEN"},
		),
	}
}
