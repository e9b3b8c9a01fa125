package appcheck

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/assay-id/assay/mockidp/intake"
)

// Script says how a person uses an application. The zero value guesses: links or
// buttons with the usual words. What is sought on a page is its visible words,
// with | between alternatives, or css: and a selector.
type Script struct {
	Start    string   `yaml:"start"`     // path of the page at which it begins; empty means that of the URL
	SignedIn string   `yaml:"signed-in"` // what that page shows to somebody who is signed in
	Login    []Step   `yaml:"login"`
	Logout   []Step   `yaml:"logout"`
	Switch   []Step   `yaml:"switch"`    // enters another organization
	ReturnTo []string `yaml:"return-to"` // paths that begin a login and say with {{url}} where it leads
}

// Step is one action of a person. Exactly one field is set.
type Step struct {
	Open  string `yaml:"open"`  // a path of the application
	Click string `yaml:"click"` // a link or a button
	Fill  *Field `yaml:"fill"`  // writes into a field
	Wait  string `yaml:"wait"`  // until the page shows it
}

// Field is a field of a form and what is written into it.
type Field struct {
	In   string `yaml:"in"` // its label, placeholder or name, or css: and a selector
	With string `yaml:"with"`
}

// The guesses of an empty [Script].
const (
	guessedLogin  = "Sign in|Log in|Login"
	guessedLogout = "Sign out|Log out|Logout"
)

// returnPlace is replaced by a URL in [Script.ReturnTo].
const returnPlace = "{{url}}"

// ParseScript reads a script. name is the name of the file in errors, which say
// line and column and show the place.
func ParseScript(name string, text []byte) (*Script, error) {
	var s Script
	document, err := intake.YAML(name, text, &s)
	if err != nil {
		return nil, err
	}
	if err := s.check(document.Root); err != nil {
		return nil, document.Error(err)
	}
	return s.complete(), nil
}

// GuessedScript returns the script of somebody who has written none.
func GuessedScript() *Script { return new(Script).complete() }

// complete fills in what is guessed.
func (s *Script) complete() *Script {
	if s.SignedIn == "" {
		s.SignedIn = guessedLogout
	}
	if s.Login == nil {
		s.Login = []Step{{Click: guessedLogin}}
	}
	if s.Logout == nil {
		s.Logout = []Step{{Click: guessedLogout}}
	}
	return s
}

// check reports the first mistake.
func (s *Script) check(root ast.Node) error {
	if s.Start != "" && !isPath(s.Start) {
		return intake.At(intake.Child(root, "start"), "start is %q, want a path such as /account", s.Start)
	}
	for _, part := range []struct {
		key   string
		steps []Step
	}{{"login", s.Login}, {"logout", s.Logout}, {"switch", s.Switch}} {
		if part.steps != nil && len(part.steps) == 0 {
			return intake.At(intake.Child(root, part.key), "%s has no steps: leave it out, or say what to do", part.key)
		}
		for i, step := range part.steps {
			if err := step.check(intake.Child(root, part.key, strconv.Itoa(i))); err != nil {
				return err
			}
		}
	}
	for i, path := range s.ReturnTo {
		if !isPath(path) || !strings.Contains(path, returnPlace) {
			return intake.At(intake.Child(root, "return-to", strconv.Itoa(i)),
				"return-to is %q, want a path with %s, such as /login?return_to=%s", path, returnPlace, returnPlace)
		}
	}
	return nil
}

func (s Step) check(node ast.Node) error {
	set := 0
	for _, is := range []bool{s.Open != "", s.Click != "", s.Fill != nil, s.Wait != ""} {
		if is {
			set++
		}
	}
	if set != 1 {
		return intake.At(node, "the step does %d things, want exactly one of open, click, fill and wait", set)
	}
	if s.Open != "" && !isPath(s.Open) {
		return intake.At(intake.Child(node, "open"), "open is %q, want a path such as /login", s.Open)
	}
	if s.Fill != nil && s.Fill.In == "" {
		return intake.At(intake.Child(node, "fill"), "fill does not say which field: in is missing")
	}
	return nil
}

// String says what the step does.
func (s Step) String() string {
	switch {
	case s.Open != "":
		return "open " + s.Open
	case s.Click != "":
		return "click " + strconv.Quote(s.Click)
	case s.Fill != nil:
		return "fill " + strconv.Quote(s.Fill.In)
	}
	return "wait for " + strconv.Quote(s.Wait)
}

// isPath reports whether text is a path of the application and nothing that
// leads to another host.
func isPath(text string) bool {
	u, err := url.Parse(strings.ReplaceAll(text, returnPlace, ""))
	return err == nil && strings.HasPrefix(text, "/") && u.Host == "" && u.Scheme == ""
}
