package run

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// input fills in what the caller of a verification knows at repetition n.
func (mt *mint) input(token string, in scenarios.Inputs, n int) (implementations.Input, error) {
	input := implementations.Input{Token: token, Redeem: in.Redeem}
	var err error
	if input.ResponseType, err = mt.render(in.ResponseType, scope{}); err != nil {
		return input, err
	}
	for _, list := range []struct {
		dst  *[]string
		from []scenarios.Template
	}{{&input.ACR, in.ACR}, {&input.AMR, in.AMR}, {&input.EndedSessions, in.EndedSessions}} {
		if *list.dst, err = mt.renderAll(list.from); err != nil {
			return input, err
		}
	}
	for _, field := range []struct {
		dst  **string
		from *scenarios.Template
	}{
		{&input.Nonce, in.Nonce}, {&input.AccessToken, in.AccessToken}, {&input.Code, in.Code},
		{&input.State, in.State}, {&input.Subject, in.Subject}, {&input.Objection, in.Objection},
	} {
		if *field.dst, err = mt.renderOptional(field.from, scope{n: n}); err != nil {
			return input, err
		}
	}
	if input.Nonce == nil && mt.choices.Requires("nonce") {
		nonce := goodNonce
		input.Nonce = &nonce
	}
	if in.MaxAge != nil {
		seconds := in.MaxAge.D().Seconds()
		input.MaxAgeSeconds = &seconds
	}
	return input, nil
}

// judge compares what the verifiers answered and the environment has seen with
// what the scenario expects, and collects the evidence.
type judge struct {
	place    *place
	mint     *mint
	reasons  reasons
	marks    map[fault.Endpoint]int // requests at the last assertion
	unasked  map[fault.Endpoint]int // requests that a deployed service made at its start
	held     scenarios.Size         // in memory at the last assertion, where that is measured
	evidence evidence
}

// judged holds the expectations for one answer.
type judged struct {
	expect  scenarios.Expectation
	claims  []scenarios.ReportedClaim
	message scenarios.Message
	lacks   []scenarios.Template // what the message must not have
}

// compare judges an answer.
func (j *judge) compare(answer implementations.Answer, want judged) verdict {
	v := verdict{outcome: reports.OutcomePass, got: answer.String(), answer: answered(answer)}
	switch want.expect.Match(answer.Verdict, j.reasons.gives(answer.Reason)) {
	case scenarios.MatchNone:
		v.outcome, v.why = reports.OutcomeFail, answer.Message
		return v
	case scenarios.MatchVerdict:
		v.reason = j.reasons.finding(answer.Reason)
		if v.reason.differs && j.reasons.strict {
			v.outcome, v.onlyReason, v.why = reports.OutcomeFail, true, answer.Message
			return v
		}
	}
	wrong, err := j.compareMessage(answer.Message, want.message, want.lacks)
	if err != nil {
		return broken(err)
	}
	if wrong != "" {
		v.outcome = reports.OutcomeFail
		v.got += ", but " + wrong
		return v
	}
	for _, claim := range want.claims {
		if answer.Verdict != scenarios.Accept && !claim.Absent {
			continue
		}
		wrong, err := j.compareClaim(answer, claim)
		if err != nil {
			return broken(err)
		}
		if wrong != "" {
			v.outcome = reports.OutcomeFail
			v.got += ", but " + wrong
			return v
		}
	}
	return v
}

// answered returns an answer for the record.
func answered(a implementations.Answer) *reports.Answer {
	// All of it comes from the implementation, which may say anything.
	answer := &reports.Answer{Verdict: string(a.Verdict), Reason: reports.Excerpt(a.Reason, maxVariantText)}
	if raw, ok := a.Claims["sub"]; ok && a.Verdict == scenarios.Accept {
		subject := string(raw)
		var text string
		if json.Unmarshal(raw, &text) == nil {
			subject = text
		}
		subject = reports.Excerpt(subject, maxVariantText)
		answer.Subject = &subject
	}
	return answer
}

// compareClaim returns what is wrong with a reported claim, or "".
func (j *judge) compareClaim(
	answer implementations.Answer, claim scenarios.ReportedClaim,
) (wrong string, err error) {
	raw, reported := answer.Claims[claim.Claim]
	what := claim.Claim
	if claim.Session != "" {
		what = "the " + claim.Session + " of the session"
		raw, reported = sessionMember(answer.Session, claim.Session)
	}
	got := string(raw)
	var text string
	if string(raw) != "null" && json.Unmarshal(raw, &text) == nil {
		got = text
	}
	is, err := j.mint.renderOptional(claim.Is, scope{})
	if err != nil {
		return "", err
	}
	isNot, err := j.mint.renderOptional(claim.IsNot, scope{})
	switch {
	case err != nil:
		return "", err
	case claim.Absent && reported:
		return fmt.Sprintf("it reports %s", what), nil
	case is != nil && !reported:
		return fmt.Sprintf("it does not report %s", what), nil
	case is != nil && got != *is:
		return fmt.Sprintf("it reports %s as %q, want %q", what, cut(got), *is), nil
	case isNot != nil && reported && got == *isNot:
		return fmt.Sprintf("it reports %s as %q", what, cut(got)), nil
	}
	return "", nil
}

// sessionMember returns what is reported of a renewed session, as JSON.
func sessionMember(s *implementations.Renewed, name string) (json.RawMessage, bool) {
	if s == nil {
		return nil, false
	}
	members := map[string]string{
		"access_token": s.AccessToken, "id_token": s.IDToken, "scope": s.Scope,
	}
	raw, err := json.Marshal(members[name])
	return raw, err == nil
}

// compareMessage returns what is wrong with an error text, or "".
func (j *judge) compareMessage(
	got string, want scenarios.Message, lacks []scenarios.Template,
) (wrong string, err error) {
	switch {
	case want.MaxBytes != 0 && len(got) > want.MaxBytes:
		return fmt.Sprintf("its message has %d bytes, want at most %d",
			len(got), want.MaxBytes), nil
	case want.Printable &&
		strings.ContainsFunc(got, func(r rune) bool {
			return unicode.IsControl(r) || r == utf8.RuneError
		}):
		return fmt.Sprintf("its message has control characters: %q", cut(got)), nil
	}
	for _, text := range want.Names {
		if !strings.Contains(got, text) {
			return fmt.Sprintf("its message does not name %q: %q", text, cut(got)), nil
		}
	}
	unwanted, err := j.mint.renderAll(lacks)
	if err != nil {
		return "", err
	}
	for _, text := range unwanted {
		if strings.Contains(got, text) {
			return fmt.Sprintf("its message has %q", cut(text)), nil
		}
	}
	return "", nil
}
