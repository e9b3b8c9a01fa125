package main

import (
	"github.com/spf13/cobra"
)

func (a *app) openCommand() *cobra.Command {
	flags := uiFlags{}
	cmd := &cobra.Command{
		Use:   "open RECORDING...",
		Short: "Show recorded runs, benchmarks and loads in the terminal UI",
		Long: `Show recorded runs, benchmarks and loads in the terminal UI. The last one is
shown, and compared with the one before it if both are of the same command; the
key = compares it with any other.

The terminal UI records each of its own runs while it runs, in the folder assay/runs
of XDG_STATE_HOME or of ~/.local/state, and keeps the latest 50. The key b lists
them. Without a terminal, --plain prints what assay report and assay diff print.`,
		Example: `  assay open run.jsonl
  assay open main.jsonl branch.jsonl
  assay open load.jsonl`,
		ValidArgsFunction: fileNames,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageHint("assay open run.jsonl", "want a recording, such as assay run -o run.jsonl writes")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.ui(cmd, flags, args)
		},
	}
	flags.register(cmd)
	return cmd
}
