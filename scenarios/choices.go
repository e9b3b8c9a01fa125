package scenarios

import (
	_ "embed" // for the schema
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/assay-id/assay/mockidp/intake"
)

// Choices say what an implementation does on purpose where the specifications
// leave it a choice, so that a run finds only faults. A field that is missing
// leaves the choice to each case.
//
//	leeway: 2m
//	algorithms: [RS256, ES256]
//	trusted_audiences: any
//	max_lifetime: none
//	require: [azp, nonce]
type Choices struct {
	// Leeway is the clock skew that it allows for exp and nbf.
	Leeway *Duration `yaml:"leeway"`

	// Algorithms is the allow-list for alg. It does not bind a case about a
	// shared secret, which has a list of its own.
	Algorithms []string `yaml:"algorithms"`

	// TrustedAudiences are the audiences besides its own that a token may name.
	TrustedAudiences *Audiences `yaml:"trusted_audiences"`

	// MaxLifetime bounds exp minus iat.
	MaxLifetime *Lifetime `yaml:"max_lifetime"`

	// Require lists claims that it does not accept a token without. Tokens
	// that do not miss them for the sake of the case have them.
	Require []string `yaml:"require"`

	file string
	list []Choice
}

//go:embed choices.schema.json
var choicesSchema string

// ChoicesSchema returns the JSON Schema of a file of choices, for editors.
func ChoicesSchema() string { return choicesSchema }

// Choice is one line of a file of choices.
type Choice struct {
	Name  string // the key
	Value string // as a sentence would quote it
	File  string
	Line  int
}

// String returns the choice with its place.
func (c Choice) String() string {
	return fmt.Sprintf("%s is %s in %s:%d", c.Name, c.Value, c.File, c.Line)
}

// Audiences are a list of audiences, or any.
type Audiences struct {
	Any   bool
	Names []string
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (a *Audiences) UnmarshalYAML(node ast.Node) error {
	if text, err := scalar(node); err == nil {
		if text != "any" {
			return errorAt(node, `trusted_audiences is %q, want any or a list such as [other]`, text)
		}
		a.Any = true
		return nil
	}
	return yaml.NodeToValue(node, &a.Names, yaml.Strict())
}

// Lifetime bounds the lifetime of a token. Zero means no bound, which is
// written as none.
type Lifetime time.Duration

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (l *Lifetime) UnmarshalYAML(node ast.Node) error {
	return unmarshalText(node, l, func(text string) (Lifetime, error) {
		if text == "none" {
			return 0, nil
		}
		d, err := ParseDuration(text)
		if err != nil || d <= 0 {
			return 0, fmt.Errorf("max_lifetime is %q, want none or a duration such as 24h", text)
		}
		return Lifetime(d), nil
	})
}

// maxLeeway is the largest leeway that can be a choice: RFC 7519, 4.1.4 speaks
// of a few minutes.
const maxLeeway = 10 * time.Minute

// RequirableClaims lists the claims that [Choices.Require] may name.
func RequirableClaims() []string { return []string{"azp", "nonce", "iat"} }

// ChosenAlgorithms lists the algorithms that [Choices.Algorithms] may name.
func ChosenAlgorithms() []string { return append(KeyAlgs(), "Ed25519") }

// ParseChoices reads a file of choices. name is used in errors, which show the
// place, and by every [Choice].
func ParseChoices(name string, data []byte) (*Choices, error) {
	c := &Choices{file: name}
	document, err := intake.YAML(name, data, c)
	if err != nil {
		return nil, err
	}
	if err := c.check(document.Root); err != nil {
		return nil, document.Error(err)
	}
	c.index(document.Root)
	return c, nil
}

// check reports the first value that cannot be a choice.
func (c *Choices) check(root ast.Node) error {
	if c.Leeway != nil && (*c.Leeway < 0 || c.Leeway.D() > maxLeeway) {
		return errorAt(child(root, "leeway"), "leeway is %v, want 0s to 10m", c.Leeway.D())
	}
	if err := words(root, "algorithms", c.Algorithms, ChosenAlgorithms()); err != nil {
		return err
	}
	if c.Algorithms != nil && !slices.Contains(c.Algorithms, "RS256") {
		return errorAt(child(root, "algorithms"),
			"algorithms lacks RS256, with which the tokens of the catalogue are signed")
	}
	if a := c.TrustedAudiences; a != nil && slices.Contains(a.Names, "") {
		return errorAt(child(root, "trusted_audiences"), "an audience is empty")
	}
	if err := words(root, "require", c.Require, RequirableClaims()); err != nil {
		return err
	}
	if c.Leeway == nil && c.Algorithms == nil && c.TrustedAudiences == nil && c.MaxLifetime == nil && len(c.Require) == 0 {
		return errorAt(root, "nothing is chosen, want one of %s", strings.Join(choiceNames(), ", "))
	}
	return nil
}

// words reports the first entry of a list that is not a known word.
func words(root ast.Node, key string, list, known []string) error {
	for i, word := range list {
		if !slices.Contains(known, word) {
			return errorAt(child(root, key, fmt.Sprint(i)), "%s has %q, want some of %s", key, word, strings.Join(known, ", "))
		}
	}
	return nil
}

func choiceNames() []string {
	return []string{"leeway", "algorithms", "trusted_audiences", "max_lifetime", "require"}
}

// index notes where each choice is.
func (c *Choices) index(root ast.Node) {
	values := map[string]string{
		"algorithms": strings.Join(c.Algorithms, ", "), "require": strings.Join(c.Require, ", "),
	}
	if c.Leeway != nil {
		values["leeway"] = c.Leeway.D().String()
	}
	if a := c.TrustedAudiences; a != nil {
		if values["trusted_audiences"] = strings.Join(a.Names, ", "); a.Any {
			values["trusted_audiences"] = "any"
		} else if len(a.Names) == 0 {
			values["trusted_audiences"] = "none"
		}
	}
	if l := c.MaxLifetime; l != nil {
		if values["max_lifetime"] = time.Duration(*l).String(); *l == 0 {
			values["max_lifetime"] = "none"
		}
	}
	for _, name := range choiceNames() {
		if value := values[name]; value != "" {
			line := child(root, name).GetToken().Position.Line
			c.list = append(c.list, Choice{Name: name, Value: value, File: c.file, Line: line})
		}
	}
}

// File returns the name of the file, or "" for nil Choices.
func (c *Choices) File() string {
	if c == nil {
		return ""
	}
	return c.file
}

// All returns the choices that the file makes.
func (c *Choices) All() []Choice {
	if c == nil {
		return nil
	}
	return c.list
}

// Of returns the choice of a name.
func (c *Choices) Of(name string) Choice {
	for _, choice := range c.All() {
		if choice.Name == name {
			return choice
		}
	}
	return Choice{}
}

// Requires reports whether a token must have a claim.
func (c *Choices) Requires(claim string) bool { return c != nil && slices.Contains(c.Require, claim) }
