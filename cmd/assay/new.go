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
	var schema, policySchema bool
	// printed returns the flag that asks for a schema instead of a scenario.
	printed := func() string {
		switch {
		case schema:
			return "--schema"
		case policySchema:
			return "--policy-schema"
		}
		return ""
	}
	cmd := &cobra.Command{
		Use:   "new ID",
		Short: "Write a template for a scenario of your own",
		Long: `Write a template for a scenario of your own: a commented file that runs as it is.
Change it, and run it with assay run --catalog.

--schema prints the JSON Schema of the format, for editors, and --policy-schema
that of the file for assay run --policy-file.`,
		Example: "  assay new mine.wrong-tenant -o mine.yaml\n  assay run --catalog mine.yaml -v\n  assay new --schema > assay.schema.json",
		Args: func(_ *cobra.Command, args []string) error {
			flag := printed()
			if (flag != "") == (len(args) == 0) && len(args) <= 1 {
				return nil
			}
			if flag != "" {
				return usageHint("assay new "+flag, "%s is for every scenario, and %q is the ID of one", flag, args[0])
			}
			return usageHint("assay new mine.wrong-tenant -o mine.yaml",
				"want one ID for the scenario, got %d arguments", len(args))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			flag := printed()
			if flag == "" {
				return a.newScenario(args[0], file)
			}
			if err := a.refuse(cmd, "assay new "+flag+" >assay.schema.json", "is for a scenario, and "+flag+" prints to standard output", "output"); err != nil {
				return err
			}
			if policySchema {
				return a.print(scenarios.ChoicesSchema())
			}
			return a.print(scenarios.Schema())
		},
	}
	cmd.Flags().StringVarP(&file, "output", "o", "",
		"`file` to write to, which must not exist; standard output if empty")
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of scenario files instead")
	cmd.Flags().BoolVar(&policySchema, "policy-schema", false, "print the JSON Schema of policy files instead")
	cmd.MarkFlagsMutuallyExclusive("schema", "policy-schema")
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
