package adapters

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/assay-id/assay/scenarios/implementations/goadapter/protocol"
)

// goJOSE is go-jose: jwt.ParseSigned with the algorithms, Claims with a JWK
// Set, and ValidateWithLeeway with issuer, audience and time. It fetches no
// keys, so only a fixed set is offered, of which the keys are decoded one by
// one, because go-jose refuses a set with a key of a type that it does not
// know. It does not require any claim.
func goJOSE() protocol.Adapter {
	sentinels := reasons(
		sentinel{jwt.ErrInvalidIssuer, "INVALID_ISSUER"}, sentinel{jwt.ErrInvalidAudience, "INVALID_AUDIENCE"},
		sentinel{jwt.ErrInvalidSubject, "INVALID_SUBJECT"}, sentinel{jwt.ErrNotValidYet, "TOKEN_NOT_YET_VALID"},
		sentinel{jwt.ErrExpired, "TOKEN_EXPIRED"}, sentinel{jwt.ErrIssuedInTheFuture, "INVALID_ISSUED_AT"},
		sentinel{jwt.ErrUnmarshalAudience, "MALFORMED_CLAIM"}, sentinel{jwt.ErrUnmarshalNumericDate, "MALFORMED_CLAIM"},
		sentinel{jose.ErrJWKSKidNotFound, "KEY_NOT_FOUND"},
		sentinel{jose.ErrUnsupportedCriticalHeader, "UNSUPPORTED_CRITICAL"}, sentinel{jose.ErrCryptoFailure, "INVALID_SIGNATURE"},
	)
	return protocol.Adapter{
		Description: describe("go-jose", "github.com/go-jose/go-jose/v4",
			"jwt.ParseSigned; Claims with a JWK Set; ValidateWithLeeway with Issuer, AnyAudience and Time",
			"static clock expect rs384 rs512 ps256 ps384 ps512 es256 es384 es512 eddsa"),
		Open: func(_ context.Context, setup protocol.Setup, now func() time.Time) (protocol.Verify, error) {
			set, err := goJOSEKeys(setup.JWKSet)
			if err != nil {
				return nil, &protocol.Refusal{Reason: "JWKS_INVALID", Err: err}
			}
			var algorithms []jose.SignatureAlgorithm
			for _, alg := range setup.AllowedAlgorithms() {
				algorithms = append(algorithms, jose.SignatureAlgorithm(alg))
			}
			return func(_ context.Context, raw string, in protocol.Input) (any, error) {
				token, err := jwt.ParseSigned(raw, algorithms)
				if err != nil {
					return nil, err
				}
				var claims jwt.Claims
				all := make(map[string]any)
				if err := token.Claims(set, &claims, &all); err != nil {
					return nil, err
				}
				expected := jwt.Expected{Issuer: setup.Issuer, AnyAudience: setup.Audience, Time: now()}
				if in.Subject != nil {
					expected.Subject = *in.Subject
				}
				return all, claims.ValidateWithLeeway(expected, setup.Leeway())
			}, nil
		},
		Reason: func(err error) string {
			if _, ok := errors.AsType[*jose.ErrUnexpectedSignatureAlgorithm](err); ok {
				return "ALG_NOT_ALLOWED"
			}
			return sentinels(err)
		},
	}
}

// goJOSEKeys returns the keys of a set that go-jose can use.
func goJOSEKeys(text string) (*jose.JSONWebKeySet, error) {
	var raw struct{ Keys []json.RawMessage }
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, err
	}
	var set jose.JSONWebKeySet
	for _, text := range raw.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(text, &key) == nil {
			set.Keys = append(set.Keys, key)
		}
	}
	return &set, nil
}
