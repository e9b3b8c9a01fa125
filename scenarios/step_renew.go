package scenarios

import "github.com/goccy/go-yaml/ast"

// Begin hands the tokens of the login named Session to the client of the
// default verifier, which must accept them and keeps the session from then on.
type Begin struct {
	Session string `yaml:"session"`
}

func (*Begin) about() about { return about{key: "begin", environment: true} }

func (b *Begin) check(c *stepChecker, node ast.Node) error {
	if err := c.session(b.Session, child(node, "session")); err != nil {
		return err
	}
	if !c.scenario.Has("refresh") {
		return errorAt(node, "the step begin needs the capability refresh")
	}
	c.begun[b.Session] = true
	return nil
}

// Renew lets the client refresh the session that it began under that name,
// whether that is due or not.
type Renew struct {
	Session string          `yaml:"session"`
	Times   int             `yaml:"times"` // how many callers at once; 0 means one
	Expect  Expectation     `yaml:"expect"`
	Reports []ReportedClaim `yaml:"reports"`
	Message Message         `yaml:"message"`

	MessageLacks []Template `yaml:"message_lacks"`
}

func (r *Renew) about() about {
	return about{key: "renew", environment: true, shareable: true, expect: r.Expect}
}

func (r *Renew) check(c *stepChecker, node ast.Node) error {
	c.judged = true
	if !c.begun[r.Session] {
		return errorAt(child(node, "session"), "no step before began the session %q", r.Session)
	}
	if r.Expect.IsZero() {
		return errorAt(node, "the renewal has no expectation")
	}
	if err := r.Message.check(c.scenario, child(node, "message")); err != nil {
		return err
	}
	return checkReports(r.Reports, r.Expect, child(node, "reports"))
}
