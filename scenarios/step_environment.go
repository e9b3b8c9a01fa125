package scenarios

import "github.com/goccy/go-yaml/ast"

// Certificate is "new": the environment gets another one of the same kind.
type Certificate string

func (*Certificate) about() about { return about{key: "certificate", environment: true} }

func (s *Certificate) check(c *stepChecker, node ast.Node) error {
	if c.scenario.Environment.TLS == "" {
		return errorAt(node, "the environment has no certificate: add tls to environment")
	}
	return oneOf(node, "certificate", string(*s), []string{"new"})
}

// Advance moves the virtual clock of the environment and the verifiers.
type Advance struct{ Duration }

func (*Advance) about() about { return about{key: "advance", shareable: true} }

func (*Advance) check(*stepChecker, ast.Node) error { return nil }

// AddFault is the step fault: from now on the environment does something wrong.
type AddFault struct {
	Fault `yaml:",inline"`
}

func (*AddFault) about() about { return about{key: "fault", environment: true, shareable: true} }

func (*AddFault) check(*stepChecker, ast.Node) error { return nil }

// Heal removes the fault of this ID, or every fault if it is "all".
type Heal string

func (*Heal) about() about { return about{key: "heal", environment: true, shareable: true} }

func (*Heal) check(*stepChecker, ast.Node) error { return nil }
