package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/run"
)

// scenarioCase returns the case of a load that presents the tokens of a
// scenario and expects its verdict.
func scenarioCase(id string) (corpus.Case, error) {
	catalogue, err := openCatalogue(nil)
	if err != nil {
		return corpus.Case{}, err
	}
	s := catalogue.Get(id)
	if s == nil {
		return corpus.Case{}, unknownCase(id)
	}
	if err := run.Presentable(s); err != nil {
		return corpus.Case{}, fmt.Errorf("%s cannot be part of a load: %w", id, err)
	}
	c := corpus.Case{Name: id, Title: s.Title, Verdict: corpus.Accept}
	if s.Expect.Only(scenarios.Reject) {
		c.Verdict = cmp.Or(run.PresentedCode(s), corpus.Reject)
	}
	c.Make = func(ctx context.Context, p corpus.Provider, b corpus.Batch) ([]string, error) {
		if p.Key == nil {
			return nil, usageHint("pass --issuer and --idp-seed instead of --control",
				"the token of %s is forged with the key of the environment, which --control does not give away", id)
		}
		exporter, err := run.NewExporter(ctx, b.Seed)
		if err != nil {
			return nil, err
		}
		defer exporter.Close()
		issuer := run.Issuer{URL: p.Issuer, ClientID: p.ClientID, Key: p.Key}
		return exporter.Present(ctx, s, issuer, b.IssuedAt, b.Lifetime, b.Count)
	}
	return c, nil
}

// unknownCase returns the error for a name that is neither that of a case of
// package corpus nor the ID of a scenario.
func unknownCase(name string) error {
	names := caseNames()
	known := names
	for _, s := range mixable() {
		known = append(known, s.ID)
	}
	hint := "assay list shows all scenarios"
	if near := scenarios.Near(name, known); near != "" {
		hint = didYouMean(near, hint)
	}
	return usageHint(hint, "case %q is not known, want one of %s, or the ID of a scenario such as aud.prefix", name, join(names))
}

// caseNames lists the cases of package corpus.
func caseNames() []string {
	var names []string
	for _, c := range corpus.Cases() {
		names = append(names, c.Name)
	}
	return names
}

// mixable lists the scenarios that can be part of a load.
func mixable() []*scenarios.Scenario {
	c, err := scenarios.Builtin()
	if err != nil {
		return nil // the command says so
	}
	return slices.DeleteFunc(c.All(), func(s *scenarios.Scenario) bool { return run.Presentable(s) != nil })
}

// mixWords lists the beginnings of the parts of --mix.
func mixWords(*cobra.Command) []string {
	var all []string
	for _, c := range corpus.Cases() {
		all = append(all, c.Name+"=\t"+c.Title)
	}
	for _, s := range mixable() {
		all = append(all, s.ID+"=\t"+s.Title)
	}
	return all
}
