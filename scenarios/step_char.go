package scenarios

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Exchange sends a token to Char's side, which asks the verifier main, and
// keeps the ticket under As. See the package charmock of the mock environment.
type Exchange struct {
	As    string `yaml:"as"`
	Token string `yaml:"token"` // empty sends none

	// Key is the publishable key that a page sends: live, revoked, unknown or
	// malformed. Empty is the exchange of a server, which has none.
	Key    string    `yaml:"key"`
	Origin string    `yaml:"origin"` // the origin of the page: other, none or "" for the right one
	Body   *Template `yaml:"body"`   // template instead of what a page sends

	// Expect is the code of the refusal, or empty for a ticket.
	Expect string `yaml:"expect"`
}

// Connect uses a ticket.
type Connect struct {
	Ticket string `yaml:"ticket"`
	Expect string `yaml:"expect"` // the code of the refusal, or empty for success
}

// Probe is Test Connection: Char discovers an issuer.
type Probe struct {
	Issuer *Template `yaml:"issuer"` // template; nil is the issuer of the environment
	Expect string    `yaml:"expect"` // success or failure
}

// exchangeCodes lists the codes that an exchange or a ticket can be refused
// with. INVALID_TICKET is the mock's own.
func exchangeCodes() []string {
	return append(Codes(), "INVALID_BODY", "INVALID_KEY", "ORIGIN_NOT_ALLOWED", "INVALID_TICKET")
}

func (*Exchange) about() about { return about{key: "exchange", environment: true} }

func (e *Exchange) check(c *stepChecker, node ast.Node) error {
	c.judged = true
	for _, f := range []struct {
		key, value string
		known      []string
	}{
		{"key", e.Key, []string{"live", "revoked", "unknown", "malformed"}},
		{"origin", e.Origin, []string{"other", "none"}},
		{"expect", e.Expect, exchangeCodes()},
	} {
		if f.value != "" && !slices.Contains(f.known, f.value) {
			return errorAt(child(node, f.key), "%s is %q, want one of %s",
				f.key, f.value, strings.Join(f.known, ", "))
		}
	}
	if e.Key == "" && (e.Origin != "" || e.Body != nil) {
		return errorAt(node, "only a page has an origin and a body: add a key")
	}
	if e.Token != "" {
		if err := c.presents(e.Token, child(node, "token")); err != nil {
			return err
		}
	}
	if e.As == "" || e.Expect != "" {
		return nil
	}
	return c.makes(e.As, node, c.tickets)
}

func (*Connect) about() about { return about{key: "connect", environment: true} }

func (s *Connect) check(c *stepChecker, node ast.Node) error {
	c.judged = true
	if _, ok := c.tickets[s.Ticket]; !ok {
		return errorAt(child(node, "ticket"), "no step before made the ticket %q", s.Ticket)
	}
	c.tickets[s.Ticket] = true
	if s.Expect == "" {
		return nil
	}
	return oneOf(child(node, "expect"), "expect", s.Expect, exchangeCodes())
}

func (*Probe) about() about { return about{key: "probe", environment: true} }

func (p *Probe) check(c *stepChecker, node ast.Node) error {
	c.judged = true
	return oneOf(node, "expect", p.Expect, []string{"success", "failure"})
}
