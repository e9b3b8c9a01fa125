package run

import (
	"context"
	"fmt"
	"reflect"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/panics"
)

// refresher returns the client under test.
func (c *caseRun) refresher() (implementations.Refresher, error) {
	r, ok := c.verifiers[scenarios.DefaultVerifier].(implementations.Refresher)
	if !ok {
		return nil, fmt.Errorf("%w: it says that it refreshes and has no operation for it",
			implementations.ErrProtocol)
	}
	return r, nil
}

func (c *caseRun) stepBegin(ctx context.Context, b *scenarios.Begin) outcome {
	o := outcome{do: "hand over the session " + b.Session, want: "accept"}
	r, err := c.refresher()
	if err != nil {
		o.err = err
		return o
	}
	from := c.mint.sessions[b.Session]
	answer, err := c.callGuarded(func() (implementations.Answer, error) {
		return r.Begin(ctx, implementations.Login{
			Name: b.Session, IDToken: from.idToken, AccessToken: from.accessToken, RefreshToken: from.refreshToken,
			Scope: from.scope, ExpiresInSeconds: from.expiresIn.Seconds(), Nonce: from.nonce,
		})
	})
	o.got, o.ok, o.err = answer.String(), answer.Verdict == scenarios.Accept, err
	if !o.ok && answer.Message != "" {
		o.got += ": " + answer.Message
	}
	return o
}

// stepRenew lets the client refresh a session, asked by some callers at once.
func (c *caseRun) stepRenew(ctx context.Context, r *scenarios.Renew) outcome {
	times := max(1, r.Times)
	o := outcome{do: "let it refresh the session " + r.Session, want: r.Expect.String()}
	if times > 1 {
		o.do += fmt.Sprintf(", asked %d times at once", times)
	}
	client, err := c.refresher()
	if err != nil {
		o.err = err
		return o
	}
	answers := make([]implementations.Answer, times)
	errs := make([]error, times)
	var wg panics.Group
	for i := range times {
		wg.Go(func() {
			answers[i], errs[i] = c.callGuarded(func() (implementations.Answer, error) {
				return client.Refresh(ctx, r.Session)
			})
		})
	}
	wg.Wait()
	for _, err := range append(errs, c.mint.issuing()) {
		if err != nil {
			o.err = err
			return o
		}
	}
	o.ok = true
	for _, answer := range answers {
		v := c.judge.compare(answer, judged{r.Expect, r.Reports, r.Message, r.MessageLacks})
		if v.err != nil {
			o.err = v.err
			return o
		}
		o.got, o.reason = v.got, o.reason.and(v.reason)
		if v.outcome != reports.OutcomePass {
			o.ok, o.onlyReason = false, v.onlyReason
			if v.why != "" {
				o.got += ": " + v.why
			}
			return o
		}
	}
	return o
}

// issuing returns why the environment could not issue what it should.
func (mt *mint) issuing() error {
	mt.mu.Lock()
	defer mt.mu.Unlock()
	return mt.issueErr
}

func (c *caseRun) stepIssue(_ context.Context, s *scenarios.Issue) outcome {
	return c.mint.issue(&s.Token)
}

// issue changes the ID Tokens that the environment issues.
func (mt *mint) issue(t *scenarios.Token) outcome {
	if reflect.ValueOf(*t).IsZero() {
		mt.place.env.SetMint(nil)
		return done(nil, "issue genuine ID Tokens again")
	}
	change, err := mt.change(mt.goodToken(mt.place.keys[scenarios.DefaultKey]), t, 0)
	if err != nil {
		return done(err, "issue changed ID Tokens")
	}
	mt.place.env.SetMint(func(_ context.Context, issue mockidp.Minting) (string, error) {
		if issue.Kind != mockidp.IDToken {
			return issue.Compact, nil
		}
		key, err := mt.signer(t.Key, scope{})
		if key == nil {
			key = issue.Key
		}
		var m minted
		if err == nil {
			m, err = mt.forge(forge.Draft{Header: issue.Header, Claims: issue.Claims, Key: key}, t,
				0)
		}
		if err != nil {
			mt.mu.Lock()
			mt.issueErr = err
			mt.mu.Unlock()
		}
		return m.compact, err
	})
	return done(nil, "issue changed ID Tokens%s", inBrackets(mt.describe(t, change)))
}
