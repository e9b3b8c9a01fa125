package reports_test

import (
	"bytes"
	"testing"

	"github.com/assay-id/assay/reports"
)

func TestReproductionGolden(t *testing.T) {
	t.Parallel()
	r := &reports.Reproduction{
		Name: "INVALID_ISSUER/exact", Title: "the issuer is not configured exactly as the token has it", DurationMillis: 12,
		Steps: []reports.ReproductionStep{
			{Phase: reports.PhaseSetUp, Text: "a mock environment, http://127.0.0.1:8080", OK: true},
			{Phase: reports.PhaseSetUp, Text: "an application with the issuer http://127.0.0.1:8080/", OK: true},
			{Phase: reports.PhaseError, Text: "GET /verify: 200 accept \x1b[2J", Want: "401 and INVALID_ISSUER"},
			{Phase: reports.PhaseWhy, Text: "INVALID_ISSUER", OK: true, Diagnosis: diagnosis()},
			{Phase: reports.PhaseWhy, Text: "assay doctor fails discovery: status 404", OK: true},
			{Phase: reports.PhaseFix, Text: "configure the issuer as the environment has it", OK: true},
			{Phase: reports.PhaseSuccess, Text: `GET /verify: 200 {"verdict":"accept","sub":"usr_90012443338768605","iss":"https://acme.scalekit.com"}`, OK: true},
		},
		Again: []string{`curl -si http://127.0.0.1:8081/verify -H "Authorization: Bearer $ID_TOKEN"`},
	}
	var b bytes.Buffer
	if err := reports.WriteReproduction(&b, r, false); err != nil {
		t.Fatal(err)
	}
	golden(t, "reproduction.txt", b.Bytes())
}
