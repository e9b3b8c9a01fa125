package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// guides are the documents for users, except the READMEs of generated tables.
var guides = []string{
	"../../README.md", "../../CONTRIBUTING.md", "../../mockidp/README.md", "../../scenarios/README.md",
	"../../scenarios/bench/README.md", "../../scenarios/load/README.md", "../../scenarios/implementations/README.md", "../../scenarios/implementations/protocol.md",
}

// commandPattern finds a line of code, or code in a line, that calls assay.
var commandPattern = regexp.MustCompile("(?m)^    (assay [^\n]*)|`(assay [^`\n]*)`")

// The program has every command that a guide shows, with the flags shown.
func TestGuidesShowCommandsThatExist(t *testing.T) {
	t.Parallel()
	shown := 0
	for _, guide := range guides {
		text, err := os.ReadFile(guide)
		if os.IsNotExist(err) {
			t.Errorf("%s is listed and does not exist", guide)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range commandPattern.FindAllStringSubmatch(string(text), -1) {
			line := match[1] + match[2]
			shown++
			if err := understood(shellWords(line)[1:]); err != nil {
				t.Errorf("%s shows %q: %v", guide, line, err)
			}
		}
	}
	if shown < 40 {
		t.Errorf("the guides show %d commands, want at least 40: is the pattern right?", shown)
	}
}

// understood returns why the program would refuse the words.
func understood(words []string) error {
	root := (&app{}).rootCommand()
	cmd, rest, err := root.Find(words)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil && !errors.Is(err, pflag.ErrHelp) {
		return err
	}
	if cmd == root && len(cmd.Flags().Args()) > 0 {
		return noArgs(cmd, cmd.Flags().Args())
	}
	return nil
}

// shellWords splits a command as a shell does, as far as guides use it: up to
// a redirection, a pipe, a second command or an explanation after two spaces.
func shellWords(line string) []string {
	line, _, _ = strings.Cut(line, "   ")
	var words []string
	word, quote, open := "", rune(0), false
	for _, r := range line + " " {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word += string(r)
		case r == '\'' || r == '"':
			quote, open = r, true
		case r == ' ':
			if word != "" || open {
				words = append(words, word)
			}
			word, open = "", false
		default:
			word += string(r)
		}
	}
	if i := slices.IndexFunc(words, func(w string) bool { return slices.Contains([]string{">", "|", "&&", "#"}, w) }); i >= 0 {
		words = words[:i]
	}
	return words
}

// Links between the guides lead somewhere.
func TestGuidesLinkToFilesThatExist(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	for _, guide := range guides {
		text, err := os.ReadFile(guide)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, match := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(guide), match[1])); err != nil {
				t.Errorf("%s links to %s: %v", guide, match[1], err)
			}
		}
	}
}
