package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
)

func (a *app) showCommand() *cobra.Command {
	var catalog []string
	var seed, color string
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Explain one scenario: its purpose and clauses, the token before and after, the steps",
		Long: `Explain one scenario.

The scenario is executed against the built-in verifier, so everything shown was
really sent: the change, the token member by member (- is the good token, + the
one presented), the steps, and the answers of the mock environment. Each clause
of the built-in catalogue has its requirement word, what it says and a link.`,
		Example: "  assay show aud.prefix\n  assay show rot.emergency --seed 7f3a",
		Args:    oneArgument("assay show aud.prefix", "ID of a scenario"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.show(cmd.Context(), catalog, args[0], seed, color)
		},
	}
	cmd.Flags().StringArrayVar(&catalog, "catalog", nil,
		"scenario `file` to use instead of the built-in catalogue; may be repeated")
	cmd.Flags().StringVar(&seed, "seed", "",
		"derive keys and IDs from this `seed`; random if empty")
	cmd.Flags().StringVar(&color, "color", "auto", colorHelp)
	return cmd
}

// oneArgument accepts exactly one argument.
func oneArgument(example, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageHint(example, "want one %s, got %d arguments", what, len(args))
		}
		return nil
	}
}

// atMostOneArgument accepts one argument or none.
func atMostOneArgument(example, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageHint(example, "want at most one %s, got %d arguments", what, len(args))
		}
		return nil
	}
}

// scenario returns one scenario of the catalogue in files, or of the built-in
// one.
func (a *app) scenario(files []string, id string) (*scenarios.Scenario, error) {
	c, err := openCatalogue(files)
	if err != nil {
		return nil, err
	}
	if s := c.Get(id); s != nil {
		return s, nil
	}
	if _, err := c.Select(id); err != nil {
		return nil, usageHint(hintAt(err), "%v", err)
	}
	return nil, usageHint("assay list "+id, "%q matches several scenarios, want the ID of one", id)
}

func (a *app) show(ctx context.Context, catalog []string, id, seedText, color string) error {
	s, err := a.scenario(catalog, id)
	if err != nil {
		return err
	}
	seed, err := parseSeed(seedText)
	if err != nil {
		return err
	}
	colored, err := a.colored(color)
	if err != nil {
		return err
	}
	cases := make(caseIndex)
	_, err = run.Run(ctx, run.Options{
		Scenarios: []*scenarios.Scenario{
			s,
		}, Implementation: implementations.Builtin(), Seed: seed, Files: catalog,
	}, cases.Handle)
	if err != nil {
		return err
	}
	result := cases[s.ID]
	if result == nil {
		return &exitError{code: exitInterrupted}
	}
	if !result.Outcome.Bad() {
		run.Explain(s, result)
	}
	if err := a.print(fmt.Sprintf("%s   %s, policy %s\n      %s\n",
		s.ID, s.Level, s.PolicyName(), s.Title)); err != nil {
		return err
	}
	clauses, err := clauseDetails(s)
	if err != nil {
		return err
	}
	details := slices.Concat(about(s), clauses, result.Details())
	return reports.WriteDetails(a.stdout, details, colored)
}

// about describes the scenario where its result does not: its group, how it
// interprets its clause, and its file.
func about(s *scenarios.Scenario) []reports.Detail {
	var list []reports.Detail
	add := func(label, text string) {
		if text = strings.TrimSpace(text); text != "" {
			list = append(list, reports.Detail{Role: reports.RoleNote, Label: label, Text: text})
		}
	}
	add("group", s.Group.Name+", "+s.Group.Title+". "+s.Group.Intro)
	add("reading", s.Note)
	if s.Robustness() {
		add("robustness", "only the issuer's own key can make this token, and the issuer makes it for nobody")
	}
	add("code", strings.TrimSuffix(s.Code+", "+s.DocumentedCause(), ", "))
	add("needs", strings.Join(s.Needs, ", "))
	add("file", fmt.Sprintf("%s:%d", s.File, s.Line))
	return list
}

// clauseDetails says what the clauses of a scenario demand, as far as they are
// registered.
func clauseDetails(s *scenarios.Scenario) ([]reports.Detail, error) {
	register, err := scenarios.BuiltinClauses()
	if err != nil {
		return nil, err
	}
	var list []reports.Detail
	for _, id := range s.Spec {
		if c, ok := register.Get(id); ok {
			list = append(list, reports.Detail{
				Role: reports.RoleNote, Label: "clause",
				Text: fmt.Sprintf("%s, %s (%s): %s", c.ID, c.Title, c.Word, c.Says),
				Note: c.Link,
			})
		}
	}
	return list, nil
}
