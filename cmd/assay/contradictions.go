package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// refuse returns a usage error if one of the named flags was typed: why follows
// its name. What would be ignored in silence is likely a mistake. A variable
// and the file of settings may set such a flag, for other uses of the command.
func (a *app) refuse(cmd *cobra.Command, hint, why string, flags ...string) error {
	for _, name := range flags {
		if a.typed(cmd, name) {
			return usageHint(hint, "--%s %s", name, why)
		}
	}
	return nil
}

// refuseOthers is like refuse for all flags but the allowed ones.
func (a *app) refuseOthers(cmd *cobra.Command, hint, why string, allowed ...string) error {
	var others []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !slices.Contains(allowed, f.Name) {
			others = append(others, f.Name)
		}
	})
	return a.refuse(cmd, hint, why, others...)
}

// asUsage makes an error about arguments a usage error.
func asUsage(cmd *cobra.Command, err error) error {
	if err == nil || errors.As(err, new(*exitError)) {
		return err
	}
	return usageHint(fmt.Sprintf("see %s --help", cmd.CommandPath()), "%w", err)
}
