package reports_test

import (
	"bytes"
	"testing"

	"github.com/assay-id/assay/reports"
)

func TestAdapterCheckGolden(t *testing.T) {
	t.Parallel()
	c := &reports.AdapterCheck{
		Implementation: reports.Implementation{Name: "jose", Capabilities: []string{"static", "idp"}}, Protocol: 2,
		Checks: []reports.AdapterFound{
			{Check: reports.Check{Name: "good token", Verdict: reports.VerdictPass, Found: "a good token is accepted"}},
			{Check: reports.Check{Name: "claims", Verdict: reports.VerdictWarn, Found: "not reported \x1b[2J", Do: "answer claims"}},
			{
				Check: reports.Check{Name: "answer to verify", Verdict: reports.VerdictFail, Found: `verdict is "yes", want accept or reject`, Do: "assay protocol explains the messages"},
				Line:  ">  1 | {\"id\":3,\"verdict\":\"yes\"}\n                        ^",
			},
			{Check: reports.Check{Name: "smoke", Verdict: reports.VerdictSkip, Found: "not run, because of a failure above"}},
		},
		Opened: 488, Catalogue: 730, Several: 6,
		Gains: []reports.Gain{{Capability: "nonce", Means: "compares nonce with the one that was sent", Cases: 11}, {Capability: "jwe", Means: "decrypts", Cases: 5}},
	}
	if c.Worst(); c.Verdict != reports.VerdictFail {
		t.Errorf("the worst verdict is %s, want %s", c.Verdict, reports.VerdictFail)
	}
	for name, color := range map[string]bool{"adapter.txt": false, "adapter-color.txt": true} {
		var b bytes.Buffer
		if err := reports.WriteAdapterCheck(&b, c, color); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}
