package doctor_test

import (
	"context"
	"fmt"

	"github.com/assay-id/assay/verifier/doctor"
)

func ExampleExamine() {
	report := doctor.Examine(context.Background(), doctor.Options{
		Issuer:    "acme.scalekit.com",
		ClientIDs: []string{"sks_58327482062864390"},
	})
	fmt.Println("success:", report.Success)
	for _, check := range report.Checks {
		if check.Verdict == doctor.Fail {
			fmt.Printf("%s: %s\n  %s\n", check.Name, check.Found, check.Do)
		}
	}
	// Output:
	// success: false
	// issuer: "acme.scalekit.com" has no scheme
	//   use the full environment URL, "https://acme.scalekit.com"
	// client ID: it begins with sks_: it is the ID of a client secret
	//   configure the client ID, which begins with skc_
}
