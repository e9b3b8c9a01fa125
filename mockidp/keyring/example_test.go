package keyring_test

import (
	"fmt"

	"github.com/assay-id/assay/mockidp/keyring"
)

// The good way to rotate: every Relying Party has time to fetch the next key
// before it meets a token signed by it.
func Example() {
	source := keyring.NewSource(42)
	old, next := source.Key("old", "ES256"), source.Key("next", "ES256")

	ring := keyring.NewRing(nil, old)
	if err := ring.Rotate(keyring.PublishThenSign, next); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("published:", len(ring.Published()), "signs with the old key:", ring.Signing() == old)

	// One cache lifetime later.
	if err := ring.Promote(next.ID()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("published:", len(ring.Published()), "signs with the next key:", ring.Signing() == next)

	// One token lifetime later.
	if err := ring.Retire(old.ID()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("published:", len(ring.Published()))

	// Output:
	// published: 2 signs with the old key: true
	// published: 2 signs with the next key: true
	// published: 1
}
