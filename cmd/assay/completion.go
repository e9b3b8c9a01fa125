package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/bench"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/implementations/present"
	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/scenarios/reproduce"
	"github.com/assay-id/assay/tui"
)

// lister returns what can be typed as an argument or as the value of a flag: the
// word, and after a tab what it means, if that is not plain. It returns nothing
// where a list is unavailable.
type lister func(cmd *cobra.Command) []string

// words returns a lister of fixed words.
func words[T ~string](list ...T) lister {
	return func(*cobra.Command) []string {
		var all []string
		for _, word := range list {
			all = append(all, string(word))
		}
		return all
	}
}

// argumentWords lists what the arguments of a command can be, by the path of
// the command.
func (a *app) argumentWords() map[string]lister {
	return map[string]lister{
		"assay run":                           patternWords,
		"assay list":                          patternWords,
		"assay export":                        patternWords,
		"assay show":                          scenarioWords,
		"assay forge":                         scenarioWords,
		"assay adapter new":                   words(adapterLanguages()...),
		"assay bench":                         words(bench.SeriesNames()...),
		"assay reproduce":                     causeWords,
		"assay app check":                     words(checkNames()...),
		"assay idp ctl rotate":                words(keyring.Modes()...),
		"assay idp ctl promote":               a.keyWords,
		"assay idp ctl retire":                a.keyWords,
		"assay idp ctl faults remove":         a.faultWords,
		"assay idp ctl envs delete":           a.environmentWords,
		"assay idp ctl listeners add":         words(mockidp.TLSProfiles()...),
		"assay idp ctl listeners certificate": words(mockidp.TLSProfiles()...),
	}
}

// flagWords lists what the values of flags can be, by the name of the flag. A
// flag has the same values in every command, but for those that begin with a
// path.
func (a *app) flagWords() map[string]lister {
	algs := words(keyring.Algs()...)
	modes := words(keyring.Modes()...)
	served := words(mockidp.WellKnownAlias, mockidp.WellKnownNotFound, mockidp.WellKnownStale)
	return map[string]lister{
		"group":               groupWords,
		"level":               words(scenarios.Levels()...),
		"policy":              words(scenarios.Policies()...),
		"code":                words(scenarios.Codes()...),
		"implementation":      implementationWords,
		"format":              words(strings.Split(formatNames(), ", ")...),
		"assay list format":   words("text", "markdown", "json"),
		"assay diff format":   words("text", "markdown", "json"),
		"assay matrix format": words(matrixFormatNames()...),
		"theme":               words(tui.Themes()...),
		"color":               words("auto", "always", "never"),
		"alg":                 algs,
		"algorithms":          algs,
		"sign-alg":            words(append(keyring.Algs(), "HS256", "none")...),
		"tls":                 words(mockidp.TLSProfiles()[1:]...),
		"rotate-mode":         modes,
		"mode":                modes,
		"well-known-jwks":     served,
		"endpoint":            words(fault.Endpoints()...),
		"kind":                words(mockidp.IDToken, mockidp.AccessToken),
		"pace":                words("auto", string(load.PaceSleep), string(load.PacePrecise)),
		"arrivals":            words(string(load.ArrivalsEven), string(load.ArrivalsPoisson)),
		"method":              words("GET", "POST"),
		"assay load method":   words(load.Methods()...),
		"protocol":            words(load.Protocols()...),
		"present":             words(present.Forms()...),
		"expect":              words("accept", "reject", "none"),
		"mix":                 mixWords,
		"event":               words("10s=rotate", "10s=rotate:drop-old", "10s=promote", "20s=outage:5s", "20s=fault:NAME:on", "25s=fault:NAME:off", "30s=flood:500/s:10s"),
		"sweep":               words("keys=", "size=", "workers="),
		"fault":               a.faultWords,
		"env":                 a.environmentWords,
	}
}

// complete gives a command, its flags and all commands below it the words for a
// shell to complete. Names of files are completed where there can be some.
func (a *app) complete(cmd *cobra.Command) {
	path := cmd.CommandPath()
	list, ok := a.argumentWords()[path]
	switch {
	case ok:
		cmd.ValidArgsFunction = list.complete(path == "assay export")
	case cmd.ValidArgsFunction == nil:
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	flags := a.flagWords()
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		list, ok := flags[path+" "+f.Name]
		if !ok {
			list, ok = flags[f.Name]
		}
		complete := list.complete(false)
		switch {
		case !ok && namesFile(f):
			return
		case !ok:
			complete = cobra.NoFileCompletions
		case f.Value.Type() == "stringSlice" || f.Name == "mix":
			complete = list.completeLast
		}
		if err := cmd.RegisterFlagCompletionFunc(f.Name, complete); err != nil {
			panic("assay: internal error: " + err.Error()) // it is a flag of cmd, seen once
		}
	})
	for _, sub := range cmd.Commands() {
		a.complete(sub)
	}
}

// fileNames completes the names of files.
func fileNames(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// namesFile reports whether the help of a flag calls its value a file.
func namesFile(f *pflag.Flag) bool {
	value, _ := pflag.UnquoteUsage(f)
	return strings.Contains(strings.ToLower(value), "file") || f.Name == "failed-from"
}

// complete returns the words that begin with what is typed, and with files also
// the names of files if there are none.
func (list lister) complete(files bool) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		found := slices.DeleteFunc(list(cmd), func(word string) bool {
			return !strings.HasPrefix(word, typed)
		})
		if files && len(found) == 0 {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeLast completes the last word of several with commas in between.
func (list lister) completeLast(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	i := strings.LastIndexByte(typed, ',') + 1
	found, directive := list.complete(false)(cmd, args, typed[i:])
	for n, word := range found {
		found[n] = typed[:i] + word
	}
	return found, directive | cobra.ShellCompDirectiveNoSpace
}

// catalogueOf returns the catalogue that the flags of cmd name, or nil.
func catalogueOf(cmd *cobra.Command) *scenarios.Catalogue {
	var files []string
	if f := cmd.Flags().Lookup("catalog"); f != nil {
		files = f.Value.(pflag.SliceValue).GetSlice()
		// Cobra parses the flags twice before it asks for words.
		slices.Sort(files)
		files = slices.Compact(files)
	}
	c, err := openCatalogue(files)
	if err != nil {
		return nil // the command says so
	}
	return c
}

func scenarioWords(cmd *cobra.Command) []string {
	c := catalogueOf(cmd)
	if c == nil {
		return nil
	}
	var all []string
	for _, s := range c.All() {
		all = append(all, s.ID+"\t"+s.Title)
	}
	return all
}

func groupWords(cmd *cobra.Command) []string {
	c := catalogueOf(cmd)
	if c == nil {
		return nil
	}
	var all []string
	for _, g := range c.Groups {
		all = append(all, g.Name+"\t"+g.Title)
	}
	return all
}

func patternWords(cmd *cobra.Command) []string {
	return slices.Concat(groupWords(cmd), scenarios.Codes(), scenarioWords(cmd))
}

func implementationWords(*cobra.Command) []string {
	titles := implementations.Titles()
	var all []string
	for _, name := range implementations.Names() {
		all = append(all, name+"\t"+titles[name])
	}
	return append(all, "exec:", "http://", "https://")
}

func causeWords(*cobra.Command) []string {
	var all []string
	for _, r := range reproduce.Recipes() {
		all = append(all, r.Name()+"\t"+r.Title)
	}
	return all
}

// askDelay is how long a shell waits at most for a running environment: longer
// than one on the same machine needs, and no longer than a user would wait.
const askDelay = time.Second

// ask calls the environment that the flags of cmd name, if there is one.
func (a *app) ask(cmd *cobra.Command, question func(ctx context.Context, c *ctl) error) {
	if err := a.applySettings(cmd); err != nil {
		return // the command says why
	}
	value := func(flag string) string { return cmd.Flag(flag).Value.String() }
	c := &ctl{app: a, env: value("env"), api: control.Client{URL: value("control")}}
	if err := c.locate(); err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), askDelay)
	defer cancel()
	// What is unavailable is not completed; the command itself says why.
	_ = question(ctx, c)
}

func (a *app) faultWords(cmd *cobra.Command) (all []string) {
	a.ask(cmd, func(ctx context.Context, c *ctl) error {
		faults, err := c.api.Faults(ctx, c.env)
		for _, f := range faults {
			all = append(all, f.ID+"\t"+string(f.Kind))
		}
		return err
	})
	return all
}

func (a *app) keyWords(cmd *cobra.Command) (all []string) {
	a.ask(cmd, func(ctx context.Context, c *ctl) error {
		keys, err := c.api.Keys(ctx, c.env)
		for _, k := range keys.Published {
			all = append(all, k.ID+"\t"+k.Alg)
		}
		return err
	})
	return all
}

func (a *app) environmentWords(cmd *cobra.Command) (all []string) {
	a.ask(cmd, func(ctx context.Context, c *ctl) error {
		environments, err := c.api.Environments(ctx)
		for _, e := range environments {
			if e.Name != "" { // the one at the root, which has no name
				all = append(all, e.Name+"\t"+e.Issuer)
			}
		}
		return err
	})
	return all
}
