package scenarios

import "github.com/goccy/go-yaml/ast"

// stepChecker follows the names that steps make and use.
type stepChecker struct {
	scenario  *Scenario
	tokens    map[string]bool // false until the token is presented
	sessions  map[string]bool // tokens of a login or refresh
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
		verifiers: map[string]bool{
			"": true, DefaultVerifier: true,
		}, begun: map[string]bool{}, tickets: map[string]bool{},
	}
	for path, step := range s.AllSteps() {
		if step.Kind == nil {
			return errorAt(child(node, path...), "the step is empty")
		}
		a := step.Kind.about()
		at := child(node, append(path, a.key)...)
		if a.environment && !s.Has("idp") {
			return errorAt(at, "the step %s is about the environment and needs the capability idp",
				a.key)
		}
		if err := step.Kind.check(&c, at); err != nil {
			return err
		}
	}
	for name, used := range c.tokens {
		if !used {
			return errorAt(child(node, "steps"), "the token %q is made and never presented", name)
		}
	}
	if !c.judged {
		return errorAt(child(node, "steps"),
			"no step judges anything: want verify, assert, or an expectation of login, refresh or open")
	}
	return nil
}

// opened demands that a verifier was opened. Empty is the default one.
func (c *stepChecker) opened(name string, node ast.Node) error {
	if _, ok := c.verifiers[name]; !ok {
		return errorAt(child(node, "verifier"), "no step before opened the verifier %q", name)
	}
	return nil
}

// makes records a new name.
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

// makesSession records a session, whose ID Token and access token may be
// presented and need not be.
func (c *stepChecker) makesSession(name string, node ast.Node) error {
	if err := c.makes(name, node, c.sessions); err != nil {
		return err
	}
	c.tokens[name], c.tokens[name+".access"] = true, true
	return nil
}

// session demands that a session was made.
func (c *stepChecker) session(name string, node ast.Node) error {
	if _, ok := c.sessions[name]; !ok {
		return errorAt(node, "no step before made the session %q", name)
	}
	return nil
}

// presents demands that a token was made, and records that it is used.
func (c *stepChecker) presents(name string, node ast.Node) error {
	if _, ok := c.tokens[name]; !ok {
		return errorAt(node, "no step before made the token %q", name)
	}
	c.tokens[name] = true
	return nil
}

// key demands that name is a key of the case. Empty is right where the step
// needs none.
func (c *stepChecker) key(name string, node ast.Node) error {
	if _, ok := c.scenario.Keys[name]; ok || name == "" || name == DefaultKey {
		return nil
	}
	return errorAt(node, "the case has no key %q: add it under keys", name)
}
