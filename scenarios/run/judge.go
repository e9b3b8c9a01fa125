package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// variants executes s once, or once for each of its variants until one does
// not pass, and fills in result.
func (r *runner) variants(ctx context.Context, s *scenarios.Scenario, result *reports.Case) {
	n := max(1, len(s.Variants))
	for i := range n {
		c, v, err := r.attempts(ctx, s, i)
		if err != nil {
			result.Outcome = reports.OutcomeError
			r.blame(result, err)
			return
		}
		if c.mint.variant != nil {
			c.judge.evidence.Notes = append(c.judge.evidence.Notes, fmt.Sprintf("variant %d of %d: %v", i+1, n, c.mint.variant))
		}
		result.Outcome = v.outcome
		// Both quote the implementation, which may say anything at any length.
		result.Got, result.Why = reports.Excerpt(v.got, reports.MaxTokenText), reports.Excerpt(v.why, reports.MaxTokenText)
		if v.outcome == reports.OutcomeError {
			r.blame(result, v.err)
		}
		result.ReasonUnknown = result.ReasonUnknown || v.reasonUnknown
		// A copy: a pointer into c would keep the whole case alive, with its
		// environment and tokens of megabytes, as long as the record.
		evidence := c.judge.evidence.Evidence
		result.Evidence = &evidence
		if v.outcome != reports.OutcomePass {
			return
		}
	}
}

// maxAttempts is how often a case is executed where real time decides: a
// neighbour on the machine must not fail an implementation.
const maxAttempts = 3

// attempts executes one variant, and a timing-sensitive one again until it passes. Each attempt has an environment and verifiers of its own: after a
// fetch that was too slow, the same verifier would answer quickly whatever is
// wrong with it.
func (r *runner) attempts(ctx context.Context, s *scenarios.Scenario, variant int) (*caseRun, verdict, error) {
	for attempt := 1; ; attempt++ {
		c, err := r.newCase(s, variant)
		if err != nil {
			return nil, verdict{}, err
		}
		v := c.execute(ctx)
		c.close()
		if attempt > 1 {
			c.judge.evidence.Notes = append(c.judge.evidence.Notes, fmt.Sprintf("attempt %d of %d, because it is a timing-sensitive case", attempt, maxAttempts))
		}
		retry := v.outcome == reports.OutcomeFail || v.outcome == reports.OutcomeHang
		if !retry || !s.Timed() || attempt == maxAttempts || ctx.Err() != nil {
			return c, v, nil
		}
	}
}

// verdict is how one execution ended.
type verdict struct {
	outcome       reports.Outcome
	got           string
	why           string
	reasonUnknown bool
	err           error // why there is no judgement
}

// execute opens the verifier and presents the token or takes the steps.
func (c *caseRun) execute(ctx context.Context) verdict {
	answer, err := c.open(ctx, scenarios.DefaultVerifier, c.place.scenario.Config)
	if err != nil {
		return broken(err)
	}
	// What was fetched to get here is no business of the assertions.
	if len(c.place.scenario.Steps) > 0 {
		if answer.Verdict == scenarios.Refuse {
			return verdict{outcome: reports.OutcomeFail, got: answer.String(), why: answer.Message}
		}
		v := c.steps(ctx)
		c.judge.requests()
		return c.judge.notTrapped(v)
	}
	v := c.single(ctx, answer)
	if c.place.scenario.Has("idp") {
		c.judge.requests()
	}
	return c.judge.notTrapped(v)
}

// notTrapped fails a case that would pass although the trap was touched.
func (j *judge) notTrapped(v verdict) verdict {
	if n := j.place.trapped(); n > 0 && v.outcome == reports.OutcomePass {
		v.outcome = reports.OutcomeFail
		v.got += fmt.Sprintf(", and touched the trap %d times", n)
	}
	return v
}

// single presents the one token of the case. opened is the answer to the
// configuration.
func (c *caseRun) single(ctx context.Context, opened implementations.Answer) verdict {
	m, err := c.mint.token(ctx, c.place.scenario.Token, 0)
	if err == nil {
		err = c.judge.evidence.token(m)
	}
	if err != nil {
		return broken(err)
	}
	answer := opened
	if opened.Verdict != scenarios.Refuse {
		input, err := c.mint.input(m.compact, c.place.scenario.Inputs)
		if err != nil {
			return broken(err)
		}
		var took time.Duration
		present := func() {
			answer, took, err = c.present(ctx, scenarios.DefaultVerifier, input, c.place.scenario.Budget.D())
		}
		var size scenarios.Size
		if c.place.scenario.Memory == 0 {
			present()
		} else {
			size = allocated(present)
		}
		if err != nil {
			return broken(err)
		}
		if size > c.place.scenario.Memory {
			return verdict{outcome: reports.OutcomeFail, got: fmt.Sprintf("%s with %d bytes, the bound is %d", answer, size, c.place.scenario.Memory)}
		}
		if budget := c.place.scenario.Budget.D(); budget > 0 && took > budget {
			return verdict{outcome: reports.OutcomeFail, got: fmt.Sprintf("%s after %v, the budget is %v", answer, took, budget)}
		}
	}
	return c.judge.compare(answer, judged{c.place.scenario.Expect, c.place.scenario.Reports, c.place.scenario.Message, c.place.scenario.MessageLacks})
}

// broken is the verdict on an implementation that gave no answer, or on the
// harness if the fault is its own.
func broken(err error) verdict {
	v := verdict{outcome: reports.OutcomeError, why: err.Error(), err: err}
	switch {
	case errors.Is(err, implementations.ErrCrash):
		v.outcome, v.got = reports.OutcomeCrash, "no answer: it ended"
	case errors.Is(err, implementations.ErrHang), errors.Is(err, context.DeadlineExceeded):
		v.outcome, v.got = reports.OutcomeHang, "no answer in time"
	case errors.Is(err, implementations.ErrProtocol):
		v.outcome, v.got = reports.OutcomeFail, "nonsense"
	}
	return v
}

// patience is how far beyond a budget an answer is waited for.
const patience = time.Second

// present presents a token and returns how long the answer took. An answer that
// comes after the end of ctx is none: it was given because nobody would wait
// any longer.
func (c *caseRun) present(ctx context.Context, verifier string, input implementations.Input, budget time.Duration) (implementations.Answer, time.Duration, error) {
	if budget > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, budget+patience)
		defer cancel()
	}
	started := time.Now()
	answer, err := c.guard(func() (implementations.Answer, error) { return c.verifiers[verifier].Verify(ctx, input) })
	took := time.Since(started)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return answer, took, err
}

// input fills in what the caller of a verification knows.
func (mt *mint) input(token string, in scenarios.Inputs) (implementations.Input, error) {
	input := implementations.Input{Token: token, ACR: in.ACR, AMR: in.AMR, Redeem: in.Redeem}
	var err error
	if input.ResponseType, err = mt.render(in.ResponseType, scope{}); err != nil {
		return input, err
	}
	if input.EndedSessions, err = mt.renderAll(in.EndedSessions); err != nil {
		return input, err
	}
	for _, field := range []struct {
		dst  **string
		from *scenarios.Template
	}{
		{&input.Nonce, in.Nonce}, {&input.AccessToken, in.AccessToken}, {&input.Code, in.Code},
		{&input.State, in.State}, {&input.Subject, in.Subject}, {&input.Objection, in.Objection},
	} {
		if *field.dst, err = mt.renderOptional(field.from, scope{}); err != nil {
			return input, err
		}
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
	marks    map[fault.Endpoint]int // requests at the last assertion
	held     scenarios.Size         // in memory at the last assertion, where that is measured
	evidence evidence
}

// judged is what an answer is held against.
type judged struct {
	expect  scenarios.Expectation
	claims  []scenarios.ReportedClaim
	message scenarios.Message
	lacks   []scenarios.Template // what the message must not have
}

// compare judges an answer.
func (j *judge) compare(answer implementations.Answer, want judged) verdict {
	v := verdict{outcome: reports.OutcomePass, got: answer.String()}
	switch want.expect.Match(answer.Verdict, answer.Reason) {
	case scenarios.MatchNone:
		v.outcome, v.why = reports.OutcomeFail, answer.Message
		return v
	case scenarios.MatchVerdict:
		v.reasonUnknown = true
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

// compareClaim returns what is wrong with a reported claim, or "".
func (j *judge) compareClaim(answer implementations.Answer, claim scenarios.ReportedClaim) (wrong string, err error) {
	raw, reported := answer.Claims[claim.Claim]
	what := claim.Claim
	if claim.Session != "" {
		what = "the " + claim.Session + " of the session"
		raw, reported = sessionMember(answer.Session, claim.Session)
	}
	got := string(raw)
	var text string
	if json.Unmarshal(raw, &text) == nil {
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
	members := map[string]string{"access_token": s.AccessToken, "id_token": s.IDToken, "scope": s.Scope}
	raw, err := json.Marshal(members[name])
	return raw, err == nil
}

// compareMessage returns what is wrong with an error text, or "".
func (j *judge) compareMessage(got string, want scenarios.Message, lacks []scenarios.Template) (wrong string, err error) {
	switch {
	case want.MaxBytes != 0 && len(got) > want.MaxBytes:
		return fmt.Sprintf("its message has %d bytes, want at most %d", len(got), want.MaxBytes), nil
	case want.Printable && strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }):
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
