package fault_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp/fault"
)

func TestBudget(t *testing.T) {
	t.Parallel()
	a := fault.Request{Endpoint: fault.Keys, ClientID: "a"}
	b := fault.Request{Endpoint: fault.Keys, ClientID: "b"}
	other := fault.Request{Endpoint: fault.Token, ClientID: "a"}
	tests := []struct {
		name     string
		budget   fault.Budget
		requests []fault.Request
		want     string // x: struck
	}{
		{"none", fault.Budget{}, []fault.Request{a, a, a, a, a}, "xxxxx"},
		{"two in a row", fault.Budget{InARow: 2}, []fault.Request{a, a, a, a, a, a}, "xx.xx."},
		{"per client", fault.Budget{InARow: 1}, []fault.Request{a, b, a, b}, "xx.."},
		{"per endpoint", fault.Budget{InARow: 1}, []fault.Request{a, other, a, other}, "xx.."},
		{"three in total", fault.Budget{Total: 3}, []fault.Request{a, b, other, a, b}, "xxx.."},
		{"both", fault.Budget{InARow: 1, Total: 2}, []fault.Request{a, a, a, a, a}, "x.x.."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set := fault.NewSet(1, nil)
			add(t, set, fault.Fault{ID: "f", Kind: fault.Close})
			if err := set.SetBudget(tt.budget); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.budget, set.Budget()); diff != "" {
				t.Errorf("Budget() (-want +got):\n%s", diff)
			}
			got := ""
			for _, r := range tt.requests {
				if set.Pick(r) != nil {
					got += "x"
				} else {
					got += "."
				}
			}
			if got != tt.want {
				t.Errorf("struck %s, want %s", got, tt.want)
			}
			set.Reset()
			add(t, set, fault.Fault{ID: "f", Kind: fault.Close})
			if set.Pick(a) == nil {
				t.Errorf("after Reset() nothing is struck")
			}
		})
	}
}

// TestBudgetCountsWhatWasNotMatched ends a row with a request that no fault
// wants.
func TestBudgetCountsWhatWasNotMatched(t *testing.T) {
	t.Parallel()
	set := fault.NewSet(1, nil)
	add(t, set, fault.Fault{ID: "f", Kind: fault.Close, Match: fault.Match{Path: "/keys"}})
	if err := set.SetBudget(fault.Budget{InARow: 1}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/keys", "/other", "/keys"} {
		if got, want := set.Pick(fault.Request{Path: path}) != nil, path == "/keys"; got != want {
			t.Errorf("Pick(%s) picked: %v, want %v", path, got, want)
		}
	}
	if err := set.SetBudget(fault.Budget{Total: -1}); err == nil {
		t.Errorf("SetBudget() = nil for a negative number")
	}
}
