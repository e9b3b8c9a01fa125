package people_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/people"
)

func TestDefault(t *testing.T) {
	t.Parallel()
	cfg := people.Default()
	if len(cfg.Users) != 4 || len(cfg.Organizations) != 3 || len(cfg.Connections) != 6 || cfg.Clients != nil {
		t.Fatalf("the default has %d users, %d organizations, %d connections, clients %v",
			len(cfg.Users), len(cfg.Organizations), len(cfg.Connections), cfg.Clients)
	}
	john := cfg.Users[0]
	if !john.EmailVerified || cfg.Users[3].EmailVerified || !cfg.Users[3].Inactive {
		t.Errorf("email_verified and inactive are not as the file has them")
	}
	claims, err := json.Marshal(john.Claims)
	if err != nil || string(claims) != `{"department":"Metallurgy","badges":["gold","silver"]}` {
		t.Errorf("claims are %s, %v", claims, err)
	}
	want := []mockidp.Membership{
		{OrganizationID: "org_10000000000000001", Roles: []string{"admin"}, Permissions: []string{"organization:manage"}},
		{OrganizationID: "org_10000000000000002", Roles: []string{"member"}},
	}
	if diff := cmp.Diff(want, john.Memberships); diff != "" {
		t.Errorf("memberships (-want +got):\n%s", diff)
	}
}

// TestDefaultShowsEveryKey takes the comment signs from the clients, and so
// tries what the file tells people to write.
func TestDefaultShowsEveryKey(t *testing.T) {
	t.Parallel()
	text := string(people.DefaultText())
	_, clients, ok := strings.Cut(text, "\n# clients:")
	if !ok {
		t.Fatal("the default file shows no clients")
	}
	cfg, err := people.Parse("clients.yaml", []byte(text+"\nclients:"+strings.ReplaceAll(clients, "\n# ", "\n")))
	if err != nil {
		t.Fatal(err)
	}
	want := []mockidp.Client{{
		ID: "skc_10000000000000001", Name: "My application", Secret: "test_only",
		RedirectURIs:           []string{"http://127.0.0.1/callback"},
		PostLogoutRedirectURIs: []string{"http://127.0.0.1/bye"},
		AnyLocal:               true,
		ExactPorts:             true,
		InitiateLoginURI:       "http://127.0.0.1:3000/login",
		Scopes:                 []string{"openid", "profile", "email", "offline_access"},
		GrantTypes:             []string{"authorization_code", "refresh_token", "client_credentials"},
		Audiences:              []string{},
	}}
	if diff := cmp.Diff(want, cfg.Clients); diff != "" {
		t.Errorf("clients (-want +got):\n%s", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"unknown key", "users:\n  - id: u\n    mail: x\n", "f.yaml:3:5: unknown field \"mail\""},
		{"unknown list", "people: []\n", "f.yaml:1:1: unknown field \"people\""},
		{"wrong type", "users:\n  - id: u\n    inactive: maybe\n", "f.yaml:3:15: "},
		{"no id", "users:\n  - name: Nobody\n", "f.yaml:2:9: the entry of users has no id"},
		{"id twice", "users:\n  - id: u\n  - id: u\n", `f.yaml:3:9: users has the id "u" twice`},
		{"unknown organization", "users:\n  - id: u\n    memberships:\n      - organization: o\n", `f.yaml:4:23: there is no organization "o"`},
		{"organization of a connection", "connections:\n  - id: c\n    type: enterprise\n    organization: o\n", `f.yaml:4:19: there is no organization "o"`},
		{"connection of an organization", "organizations:\n  - id: o\n    connection: c\n", `f.yaml:3:17: there is no connection "c"`},
		{"unknown type", "connections:\n  - id: c\n    type: magic\n", `f.yaml: connection "c" has the type "magic"`},
		{"empty list", "users: []\n", "f.yaml: Users is empty"},
		{"two documents", "users: []\n---\nusers: []\n", "f.yaml:2:1: want one YAML document"},
		{"nothing", "", "f.yaml:1:1: want one YAML document"},
		{"no YAML", "users: [", "f.yaml:1:"},
		{"too much", strings.Repeat("#", 1<<20+1), "f.yaml has 1048577 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := people.Parse("f.yaml", []byte(tt.text))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("Parse() = %v, want %q", err, tt.want)
			}
			if strings.HasPrefix(tt.want, "f.yaml:") && tt.text != "" && strings.Count(tt.want, ":") >= 3 && !strings.Contains(err.Error(), "^") {
				t.Errorf("the error does not show the place:\n%v", err)
			}
		})
	}
}

func FuzzParseNeverPanics(f *testing.F) {
	f.Add(people.DefaultText())
	f.Add([]byte("users:\n  - &a {id: u, claims: {x: *a}}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		cfg, err := people.Parse("f.yaml", text)
		if err == nil && cfg.Validate() != nil {
			t.Errorf("what was read is not valid: %v", cfg.Validate())
		}
	})
}

func ExampleParse() {
	text := []byte("users:\n  - id: usr_1\n    memberships:\n      - organization: org_1\n")
	_, err := people.Parse("people.yaml", text)
	_, _ = os.Stdout.WriteString(err.Error())
	// Output:
	// people.yaml:4:23: there is no organization "org_1"
	//    1 | users:
	//    2 |   - id: usr_1
	//    3 |     memberships:
	// >  4 |       - organization: org_1
	//                              ^
}

func TestErrorsNameTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "my people.yaml")
	if _, err := people.Parse(path, []byte("x: 1\n")); err == nil || !strings.HasPrefix(err.Error(), path+":1:1: ") {
		t.Errorf("Parse() = %v", err)
	}
}
