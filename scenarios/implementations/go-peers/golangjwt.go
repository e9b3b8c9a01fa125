package main

import (
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// newGolangJWT returns golang-jwt with the keys from keyfunc, in memory, which
// is what its storage comes to once it is warm.
func newGolangJWT(e *environment, alg string) (verify, error) {
	keys, err := keyfunc.NewJWKSetJSON(e.jwkSet(0))
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{alg}), jwt.WithIssuer(e.issuer()),
		jwt.WithAudience(clientID), jwt.WithExpirationRequired())
	return func(raw string) error {
		_, err := parser.Parse(raw, keys.Keyfunc)
		return err
	}, nil
}
