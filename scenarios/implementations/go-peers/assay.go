package main

import (
	"context"

	"github.com/assay-id/assay/verifier"
)

// newAssay returns the verifier of this project, with discovery and without a
// cache of verified tokens.
func newAssay(e *environment, alg string) (verify, error) { return assayWith(e, alg, nil) }

// assayWith lets change lay something over the configuration.
func assayWith(e *environment, alg string, change func(*verifier.Config)) (verify, error) {
	cfg := verifier.Config{
		Issuer: e.issuer(), Audience: []string{clientID}, Algorithms: []verifier.Algorithm{
			verifier.Algorithm(alg),
		},
		Allow: verifier.Allowances{LoopbackHTTP: true},
	}
	if change != nil {
		change(&cfg)
	}
	v, err := verifier.New(cfg)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	if err := v.Ready(ctx); err != nil {
		return nil, err
	}
	return func(raw string) error {
		_, err := v.Verify(ctx, raw)
		return err
	}, nil
}
