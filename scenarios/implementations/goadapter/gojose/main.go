// Command gojose is an adapter for go-jose: jwt.ParseSigned with the algorithms,
// Claims with a JWK Set, and ValidateWithLeeway with issuer, audience and time.
// go-jose fetches no keys, so only a fixed set is offered, and it does not
// require any claim. To test your own verifier, replace what open and reason do.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/assay-id/assay/scenarios/implementations/goadapter/protocol"
)

func main() {
	description := protocol.Description{
		Name: "go-jose", Version: protocol.ModuleVersion("github.com/go-jose/go-jose/v4"), Reasons: "reasons",
		Setup: "jwt.ParseSigned; Claims with a JWK Set; ValidateWithLeeway with Issuer, AnyAudience and Time",
		Capabilities: []string{
			"static", "shared", "clock", "state", "load", "seed", "trap", "expect",
			"rs384", "rs512", "ps256", "ps384", "ps512", "es256", "es384", "es512", "eddsa",
		},
	}
	adapter := protocol.Adapter{Description: description, Open: open, Reason: reason}
	if err := protocol.Serve(adapter, os.Stdin, os.Stdout); err != nil {
		os.Stderr.WriteString("gojose: " + err.Error() + "\n")
		os.Exit(1)
	}
}

// open makes a verifier: it returns the function that verifies a token.
func open(_ context.Context, setup protocol.Setup, now func() time.Time) (protocol.Verify, error) {
	set, err := keysOf(setup.JWKSet)
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
}

// keysOf returns the keys of a set that go-jose can use. They are decoded one by
// one, because go-jose refuses a set with a key of a type that it does not know.
func keysOf(text string) (*jose.JSONWebKeySet, error) {
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

// reason maps what go-jose tells apart.
func reason(err error) string {
	if _, ok := errors.AsType[*jose.ErrUnexpectedSignatureAlgorithm](err); ok {
		return "ALG_NOT_ALLOWED"
	}
	for _, known := range []struct {
		err    error
		reason string
	}{
		{jwt.ErrInvalidIssuer, "INVALID_ISSUER"}, {jwt.ErrInvalidAudience, "INVALID_AUDIENCE"},
		{jwt.ErrInvalidSubject, "INVALID_SUBJECT"}, {jwt.ErrNotValidYet, "TOKEN_NOT_YET_VALID"},
		{jwt.ErrExpired, "TOKEN_EXPIRED"}, {jwt.ErrIssuedInTheFuture, "INVALID_ISSUED_AT"},
		{jwt.ErrUnmarshalAudience, "MALFORMED_CLAIM"}, {jwt.ErrUnmarshalNumericDate, "MALFORMED_CLAIM"},
		{jose.ErrJWKSKidNotFound, "KEY_NOT_FOUND"},
		{jose.ErrUnsupportedCriticalHeader, "UNSUPPORTED_CRITICAL"}, {jose.ErrCryptoFailure, "INVALID_SIGNATURE"},
	} {
		if errors.Is(err, known.err) {
			return known.reason
		}
	}
	return ""
}
