package scenarios

import (
	"strconv"

	"github.com/goccy/go-yaml/ast"
)

// asked is something that a case asks of an implementation, with the
// capability for it.
type asked struct {
	key, capability string
	is              bool
}

// checkAsked demands the capability for every check that the inputs and
// configurations of a case ask for. Without it an implementation that cannot
// make the check would fail the case instead of skipping it.
func checkAsked(s *Scenario, node ast.Node) error {
	if err := s.checkList(s.Inputs.asks(), child(node, "inputs")); err != nil {
		return err
	}
	if err := s.checkList(s.Config.asks(), child(node, "config")); err != nil {
		return err
	}
	return s.checkStepsAsked(s.Steps, child(node, "steps"))
}

func (s *Scenario) checkStepsAsked(steps []Step, node ast.Node) error {
	for i, step := range steps {
		at := child(node, strconv.Itoa(i))
		var err error
		switch {
		case step.Verify != nil:
			err = s.checkList(step.Verify.Inputs.asks(), child(at, "verify", "inputs"))
		case step.Open != nil:
			err = s.checkList(step.Open.Config.asks(), child(at, "open", "config"))
		}
		for k, branch := range step.Together {
			if err == nil {
				err = s.checkStepsAsked(branch, child(at, "together", strconv.Itoa(k)))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Scenario) checkList(list []asked, node ast.Node) error {
	for _, a := range list {
		if a.is && !s.Has(a.capability) {
			return errorAt(child(node, a.key), "%s asks for a check that not every verifier makes: the case needs the capability %s", a.key, a.capability)
		}
	}
	return nil
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
		{"response_type", "flow", in.ResponseType != ""},
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
