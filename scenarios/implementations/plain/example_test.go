package plain_test

import (
	"context"
	"fmt"

	"github.com/assay-id/assay/scenarios/implementations/plain"
	"github.com/assay-id/assay/verifier"
)

// Each liar says what it does wrong and which scenarios must catch it.
func ExampleLiars() {
	for _, l := range plain.Liars()[:4] {
		fmt.Printf("%s: %s\n  caught by %s\n", l.Name, l.Fault, l.CaughtBy[0])
	}
	// Output:
	// accept-all: It accepts every token and every configuration.
	//   caught by sig.flip
	// reject-all: It refuses every token.
	//   caught by base.minimal
	// anonymous-ok: It lets a request pass that has no token at all, or nothing but dots.
	//   caught by jws.empty
	// unsigned-ok: It mistakes an unsigned token for one that needs no signature.
	//   caught by jws.two-segments
}

// A plain verifier with a given JWK Set.
func ExampleNew() {
	v, err := plain.New(verifier.Config{
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
