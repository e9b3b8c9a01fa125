package scenarios

import "github.com/goccy/go-yaml/ast"

// Mint makes a token and keeps it under the name As.
type Mint struct {
	As    string `yaml:"as"`
	Token `yaml:",inline"`
}

func (*Mint) about() about { return about{key: "mint"} }

func (m *Mint) check(c *stepChecker, node ast.Node) error { return c.makes(m.As, node, c.tokens) }
