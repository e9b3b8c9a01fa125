package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/scenarios"
)

//go:embed new.yaml
var scenarioTemplate string

func (a *app) newCommand() *cobra.Command {
	var file string
	var schema bool
	cmd := &cobra.Command{
		Use:   "new ID",
		Short: "Write a template for a scenario of your own",
		Long: `Write a template for a scenario of your own: a commented file that runs as it is.
Change it, and run it with assay run --catalog.

--schema prints the JSON Schema of the format, for editors.`,
		Example: "  assay new mine.wrong-tenant -o mine.yaml\n  assay run --catalog mine.yaml -v\n  assay new --schema > assay.schema.json",
		Args: func(_ *cobra.Command, args []string) error {
			if schema == (len(args) == 0) && len(args) <= 1 {
				return nil
			}
			if schema {
				return usageHint("assay new --schema", "--schema is for every scenario, and %q is the ID of one", args[0])
			}
			return usageHint("assay new mine.wrong-tenant -o mine.yaml",
				"want one ID for the scenario, got %d arguments", len(args))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if schema {
				if err := a.refuse(cmd, "assay new --schema >assay.schema.json", "is for a scenario, and --schema prints to standard output", "output"); err != nil {
					return err
				}
				return a.print(scenarios.Schema())
			}
			return a.newScenario(args[0], file)
		},
	}
	cmd.Flags().StringVarP(&file, "output", "o", "",
		"`file` to write to, which must not exist; standard output if empty")
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of scenario files instead")
	return cmd
}

func (a *app) newScenario(id, file string) error {
	group, _, dotted := strings.Cut(id, ".")
	text := strings.NewReplacer("@GROUP@", group, "@ID@", id).Replace(scenarioTemplate)
	if _, err := scenarios.Parse("template", []byte(text)); err != nil || !dotted {
		return usageHint("assay new mine.wrong-tenant",
			"%q is not a valid ID, want a dotted lower-case name", id)
	}
	if file == "" {
		return a.print(text)
	}
	if err := writeNew(file, []byte(text)); err != nil {
		return err
	}
	return a.print(fmt.Sprintf("wrote %s; run it with: assay run --catalog %s -v\n", file, file))
}
