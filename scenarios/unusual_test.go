package scenarios_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/scenarios"
)

// unusualVariants returns the variants of a case with the given unusual.
func unusualVariants(t *testing.T, unusual string) []scenarios.Variant {
	t.Helper()
	g, err := scenarios.Parse("unusual.yaml", []byte(`
group: mine
title: Mine
cases:
  - id: mine.unusual
    title: Something in the token is unusual
    level: must
    spec: [OIDC Core 1.0 §2]
    unusual: `+unusual+`
    token: { header_text: '{ {{parameters "typ"}}{{render .header}} }', payload_text: '{ "iss":"{{issuer}}"{{render .claims}} }' }
    expect: either
`))
	if err != nil {
		t.Fatal(err)
	}
	return g.Cases[0].AllVariants()
}

// unusualMembers returns the members that a variant adds, without regard to
// what their templates become.
func unusualMembers(t *testing.T, text string) map[string]json.RawMessage {
	t.Helper()
	filled := regexp.MustCompile(`\{\{.*?\}\}`).ReplaceAllString(text, "1")
	if !jsontext.Value(`{"x y":0` + filled + "}").IsValid() {
		t.Fatalf("not the members of an object without a name twice: %s", text)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(`{"x y":0`+filled+"}"), &members); err != nil {
		t.Fatal(err)
	}
	return members
}

func TestUnusualMembers(t *testing.T) {
	t.Parallel()
	for _, unusual := range []string{"{}", "{ but: [aud] }", "{ but: [typ, iat, exp, x] }", "{ legal: true }"} {
		seen := make(map[string]int)
		for _, v := range unusualVariants(t, unusual) {
			header, claims := unusualMembers(t, v["header"]), unusualMembers(t, v["claims"])
			for name := range claims {
				seen[name]++
			}
			_, openly := header["jku"]
			_, typ := header["typ"]
			switch {
			case openly && strings.Contains(unusual, "legal"):
				t.Errorf("%s has jku, which may be refused", unusual)
			case typ && strings.Contains(unusual, "typ"):
				t.Errorf("%s has typ", unusual)
			case claims["aud"] != nil == strings.Contains(unusual, "aud"):
				t.Errorf("%s has the aud %s", unusual, claims["aud"])
			case claims["sub"] == nil:
				t.Errorf("%s has no sub", unusual)
			}
		}
		if seen["act"] == 0 || seen["role"] != 2 {
			t.Errorf("%s has act %d times and role %d times, want 1 and 2", unusual, seen["act"], seen["role"])
		}
	}
}

func TestUnusualRefuses(t *testing.T) {
	t.Parallel()
	for _, more := range []string{"alike: { begins: a }", "variants: [{ a: b }]"} {
		_, err := scenarios.Parse("unusual.yaml", []byte(`
group: mine
title: Mine
cases:
  - id: mine.unusual
    title: Something in the token is unusual
    level: must
    spec: [OIDC Core 1.0 §2]
    unusual: {}
    `+more+`
    expect: either
`))
		if err == nil || !strings.Contains(err.Error(), "unusual") {
			t.Errorf("%s next to unusual: %v", more, err)
		}
	}
}
