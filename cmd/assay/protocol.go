package main

import (
	"github.com/spf13/cobra"

	"github.com/assay-id/assay/scenarios/implementations"
)

func (a *app) protocolCommand() *cobra.Command {
	var schema bool
	cmd := &cobra.Command{
		Use:   "protocol",
		Short: "Explain the protocol that adapters speak",
		Long: `Explain the protocol that adapters speak: the messages and their members, the
rules, the versions, the capabilities and the reasons.

--schema prints the JSON Schema (2020-12) of the messages instead. Its
definitions are named after the operations, such as verifyRequest and
verifyAnswer.`,
		Example: "  assay protocol | less\n  assay protocol --schema > protocol.schema.json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if schema {
				return a.print(implementations.Schema())
			}
			return a.print(implementations.Protocol())
		},
	}
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of the messages instead")
	return cmd
}
