package reports_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/assay-id/assay/reports"
)

// checkup has something of everything.
func checkup() *reports.Checkup {
	failure := "JWKS_FETCH_FAILED: jwks_uri: fetching https://acme.scalekit.com/keys: status 503"
	issuer := "https://acme.scalekit.com"
	return &reports.Checkup{
		Issuer: &issuer, Error: &failure, Verdict: reports.VerdictFail,
		Checks: []reports.Check{
			{Name: "issuer", Verdict: reports.VerdictPass, Found: issuer},
			{Name: "dns", Verdict: reports.VerdictNote, Found: "no name was resolved: requests go through a proxy"},
			{Name: "clock", Verdict: reports.VerdictWarn, Found: "this machine is 9s behind the provider", Do: "set the clock of this machine by NTP; if it is right, the provider's is wrong"},
			{Name: "metadata.response_types_supported", Verdict: reports.VerdictWarn, Found: "want a list of strings, got nothing", Do: "OpenID Connect Discovery 1.0, section 3 requires it"},
			{Name: "discovery", Verdict: reports.VerdictPass, Found: "status 200 from https://acme.scalekit.com/.well-known/openid-configuration, 1093 bytes"},
			{Name: "jwks", Verdict: reports.VerdictFail, Found: "status 503 \x1b[2J", Do: "the provider has a problem: wait"},
			{Name: "keys", Verdict: reports.VerdictSkip, Found: "not checked, because of the failure above"},
		},
		CannotSee: []string{"whether the client ID exists and belongs to this environment: a wrong one passes here and makes every token INVALID_AUDIENCE"},
	}
}

func TestCheckupGolden(t *testing.T) {
	t.Parallel()
	for name, color := range map[string]bool{"checkup.txt": false, "checkup-color.txt": true} {
		var b bytes.Buffer
		if err := reports.WriteCheckup(&b, checkup(), color); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}

func TestSchemaTakesACheckup(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t, reports.CheckupSchema())
	wrong := checkup()
	wrong.Checks[0].Verdict = "green"
	for _, test := range []struct {
		checkup *reports.Checkup
		takes   bool
	}{
		{checkup(), true},
		{&reports.Checkup{Success: true, Verdict: reports.VerdictPass, Checks: []reports.Check{}, CannotSee: []string{}}, true},
		{wrong, false},
	} {
		text, err := json.Marshal(test.checkup)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, schema, text); (err == nil) != test.takes {
			t.Errorf("%s: %v", text, err)
		}
	}
}
