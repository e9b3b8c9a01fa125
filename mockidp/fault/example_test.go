package fault_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/assay-id/assay/mockidp/fault"
)

// The first two requests for the JWK Set are told to come back later.
func Example() {
	faults := fault.NewSet(1, nil)
	err := faults.Add(fault.Fault{
		ID:         "overload",
		Where:      fault.Keys,
		Kind:       fault.Status,
		Count:      2,
		Attributes: fault.Attributes{Status: http.StatusServiceUnavailable, RetryAfter: "2"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	keys := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"keys":[]}`)
	})
	for range 3 {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/keys", nil)
		if struck := faults.Pick(fault.Request{Endpoint: fault.Keys, Path: "/keys"}); struck != nil {
			struck.Serve(w, r, keys)
		} else {
			keys.ServeHTTP(w, r)
		}
		fmt.Println(w.Code, w.Header().Get("Retry-After"))
	}
	// Output:
	// 503 2
	// 503 2
	// 200
}
