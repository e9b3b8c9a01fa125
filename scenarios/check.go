package scenarios

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

var (
	groupPattern = regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	idPattern    = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z0-9][a-z0-9-]*)+$`)
)

// checkGroup judges the keys of a file.
func checkGroup(g *Group, node ast.Node) error {
	switch {
	case !groupPattern.MatchString(g.Name):
		return errorAt(child(node, "group"), "group is %q, want a short lower-case name", g.Name)
	case g.Title == "":
		return errorAt(child(node, "title"), "the group has no title")
	case len(g.Cases) == 0:
		return errorAt(child(node, "cases"), "the group has no cases")
	}
	if g.Policy != "" {
		if err := oneOf(child(node, "policy"), "policy", g.Policy, Policies()); err != nil {
			return err
		}
	}
	codes := make(map[string]bool)
	for i, name := range g.Documented {
		at := child(node, "documented", strconv.Itoa(i))
		if err := checkDocumented(name, at); err != nil {
			return err
		}
		if code := codeOf(name); codes[code] {
			return errorAt(at, "documented names two causes of %s, want one: cases can name others", code)
		}
		codes[codeOf(name)] = true
	}
	return nil
}

// checkDocumented demands the name of a documented cause.
func checkDocumented(name string, node ast.Node) error {
	var names []string
	for _, c := range DocumentedCauses() {
		names = append(names, c.Name)
	}
	return oneOf(node, "documented", name, names)
}

// check judges one case and returns the first mistake.
func check(s *Scenario, node ast.Node) error {
	for _, judge := range []func(*Scenario, ast.Node) error{
		checkHead, checkSpec, checkNeeds, checkKeys, checkAsked, checkShape, checkTemplates, checkSteps,
	} {
		if err := judge(s, node); err != nil {
			return err
		}
	}
	return nil
}

// checkHead judges what names and ranks a case.
func checkHead(s *Scenario, node ast.Node) error {
	switch {
	case !idPattern.MatchString(s.ID):
		return errorAt(child(node, "id"), "id is %q, want a dotted lower-case name such as aud.suffix-char", s.ID)
	case s.Title == "":
		return errorAt(node, "case %s has no title", s.ID)
	}
	if err := oneOf(child(node, "level"), "level", s.Level, Levels()); err != nil {
		return err
	}
	if s.Policy != "" {
		if err := oneOf(child(node, "policy"), "policy", s.Policy, Policies()); err != nil {
			return err
		}
	}
	if s.Code != "" {
		if err := oneOf(child(node, "code"), "code", s.Code, Codes()); err != nil {
			return err
		}
	}
	if s.Documented != "" {
		if err := checkDocumented(s.Documented, child(node, "documented")); err != nil {
			return err
		}
		if code := codeOf(s.Documented); code != s.Code {
			return errorAt(child(node, "documented"), "%s is a cause of %s, and the code of the case is %q", s.Documented, code, s.Code)
		}
	}
	return nil
}

// checkSpec demands a clause of a known document.
func checkSpec(s *Scenario, node ast.Node) error {
	if len(s.Spec) == 0 {
		return errorAt(node, "case %s cites no clause: spec is missing", s.ID)
	}
	for i, clause := range s.Spec {
		if !citesDocument(clause) {
			return errorAt(child(node, "spec", strconv.Itoa(i)), unknownDocument, clause, exampleClause)
		}
	}
	return nil
}

// The text of an error about a clause of a document that is not known, and the
// example in it.
const (
	unknownDocument = "clause is %q, want a known document and a section, such as %q"
	exampleClause   = "RFC 7519 §4.1.4"
)

// citesDocument reports whether a clause is one of a known document.
func citesDocument(clause string) bool {
	return slices.ContainsFunc(documents(), func(doc string) bool {
		rest, ok := strings.CutPrefix(clause, doc)
		return ok && (strings.HasPrefix(rest, " ") || strings.HasPrefix(rest, "-"))
	})
}

// checkShape demands either steps or one token with an expectation.
func checkShape(s *Scenario, node ast.Node) error {
	if err := s.checkNeeded(child(node, "environment"),
		asked{"tls", "tls", s.Environment.TLS != ""}, asked{"keys_tls", "tls", s.Environment.KeysTLS != ""}, asked{"host", "api", s.Environment.Host != ""},
		asked{"lost_lookups", "api", s.Environment.LostLookups != 0},
	); err != nil {
		return err
	}
	if e := s.Environment; e.KeysTLS != "" && (e.TLS == "" || e.Host != "" || e.Discovery != nil) {
		return errorAt(child(node, "environment", "keys_tls"), "keys_tls needs tls, and excludes host and discovery")
	}
	if err := s.checkNeeded(node, asked{"memory", "api", s.Memory != 0}); err != nil {
		return err
	}
	if err := s.Message.check(s, child(node, "message")); err != nil {
		return err
	}
	if len(s.Steps) > 0 {
		switch {
		case s.Token != nil:
			return errorAt(child(node, "token"), "a case with steps has no token of its own: use mint")
		case !s.Expect.IsZero():
			return errorAt(child(node, "expect"), "a case with steps has no expectation of its own: use verify")
		}
		return nil
	}
	if s.Expect.IsZero() {
		return errorAt(node, "case %s has no expectation: expect is missing", s.ID)
	}
	if s.Config.ClientSecret.text != "" && !s.Has("hs256") && !s.Has("refresh") {
		return errorAt(child(node, "config", "client_secret"), "a client secret needs the capability hs256 or refresh")
	}
	if err := checkReports(s.Reports, s.Expect, child(node, "reports")); err != nil {
		return err
	}
	if s.Config.DecryptionKey.text != "" && !s.Has("jwe") {
		return errorAt(child(node, "config", "decryption_key"), "a decryption key needs the capability jwe")
	}
	if s.Token != nil && s.Token.Flow != "" && !s.Has("idp") {
		return errorAt(child(node, "token", "flow"), "a token from a flow needs the capability idp")
	}
	return nil
}

// checkReports demands that each entry says what it is about and what must
// hold. Only absent says something about a refusal.
func checkReports(list []ReportedClaim, expect Expectation, node ast.Node) error {
	for i, r := range list {
		at := child(node, strconv.Itoa(i))
		if (r.Claim == "") == (r.Session == "") {
			return errorAt(at, "want either claim or session")
		}
		if r.Session != "" {
			if err := oneOf(child(at, "session"), "session", r.Session, []string{"access_token", "id_token", "scope"}); err != nil {
				return err
			}
		}
		switch {
		case r.Is == nil && r.IsNot == nil && !r.Absent:
			return errorAt(at, "nothing is said about %s: want is, is_not or absent", cmp.Or(r.Claim, r.Session))
		case !r.Absent && !expect.Allows(Accept):
			return errorAt(at, "reports has no effect: expect allows no accept, and nothing is reported with a refusal; want absent or another expectation")
		}
	}
	return nil
}
