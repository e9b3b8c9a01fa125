package run

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// outcome is how one step ended.
type outcome struct {
	do, want, got string
	ok            bool
	unknown       bool // the answer named no reason
	err           error
	took          time.Duration // of the implementation; zero for the rest
}

// steps takes the steps of a sequence until one does not end as it must.
func (c *caseRun) steps(ctx context.Context) verdict {
	v := verdict{outcome: reports.OutcomePass, got: "all steps as written"}
	for i, s := range c.scenario.Steps {
		started := time.Now()
		o := c.step(ctx, s)
		if o.took == 0 {
			o.took = time.Since(started)
		}
		if o.err != nil {
			c.evidence.step(o.do, o.want, o.err.Error(), false, o.took)
			v = broken(o.err)
			v.why = fmt.Sprintf("step %d, %s: %v", i+1, o.do, o.err)
			return v
		}
		c.evidence.step(o.do, o.want, o.got, o.ok, o.took)
		v.reasonUnknown = v.reasonUnknown || o.unknown
		if !o.ok {
			return verdict{outcome: reports.OutcomeFail, got: fmt.Sprintf("step %d, %s: want %s, got %s", i+1, o.do, o.want, o.got)}
		}
	}
	return v
}

// done is a step that judges nothing.
func done(err error, do string, args ...any) outcome {
	return outcome{do: fmt.Sprintf(do, args...), ok: true, err: err}
}

// step carries out one step.
func (c *caseRun) step(ctx context.Context, s scenarios.Step) outcome {
	switch {
	case s.Mint != nil:
		m, err := c.mint(ctx, &s.Mint.Token, 0)
		c.tokens[s.Mint.As] = m.compact
		return done(err, "mint %s%s", s.Mint.As, inBrackets(m.changes))
	case s.Login != nil:
		return c.stepLogin(ctx, s.Login)
	case s.Refresh != nil:
		return c.stepRefresh(ctx, s.Refresh)
	case s.Revoke != nil:
		return done(c.revoke(ctx, c.sessions[*s.Revoke].refreshToken), "revoke the session %s", *s.Revoke)
	case s.Open != nil:
		return c.stepOpen(ctx, s.Open)
	case s.Verify != nil:
		return c.stepVerify(ctx, s.Verify)
	case s.Rotate != nil:
		return c.stepRotate(s.Rotate)
	case s.Promote != nil:
		return c.stepKey("promote", *s.Promote, c.env.Ring().Promote)
	case s.Retire != nil:
		return c.stepKey("retire", *s.Retire, c.env.Ring().Retire)
	case s.Publish != nil:
		return done(c.publish(*s.Publish, ""), "publish %s", cut(*s.Publish))
	case s.Advance != nil:
		c.clock.advance(s.Advance.D())
		return done(nil, "advance the clock by %v", s.Advance.D())
	case s.Fault != nil:
		return done(c.addFault(*s.Fault), "fault: %s %s", s.Fault.Where, s.Fault.Kind)
	case s.Heal != nil:
		if *s.Heal == "all" {
			c.env.Faults().Reset()
		} else {
			c.env.Faults().Remove(*s.Heal)
		}
		return done(nil, "heal %s", *s.Heal)
	case s.Assert != nil:
		return c.stepAssert(ctx, s.Assert)
	}
	return done(fmt.Errorf("line %d: the step does nothing", s.Line), "nothing")
}

func inBrackets(changes []string) string {
	if len(changes) == 0 {
		return ""
	}
	return " (" + strings.Join(changes, "; ") + ")"
}

// keep stores what a login or refresh has brought.
func (c *caseRun) keep(name string, s session) {
	c.sessions[name] = s
	c.tokens[name] = s.idToken
	c.tokens[name+".access"] = s.accessToken
}

func (c *caseRun) stepLogin(ctx context.Context, l *scenarios.Login) outcome {
	o := outcome{do: "log in", want: "a session", got: "a session", ok: true}
	if l.Expect != "" {
		o.want = "error " + l.Expect
	}
	nonce, err := c.render(l.Nonce, scope{})
	if err != nil {
		return done(err, "log in")
	}
	s, err := c.login(ctx, l.Scope, nonce)
	if code := oauthCode(err); code != "" {
		o.got, o.ok = "error "+code, code == l.Expect
		return o
	}
	if err != nil {
		return done(err, "log in")
	}
	o.ok = l.Expect == ""
	c.keep(l.As, s)
	return o
}

func (c *caseRun) stepRefresh(ctx context.Context, r *scenarios.Refresh) outcome {
	from, ok := c.sessions[r.From]
	if !ok {
		return done(fmt.Errorf("the session %q was never made", r.From), "refresh")
	}
	if r.Token != "" {
		var err error
		if from.refreshToken, err = c.render(r.Token, scope{}); err != nil {
			return done(err, "refresh")
		}
	}
	clientID, secret := c.client.ID, c.client.Secret
	switch r.Secret {
	case "wrong":
		secret = "test_wrong"
	case "id":
		secret = "sks_" + c.digest("secret id")[:17]
	}
	if r.Client == "other" {
		other := c.env.Clients()[1]
		clientID, secret = other.ID, other.Secret
	}
	o := outcome{do: fmt.Sprintf("refresh the session %s", r.From), want: "new tokens", got: "new tokens", ok: true}
	if r.Expect != "" {
		o.want = "error " + r.Expect
	}
	times := max(1, r.Times)
	if times > 1 {
		o.do += fmt.Sprintf(", %d times at once", times)
		o.want = fmt.Sprintf("one winner, and %s for the others", o.want)
	}
	answers, err := c.refreshAtOnce(ctx, times, from.refreshToken, clientID, secret)
	if err != nil {
		o.err = err
		return o
	}
	return c.judgeRefresh(o, r, answers)
}

// refreshed is one answer of the Token Endpoint.
type refreshed struct {
	session session
	code    string // OAuth error code, or empty
}

// refreshAtOnce sends the same refresh so many times in parallel.
func (c *caseRun) refreshAtOnce(ctx context.Context, times int, token, clientID, secret string) ([]refreshed, error) {
	answers := make([]refreshed, times)
	errs := make([]error, times)
	var wg sync.WaitGroup
	for i := range times {
		wg.Go(func() {
			s, err := c.refresh(ctx, token, clientID, secret)
			answers[i] = refreshed{s, oauthCode(err)}
			if err != nil && answers[i].code == "" {
				errs[i] = err
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// judgeRefresh compares the answers of the Token Endpoint with what must come.
func (c *caseRun) judgeRefresh(o outcome, r *scenarios.Refresh, answers []refreshed) outcome {
	winners := 0
	for _, a := range answers {
		if a.code == "" {
			winners++
			if r.As != "" {
				c.keep(r.As, a.session)
			}
			if has := a.session.lacks(r.Lacks); len(has) > 0 {
				o.got, o.ok = "an answer with "+strings.Join(has, ", "), false
			}
			continue
		}
		if a.code != r.Expect {
			o.got, o.ok = "error "+a.code, false
		}
	}
	wanted := 1
	if len(answers) == 1 && r.Expect != "" {
		wanted = 0
	}
	if o.ok && winners != wanted {
		o.got, o.ok = fmt.Sprintf("%d of %d succeeded", winners, len(answers)), false
	} else if o.ok && wanted == 0 {
		o.got = o.want
	}
	return o
}

func (c *caseRun) stepOpen(ctx context.Context, s *scenarios.Open) outcome {
	o := outcome{do: "open the verifier " + s.As, want: s.Expect.String()}
	answer, err := c.open(ctx, s.As, s.Config)
	if err != nil {
		o.err = err
		return o
	}
	if s.Expect.IsZero() {
		o.want, o.got, o.ok = "a verifier", "a verifier", answer.Verdict != scenarios.Refuse
		if !o.ok {
			o.got = answer.String()
		}
		return o
	}
	v := c.compare(answer, s.Expect, nil, nil)
	o.got, o.ok, o.unknown = v.got, v.outcome == reports.OutcomePass, v.reasonUnknown
	return o
}

func (c *caseRun) stepRotate(s *scenarios.Rotate) outcome {
	var key *keyring.Key
	if s.Key != "" {
		var err error
		if key, err = c.key(s.Key); err != nil {
			return done(err, "rotate")
		}
	}
	return done(c.env.Ring().Rotate(keyring.Mode(s.Mode), key), "rotate: %s %s", s.Mode, s.Key)
}

func (c *caseRun) stepKey(what, name string, do func(string) error) outcome {
	key, err := c.key(name)
	if err == nil {
		err = do(key.ID())
	}
	return done(err, "%s %s", what, name)
}

// tally counts the answers of a repeated verification.
type tally struct {
	mu      sync.Mutex
	wrong   map[string]int
	unknown bool
	err     error
	longest time.Duration
}

func (c *caseRun) stepVerify(ctx context.Context, s *scenarios.Verify) outcome {
	times := max(1, s.Times)
	o := outcome{do: "verify " + s.Token, want: s.Expect.String()}
	if s.Each != nil {
		o.do = "verify a token" + inBrackets(c.describeEach(s.Each))
	}
	if times > 1 {
		o.do += fmt.Sprintf(", %d times", times)
	}
	if s.Verifier != "" {
		o.do += " with " + s.Verifier
	}
	t := tally{wrong: make(map[string]int)}
	last := c.verifyAll(ctx, s, times, &t)
	o.took = t.longest
	switch {
	case t.err != nil:
		o.err = t.err
	case len(t.wrong) > 0:
		o.got = ""
		for what, n := range t.wrong {
			o.got += fmt.Sprintf("%s (%d of %d); ", what, n, times)
		}
		o.got = strings.TrimSuffix(o.got, "; ")
	case s.Within != 0 && t.longest > s.Within.D():
		o.want += fmt.Sprintf(" within %v", s.Within.D())
		o.got = fmt.Sprintf("%s after %v", last, t.longest)
	default:
		o.got, o.ok, o.unknown = last, true, t.unknown
	}
	return o
}

// describeEach says what is changed in the tokens of a family.
func (c *caseRun) describeEach(t *scenarios.Token) []string {
	change, err := c.change(c.goodToken(c.keys["k1"]), t, 0)
	if err != nil {
		return []string{err.Error()}
	}
	return c.describe(t, change)
}

// verifyAll presents the tokens of a step, some at once, and returns one of
// the answers.
func (c *caseRun) verifyAll(ctx context.Context, s *scenarios.Verify, times int, t *tally) string {
	name := s.Verifier
	if name == "" {
		name = "main"
	}
	var last string
	limit := make(chan struct{}, max(1, s.Parallel))
	var wg sync.WaitGroup
	for i := range times {
		limit <- struct{}{}
		wg.Go(func() {
			defer func() { <-limit }()
			got := c.verifyOne(ctx, s, name, i, t)
			t.mu.Lock()
			last = got
			t.mu.Unlock()
		})
	}
	wg.Wait()
	return last
}

// verifyOne presents one token and notes what came of it.
func (c *caseRun) verifyOne(ctx context.Context, s *scenarios.Verify, name string, n int, t *tally) string {
	compact := c.tokens[s.Token]
	var input implementations.Input
	var err error
	if s.Each != nil {
		var m minted
		if m, err = c.mint(ctx, s.Each, n); err == nil {
			compact = m.compact
		}
	}
	if err == nil {
		input, err = c.input(compact, s.Inputs)
	}
	var answer implementations.Answer
	started := time.Now()
	if err == nil {
		answer, err = c.verifiers[name].Verify(ctx, input)
	}
	took := time.Since(started)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.err = err
		return ""
	}
	t.longest = max(t.longest, took)
	v := c.compare(answer, s.Expect, s.Reports, s.MessageLacks)
	t.unknown = t.unknown || v.reasonUnknown
	if v.outcome != reports.OutcomePass {
		got := v.got
		if v.why != "" {
			got += ": " + v.why
		}
		t.wrong[got]++
	}
	return v.got
}
