package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/tui"
)

// opinionTimeout bounds how long an implementation has for one token.
const opinionTimeout = 5 * time.Second

// Opinions asks the production verifier first, then the implementation that the
// user has chosen, and then all others that run in process.
func (e *engine) Opinions(ctx context.Context, token string, pasted bool, implementation string) ([]tui.Opinion, error) {
	view, err := e.environment()
	if err != nil {
		return nil, err
	}
	setup := implementations.Setup{
		Issuer: view.env.Issuer(), Audience: []string{view.env.Client().ID}, Policy: "char",
		JWKSet: string(view.env.JWKSet()), AllowLoopbackHTTP: true,
	}
	inProcess := implementations.Names()
	var all []tui.Opinion
	asked := make(map[string]bool)
	for _, name := range slices.Concat(inProcess[:1], []string{implementation}, inProcess) {
		if asked[name] {
			continue
		}
		asked[name] = true
		x := tui.Opinion{Implementation: redact(name)}
		if pasted && !slices.Contains(inProcess, name) {
			x.Reason = "not asked: a pasted token stays here"
		} else if answer, err := opinion(ctx, name, setup, token); err != nil {
			x.Reason = redact(err.Error())
		} else {
			x.Verdict, x.Reason = string(answer.Verdict), redact(cmp.Or(answer.Reason, answer.Message))
		}
		all = append(all, x)
	}
	return all, ctx.Err()
}

// opinion asks one implementation.
func opinion(ctx context.Context, name string, setup implementations.Setup, token string) (implementations.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, opinionTimeout)
	defer cancel()
	implementation, err := openImplementation(ctx, name, implementations.ExecOptions{Timeout: opinionTimeout})
	if err != nil {
		return implementations.Answer{}, err
	}
	defer implementation.Close() // what it got wrong after its answer is of no interest here
	if !implementation.Describe().Can(implementations.StaticKeys) {
		setup.JWKSet = ""
	}
	v, answer, err := implementation.Open(ctx, setup)
	if v == nil || err != nil {
		return answer, err
	}
	defer v.Close()
	return v.Verify(ctx, implementations.Input{Token: token})
}
