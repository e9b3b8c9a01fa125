package run

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/verifier"
)

// evidence collects what is seen while a case is executed.
type evidence struct {
	reports.Evidence
	minted *minted // the only token of the case, or nil
}

// token records the one token of a case.
func (e *evidence) token(m minted) {
	e.Changes = m.changes
	e.After = record(m.after, m.compact)
	e.minted = &m
}

// complete adds the good token that the one token was made of. It is signed only
// if header and payload are the same: a signature over a different text differs
// anyway, and signing is much of what a run costs.
func (e *evidence) complete() error {
	if e.minted == nil {
		return nil
	}
	good, err := e.minted.draft.Forge(forge.Change{Signing: forge.Signing{Alg: "none"}})
	if err != nil {
		return err
	}
	if e.Before = record(good, ""); e.Before.Header != e.After.Header || e.Before.Payload != e.After.Payload {
		return nil
	}
	if good, err = e.minted.draft.Unchanged(e.minted.after); err != nil {
		return err
	}
	e.Before = record(good, good.String())
	return nil
}

// record decodes a token as far as it is one.
func record(t forge.Token, compact string) *reports.Token {
	return &reports.Token{
		Header:    reports.Excerpt(string(t.HeaderText), reports.MaxTokenText),
		Payload:   reports.Excerpt(string(t.PayloadText), reports.MaxTokenText),
		Signature: reports.Excerpt(base64.RawURLEncoding.EncodeToString(t.SignatureBytes), reports.MaxTokenText),
		Compact:   reports.Excerpt(compact, reports.MaxTokenText),
		Bytes:     len(compact),
	}
}

// repeated records that this is not the first attempt.
func (e *evidence) repeated(attempt int) {
	e.Notes = append(e.Notes, fmt.Sprintf("attempt %d of at most %d: the case bounds time or memory, or the machine was busy",
		attempt, maxAttempts))
}

// step records one step of a sequence.
func (e *evidence) step(do, want, got string, ok bool, took time.Duration, fetches int) {
	e.Steps = append(e.Steps, reports.Step{Do: do, Want: want, Got: got, OK: ok, DurationMillis: millis(took), Fetches: fetches})
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// maxRequests bounds the requests that a record keeps: a flood is told by its
// first ones and the count.
const maxRequests = 40

// requests records what the environment has seen.
func (j *judge) requests() {
	all := j.place.env.Requests()
	for i, r := range all {
		if i == maxRequests {
			j.evidence.Notes = append(j.evidence.Notes, "further requests are not listed")
			break
		}
		j.evidence.Requests = append(j.evidence.Requests, reports.Request{
			Method: r.Method, Path: r.Path, Status: r.Status, Bytes: r.Bytes, Fault: r.FaultID, UserAgent: r.UserAgent,
			AtMillis: millis(r.Time.Sub(j.place.clock.start)),
		})
	}
}

// Explain adds the likely causes of a failure of s, and what to do about them:
// its own cause, or that of its group, and the documented cause that it
// reproduces. A case that did not pass has them already.
//
// Causes of a group are about verifiers that accept too much. They do not fit a
// good token that was refused.
func Explain(s *scenarios.Scenario, result *reports.Case) {
	add := func(list []string, text string) []string {
		if text != "" {
			list = append(list, strings.TrimSpace(text))
		}
		return list
	}
	if s.Cause == "" && s.Expect.Only(scenarios.Accept) {
		result.Causes = add(result.Causes, tooStrict)
		result.Advice = add(result.Advice, cmp.Or(s.Advice, askWhy))
		return
	}
	result.Causes = add(result.Causes, cmp.Or(s.Cause, s.Group.Cause))
	result.Advice = add(result.Advice, cmp.Or(s.Advice, s.Group.Advice))
	switch d := documented(s); {
	case d != nil:
		result.Causes = add(result.Causes, d.Text)
		result.Advice = add(result.Advice, d.Do)
	case s.Code != "":
		result.Causes = append(result.Causes, verifier.Code(s.Code).Causes()...)
	}
}

// What is said of a good token that was refused.
const (
	tooStrict = "The verifier refuses what it must accept: users who have signed in as they should are turned away."
	askWhy    = "Look up in the verifier's own log why it refuses this token, and compare it with the clause."
)

// documented returns the documented cause that s reproduces, or nil.
func documented(s *scenarios.Scenario) *reports.Documented {
	name := s.DocumentedCause()
	for _, c := range verifier.Code(s.Code).NamedCauses() {
		if c.Name == name {
			return &reports.Documented{Name: c.Name, Text: c.Text, Do: c.Do}
		}
	}
	return nil
}
