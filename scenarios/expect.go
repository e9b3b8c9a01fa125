package scenarios

import (
	"fmt"
	"slices"
	"strings"
)

// Verdict is the answer of an implementation.
type Verdict string

// The verdicts. Refuse is an answer to a configuration, the others to a token.
const (
	Accept Verdict = "accept"
	Reject Verdict = "reject"
	Refuse Verdict = "refuse"
)

// Expectation is the set of answers that a scenario allows. The zero value
// allows none and means that the key is missing.
type Expectation struct {
	allowed []allowed
	either  bool
	text    string
}

// allowed is one verdict with the reasons it may have; none means any.
type allowed struct {
	verdict Verdict
	reasons []string
}

// ParseExpectation reads an expectation; the package comment has the grammar.
func ParseExpectation(text string) (Expectation, error) {
	e := Expectation{text: text}
	if text == "either" {
		e.either = true
		return e, nil
	}
	fail := func(what string) (Expectation, error) {
		return Expectation{}, fmt.Errorf("expectation is %q: %s; want accept, reject REASON or REASON, refuse, or either",
			text, what)
	}
	for _, term := range strings.Split(text, " or ") {
		words := strings.Fields(term)
		if len(words) == 0 {
			return fail("a term is empty")
		}
		switch v := Verdict(words[0]); v {
		case Accept, Reject, Refuse:
			e.allowed = append(e.allowed, allowed{verdict: v})
			words = words[1:]
		}
		if len(words) == 0 {
			continue
		}
		if len(e.allowed) == 0 || len(words) > 1 {
			return fail(fmt.Sprintf("%q is not understood", term))
		}
		last := &e.allowed[len(e.allowed)-1]
		if last.verdict == Accept {
			return fail("accept has no reason")
		}
		if !slices.Contains(Reasons(), words[0]) {
			return fail(fmt.Sprintf("reason %q is not known", words[0]))
		}
		last.reasons = append(last.reasons, words[0])
	}
	return e, nil
}

// IsZero reports whether the expectation is missing.
func (e Expectation) IsZero() bool { return e.text == "" }

// Open reports whether e allows every answer.
func (e Expectation) Open() bool { return e.either }

// Allows reports whether v is a verdict that e allows.
func (e Expectation) Allows(v Verdict) bool {
	return e.either || slices.ContainsFunc(e.allowed, func(a allowed) bool { return a.verdict == v })
}

// Only reports whether v is the one verdict that e allows.
func (e Expectation) Only(v Verdict) bool {
	return len(e.allowed) > 0 &&
		!slices.ContainsFunc(e.allowed, func(a allowed) bool { return a.verdict != v })
}

// Reasons lists every reason that e names.
func (e Expectation) Reasons() []string {
	var list []string
	for _, a := range e.allowed {
		list = append(list, a.reasons...)
	}
	return list
}

// Match is how an answer compares with an expectation.
type Match uint8

// The matches. MatchVerdict is a right verdict, but not for a reason that the
// expectation lists.
const (
	MatchNone Match = iota
	MatchVerdict
	MatchExact
)

// Match compares an answer with e. gives reports whether the reason of the
// answer is one that e lists.
func (e Expectation) Match(v Verdict, gives func(reason string) bool) Match {
	if e.either {
		return MatchExact
	}
	best := MatchNone
	for _, a := range e.allowed {
		switch {
		case a.verdict != v:
		case len(a.reasons) == 0 || slices.ContainsFunc(a.reasons, gives):
			return MatchExact
		default:
			best = MatchVerdict
		}
	}
	return best
}

// String returns the expectation as it was written.
func (e Expectation) String() string { return e.text }
