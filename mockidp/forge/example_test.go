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
