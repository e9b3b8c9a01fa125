package appcheck_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/scenarios/appcheck"
)

func TestParseScript(t *testing.T) {
	t.Parallel()
	got, err := appcheck.ParseScript("s.yaml", []byte(`
start: /account
login:
  - open: /login
  - fill: { in: "css:#who", with: ann }
  - click: Continue
  - wait: Welcome
return-to: ["/login?next={{url}}"]
`))
	if err != nil {
		t.Fatal(err)
	}
	guessed := appcheck.GuessedScript()
	want := &appcheck.Script{
		Start: "/account", SignedIn: guessed.SignedIn, Logout: guessed.Logout,
		Login: []appcheck.Step{
			{Open: "/login"}, {Fill: &appcheck.Field{In: "css:#who", With: "ann"}}, {Click: "Continue"}, {Wait: "Welcome"},
		},
		ReturnTo: []string{"/login?next={{url}}"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ParseScript differs (-want +got):\n%s", diff)
	}
	for _, steps := range [][]appcheck.Step{guessed.Login, guessed.Logout} {
		if len(steps) != 1 || steps[0].Click == "" {
			t.Errorf("the guessed steps are %+v, want a click", steps)
		}
	}
}

func TestParseScriptReportsThePlace(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"an unknown key", "login:\n  - press: Sign in\n", "s.yaml:2:5"},
		{"two actions", "login:\n  - click: A\n    wait: B\n", "s.yaml:2:10: the step does 2 things"},
		{"no action", "login:\n  - click: ''\n", "s.yaml:2:10: the step does 0 things"},
		{"no steps", "logout: []\n", "s.yaml:1:9: logout has no steps"},
		{"a start elsewhere", "start: https://other.example/\n", `s.yaml:1:8: start is "https://other.example/", want a path`},
		{"a page elsewhere", "login:\n  - open: //other.example\n", `s.yaml:2:11: open is "//other.example", want a path`},
		{"a field without a name", "login:\n  - fill: { with: x }\n", "fill does not say which field"},
		{"a return without its place", "return-to: [/login]\n", `s.yaml:1:13: return-to is "/login", want a path with {{url}}`},
		{"no document", "", "s.yaml:1:1"},
		{"a list", "[1]", "s.yaml:1:1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := appcheck.ParseScript("s.yaml", []byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ParseScript = %v, want an error with %q", err, test.want)
			}
		})
	}
}
