package main

import (
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jwt"
)

// newJWX2 returns lestrrat-go/jwx v2 with a key set in memory, which is what
// its cache comes to once it is warm.
func newJWX2(e *environment, _ string) (verify, error) {
	set, err := jwk.Parse(e.jwkSet(0))
	if err != nil {
		return nil, err
	}
	return func(raw string) error {
		_, err := jwt.ParseString(raw, jwt.WithKeySet(set), jwt.WithValidate(true),
			jwt.WithIssuer(e.issuer()), jwt.WithAudience(clientID), jwt.WithRequiredClaim("exp"))
		return err
	}, nil
}
