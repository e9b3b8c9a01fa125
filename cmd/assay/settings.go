package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/scenarios"
)

// settingsName is the name of a file of settings.
const settingsName = "assay.yaml"

// settingsHelp is the part of the manual about variables and the file.
const settingsHelp = `Settings
  Each flag can also be set by an environment variable that is called after it:
  ASSAY_SEED sets --seed of every command that has it, and ASSAY_FAIL_FAST=true
  sets --fail-fast. An empty variable is ignored.

  The file assay.yaml in the working folder, or in the nearest folder above it
  that has one, has defaults for each command:

    run: { seed: 7f3a, level: [must, should], output: ["junit:a.xml"] }
    idp ctl: { control: http://127.0.0.1:9090 }

  The section of the terminal UI is called assay. Paths are relative to the
  working folder. The file is not used if it is in a folder like /tmp, in which
  anyone may create files. A flag wins over a variable, and a variable over the
  file. assay version says which file is in use.`

// variableAnnotation marks a flag whose variable is called otherwise.
const variableAnnotation = "variable"

// nameVariable gives the variable of a flag another name.
func nameVariable(flags *pflag.FlagSet, flag, variable string) {
	if err := flags.SetAnnotation(flag, variableAnnotation, []string{variable}); err != nil {
		panic("assay: internal error: " + err.Error()) // the flag is defined
	}
}

// variableOf returns the name of the variable that sets a flag.
func variableOf(f *pflag.Flag) string {
	if name := f.Annotations[variableAnnotation]; len(name) > 0 {
		return name[0]
	}
	return "ASSAY_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// setting is what a file says about one flag.
type setting struct {
	flag   *pflag.Flag
	values []string
	node   ast.Node
}

// settings are a file of settings. The zero value has none.
type settings struct {
	document *intake.Document
	list     []setting
}

// settle gives a command and all commands below it the settings of variables
// and of the file, when its flags have been parsed: the check of the arguments
// is the first that cobra calls then.
func (a *app) settle(cmd *cobra.Command) {
	check := cmd.Args
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if err := a.applySettings(cmd); err != nil {
			return err
		}
		if check == nil {
			return nil
		}
		return asUsage(cmd, check(cmd, args))
	}
	for _, sub := range cmd.Commands() {
		a.settle(sub)
	}
}

// instead maps a flag to another one that, if it is typed, replaces what a
// variable or the file says about the first.
var instead = map[string]string{"output": "format", "format": "output"}

// applySettings sets the flags of cmd that were not typed.
func (a *app) applySettings(cmd *cobra.Command) error {
	s, err := readSettings(cmd.Root(), findSettings())
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	var flags []*pflag.Flag
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Changed && settable(f) && !cmd.Flags().Changed(instead[f.Name]) {
			flags = append(flags, f)
		}
	})
	for _, f := range flags {
		if value := a.getenv(variableOf(f)); value != "" {
			if err := cmd.Flags().Set(f.Name, value); err != nil {
				return usage("%s: %v", variableOf(f), err)
			}
		} else if err := s.apply(cmd, f); err != nil {
			return &exitError{code: exitUsage, err: err}
		}
		if f.Changed {
			a.preset = append(a.preset, f.Name)
		}
	}
	return nil
}

// typed reports whether a flag is on the command line.
func (a *app) typed(cmd *cobra.Command, name string) bool {
	return cmd.Flags().Changed(name) && !slices.Contains(a.preset, name)
}

// settable reports whether a setting makes sense for a flag.
func settable(f *pflag.Flag) bool { return f.Name != "help" && f.Name != "version" }

// apply sets a flag of cmd as the file says.
func (s settings) apply(cmd *cobra.Command, f *pflag.Flag) error {
	for _, entry := range s.list {
		if entry.flag != f { // of the command, or of one above it that shares it
			continue
		}
		for _, value := range entry.values {
			if err := cmd.Flags().Set(f.Name, value); err != nil {
				return s.document.Error(intake.At(entry.node, "%v", err))
			}
		}
	}
	return nil
}

// findSettings returns the name of the file of settings, or an empty string.
func findSettings() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		name := filepath.Join(dir, settingsName)
		if _, err := os.Stat(name); err == nil && !shared(dir) {
			return name
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// shared reports whether anyone may create files in a folder. A file of
// settings can name a program to run, which a stranger must not choose.
func shared(dir string) bool {
	info, err := os.Stat(dir)
	return err != nil || info.Mode()&fs.ModeSticky != 0 && info.Mode().Perm()&0o002 != 0
}

// readSettings reads a file of settings for the commands below root. Without a
// name it returns none.
func readSettings(root *cobra.Command, name string) (settings, error) {
	if name == "" {
		return settings{}, nil
	}
	text, err := intake.ReadFile(name, intake.MaxYAML)
	if err != nil {
		return settings{}, err
	}
	var shape map[string]map[string]any
	document, err := intake.YAML(name, text, &shape)
	if err != nil {
		return settings{}, err
	}
	s := settings{document: document}
	for _, section := range pairs(document.Root) {
		cmd, err := sectionCommand(root, section)
		if err != nil {
			return settings{}, document.Error(err)
		}
		for _, pair := range pairs(section.Value) {
			entry, err := settingOf(cmd, pair)
			if err != nil {
				return settings{}, document.Error(err)
			}
			s.list = append(s.list, entry)
		}
	}
	return s, nil
}

// pairs returns the entries of a mapping.
func pairs(node ast.Node) []*ast.MappingValueNode {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

// sectionCommand returns the command that a section of the file is for.
func sectionCommand(root *cobra.Command, section *ast.MappingValueNode) (*cobra.Command, error) {
	name := section.Key.GetToken().Value
	if name == root.Name() {
		return root, nil
	}
	cmd, rest, err := root.Find(strings.Fields(name))
	if err != nil || len(rest) > 0 || cmd == root {
		return nil, intake.At(section.Key, "%s", withNear(fmt.Sprintf("%q is not a command", name), name, commandNames(root)))
	}
	return cmd, nil
}

// settingOf reads one entry of a section.
func settingOf(cmd *cobra.Command, pair *ast.MappingValueNode) (setting, error) {
	name := pair.Key.GetToken().Value
	var flag *pflag.Flag
	var names []string
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !settable(f) {
			return
		}
		if names = append(names, f.Name); f.Name == name {
			flag = f
		}
	})
	if flag == nil {
		return setting{}, intake.At(pair.Key, "%s", withNear(fmt.Sprintf("%s has no flag --%s", cmd.CommandPath(), name), name, names))
	}
	nodes := []ast.Node{pair.Value}
	if list, ok := pair.Value.(*ast.SequenceNode); ok {
		if _, several := flag.Value.(pflag.SliceValue); !several {
			return setting{}, intake.At(pair.Value, "--%s has one value, and this is a list", name)
		}
		nodes = list.Values
	}
	entry := setting{flag: flag, node: pair.Value}
	for _, node := range nodes {
		value, ok := scalar(node)
		if !ok {
			problem := fmt.Sprintf("--%s is neither a string nor a number nor true or false", name)
			if len(pairs(node)) > 0 { // the parser's reading of [junit:a.xml]
				problem += "; quote a value that has a colon"
			}
			return setting{}, intake.At(node, "%s", problem)
		}
		entry.values = append(entry.values, value)
	}
	return entry, nil
}

// scalar returns the value of a node as it is written, so that a seed of 007 is
// not a number.
func scalar(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// withNear adds to a problem which of the known words is likely meant.
func withNear(problem, word string, known []string) string {
	if near := scenarios.Near(word, known); near != "" {
		return problem + "; did you mean " + near + "?"
	}
	return problem
}
