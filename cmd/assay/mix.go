package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/run"
)

// scenarioCase returns the case of a load that presents the tokens of a
// scenario and expects its verdict.
func (a *app) scenarioCase(id string) (corpus.Case, error) {
	s, err := a.scenario(nil, id)
	if err != nil {
		return corpus.Case{}, err
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
