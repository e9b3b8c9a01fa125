package control_test

import (
	"context"
	"fmt"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/fault"
)

// A fault is planted over HTTP, as a program in any language can.
func Example() {
	ctx := context.Background()
	idp, err := mockidp.Start(ctx, mockidp.Config{Seed: 42})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer idp.Close(ctx)
	api, err := control.Start(ctx, idp, control.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer api.Close(ctx)

	client := &control.Client{URL: api.URL()}
	if _, err := client.Create(ctx, control.Spec{Name: "acme", Alg: "ES256"}); err != nil {
		fmt.Println(err)
		return
	}
	faults, err := client.Populate(ctx, "acme", fault.Fault{
		ID: "busy", Where: fault.Token, Kind: fault.Status, Count: 3,
		Attributes: fault.Attributes{Status: 429, RetryAfter: "2"},
	})
	fmt.Println(faults[0].ID, faults[0].Count, err)
	_, err = client.Populate(ctx, "acme", fault.Fault{ID: "odd", Kind: "sulk"})
	fmt.Println(err != nil)
	// Output:
	// busy 3 <nil>
	// true
}
