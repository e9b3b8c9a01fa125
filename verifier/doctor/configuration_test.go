package doctor_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/assay-id/assay/verifier/doctor"
)

func TestLint(t *testing.T) {
	t.Parallel()
	const good = `{"idp_type":"custom_oidc","idp_issuer":"https://acme.scalekit.com","idp_domain":null,"allowed_audiences":["skc_58327482062864390"],"allowed_domains":[]}`
	tests := []struct {
		name, old, new string // one change to the good configuration
		check          string
		verdict        doctor.Verdict
	}{
		{"as it should be", "", "", "", ""},
		{"type missing", `"idp_type":"custom_oidc",`, ``, "idp_type", doctor.Fail},
		{"type of the guide", "custom_oidc", "oidc", "idp_type", doctor.Fail},
		{"type of another provider", "custom_oidc", "okta", "idp_type", doctor.Fail},
		{"issuer null", `"https://acme.scalekit.com"`, `null`, "idp_issuer", doctor.Fail},
		{"issuer without scheme", "https://", "", "idp_issuer", doctor.Fail},
		{"issuer with http", "https://", "http://", "idp_issuer", doctor.Fail},
		{"issuer with a slash", "scalekit.com", "scalekit.com/", "idp_issuer", doctor.Warn},
		{"issuer is the metadata URL", "scalekit.com", "scalekit.com/.well-known/openid-configuration", "idp_issuer", doctor.Fail},
		{"domain given", `"idp_domain":null`, `"idp_domain":"acme.com"`, "idp_domain", doctor.Note},
		{"no audience", `["skc_58327482062864390"]`, `null`, "allowed_audiences", doctor.Fail},
		{"audience empty", "skc_58327482062864390", "", "allowed_audiences", doctor.Fail},
		{"audience with a space", "skc_58327482062864390", "skc_58327482062864390 ", "allowed_audiences", doctor.Fail},
		{"audience is the ID of a secret", "skc_", "sks_", "allowed_audiences", doctor.Fail},
		{"audience is an API", "skc_58327482062864390", "https://api.acme.com", "allowed_audiences", doctor.Fail},
		{"audience is an organization", "skc_", "org_", "allowed_audiences", doctor.Fail},
		{"audience of another form", "skc_58327482062864390", "hunter2", "allowed_audiences", doctor.Warn},
		{"audience of production", "skc_", "prd_skc_", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := doctor.ParseConfiguration(strings.NewReader(strings.Replace(good, tt.old, tt.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			var found []doctor.Check
			for _, check := range c.Lint() {
				if check.Verdict != doctor.Pass {
					found = append(found, check)
				}
				if strings.Contains(check.Found+check.Do, "hunter2") {
					t.Errorf("%s repeats what may be a secret: %s", check.Name, check.Found)
				}
			}
			if tt.check == "" {
				if len(found) > 0 {
					t.Errorf("Lint() = %v, want nothing but pass", found)
				}
				return
			}
			if !slices.ContainsFunc(found, func(c doctor.Check) bool { return c.Name == tt.check && c.Verdict == tt.verdict }) {
				t.Errorf("Lint() = %v, want %s to %s", found, tt.check, tt.verdict)
			}
		})
	}
}

func TestParseConfigurationRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":          ``,
		"not an object":    `[]`,
		"null":             `null`,
		"a member of none": `{"issuer":"https://acme.scalekit.com"}`,
		"a wrong type":     `{"allowed_audiences":"skc_1"}`,
		"two objects":      `{}{}`,
		"too long":         strings.Repeat(" ", doctor.MaxConfigurationBytes) + `{}`,
	} {
		if _, err := doctor.ParseConfiguration(strings.NewReader(text)); err == nil {
			t.Errorf("ParseConfiguration accepts %s", name)
		}
	}
}
