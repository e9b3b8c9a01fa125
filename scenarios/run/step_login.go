package run

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/panics"
)

// keep stores what a login or refresh has brought.
func (mt *mint) keep(name string, s session) {
	mt.sessions[name] = s
	mt.tokens[name] = s.idToken
	mt.tokens[name+".access"] = s.accessToken
}

func (c *caseRun) stepLogin(ctx context.Context, l *scenarios.Login) outcome {
	o := outcome{do: "log in", want: "a session", got: "a session", ok: true}
	if l.Expect != "" {
		o.want = "error " + l.Expect
	}
	nonce, err := c.mint.render(l.Nonce, scope{})
	if err != nil {
		return done(err, "log in")
	}
	if l.Issue != nil {
		if o := c.mint.issue(l.Issue); o.err != nil {
			return o
		}
		defer c.place.env.SetMint(nil)
	}
	request := loginRequest{scope: l.Scope, nonce: nonce, maxAge: l.MaxAge.D(), params: l.Params}
	if l.Browser {
		request.browser = c.place.browser
	}
	s, err := c.mint.login(ctx, request)
	if code := oauthCode(err); code != "" {
		o.got, o.ok = "error "+code, code == l.Expect
		return o
	}
	if err := errors.Join(err, c.mint.issuing()); err != nil {
		return done(err, "log in")
	}
	o.ok = l.Expect == ""
	c.mint.keep(l.As, s)
	return o
}

func (c *caseRun) stepRefresh(ctx context.Context, r *scenarios.Refresh) outcome {
	from, ok := c.mint.sessions[r.From]
	if !ok {
		return done(fmt.Errorf("the session %q was never made", r.From), "refresh")
	}
	if r.Token.String() != "" {
		var err error
		if from.refreshToken, err = c.mint.render(r.Token, scope{}); err != nil {
			return done(err, "refresh")
		}
	}
	clientID, secret := c.place.client.ID, c.place.client.Secret
	switch r.Secret {
	case "wrong":
		secret = "test_wrong"
	case "id":
		secret = "sks_" + c.place.digest("secret id")[:17]
	}
	if r.Client == "other" {
		other := c.place.env.Clients()[1]
		clientID, secret = other.ID, other.Secret
	}
	o := outcome{
		do: fmt.Sprintf("refresh the session %s", r.From), want: "new tokens", got: "new tokens",
		ok: true,
	}
	if r.Expect != "" {
		o.want = "error " + r.Expect
	}
	times := max(1, r.Times)
	if times > 1 {
		o.do += fmt.Sprintf(", %d times at once", times)
		o.want = fmt.Sprintf("one winner, and %s for the others", o.want)
	}
	answers, err := c.mint.refreshAtOnce(ctx, times, from.refreshToken, clientID, secret)
	if err != nil {
		o.err = err
		return o
	}
	return c.judge.judgeRefresh(o, r, answers)
}

// refreshed is one answer of the Token Endpoint.
type refreshed struct {
	session session
	code    string // OAuth error code, or empty
}

// refreshAtOnce sends the same refresh several times in parallel.
func (mt *mint) refreshAtOnce(
	ctx context.Context, times int, token, clientID, secret string,
) ([]refreshed, error) {
	answers := make([]refreshed, times)
	errs := make([]error, times)
	var wg panics.Group
	for i := range times {
		wg.Go(func() {
			s, err := mt.refresh(ctx, token, clientID, secret)
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
func (j *judge) judgeRefresh(o outcome, r *scenarios.Refresh, answers []refreshed) outcome {
	winners := 0
	for _, a := range answers {
		if a.code == "" {
			winners++
			if r.As != "" {
				j.mint.keep(r.As, a.session)
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

func (c *caseRun) stepRevoke(ctx context.Context, s *scenarios.Revoke) outcome {
	name := string(*s)
	return done(c.mint.revoke(ctx, c.mint.sessions[name].refreshToken), "revoke the session %s",
		name)
}
