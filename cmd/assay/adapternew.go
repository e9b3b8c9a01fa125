package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/scenarios/implementations"
)

func (a *app) adapterNewCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new LANGUAGE [DIR]",
		Short: "Write a complete adapter to begin with: " + strings.Join(adapterLanguages(), ", "),
		Long: `Write a complete adapter to begin with, and print the commands to try it. Its
files are those with which assay tests a library of the language: one speaks the
protocol, and a small one calls the library. Replace that call with yours.

The languages are ` + strings.Join(adapterLanguages(), ", ") + `. DIR is adapter-LANGUAGE if it is
missing. No file is overwritten.`,
		Example: "  assay adapter new node\n  assay adapter new python tests/adapter",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 || len(args) == 2 {
				return nil
			}
			return usageHint("assay adapter new "+adapterLanguages()[0], "want a language and at most a folder, got %d arguments", len(args))
		},
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "adapter-" + args[0]
			if len(args) == 2 {
				dir = args[1]
			}
			return a.newAdapter(args[0], dir)
		},
	}
}

// adapterLanguages lists the languages for which there is an adapter to copy.
func adapterLanguages() []string {
	var all []string
	for _, t := range implementations.Templates() {
		all = append(all, t.Language)
	}
	return all
}

func (a *app) newAdapter(language, dir string) error {
	list := implementations.Templates()
	i := slices.IndexFunc(list, func(t implementations.Template) bool { return t.Language == language })
	if i < 0 {
		return usageHint(hintNear("another language: assay protocol explains what to write", language, adapterLanguages()),
			"language is %q, want one of %s", language, strings.Join(adapterLanguages(), ", "))
	}
	files, err := list[i].Files()
	if err != nil {
		return err
	}
	// All or nothing: half of the files do not run.
	for _, file := range files {
		name := filepath.Join(dir, filepath.FromSlash(file.Name))
		if _, err := os.Lstat(name); err == nil {
			return alreadyExists(name)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return usage("%v", err)
		}
	}
	for _, file := range files {
		name := filepath.Join(dir, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return usage("%v", err)
		}
		if err := writeNew(name, []byte(file.Text)); err != nil {
			return err
		}
	}
	return a.print(fmt.Sprintf("wrote an adapter of %s to %s; try it:\n\n    cd %[2]s\n    %[3]s\n    assay adapter check %[4]s\n    assay run --implementation 'exec:%[4]s'\n",
		list[i].Library, dir, list[i].Install, list[i].Command))
}
