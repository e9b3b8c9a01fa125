package main

import (
	"context"

	"github.com/coreos/go-oidc/v3/oidc"
)

// newGoOIDC returns coreos/go-oidc with discovery, as its documentation shows.
func newGoOIDC(e *environment, alg string) (verify, error) {
	ctx := context.Background()
	provider, err := oidc.NewProvider(ctx, e.issuer())
	if err != nil {
		return nil, err
	}
	v := provider.Verifier(&oidc.Config{ClientID: clientID, SupportedSigningAlgs: []string{alg}})
	return func(raw string) error {
		_, err := v.Verify(ctx, raw)
		return err
	}, nil
}
