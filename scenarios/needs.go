package scenarios

import (
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"
)

// Has reports whether s needs a capability.
func (s *Scenario) Has(capability string) bool { return slices.Contains(s.Needs, capability) }

// checkNeeds checks the names of the capabilities.
func checkNeeds(s *Scenario, node ast.Node) error {
	var names []string
	for _, c := range Capabilities() {
		names = append(names, c.Name)
	}
	for i, need := range s.Needs {
		at := child(node, "needs", strconv.Itoa(i))
		if err := oneOf(at, "capability", need, names); err != nil {
			return err
		}
	}
	return nil
}

// asked is something that a case asks of an implementation, with the
// capability for it.
type asked struct {
	key, capability string
	is              bool
}

// checkAsked demands the capability for every check that the inputs and the
// configuration of a case ask for.
func checkAsked(s *Scenario, node ast.Node) error {
	if err := s.checkAsks(s.Inputs.asks(), child(node, "inputs")); err != nil {
		return err
	}
	return s.checkAsks(s.Config.asks(), child(node, "config"))
}

// checkAsks demands the capability for each check of a list. Without it an
// implementation that cannot make the check would fail the case instead of
// skipping it.
func (s *Scenario) checkAsks(list []asked, node ast.Node) error {
	for _, a := range list {
		if a.is && !s.Has(a.capability) {
			return errorAt(child(node, a.key),
				"%s asks for a check that not every verifier makes: the case needs the capability %s",
				a.key, a.capability)
		}
	}
	return nil
}

// checkNeeded demands the capability for each key of node that has no meaning
// without it.
func (s *Scenario) checkNeeded(node ast.Node, list ...asked) error {
	for _, a := range list {
		if a.is && !s.Has(a.capability) {
			return errorAt(child(node, a.key), "%s needs the capability %s", a.key, a.capability)
		}
	}
	return nil
}

// check demands the capability api for words that a message must have. A
// program has messages of its own, in its own words, or none.
func (m Message) check(s *Scenario, node ast.Node) error {
	return s.checkNeeded(node, asked{"names", "api", m.Names != nil})
}

func (in Inputs) asks() []asked {
	return []asked{
		{"nonce", "nonce", in.Nonce != nil},
		{"access_token", "at_hash", in.AccessToken != nil},
		{"code", "c_hash", in.Code != nil},
		{"state", "s_hash", in.State != nil},
		{"max_age", "max_age", in.MaxAge != nil},
		{"acr", "acr", in.ACR != nil},
		{"amr", "amr", in.AMR != nil},
		{"subject", "expect", in.Subject != nil},
		{"response_type", "flow", in.ResponseType.text != ""},
		{"redeem", "redeem", in.Redeem},
		{"ended_sessions", "policy", in.EndedSessions != nil},
		{"objection", "policy", in.Objection != nil},
	}
}

func (cfg Config) asks() []asked {
	return []asked{
		{"utc_offset", "clock", cfg.UTCOffset != 0},
		{"require", "policy", cfg.Require != nil},
	}
}
