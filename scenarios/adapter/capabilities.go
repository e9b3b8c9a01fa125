package adapter

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// builtin runs the smoke set of the built-in catalogue, and some of its cases
// for each declared capability.
func (e *examination) builtin(ctx context.Context, adapter implementations.Implementation, catalogue *scenarios.Catalogue) error {
	smoke, err := catalogue.Choose(scenarios.Selection{Smoke: true})
	if err != nil {
		return err
	}
	d := adapter.Describe()
	proofs := make(map[string][]*scenarios.Scenario)
	list := slices.Clone(smoke)
	for _, capability := range d.Capabilities {
		proofs[capability] = proofsOf(capability, catalogue, d)
		list = append(list, proofs[capability]...)
	}
	slices.SortStableFunc(list, func(a, b *scenarios.Scenario) int { return cmp.Compare(a.ID, b.ID) })
	cases, err := e.run(ctx, adapter, slices.Compact(list), 0)
	if err != nil {
		return err
	}
	for _, capability := range d.Capabilities {
		e.prove(capability, proofs[capability], cases)
	}
	e.smoke(smoke, cases)
	return nil
}

// count says how many cases the capabilities open, and what each further one
// would add.
func (e *examination) count(catalogue *scenarios.Catalogue, d implementations.Description) {
	r := e.result
	r.Catalogue = len(catalogue.All())
	adds := make(map[string]int)
	for _, s := range catalogue.All() {
		missing := d.Missing(s.Needs)
		switch {
		case len(missing) == 0:
			r.Opened++
		case slices.Contains(missing, "api"):
		case len(missing) == 1:
			adds[missing[0]]++
		default:
			r.Several++
		}
	}
	for _, c := range scenarios.Capabilities() {
		if n := adds[c.Name]; n > 0 {
			r.Gains = append(r.Gains, reports.Gain{Capability: c.Name, Means: c.Means, Cases: n})
		}
	}
	slices.SortStableFunc(r.Gains, func(a, b reports.Gain) int { return cmp.Compare(b.Cases, a.Cases) })
}

// proofsPerVerdict is how many cases prove a capability: so few that the check
// is quick, and so many that a library may fail some.
const proofsPerVerdict = 3

// proofsOf returns cases that need a capability, those with the fewest needs
// first: some that accept a token, and some that reject one. If there are none,
// it returns some with steps.
func proofsOf(capability string, catalogue *scenarios.Catalogue, d implementations.Description) []*scenarios.Scenario {
	byVerdict := make(map[scenarios.Verdict][]*scenarios.Scenario)
	for _, s := range catalogue.All() {
		if s.Has(capability) && len(d.Missing(s.Needs)) == 0 && s.Level != "info" {
			byVerdict[demanded(s)] = append(byVerdict[demanded(s)], s)
		}
	}
	proofs := fewest(byVerdict[scenarios.Accept])
	if !isAlgorithm(capability) { // which accepts: what it must reject are the subtleties of libraries
		proofs = append(proofs, fewest(byVerdict[scenarios.Reject])...)
	}
	if len(proofs) == 0 {
		return fewest(byVerdict[""])
	}
	return proofs
}

func isAlgorithm(capability string) bool {
	return slices.ContainsFunc(append(scenarios.ChosenAlgorithms(), "HS256"), func(alg string) bool { return strings.EqualFold(alg, capability) })
}

// demanded returns the only verdict that a case allows, or "".
func demanded(s *scenarios.Scenario) scenarios.Verdict {
	for _, verdict := range []scenarios.Verdict{scenarios.Accept, scenarios.Reject} {
		if len(s.Steps) == 0 && s.Expect.Only(verdict) {
			return verdict
		}
	}
	return ""
}

// fewest returns the cases with the fewest needs.
func fewest(list []*scenarios.Scenario) []*scenarios.Scenario {
	slices.SortStableFunc(list, func(a, b *scenarios.Scenario) int { return cmp.Compare(len(a.Needs), len(b.Needs)) })
	return list[:min(len(list), proofsPerVerdict)]
}

// prove reports a capability that does not work: none of its cases passes that
// demand the same verdict.
func (e *examination) prove(capability string, proofs []*scenarios.Scenario, cases map[string]*reports.Case) {
	for _, verdict := range []scenarios.Verdict{scenarios.Accept, scenarios.Reject, ""} {
		judged, passed := 0, 0
		var last *scenarios.Scenario
		for _, s := range proofs {
			c := cases[s.ID]
			if demanded(s) != verdict || c == nil || c.Outcome == reports.OutcomeInvalid {
				continue
			}
			judged++
			if last = s; c.Outcome == reports.OutcomePass {
				passed++
			}
		}
		if judged == 0 || passed > 0 {
			continue
		}
		e.add(capability, reports.VerdictFail,
			fmt.Sprintf("no case that needs it passes (of %d), such as %s: not: %s: %s", judged, last.ID, titleOf(last), said(cases[last.ID])),
			"Make it work, or do not declare "+capability+".")
	}
}

// smoke reports the smoke set. What fails there is the library's fault.
func (e *examination) smoke(list []*scenarios.Scenario, cases map[string]*reports.Case) {
	counts := make(map[reports.Outcome]int)
	var failed []string
	for _, s := range list {
		c, judged := cases[s.ID]
		if !judged {
			counts[reports.OutcomeError]++
			continue
		}
		counts[c.Outcome]++
		if c.Outcome.Bad() {
			failed = append(failed, s.ID)
		}
	}
	verdict, do := reports.VerdictPass, ""
	found := fmt.Sprintf("%d of %d cases pass", counts[reports.OutcomePass], len(list))
	if n := counts[reports.OutcomeSkip]; n > 0 {
		found += fmt.Sprintf(", %d need more capabilities", n)
	}
	if n := counts[reports.OutcomeError]; n > 0 {
		found += fmt.Sprintf(", %d were not judged", n)
	}
	if len(failed) > 0 {
		verdict = reports.VerdictNote
		found += fmt.Sprintf(", %d do not: %s", len(failed), strings.Join(failed, ", "))
		do = "That is about the verifier, not the adapter: assay run --smoke --implementation '" + e.opts.Name + "'"
	}
	e.add("smoke", verdict, found, do)
	for _, outcome := range []reports.Outcome{reports.OutcomeCrash, reports.OutcomeHang, reports.OutcomeAdapter} {
		if counts[outcome] == 0 {
			continue
		}
		for _, id := range failed {
			if c := cases[id]; c.Outcome == outcome {
				e.add("smoke", reports.VerdictFail, fmt.Sprintf("%d cases end with %s, such as %s: %s", counts[outcome], outcome, id, said(c)), "Every request needs an answer, whatever the token is.")
				break
			}
		}
	}
}
