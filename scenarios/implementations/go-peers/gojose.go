package main

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// newGoJOSE returns go-jose with a key set in memory. It has no key source, and
// leaves it to the caller that exp is there.
func newGoJOSE(e *environment, alg string) (verify, error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(e.jwkSet(0), &set); err != nil {
		return nil, err
	}
	algs := []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)}
	expected := jwt.Expected{Issuer: e.issuer(), AnyAudience: jwt.Audience{clientID}}
	return func(raw string) error {
		token, err := jwt.ParseSigned(raw, algs)
		if err != nil {
			return err
		}
		keys := set.Key(token.Headers[0].KeyID)
		if len(keys) == 0 {
			return errors.New("unknown key")
		}
		var claims jwt.Claims
		if err := token.Claims(keys[0], &claims); err != nil {
			return err
		}
		if claims.Expiry == nil {
			return errors.New("no exp")
		}
		return claims.ValidateWithLeeway(expected.WithTime(time.Now()), jwt.DefaultLeeway)
	}, nil
}
