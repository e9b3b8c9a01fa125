package main

import (
	"context"
	"net/http"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// newZitadel returns zitadel/oidc with its remote key set.
func newZitadel(e *environment, alg string) (verify, error) {
	keys := rp.NewRemoteKeySet(http.DefaultClient, e.issuer()+"/keys")
	v := rp.NewIDTokenVerifier(e.issuer(), clientID, keys, rp.WithSupportedSigningAlgorithms(alg))
	ctx := context.Background()
	return func(raw string) error {
		_, err := rp.VerifyIDToken[*oidc.IDTokenClaims](ctx, raw, v)
		return err
	}, nil
}
