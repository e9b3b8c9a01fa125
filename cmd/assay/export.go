package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
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
left out and counted. Existing folders are never overwritten, and an export that
is interrupted leaves none.`,
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
	list, err := selection.choose(a, patterns)
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
	written, left, err := a.writeExport(ctx, exporter, list, dir)
	if err != nil {
		return err
	}
	if written == 0 {
		return usageHint("assay run --implementation presents them to a verifier",
			"nothing was written: the selected scenarios need a running environment")
	}
	text := fmt.Sprintf("wrote %s to %s", reports.FormatNoun(written, "token"), dir)
	switch {
	case left == 1:
		text += "; left out 1 scenario that needs a running environment"
	case left > 1:
		text += fmt.Sprintf("; left out %d scenarios that need a running environment", left)
	}
	return a.print(text + "\n")
}

// writeExport writes the tokens of the scenarios in list, and returns how many
// it has written and how many scenarios it has left out. An error, also an
// interrupt, leaves nothing in dir.
func (a *app) writeExport(
	ctx context.Context, exporter *run.Exporter, list []*scenarios.Scenario, dir string,
) (written, left int, err error) {
	target, err := newExportFolder(dir)
	if err != nil {
		return 0, 0, err
	}
	defer target.discard()
	progress := a.newProgress()
	defer progress.erase()
	for i, s := range list {
		if err := ctx.Err(); err != nil {
			return 0, 0, err
		}
		exported, err := exporter.Export(ctx, s)
		if errors.Is(err, run.ErrNeedsEnvironment) {
			left++
			continue
		}
		if err != nil {
			return 0, 0, err
		}
		for _, e := range exported {
			if err := target.write(e); err != nil {
				return 0, 0, err
			}
		}
		progress.show(fmt.Sprintf("%d of %s done", i+1, reports.FormatNoun(len(list), "scenario")))
	}
	return len(target.names), left, target.publish()
}

// exportFolder is where tokens are written. They are gathered in a folder of
// their own and get their names together at the end, so that an export that is
// interrupted is not in the way of the next. A process that is killed leaves
// .partial-XXXXXXXX, which nothing reads.
type exportFolder struct {
	dir     string
	made    bool     // whether dir did not exist
	partial string   // the folder in dir that gathers
	names   []string // of the folders in partial
}

func newExportFolder(dir string) (*exportFolder, error) {
	f := &exportFolder{dir: dir, made: !exists(dir), partial: filepath.Join(dir, ".partial-"+rand.Text()[:8])}
	if err := os.MkdirAll(f.partial, 0o755); err != nil {
		return nil, usage("%v", err)
	}
	return f, nil
}

// write writes the three files of one token.
func (f *exportFolder) write(e run.Exported) error {
	description, err := json.MarshalIndent(e.Case, "", "  ")
	if err != nil {
		return err
	}
	if name := filepath.Join(f.dir, e.Name); exists(name) {
		return alreadyExists(name)
	}
	folder := filepath.Join(f.partial, e.Name)
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	for _, file := range []struct {
		name string
		data []byte
	}{{"token.jwt", e.Token}, {"jwks.json", e.JWKSet}, {"case.json", append(description, '\n')}} {
		if err := os.WriteFile(filepath.Join(folder, file.name), file.data, 0o644); err != nil {
			return err
		}
	}
	f.names = append(f.names, e.Name)
	return nil
}

// publish gives the folders of all tokens their names.
func (f *exportFolder) publish() error {
	for _, name := range f.names {
		if err := os.Rename(filepath.Join(f.partial, name), filepath.Join(f.dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// discard removes what was not published.
func (f *exportFolder) discard() {
	_ = os.RemoveAll(f.partial) // what remains is in nobody's way
	if f.made {
		_ = os.Remove(f.dir) // fails, as it should, if anything was published
	}
}

// exists reports whether there is a file or a folder with a name.
func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// alreadyExists refuses to overwrite a file or a folder.
func alreadyExists(name string) error {
	return usageHint("move it away, or choose another name", "%s already exists", name)
}

// writeNew creates a file and refuses to overwrite one.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return alreadyExists(name)
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
