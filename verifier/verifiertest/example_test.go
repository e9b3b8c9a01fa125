package verifiertest_test

import (
	"context"
	"fmt"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/verifiertest"
)

// The contract outside of a test, for a verifier that compares the audience
// as text.
func ExampleCheck() {
	violations, err := verifiertest.Check(context.Background(), func(s verifiertest.Setup) (verifiertest.Verifier, error) {
		for _, l := range verifiertest.Liars() {
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

// Each liar says what it does wrong and which scenarios must catch it.
func ExampleLiars() {
	for _, l := range verifiertest.Liars()[:4] {
		fmt.Printf("%s: %s\n  caught by %s\n", l.Name, l.Drops, l.CaughtBy[0])
	}
	// Output:
	// accept-all: It accepts every token and every configuration.
	//   caught by sig.flip
	// reject-all: It refuses every token.
	//   caught by base.minimal
	// anonymous-ok: It lets a request pass that has no token at all, or nothing but dots.
	//   caught by jws.empty
	// unsigned-ok: It takes a token without a signature for one that needs none.
	//   caught by jws.two-segments
}

// A plain verifier with a given JWK Set.
func ExampleNewPlain() {
	v, err := verifiertest.NewPlain(verifier.Config{
		Issuer:   "https://acme.scalekit.com",
		Audience: []string{"skc_58327482062864390"},
	}, []byte(`{"keys":[]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer v.Close()
	_, err = v.Verify(context.Background(), "not a token")
	fmt.Println(verifier.ReasonOf(err))
	// Output: MALFORMED_TOKEN
}
