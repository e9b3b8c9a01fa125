package scenarios

import "github.com/goccy/go-yaml/ast"

// Open makes a further verifier with a configuration of its own.
type Open struct {
	As     string      `yaml:"as"`
	Config Config      `yaml:"config"`
	Expect Expectation `yaml:"expect"` // the expectation of its construction; empty means that it must succeed
}

func (o *Open) about() about {
	return about{key: "open", expect: o.Expect, timed: o.Config.FetchTimeout != 0}
}

func (o *Open) check(c *stepChecker, node ast.Node) error {
	c.judged = c.judged || !o.Expect.IsZero()
	if err := c.scenario.checkAsks(o.Config.asks(), child(node, "config")); err != nil {
		return err
	}
	return c.makes(o.As, node, c.verifiers)
}

// Close ends a verifier. It may answer later calls, and calls that it has not
// answered yet, as if its keys were unavailable.
type Close struct {
	Verifier string   `yaml:"verifier"` // empty means the default one
	Within   Duration `yaml:"within"`   // bound on the end; 0 means none
}

func (s *Close) about() about { return about{key: "close", shareable: true, timed: s.Within != 0} }

func (s *Close) check(c *stepChecker, node ast.Node) error { return c.opened(s.Verifier, node) }
