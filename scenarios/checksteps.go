package scenarios

import (
	"strconv"

	"github.com/goccy/go-yaml/ast"
)

// stepChecker follows the names that steps make and use.
type stepChecker struct {
	scenario  *Scenario
	tokens    map[string]bool // made and not yet presented: false, presented: true
	sessions  map[string]bool
	verifiers map[string]bool
	begun     map[string]bool // sessions that the client under test keeps
	tickets   map[string]bool
	judged    bool
}

// checkSteps demands that every name is made before it is used, that what is
// made is used, and that something is judged.
func checkSteps(s *Scenario, node ast.Node) error {
	if len(s.Steps) == 0 {
		return nil
	}
	c := stepChecker{
		scenario: s, tokens: map[string]bool{}, sessions: map[string]bool{},
		verifiers: map[string]bool{"": true, "main": true}, begun: map[string]bool{}, tickets: map[string]bool{},
	}
	for i, step := range s.Steps {
		at := child(node, "steps", strconv.Itoa(i))
		if name := step.environment(); name != "" && !s.Has("idp") {
			return errorAt(child(at, name), "the step %s is about the environment and needs the capability idp", name)
		}
		if err := c.step(step, at); err != nil {
			return err
		}
	}
	for name, used := range c.tokens {
		if !used {
			return errorAt(child(node, "steps"), "the token %q is made and never presented", name)
		}
	}
	if !c.judged {
		return errorAt(child(node, "steps"), "no step judges anything: want verify, assert, or an expectation of login, refresh or open")
	}
	return nil
}

// step judges one step. node is the step itself.
func (c *stepChecker) step(s Step, node ast.Node) error {
	switch {
	case s.Mint != nil:
		return c.makes(s.Mint.As, child(node, "mint"), c.tokens)
	case s.Login != nil:
		return c.login(s.Login, child(node, "login"))
	case s.Refresh != nil:
		return c.refresh(s.Refresh, child(node, "refresh"))
	case s.Begin != nil:
		return c.begin(s.Begin, child(node, "begin"))
	case s.Renew != nil:
		return c.renew(s.Renew, child(node, "renew"))
	case s.Issue != nil:
		return checkIssue(s.Issue, child(node, "issue"))
	case s.Revoke != nil:
		if _, ok := c.sessions[*s.Revoke]; !ok {
			return errorAt(child(node, "revoke"), "no step before made the session %q", *s.Revoke)
		}
	case s.Open != nil:
		c.judged = c.judged || !s.Open.Expect.IsZero()
		return c.makes(s.Open.As, child(node, "open"), c.verifiers)
	case s.Verify != nil:
		return c.verify(s.Verify, child(node, "verify"))
	case s.Exchange != nil:
		return c.exchange(s.Exchange, child(node, "exchange"))
	case s.Connect != nil:
		return c.connect(s.Connect, child(node, "connect"))
	case s.Probe != nil:
		c.judged = true
		return oneOf(child(node, "probe"), "expect", s.Probe.Expect, []string{"success", "failure"})
	case s.Assert != nil:
		return c.assert(s.Assert, child(node, "assert"))
	case s.Together != nil:
		return c.together(s.Together, child(node, "together"))
	case s.Close != nil:
		return c.opened(s.Close.Verifier, child(node, "close"))
	case s.Certificate != "":
		return oneOf(child(node, "certificate"), "certificate", s.Certificate, []string{"new"})
	case s.Rotate != nil:
		return c.key(s.Rotate.Key, child(node, "rotate", "key"))
	case s.Promote != nil:
		return c.key(*s.Promote, child(node, "promote"))
	case s.Retire != nil:
		return c.key(*s.Retire, child(node, "retire"))
	}
	return nil
}

// together judges steps that are taken at once. Only one sequence may assert:
// an assertion counts from the one before.
func (c *stepChecker) together(branches [][]Step, node ast.Node) error {
	if len(branches) < 2 {
		return errorAt(node, "want two sequences of steps or more")
	}
	asserting := -1
	for i, branch := range branches {
		for k, step := range branch {
			at := child(node, strconv.Itoa(i), strconv.Itoa(k))
			switch {
			case step.Assert != nil && asserting >= 0 && asserting != i:
				return errorAt(at, "another sequence asserts already")
			case step.Assert != nil:
				asserting = i
			case !step.sharable():
				return errorAt(at, "this step cannot be taken together with others: want verify, assert, close, advance, or a change of keys or faults")
			}
			if err := c.step(step, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// sharable reports whether a step can be taken while others are. One that makes
// what others may use cannot.
func (s *Step) sharable() bool {
	return s.Verify != nil || s.Assert != nil || s.Close != nil || s.Advance != nil || s.Rotate != nil || s.Promote != nil ||
		s.Retire != nil || s.Publish != nil || s.Fault != nil || s.Heal != nil
}

// repetitions judges how often and when a verification is repeated.
func (c *stepChecker) repetitions(v *Verify, node ast.Node) error {
	switch {
	case v.Every != 0 && !c.scenario.Has("clock"):
		return errorAt(child(node, "every"), "every moves the clock and needs the capability clock")
	case v.Every != 0 && v.Times < 2:
		return errorAt(child(node, "every"), "every is about repetitions: times is missing")
	case v.Eventually && v.Times < 2:
		return errorAt(child(node, "eventually"), "eventually is about repetitions: times is missing")
	case (v.Every != 0 || v.Eventually) && v.Parallel > 1:
		return errorAt(child(node, "parallel"), "want either parallel or repetitions in order")
	}
	return nil
}

// opened demands that a verifier was opened. Empty is main.
func (c *stepChecker) opened(name string, node ast.Node) error {
	if _, ok := c.verifiers[name]; !ok {
		return errorAt(child(node, "verifier"), "no step before opened the verifier %q", name)
	}
	return nil
}

// makes notes a new name.
func (c *stepChecker) makes(name string, node ast.Node, in map[string]bool) error {
	if name == "" {
		return errorAt(node, "the step names nothing: as is missing")
	}
	if _, exists := in[name]; exists {
		return errorAt(child(node, "as"), "the name %q is taken by an earlier step", name)
	}
	in[name] = false
	return nil
}

func (c *stepChecker) login(l *Login, node ast.Node) error {
	c.judged = c.judged || l.Expect != ""
	if l.Issue != nil {
		if err := checkIssue(l.Issue, child(node, "issue")); err != nil {
			return err
		}
	}
	if l.Expect != "" {
		return nil
	}
	if err := c.makes(l.As, node, c.sessions); err != nil {
		return err
	}
	// The ID Token and the access token may be presented, and need not be.
	c.tokens[l.As], c.tokens[l.As+".access"] = true, true
	return nil
}

func (c *stepChecker) refresh(r *Refresh, node ast.Node) error {
	if _, ok := c.sessions[r.From]; !ok {
		return errorAt(child(node, "from"), "no step before made the session %q", r.From)
	}
	c.judged = c.judged || r.Expect != "" || len(r.Lacks) > 0
	if r.As == "" {
		if r.Expect == "" && len(r.Lacks) == 0 {
			return errorAt(node, "the refresh neither keeps nor expects anything")
		}
		return nil
	}
	if err := c.makes(r.As, node, c.sessions); err != nil {
		return err
	}
	c.tokens[r.As], c.tokens[r.As+".access"] = true, true
	return nil
}

// checkIssue refuses what has no effect on tokens that the environment issues.
func checkIssue(t *Token, node ast.Node) error {
	for _, key := range []struct{ name, value string }{{"flow", t.Flow}, {"use", t.Use}, {"scope", t.Scope}} {
		if key.value != "" {
			return errorAt(child(node, key.name), "%s has no effect on what is issued", key.name)
		}
	}
	return nil
}

func (c *stepChecker) assert(a *Assert, node ast.Node) error {
	c.judged = true
	set := a.Memory != 0
	for _, count := range []Count{
		a.JWKSRequests, a.DiscoveryRequests, a.TokenRequests, a.OtherRequests, a.Credentials, a.UserAgents, a.Goroutines,
	} {
		set = set || count.Set
	}
	switch {
	case !set:
		return errorAt(node, "the assertion asserts nothing")
	case a.Goroutines.Set && !c.scenario.Has("api"):
		return errorAt(child(node, "goroutines"), "goroutines needs the capability api")
	case a.Memory != 0 && !c.scenario.Has("api"):
		return errorAt(child(node, "memory"), "memory needs the capability api")
	}
	return nil
}

func (c *stepChecker) begin(b *Begin, node ast.Node) error {
	if _, ok := c.sessions[b.Session]; !ok {
		return errorAt(child(node, "session"), "no step before made the session %q", b.Session)
	}
	if !c.scenario.Has("refresh") {
		return errorAt(node, "the step begin needs the capability refresh")
	}
	c.begun[b.Session] = true
	return nil
}

func (c *stepChecker) renew(r *Renew, node ast.Node) error {
	c.judged = true
	if !c.begun[r.Session] {
		return errorAt(child(node, "session"), "no step before began the session %q", r.Session)
	}
	if r.Expect.IsZero() {
		return errorAt(node, "the renewal has no expectation")
	}
	return checkReports(r.Reports, child(node, "reports"))
}

func (c *stepChecker) verify(v *Verify, node ast.Node) error {
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
	for name, set := range map[string]bool{"memory": v.Memory != 0, "give_up": v.GiveUp != 0} {
		if set && !c.scenario.Has("api") {
			return errorAt(child(node, name), "%s needs the capability api", name)
		}
	}
	if err := c.repetitions(v, node); err != nil {
		return err
	}
	if err := checkReports(v.Reports, child(node, "reports")); err != nil {
		return err
	}
	if v.Token == "" {
		return nil
	}
	if _, ok := c.tokens[v.Token]; !ok {
		return errorAt(child(node, "token"), "no step before made the token %q", v.Token)
	}
	c.tokens[v.Token] = true
	return nil
}

// key demands that name is a key of the case. Empty is right where the step
// needs none.
func (c *stepChecker) key(name string, node ast.Node) error {
	if _, ok := c.scenario.Keys[name]; ok || name == "" || name == "k1" {
		return nil
	}
	return errorAt(node, "the case has no key %q: add it under keys", name)
}
