package forge_test

import (
	"fmt"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

// A malformed token is a good one and one change.
func ExampleDraft_Forge() {
	key := keyring.NewSource(1).Key("k1", "ES256")
	draft := forge.NewDraft(key, keyring.Object{
		{Name: "iss", Value: "https://acme.scalekit.com"},
		{Name: "sub", Value: "usr_63261014140912135"},
	})
	token, err := draft.Forge(forge.Change{
		Claims: forge.Patch{Append: keyring.Object{{Name: "sub", Value: "usr_evil"}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", token.PayloadText)
	// Output: {"iss":"https://acme.scalekit.com","sub":"usr_63261014140912135","sub":"usr_evil"}
}

// The same change as text, which the control API of the mock environment and
// its fault files take.
func ExampleChange_UnmarshalJSON() {
	var change forge.Change
	fmt.Println(change.UnmarshalJSON([]byte(`{"signing": {"alg": "HS255"}}`)))
	fmt.Println(change.UnmarshalJSON([]byte(`{"claims": {"shift": {"exp": "-1h"}}}`)))
	// Output:
	// /signing/alg: alg is "HS255", want one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, HS256, HS384, HS512, RS1, none
	// <nil>
}
