package reports_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
)

// diagnosis is one with everything that a diagnosis can hold.
func diagnosis() *reports.Diagnosis {
	now := time.Date(2026, 3, 26, 8, 0, 0, 0, time.UTC)
	expiry, issued := now.Add(-time.Hour), now.Add(-90*time.Minute)
	return &reports.Diagnosis{
		Verdict: reports.VerdictReject, Code: "INVALID_TOKEN", Reason: "KEY_NOT_FOUND",
		Message:   `KEY_NOT_FOUND: kid: no published key has the ID "snk_9` + "\x1b[2J" + `" (unverified)`,
		Signature: "not checked", Given: "ID Token", Marks: []string{"at_hash", "azp"}, Assumed: []string{"client ID"},
		Response: &reports.DiagnosisResponse{Tokens: []string{"id_token", "access_token"}, Scope: "openid", ExpiresInSeconds: 299, RefreshInSeconds: 239},
		Key:      reports.DiagnosisKey{Algorithm: "RS256", ID: "snk_9", State: "not published", Published: []string{"snk_1"}},
		Times:    reports.DiagnosisTimes{Now: now, Expiry: &expiry, IssuedAt: &issued, ExpiredForSeconds: 3600, ClockErrorSeconds: 3540},
		Comparisons: []reports.DiagnosisComparison{
			{Claim: "iss", Want: "https://acme.scalekit.com", Got: "https://acme.scalekit.com/", At: 25, Difference: "the token's iss has a trailing slash"},
		},
		Causes: []reports.DiagnosisCause{
			{Name: "key.not-published", Documented: "token.signature", Check: "key", Fit: "likely", Text: "the issuer does not publish the key that the token names", Evidence: "published are snk_1", Do: "Fetch the keys again if the set is old."},
			{Name: "key.retired", Check: "key", Fit: "possible", Text: "the key was withdrawn", Evidence: "the token expired 1 h 0 min ago", Do: "Sign in again."},
			{Name: "documented.token.claims", Documented: "token.claims", Check: "key", Fit: "unlikely", Text: "a required claim is missing or has the wrong type", Evidence: "nothing here shows it"},
			{Name: "expired.session", Documented: "expired.session", Check: "exp", Fit: "likely", Text: "the session was not refreshed, so an old ID Token was sent", Do: "Refresh the session."},
		},
		Warnings: []reports.DiagnosisCause{
			{Name: "token.access-token", Check: "shape", Fit: "certain", Text: "an access token was sent, and the policy accepts it", Do: "Send the id_token."},
		},
		Steps: []reports.DiagnosisStep{
			{Check: "size", Verdict: reports.VerdictPass},
			{Check: "key", Verdict: reports.VerdictFail, Note: `no published key has the ID "snk_9"`},
			{Check: "signature", Verdict: reports.VerdictSkip, Note: "no key was found"},
			{Check: "aud", Verdict: reports.VerdictPass, Unverified: true},
			{Check: "exp", Verdict: reports.VerdictFail, Unverified: true, Note: "it expired"},
		},
	}
}

func TestDiagnosisGolden(t *testing.T) {
	t.Parallel()
	accepted := &reports.Diagnosis{Verdict: reports.VerdictAccept, Signature: "verified", Given: "ID Token", Key: reports.DiagnosisKey{ID: "snk_1", State: "published"}}
	unchecked := &reports.Diagnosis{Verdict: reports.VerdictUnchecked, Signature: "not checked", Given: "ID Token"}
	failed := &reports.Diagnosis{
		Verdict: reports.VerdictReject, Signature: "not checked", Given: "token response",
		Response: &reports.DiagnosisResponse{Error: "invalid_grant"},
		Causes:   []reports.DiagnosisCause{{Name: "response.refresh-token", Fit: "likely", Text: "the refresh token was used before or is revoked", Do: "Sign in again."}},
	}
	for _, test := range []struct {
		name  string
		d     *reports.Diagnosis
		color bool
	}{
		{"diagnosis.txt", diagnosis(), false}, {"diagnosis-color.txt", diagnosis(), true},
		{"diagnosis-accepted.txt", accepted, false}, {"diagnosis-unchecked.txt", unchecked, false},
		{"diagnosis-response.txt", failed, false},
	} {
		var b bytes.Buffer
		if err := reports.WriteDiagnosis(&b, test.d, test.color); err != nil {
			t.Fatal(err)
		}
		golden(t, test.name, b.Bytes())
	}
}

func TestSchemaTakesADiagnosis(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t, reports.DiagnosisSchema())
	for _, d := range []*reports.Diagnosis{
		diagnosis(),
		{Verdict: reports.VerdictAccept, Signature: "verified", Key: reports.DiagnosisKey{State: "unknown"}, Steps: []reports.DiagnosisStep{}},
	} {
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, schema, text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	wrong := diagnosis()
	wrong.Verdict = "green"
	text, err := json.Marshal(wrong)
	if err != nil {
		t.Fatal(err)
	}
	if validate(t, schema, text) == nil {
		t.Errorf("the schema takes %s", text)
	}
}
