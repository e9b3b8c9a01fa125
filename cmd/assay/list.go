package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/scenarios"
)

func (a *app) listCommand() *cobra.Command {
	var selection selectionFlags
	var ids, liars bool
	var format string
	cmd := &cobra.Command{
		Use:   "list [pattern...]",
		Short: "List the scenarios that a run with the same patterns would execute",
		Example: `  assay list 'aud.*'
  assay list --level must --ids
  assay list --format markdown > scenarios.md
  assay list --liars --format json`,
		RunE: func(cmd *cobra.Command, patterns []string) error {
			if ids && (liars || cmd.Flags().Changed("format")) {
				return usage("--ids cannot be combined with --liars or --format")
			}
			formats := a.scenarioFormats(&selection, patterns, ids)
			if liars {
				const hint, why = "assay list --liars", "selects scenarios, and --liars lists verifiers"
				if len(patterns) > 0 {
					return usageHint(hint, "%q %s", patterns[0], why)
				}
				if err := a.refuseOthers(cmd, hint, why, "liars", "format"); err != nil {
					return err
				}
				formats = liarFormats()
			}
			list, ok := formats[format]
			if !ok {
				return usageHint(hintNear("see assay list --help", format, slices.Collect(maps.Keys(formats))),
					"--format is %q, want text, markdown or json", format)
			}
			out, err := list()
			if err != nil {
				return err
			}
			return a.print(out)
		},
	}
	selection.register(cmd)
	cmd.Flags().BoolVar(&ids, "ids", false, "print only the IDs")
	cmd.Flags().BoolVar(&liars, "liars", false, "list the deliberately wrong verifiers instead")
	cmd.Flags().StringVar(&format, "format", "text", "output format: text, markdown, json")
	return cmd
}

// scenarioFormats returns, by the name of the format, the functions that list
// the selected scenarios.
func (a *app) scenarioFormats(
	selection *selectionFlags, patterns []string, ids bool,
) map[string]func() (string, error) {
	selected := func(write func([]*scenarios.Scenario) (string, error)) func() (string, error) {
		return func() (string, error) {
			list, err := selection.choose(a, patterns)
			if err != nil {
				return "", err
			}
			return write(list)
		}
	}
	return map[string]func() (string, error){
		"text":     selected(func(list []*scenarios.Scenario) (string, error) { return textScenarios(list, ids), nil }),
		"markdown": selected(markdownScenarios),
		"json":     selected(jsonScenarios),
	}
}

func liarFormats() map[string]func() (string, error) {
	return map[string]func() (string, error){
		"text":     func() (string, error) { return textLiars(), nil },
		"markdown": func() (string, error) { return markdownLiars(), nil },
		"json":     jsonLiars,
	}
}

// textScenarios returns one line per scenario, with its ID only if ids is set.
func textScenarios(list []*scenarios.Scenario, ids bool) string {
	var out strings.Builder
	width := 0
	for _, s := range list {
		width = max(width, len(s.ID))
	}
	for _, s := range list {
		if ids {
			fmt.Fprintln(&out, s.ID)
			continue
		}
		fmt.Fprintf(&out, "%-*s  %-9s  %s%s\n", width, s.ID, s.Level, s.Title, robustness(s))
	}
	if !ids {
		fmt.Fprintf(&out, "%d scenarios\n", len(list))
	}
	return out.String()
}

// robustness marks, in a list, a case that only a faulty issuer can bring
// about.
func robustness(s *scenarios.Scenario) string {
	if s.Robustness() {
		return " [robustness]"
	}
	return ""
}
