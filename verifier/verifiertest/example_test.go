package verifiertest_test

import (
	"context"
	"fmt"

	"github.com/assay-id/assay/scenarios/implementations/plain"
	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/verifiertest"
)

// The contract outside of a test, for a verifier that accepts an audience which
// merely contains the client ID.
func ExampleCheck() {
	violations, err := verifiertest.Check(context.Background(), func(s verifiertest.Setup) (verifiertest.Verifier, error) {
		for _, l := range plain.Liars() {
			if l.Name == "aud-contains-substring" {
				return l.New(verifier.Config{
					Issuer: s.Issuer, Audience: []string{s.ClientID}, Now: s.Now,
					Allow: verifier.Allowances{LoopbackHTTP: true},
				}, s.JWKSet)
			}
		}
		return nil, fmt.Errorf("no such liar")
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range violations {
		fmt.Printf("it must be one that %s: %v\n", v.Clause, v.Err)
	}
	// Output: it must be one that refuses aud with one more character: it accepts, want a refusal INVALID_AUDIENCE
}
