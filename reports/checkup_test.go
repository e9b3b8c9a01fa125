package reports_test

import (
	"bytes"
	"testing"

	"github.com/assay-id/assay/reports"
)

func TestCheckupGolden(t *testing.T) {
	t.Parallel()
	failure := "JWKS_FETCH_FAILED: jwks_uri: fetching https://acme.scalekit.com/keys: status 503"
	issuer := "https://acme.scalekit.com"
	c := &reports.Checkup{
		Issuer: &issuer, Error: &failure, Verdict: reports.VerdictFail,
		Checks: []reports.Check{
			{Name: "issuer", Verdict: reports.VerdictPass, Found: issuer},
			{Name: "dns", Verdict: reports.VerdictNote, Found: "no name was resolved: requests go through a proxy"},
			{Name: "clock", Verdict: reports.VerdictWarn, Found: "this machine is 9s behind the provider", Do: "set the clock of this machine by NTP; if it is right, the provider's is wrong"},
			{Name: "jwks", Verdict: reports.VerdictFail, Found: "status 503 \x1b[2J", Do: "the provider has a problem: wait"},
			{Name: "keys", Verdict: reports.VerdictSkip, Found: "not checked, because of the failure above"},
		},
		CannotSee: []string{"whether the client ID exists and belongs to this environment: a wrong one passes here and makes every token INVALID_AUDIENCE"},
	}
	for name, color := range map[string]bool{"checkup.txt": false, "checkup-color.txt": true} {
		var b bytes.Buffer
		if err := reports.WriteCheckup(&b, c, color); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}
