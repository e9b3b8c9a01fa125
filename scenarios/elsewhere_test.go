package scenarios_test

import (
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios"
)

func TestElsewhereMembers(t *testing.T) {
	t.Parallel()
	g, err := scenarios.Parse("elsewhere.yaml", []byte(`
group: mine
title: Mine
cases:
  - id: mine.elsewhere
    title: The method is everywhere but in amr
    level: must
    spec: [OIDC Core 1.0 §2]
    elsewhere: { claim: amr, value: '["hwk"]', own: ['["pwd"]', absent], also: [acr, AMR] }
    token: { header_text: '{ {{parameters}}{{render .header}} }', payload_text: '{ "iss":"{{issuer}}"{{render .claims}} }' }
    expect: either
`))
	if err != nil {
		t.Fatal(err)
	}
	own := make(map[string]int)
	found := make(map[string]bool)
	for _, v := range g.Cases[0].AllVariants() {
		header, claims := unusualMembers(t, v["header"]), unusualMembers(t, v["claims"])
		own[string(claims["amr"])]++
		for name, value := range claims {
			found[name] = strings.Contains(string(value), "hwk")
		}
		if len(header) < 3 {
			t.Errorf("the header has only %v", header)
		}
	}
	if own[`["pwd"]`] == 0 || own[`["pwd"]`] != own[""] || len(own) != 2 {
		t.Errorf("the claim itself is %v", own)
	}
	for _, name := range []string{"acr", "AMR", "Amr", "amr\x00", "https://claims.example/amr", "user", "identities", "query", "inside"} {
		if !found[name] {
			t.Errorf("%q is without the value", name)
		}
	}
}
