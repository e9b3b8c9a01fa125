package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// command is what can be typed into the palette, with an argument or without.
type command struct {
	name, help string
	aliases    []string // other names, in lower case
	act        action   // what a key does likewise, actNone for nothing

	// do carries it out without an argument. Nil means that it needs one.
	do func(*app) tea.Cmd

	// args returns the choices for what is typed after the name. Nil means
	// that there is no argument.
	args func(a *app, typed string) []choice
}

// commands returns the commands of the palette. Each screen is one too.
func (a *app) commands() []command {
	all := []command{
		{
			name: "run", help: "cases: an ID, a group, a code, aud.*", args: (*app).runArgs,
		},
		{
			name: "filter", help: "only some cases: @failed", aliases: []string{"search", "find"}, act: actFilter,
			args: (*app).filterArgs, do: func(a *app) tea.Cmd {
				a.screen = a.scenarios
				return a.do(actFilter)
			},
		},
		{
			name: "implementation", help: "to test: a name, exec:… or a URL", aliases: []string{"impl", "use"}, act: actImplementation,
			args: (*app).implementationArgs,
		},
		{
			name: "policy", help: "show only the cases of a policy", args: (*app).policyArgs,
		},
		{
			name: "seed", help: "of the next runs: 7f3a, or random", args: (*app).seedArgs,
		},
		{
			name: "open", help: "a recorded run or its file", act: actRuns,
			args: func(a *app, typed string) []choice { return a.recordingArgs("open", typed, false) },
		},
		{
			name: "compare", help: "compare with a recorded run", aliases: []string{"diff"}, act: actCompare,
			args: func(a *app, typed string) []choice { return a.recordingArgs("compare", typed, true) },
		},
		{
			name: "reproduce", help: "why an error happens, live", aliases: []string{"troubleshoot", "explain", "causes"},
			args: (*app).reproduceArgs, do: (*app).chooseCode,
		},
		{
			name: "theme", help: "light, dark, 16, mono, ascii", aliases: []string{"color", "colour"}, act: actTheme,
			args: (*app).themeArgs,
		},
		{
			name: "help", help: "the keys of this screen", aliases: []string{"h", "keys"},
			do: func(a *app) tea.Cmd { return a.do(actHelp) },
		},
		{
			name: "quit", help: "keeping the results", aliases: []string{"q", "q!", "exit"}, act: actQuit,
			do: func(a *app) tea.Cmd { return a.do(actQuit) },
		},
	}
	for i, s := range a.screens {
		act := actTab + action(i)
		all = append(all, command{
			name: strings.ToLower(s.name()), help: "the screen", act: act,
			do: func(a *app) tea.Cmd { return a.do(act) },
		})
	}
	return all
}

// choice returns the entry of the palette for the command without an argument.
// A command that needs one is typed for the user.
func (c *command) choice(keys []binding) choice {
	x := choice{kind: "command", name: c.name, help: c.help, aliases: c.aliases, line: c.name, pick: c.do}
	for _, b := range keys {
		if b.act == c.act && c.act != actNone {
			x.help += "   " + b.key.Help().Key
		}
	}
	if c.args != nil {
		x.line += " "
	}
	if c.do == nil {
		x.pick = func(a *app) tea.Cmd { return a.openPalette(x.line) }
	}
	return x
}

// paletteHistory names the entries of the palette among those of all fields.
const paletteHistory = "commands"

// openPalette opens the list of everything that can be done or found, with
// text typed into it.
func (a *app) openPalette(text string) tea.Cmd {
	commands, keys := a.commands(), a.bindings()
	var actions []choice
	for i := range commands {
		actions = append(actions, commands[i].choice(keys))
	}
	for _, b := range keys {
		covered := slices.ContainsFunc(commands, func(c command) bool { return c.act == b.act })
		if h := b.key.Help(); !b.hidden && !covered {
			actions = append(actions, choice{
				kind: "key", name: h.Desc, help: h.Key, line: h.Desc,
				pick: func(a *app) tea.Cmd { return a.do(b.act) },
			})
		}
	}
	places := a.places()
	c := &chooser{title: "go to, or do", wide: true, past: recall{lines: a.entered[paletteHistory]}}
	c.find = func(text string) []choice { return a.found(text, commands, actions, places) }
	c.picked = func(line string) {
		if !strings.HasSuffix(line, " ") {
			a.entered.add(paletteHistory, line)
		}
	}
	c.input.set(text)
	a.overlay = c
	return a.loadSaved()
}

// found returns what the palette shows for text: what can be done if it is
// empty, the arguments of a command if it begins with one, and everything that
// it matches.
func (a *app) found(text string, commands []command, actions, places []choice) []choice {
	name, arg, typing := strings.Cut(strings.TrimLeft(text, " "), " ")
	if name == "" {
		return actions
	}
	for _, c := range commands {
		if c.args == nil || c.name != name && !slices.Contains(c.aliases, name) {
			continue
		}
		// A key may be called by the same words.
		keys := slices.DeleteFunc(slices.Clone(actions), func(x choice) bool { return x.kind != "key" })
		if keys = rank(keys, text); arg == "" && typing {
			keys = nil
		}
		if !typing {
			return slices.Concat([]choice{c.choice(nil)}, keys, c.args(a, ""))
		}
		return slices.Concat(keys, c.args(a, strings.TrimSpace(arg)))
	}
	all := slices.Concat(actions, places, a.savedChoices("open", "run", false))
	return rank(all, text)
}

// literal returns the choice of what was typed as the argument of a command.
func literal(command, arg, help string, pick func(*app) tea.Cmd) choice {
	return choice{kind: command, name: reports.Escape(arg), help: help, line: command + " " + arg, pick: pick}
}

// runArgs returns the cases that the typed patterns select, and what the last
// one could become.
func (a *app) runArgs(typed string) []choice {
	run := func(patterns, help string) choice {
		return literal("run", patterns, help, func(a *app) tea.Cmd {
			ids, err := a.engine.Select(patterns)
			if err != nil {
				a.showError("nothing to run", err)
				return nil
			}
			a.jump(ids[0])
			return a.run(ids, a.seed)
		})
	}
	var out []choice
	if ids, err := a.engine.Select(typed); err == nil && typed != "" {
		out = append(out, run(typed, reports.FormatNoun(len(ids), "case")))
	}
	before := typed[:strings.LastIndexByte(typed, ' ')+1]
	if _, err := a.engine.Select(before); err != nil {
		return nil
	}
	for _, x := range rank(a.places(), strings.TrimPrefix(typed, before)) {
		if x.kind != "use" && before+x.line != typed && (x.kind != "code" || len(a.casesOf(x.line)) > 0) {
			out = append(out, run(before+x.line, x.help))
		}
	}
	return out
}

func (a *app) filterArgs(typed string) []choice {
	use := func(text, help string) choice {
		return literal("filter", text, help, func(a *app) tea.Cmd { return a.filter(text) })
	}
	var out []choice
	if typed == "" {
		for _, x := range filterExamples() {
			out = append(out, use(x.name, x.help))
		}
		return out
	}
	f := parseFilter(typed, a.scenarios.rows)
	n := len(a.scenarios.ids(func(r *row) bool { return f.match(r) }))
	help := reports.FormatNoun(n, "case")
	if f.err != "" {
		help = f.err
	}
	out = append(out, use(typed, help))
	for _, line := range slices.Backward(a.entered[a.scenarios.name()]) {
		if line != typed && strings.Contains(line, typed) {
			out = append(out, use(line, "used before"))
		}
	}
	return out
}

// filterExamples explain what can be typed, in the form of filters to try.
func filterExamples() []choice {
	return []choice{
		{name: "aud", help: "a group, or else IDs, or titles"},
		{name: "sig|alg !none", help: "one of two, and without a word"},
		{name: `/^aud\..*char/`, help: "a regular expression"},
		{name: "~audsfx", help: "fuzzy: letters in this order"},
		{name: `title:"white space"`, help: "id: group: code: level: clause:"},
		{name: "@failed @must", help: "a state, level, policy or group"},
		{name: "@slow|crash|hang", help: "one of several states"},
		{name: "@changed", help: "also @worse and @better"},
		{name: "@running|waiting", help: "during a run"},
	}
}

// filter shows the scenarios that text matches.
func (a *app) filter(text string) tea.Cmd {
	a.scenarios.setFilter(text)
	a.entered.add(a.scenarios.name(), text)
	return a.show(a.scenarios)
}

func (a *app) implementationArgs(typed string) []choice {
	out := rank(a.implementationChoices(), typed)
	if typed == "" {
		return out
	}
	other := literal("implementation", typed, "what is typed", func(a *app) tea.Cmd { return a.use(typed) })
	other.kind = "use"
	return append(out, other)
}

func (a *app) policyArgs(typed string) []choice {
	use := func(name, help, policy string) choice {
		return literal("policy", name, help, func(a *app) tea.Cmd {
			a.scenarios.setPolicy(policy)
			return a.show(a.scenarios)
		})
	}
	all := []choice{use("any", "the cases of all policies", "")}
	for _, name := range a.scenarios.policies() {
		all = append(all, use(name, "only its cases", name))
	}
	return rank(all, typed)
}

func (a *app) seedArgs(typed string) []choice {
	set := func(seed, said string) func(*app) tea.Cmd {
		return func(a *app) tea.Cmd {
			a.seed = seed
			return a.toast(said, false)
		}
	}
	random := literal("seed", "random", "another one for each run", set("", "each run chooses its seed"))
	if typed == "" || strings.HasPrefix("random", typed) {
		return []choice{random}
	}
	return []choice{literal("seed", typed, "for the next runs", set(typed, fmt.Sprintf("the next runs use the seed %s", reports.Escape(typed))))}
}

func (a *app) themeArgs(typed string) []choice {
	help := map[string]string{
		ThemeAuto: "like the terminal", ThemeDark: "for a dark terminal", ThemeLight: "for a light terminal",
		ThemeBasic: "the terminal's own 16 colours", ThemeMono: "no colours", ThemeASCII: "ASCII characters only",
	}
	var all []choice
	for _, name := range Themes() {
		all = append(all, literal("theme", name, help[name], func(a *app) tea.Cmd {
			look := a.look
			look.chosen = name
			return a.restyleAs(look)
		}))
	}
	return rank(all, typed)
}
