package implementations

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/verifier"
)

// What the builtin reports comes from the fields that applications read, so
// that a verifier that fills in a wrong one is found.
func TestBuiltinReportsFields(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		claims string
		change func(*verifier.Token)
		want   map[string]string // of some claims; empty means that it is not reported
	}{
		{
			"as signed", `{"sub":"usr_1","aud":"c","exp":1800000000.5,"email_verified":true,"roles":["admin"]}`, nil,
			map[string]string{
				"sub": `"usr_1"`, "aud": `"c"`, "exp": "1800000000.5", "email_verified": "true", "roles": `["admin"]`, "iat": "", "email": "",
			},
		},
		{
			"fields", `{"sub":"usr_1","aud":["c"],"exp":1800000000}`, func(token *verifier.Token) {
				token.Subject, token.Email = "usr_2", "a@example.com"
				token.Audience = []string{"d"}
				token.Expiry = time.Unix(7, 0)
			},
			map[string]string{"sub": `"usr_2"`, "email": `"a@example.com"`, "aud": `["d"]`, "exp": "7"},
		},
		{
			"a field is empty", `{"sub":"usr_1"}`, func(token *verifier.Token) { token.Subject = "" },
			map[string]string{"sub": `""`},
		},
	} {
		token, err := verifier.UnverifiedToken(json.RawMessage(test.claims))
		if err != nil {
			t.Fatal(err)
		}
		if test.change != nil {
			test.change(token)
		}
		claims, got := claimsOf(token), make(map[string]string)
		for name := range test.want {
			got[name] = string(claims[name])
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: claimsOf(%s) differs (-want +got):\n%s", test.name, test.claims, diff)
		}
	}
}
