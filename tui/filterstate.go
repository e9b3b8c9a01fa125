package tui

import (
	"slices"
	"strings"

	"github.com/assay-id/assay/reports"
)

// slowMillis is how long a case must have taken to be @slow: a hundred times
// what most take.
const slowMillis = 100

// states returns the words after an @ that are neither a group nor a policy,
// and what they match. A word can have a longer form, such as failed.
func states() map[string]filterTerm {
	all := map[string]filterTerm{
		"fail":    func(r *row) bool { return r.result != nil && r.result.Outcome.Bad() },
		"smoke":   func(r *row) bool { return r.scenario.Smoke },
		"needs":   func(r *row) bool { return len(r.scenario.Needs) > 0 },
		"marked":  func(r *row) bool { return r.marked },
		"changed": func(r *row) bool { return r.change != "" },
		"differs": func(r *row) bool { return r.result != nil && r.result.ReasonDiffers },
		"unknown": func(r *row) bool { return r.result != nil && r.result.ReasonUnknown },
		"slow":    func(r *row) bool { return r.result != nil && r.result.DurationMillis >= slowMillis },
	}
	for _, change := range []string{"worse", "better"} {
		all[change] = func(r *row) bool { return string(r.change) == change }
	}
	for _, level := range []string{"must", "should", "may", "hardening", "info"} {
		all[level] = func(r *row) bool { return string(r.scenario.Level) == level }
	}
	for _, state := range []string{
		"pass", "skip", "known", "fixed", "crash", "hang", "adapter", "invalid", "error", "run", "wait", "idle",
	} {
		all[state] = func(r *row) bool { return r.state() == state }
	}
	for long, short := range map[string]string{
		"failed": "fail", "passed": "pass", "skipped": "skip", "running": "run", "waiting": "wait",
		"crashed": "crash", "hung": "hang",
	} {
		all[long] = all[short]
	}
	return all
}

// state returns the term of an @word.
func (p *filterParser) state(text string) filterTerm {
	all := states()
	if match := all[text]; match != nil {
		return match
	}
	named := func(r *row) bool {
		return strings.EqualFold(text, r.scenario.Group) || strings.EqualFold(text, r.scenario.Policy)
	}
	if slices.ContainsFunc(p.rows, named) {
		return named
	}
	begins := func(known string) bool { return strings.HasPrefix(strings.ToLower(known), text) }
	for known := range all {
		if begins(known) {
			return nil
		}
	}
	if !slices.ContainsFunc(p.rows, func(r *row) bool {
		return begins(r.scenario.Group) || begins(r.scenario.Policy)
	}) {
		p.fail("no @%s: try @fail @wait @must @slow", reports.Escape(text))
	}
	return nil
}
