package scenarios

import "github.com/goccy/go-yaml/ast"

// Verify presents the token named Token, every token of a family that is made
// on the spot from Each, or every string that the template Text gives.
type Verify struct {
	Verifier string      `yaml:"verifier"` // empty means the default one
	Token    string      `yaml:"token"`
	Each     *Token      `yaml:"each"`     // a token for each repetition; the function n counts them
	Text     *Template   `yaml:"text"`     // a string for each repetition, as with Each
	Fresh    bool        `yaml:"fresh"`    // each repetition has a verifier of its own, configured like the first
	Times    int         `yaml:"times"`    // 0 means once
	Parallel int         `yaml:"parallel"` // how many at once; 0 means one after the other
	Every    Duration    `yaml:"every"`    // what the clock advances by between two repetitions; needs clock
	Inputs   Inputs      `yaml:"inputs"`
	Expect   Expectation `yaml:"expect"`
	Within   Duration    `yaml:"within"` // bound on each verification
	Memory   Size        `yaml:"memory"` // bound on what all of them allocate; needs api

	// GiveUp is when the caller stops waiting for an answer; needs api.
	GiveUp Duration `yaml:"give_up"`

	// Eventually ends the repetitions with the first answer that is as
	// expected, which must come. The answers before it do not matter.
	Eventually bool `yaml:"eventually"`

	// AcceptedOnce allows one repetition, whichever it is, to be accepted, and
	// requires that. Expect is about the others.
	AcceptedOnce bool `yaml:"accepted_once"`

	Message Message `yaml:"message"`

	Reports      []ReportedClaim `yaml:"reports"`
	MessageLacks []Template      `yaml:"message_lacks"`
}

func (v *Verify) about() about {
	return about{
		key: "verify", shareable: true, expect: v.Expect, timed: v.Within != 0,
		memory: v.Memory != 0,
	}
}

func (v *Verify) check(c *stepChecker, node ast.Node) error {
	c.judged = true
	if v.Expect.IsZero() {
		return errorAt(node, "the verification has no expectation")
	}
	if err := c.opened(v.Verifier, node); err != nil {
		return err
	}
	sources := 0
	for _, set := range []bool{v.Token != "", v.Each != nil, v.Text != nil} {
		if set {
			sources++
		}
	}
	if sources != 1 {
		return errorAt(node, "want either token, each or text")
	}
	if err := c.scenario.checkNeeded(node, asked{"memory", "api", v.Memory != 0},
		asked{"give_up", "api", v.GiveUp != 0}); err != nil {
		return err
	}
	if err := c.scenario.checkAsks(v.Inputs.asks(), child(node, "inputs")); err != nil {
		return err
	}
	if err := v.Message.check(c.scenario, child(node, "message")); err != nil {
		return err
	}
	if err := v.checkRepetitions(c.scenario, node); err != nil {
		return err
	}
	if err := checkReports(v.Reports, v.Expect, child(node, "reports")); err != nil {
		return err
	}
	if v.Token == "" {
		return nil
	}
	return c.presents(v.Token, child(node, "token"))
}

// checkRepetitions checks how often and when the verification is repeated.
func (v *Verify) checkRepetitions(s *Scenario, node ast.Node) error {
	switch {
	case v.Every != 0 && !s.Has("clock"):
		return errorAt(child(node, "every"), "every moves the clock and needs the capability clock")
	case v.Every != 0 && v.Times < 2:
		return errorAt(child(node, "every"), "every is about repetitions: times is missing")
	case v.Eventually && v.Times < 2:
		return errorAt(child(node, "eventually"),
			"eventually is about repetitions: times is missing")
	case v.AcceptedOnce && (v.Times < 2 || v.Eventually || v.Expect.Allows(Accept)):
		return errorAt(child(node, "accepted_once"), "accepted_once is about repetitions of which all others are refused")
	case (v.Every != 0 || v.Eventually) && v.Parallel > 1:
		return errorAt(child(node, "parallel"), "want either parallel or repetitions in order")
	}
	return nil
}
