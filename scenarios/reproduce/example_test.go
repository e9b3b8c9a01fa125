package reproduce_test

import (
	"context"
	"fmt"

	"github.com/assay-id/assay/scenarios/reproduce"
)

func ExamplePlay() {
	recipes, err := reproduce.Choose("INVALID_AUDIENCE/exact")
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := reproduce.Play(context.Background(), recipes[0], reproduce.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range r.Steps {
		fmt.Println(step.Phase)
	}
	// Output:
	// set up
	// set up
	// sign in
	// error
	// why
	// fix
	// set up
	// success
}
