package run_test

import (
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

// A case passes or fails by its verdict. The reason is compared apart, at the
// precision that the implementation declares.
func TestReasonsAreComparedApart(t *testing.T) {
	t.Parallel()
	const (
		none    = implementations.PrecisionNone
		codes   = implementations.PrecisionCodes
		reasons = implementations.PrecisionReasons
	)
	// nbf.future wants TOKEN_NOT_YET_VALID, which has the code
	// INVALID_TOKEN.
	tests := []struct {
		name      string
		precision implementations.Precision
		verdict   scenarios.Verdict
		reason    string
		strict    bool
		want      reports.Outcome
		differs   bool
		unknown   bool
	}{
		{"the reason", reasons, scenarios.Reject, "TOKEN_NOT_YET_VALID", true, reports.OutcomePass, false, false},
		{"undeclared precision", "", scenarios.Reject, "TOKEN_NOT_YET_VALID", true, reports.OutcomePass, false, false},
		{"another reason", reasons, scenarios.Reject, "TOKEN_EXPIRED", false, reports.OutcomePass, true, false},
		{"another reason of the same code", reasons, scenarios.Reject, "MALFORMED_CLAIM", false, reports.OutcomePass, true, false},
		{"another reason, strictly", reasons, scenarios.Reject, "TOKEN_EXPIRED", true, reports.OutcomeFail, true, false},
		{"the documented code", reasons, scenarios.Reject, "INVALID_TOKEN", true, reports.OutcomePass, false, false},
		{"another code", codes, scenarios.Reject, "TOKEN_EXPIRED", false, reports.OutcomePass, true, false},
		{"a finer reason than declared", codes, scenarios.Reject, "MALFORMED_CLAIM", true, reports.OutcomePass, false, false},
		{"no reason", reasons, scenarios.Reject, "", true, reports.OutcomePass, false, true},
		{"OTHER", codes, scenarios.Reject, "OTHER", true, reports.OutcomePass, false, true},
		{"a reason in spite of none", none, scenarios.Reject, "TOKEN_EXPIRED", true, reports.OutcomePass, false, true},
		{"a wrong verdict", none, scenarios.Accept, "", false, reports.OutcomeFail, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			const id = "nbf.future"
			under := fake{capabilities: []string{implementations.StaticKeys}, reasons: test.precision, verify: always(test.verdict, test.reason)}
			cases, _ := runtest.Record(t, run.Options{Scenarios: selection(t, id), Implementation: under, Seed: 1, StrictReasons: test.strict})
			c := cases[id]
			if c.Outcome != test.want || c.ReasonDiffers != test.differs || c.ReasonUnknown != test.unknown {
				t.Errorf("%s", runtest.Describe(c))
			}
			if explained := len(c.Causes) > 0; explained != (test.want == reports.OutcomeFail && !test.differs) {
				t.Errorf("causes are %q: a right verdict has no cause", c.Causes)
			}
		})
	}
}

// The words that are both a reason and a code are read as the code, unless the
// implementation is held to the reasons of the catalogue.
func TestACodeThatIsAReason(t *testing.T) {
	t.Parallel()
	const id = "disc.404" // wants DISCOVERY_FAILED
	for strict, want := range map[bool]reports.Outcome{false: reports.OutcomePass, true: reports.OutcomeFail} {
		under := fake{capabilities: []string{"idp"}, verify: always(scenarios.Reject, "JWKS_FETCH_FAILED")}
		cases, _ := runtest.Record(t, run.Options{Scenarios: selection(t, id), Implementation: under, Seed: 1, StrictReasons: strict})
		if c := cases[id]; c.Outcome != want || c.ReasonDiffers != strict {
			t.Errorf("strict %v: %s", strict, runtest.Describe(c))
		}
	}
}

// In a sequence a different reason is named with its step.
func TestAnotherReasonInASequence(t *testing.T) {
	t.Parallel()
	const id = "cfg.error-stable"
	under := fake{capabilities: []string{implementations.StaticKeys, "state", "api"}, verify: always(scenarios.Reject, "INVALID_SIGNATURE")}
	for strict, want := range map[bool]struct {
		outcome reports.Outcome
		got     string
	}{
		false: {reports.OutcomePass, "all steps as written, step 4 for another reason: want reject TOKEN_EXPIRED, got reject INVALID_SIGNATURE"},
		true:  {reports.OutcomeFail, "step 4, verify expired, 10 times: want reject TOKEN_EXPIRED, got reject INVALID_SIGNATURE (10 of 10)"},
	} {
		cases, _ := runtest.Record(t, run.Options{Scenarios: selection(t, id), Implementation: under, Seed: 1, StrictReasons: strict})
		if c := cases[id]; c.Outcome != want.outcome || c.Got != want.got || !c.ReasonDiffers || len(c.Causes) > 0 {
			t.Errorf("strict %v: %s", strict, runtest.Describe(c))
		}
	}
}

// A good token that is refused is not explained by what makes verifiers accept
// too much.
func TestTheCauseFitsTheDirection(t *testing.T) {
	t.Parallel()
	under := fake{capabilities: []string{implementations.StaticKeys}, verify: always(scenarios.Reject, "")}
	good, bad := "aud.string", "aud.prefix"
	cases, _ := runtest.Record(t, run.Options{Scenarios: selection(t, good), Implementation: under, Seed: 1})
	refused := cases[good].Causes
	under.verify = always(scenarios.Accept, "")
	cases, _ = runtest.Record(t, run.Options{Scenarios: selection(t, bad), Implementation: under, Seed: 1})
	accepted := cases[bad].Causes
	if len(refused) != 1 || !strings.Contains(refused[0], "refuses what it must accept") || len(accepted) == 0 || accepted[0] == refused[0] {
		t.Errorf("a refused good token has the causes %q, an accepted bad one %q", refused, accepted)
	}
}
