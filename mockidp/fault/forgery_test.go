package fault_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

func TestPickToken(t *testing.T) {
	t.Parallel()
	token := fault.Request{
		Endpoint: fault.Token, ClientID: "skc_1", Path: "/oauth/token", GrantType: "refresh_token",
		Token: "id_token", UserID: "usr_1", OrganizationID: "org_1",
	}
	request := token
	request.Token, request.UserID, request.OrganizationID = "", "", ""
	tests := []struct {
		name  string
		fault fault.Fault
		want  bool
	}{
		{"every token", fault.Fault{}, true},
		{"its kind", fault.Fault{Attributes: fault.Attributes{Token: "id_token"}}, true},
		{"another kind", fault.Fault{Attributes: fault.Attributes{Token: "access_token"}}, false},
		{"its user", fault.Fault{Match: fault.Match{UserID: "usr_1"}}, true},
		{"another user", fault.Fault{Match: fault.Match{UserID: "usr_2"}}, false},
		{"its organization", fault.Fault{Match: fault.Match{OrganizationID: "org_1"}}, true},
		{"another organization", fault.Fault{Match: fault.Match{OrganizationID: "org_2"}}, false},
		{"its client and path", fault.Fault{Match: fault.Match{ClientID: "skc_1", Path: "/oauth/token"}}, true},
		{"another client", fault.Fault{Match: fault.Match{ClientID: "skc_2"}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set := fault.NewSet(1, nil)
			tt.fault.ID, tt.fault.Kind = "f", fault.Forge
			tt.fault.Attributes.Change.Compact = "{h}.{p}"
			add(t, set, tt.fault)
			if struck := set.Pick(request); struck != nil {
				t.Errorf("a request was struck by a fault for tokens")
			}
			if got := set.PickToken(token) != nil; got != tt.want {
				t.Errorf("PickToken() picked: %v, want %v", got, tt.want)
			}
		})
	}
	set := fault.NewSet(1, nil)
	add(t, set, fault.Fault{ID: "f", Kind: fault.Hang})
	if set.PickToken(token) != nil {
		t.Errorf("a token was struck by a fault for requests")
	}
}

func TestForgery(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	draft := forge.NewDraft(source.Key("k", "ES256"), keyring.Object{{Name: "exp", Value: 2000000000}})
	good, err := draft.Forge(forge.Change{})
	if err != nil {
		t.Fatal(err)
	}
	find := func(name, _ string) (*keyring.Key, error) {
		if name != "attacker" {
			return nil, errors.New("no such key")
		}
		return source.Key(name, "ES256"), nil
	}
	tests := []struct {
		name    string
		change  forge.Change
		problem string // empty: changed
	}{
		{"an hour ago", forge.Change{Claims: forge.Patch{Shift: map[string]time.Duration{"exp": -time.Hour}}}, ""},
		{"another key", forge.Change{Signing: forge.Signing{KeyName: "attacker"}}, ""},
		{"a key that nobody has", forge.Change{Signing: forge.Signing{KeyName: "nobody"}}, "no such key"},
		{"a claim that is missing", forge.Change{Claims: forge.Patch{Drop: []string{"nonce"}}}, `dropping "nonce"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set := fault.NewSet(1, nil)
			add(t, set, fault.Fault{ID: "f", Kind: fault.Forge, Attributes: fault.Attributes{Change: tt.change}})
			struck := set.PickToken(fault.Request{Endpoint: fault.Token, Token: "id_token"})
			got := struck.Token(draft, good.String(), find)
			if (got != good.String()) != (tt.problem == "") || struck.FaultID() != "f" {
				t.Errorf("Token() = %s", got)
			}
			record := set.Applications()[0]
			if record.Before != good.String() || record.After != got || !strings.Contains(record.Problem, tt.problem) || (record.Problem == "") != (tt.problem == "") {
				t.Errorf("the record is %+v", record)
			}
		})
	}
}
