package run_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

// The record of a case has the answer to its one token, and of a sequence what
// was fetched in each step.
func TestRecordHasAnswersAndFetches(t *testing.T) {
	t.Parallel()
	list, err := runtest.Catalogue(t).Select("base.minimal", "aud.other-client", "sub.missing", "rot.just-before-signing")
	if err != nil {
		t.Fatal(err)
	}
	cases, _ := runtest.Record(t, run.Options{Scenarios: list, Implementation: implementations.Builtin(), Seed: 1})
	good := cases["base.minimal"].Answer
	if good == nil || good.Verdict != "accept" || good.Subject == nil || *good.Subject == "" {
		t.Errorf("the answer to a good token is %+v, want accept with a subject", good)
	}
	want := &reports.Answer{Verdict: "reject", Reason: "INVALID_AUDIENCE"}
	if diff := cmp.Diff(want, cases["aud.other-client"].Answer); diff != "" {
		t.Errorf("the answer to a token of another client (-want +got):\n%s", diff)
	}
	if cases["aud.other-client"].Robustness || !cases["sub.missing"].Robustness {
		t.Error("robustness is not that of the scenarios")
	}
	sequence := cases["rot.just-before-signing"]
	if sequence.Answer != nil {
		t.Errorf("a sequence has the answer %+v", sequence.Answer)
	}
	fetches := make(map[string]int)
	for _, s := range sequence.Evidence.Steps {
		fetches[s.Do] += s.Fetches
	}
	if fetches["verify before"] != 2 || fetches["verify after"] != 1 || fetches["rotate: sign-at-once k2"] != 0 {
		t.Errorf("fetches by step are %v, want metadata and keys before the rotation, and keys after it", fetches)
	}
}
