package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/run"
)

func (a *app) exportCommand() *cobra.Command {
	var selection selectionFlags
	var seed string
	cmd := &cobra.Command{
		Use:   "export PATTERN... DIR",
		Short: "Write the tokens of scenarios as files, for tests in any language",
		Long: `Write the tokens of scenarios as files, for tests in any language.

DIR gets a folder for each token, named after its scenario, with
  token.jwt   the token, byte for byte, without a line break
  jwks.json   the JWK Set that the verifier should trust
  case.json   the configuration, the time of verification, the expectation and its reason

Scenarios that need a running environment, for discovery or for a sequence, are
left out and counted. Existing files are never overwritten.`,
		Example: "  assay export aud.prefix ./testdata\n  assay export --level must aud sig ./testdata --seed 7f3a",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 1 {
				return usageHint("assay export aud.prefix ./testdata",
					"want patterns and a directory to write to")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			last := len(args) - 1
			return a.export(cmd.Context(), &selection, args[:last], args[last], seed)
		},
	}
	selection.register(cmd)
	cmd.Flags().StringVar(&seed, "seed", "",
		"derive keys and IDs from this `seed`; random if empty")
	return cmd
}

func (a *app) export(
	ctx context.Context, selection *selectionFlags, patterns []string, dir, seedText string,
) error {
	_, list, err := selection.choose(patterns)
	if err != nil {
		return err
	}
	seed, err := parseSeed(seedText)
	if err != nil {
		return err
	}
	exporter, err := run.NewExporter(ctx, seed)
	if err != nil {
		return err
	}
	defer exporter.Close()
	tokens, left := 0, 0
	for _, s := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		exported, err := exporter.Export(ctx, s)
		if errors.Is(err, run.ErrNeedsEnvironment) {
			left++
			continue
		}
		if err != nil {
			return err
		}
		for _, e := range exported {
			if err := writeExported(dir, e); err != nil {
				return err
			}
			tokens++
		}
	}
	if tokens == 0 {
		return usageHint("assay run --implementation presents them to a verifier",
			"nothing was written: the selected scenarios need a running environment")
	}
	text := fmt.Sprintf("wrote %s to %s", reports.FormatNoun(tokens, "token"), dir)
	switch {
	case left == 1:
		text += "; left out 1 scenario that needs a running environment"
	case left > 1:
		text += fmt.Sprintf("; left out %d scenarios that need a running environment", left)
	}
	return a.print(text + "\n")
}

// writeExported writes the three files of one token.
func writeExported(dir string, e run.Exported) error {
	description, err := json.MarshalIndent(e.Case, "", "  ")
	if err != nil {
		return err
	}
	folder := filepath.Join(dir, e.Name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return usage("%v", err)
	}
	for _, file := range []struct {
		name string
		data []byte
	}{{"token.jwt", e.Token}, {"jwks.json", e.JWKSet}, {"case.json", append(description, '\n')}} {
		if err := writeNew(filepath.Join(folder, file.name), file.data); err != nil {
			return err
		}
	}
	return nil
}

// writeNew creates a file and refuses to overwrite one.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return usageHint("move it away, or choose another name", "%s already exists", name)
	}
	if err != nil {
		return usage("%v", err)
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
