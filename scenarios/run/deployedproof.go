package run

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// NotReadyError says why a deployed service cannot be tested: it does not tell a
// good token from a bad one.
type NotReadyError struct {
	Why   string // what it did
	Do    string // what to do about it
	Cause error  // why it does not start; nil means that it does

	// What the service must be configured with.
	Issuer, ClientID, JWKSURI string
}

func (e *NotReadyError) Error() string {
	return fmt.Sprintf("%s\nissuer     %s\naudience   %s (the client ID)\njwks_uri   %s", e.Why, e.Issuer, e.ClientID, e.JWKSURI)
}

func (e *NotReadyError) Unwrap() error { return e.Cause }

// provenAlgs are the algorithms that a service may be able to verify besides
// RS256, by capability.
func provenAlgs() []scenarios.Capability {
	var list []scenarios.Capability
	for _, c := range scenarios.Capabilities() {
		for _, alg := range scenarios.KeyAlgs() {
			if strings.EqualFold(c.Name, alg) {
				list = append(list, scenarios.Capability{Name: c.Name, Means: alg})
			}
		}
	}
	return list
}

// prove starts the service, and finds out whether its answers tell a good token
// from a bad one and which algorithms it verifies. The error is a
// [*NotReadyError] if they do not.
func (r *runner) prove(ctx context.Context) error {
	d := r.deployment
	c, err := r.newCase(proofScenario(), 0)
	if err != nil {
		return err
	}
	for _, alg := range provenAlgs() {
		if err := c.place.env.Ring().Rotate(keyring.PublishThenSign, c.place.keys[alg.Name]); err != nil {
			return errors.Join(err, c.close())
		}
	}
	defer c.close()
	if err := d.service.Restart(ctx); ctx.Err() != nil {
		return context.Cause(ctx)
	} else if err != nil {
		e := c.notReady(err.Error(), c.howToStart())
		e.Cause = err
		return e
	}
	if _, err := c.open(ctx, scenarios.DefaultVerifier, c.place.scenario.Config, scenarios.Expectation{}); err != nil {
		return err
	}
	if err := c.proveVerdicts(ctx); ctx.Err() != nil {
		return context.Cause(ctx)
	} else if err != nil {
		return err
	}
	d.discovers = c.place.env.Counts()[fault.Discovery] > 0
	var can []string
	for _, alg := range provenAlgs() {
		if answer, err := c.presentProof(ctx, alg.Name); err == nil && answer.Verdict == scenarios.Accept {
			can = append(can, alg.Name)
		}
	}
	if err := c.proveRestart(ctx); err != nil {
		return err
	}
	took, err := c.anonymousTime(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return c.notReady("it no longer answers after a few tokens: "+err.Error(), "read its log: it may have crashed, or count failures and shut the harness out")
	}
	d.service.Learn(can, took)
	return nil
}

// proveRestart finds out whether a restart makes the service forget its keys. If
// it does not, cases would be judged that begin with a service which remembers
// nothing.
func (c *caseRun) proveRestart(ctx context.Context) error {
	service := c.place.deployment.service
	if !service.CanRestart() {
		return nil
	}
	before := c.place.env.Counts()[fault.Keys]
	err := service.Restart(ctx)
	var answer implementations.Answer
	if err == nil {
		answer, err = c.presentProof(ctx, "good")
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil || answer.Verdict != scenarios.Accept:
		return c.notReady("it does not accept a good token when it has been restarted: "+saying(answer, err), c.whyNot(err))
	case c.place.env.Counts()[fault.Keys] == before:
		return c.notReady("it was restarted and has accepted a good token without fetching the keys again",
			"let the command of --restart end the service and start it again, with what it keeps of the keys removed; or leave it out, and say with --settle how long it keeps them")
	}
	return nil
}

// anonymousTime measures what a request takes there and back whose token is not
// verified: the median of a few.
func (c *caseRun) anonymousTime(ctx context.Context) (time.Duration, error) {
	var took []time.Duration
	for range 5 {
		started := time.Now()
		if _, err := c.place.deployment.service.Anonymous(ctx); errors.Is(err, implementations.ErrCrash) || ctx.Err() != nil {
			return 0, err
		}
		took = append(took, time.Since(started))
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

// proveVerdicts presents a good token, none, and bad ones.
func (c *caseRun) proveVerdicts(ctx context.Context) error {
	answer, err := c.presentProof(ctx, "good")
	if err != nil || answer.Verdict != scenarios.Accept {
		return c.notReady("it does not accept a good token: "+saying(answer, err), c.whyNot(err))
	}
	if err := c.proveSubject(answer); err != nil {
		return err
	}
	answer, err = c.place.deployment.service.Anonymous(ctx)
	if err == nil && answer.Verdict == scenarios.Accept {
		return c.notReady("it accepts a request without a token", "name a URL that needs one, or what an accepting answer has with --accept-status or --accept-text")
	}
	read := false // whether any bad token was read as rejected
	for _, bad := range []struct{ name, is string }{{"garbage", "garbage"}, {"flipped", "a token whose signature is wrong"}} {
		answer, err = c.presentProof(ctx, bad.name)
		if err == nil && answer.Verdict == scenarios.Accept && bad.name == "garbage" {
			return c.notReady("it accepts garbage instead of a token", "name a URL that verifies it, or what an accepting answer has with --accept-text")
		}
		read = read || err == nil && answer.Verdict == scenarios.Reject
	}
	if !read {
		return c.notReady("it does not reject a bad token: "+saying(answer, err),
			"if that is how it rejects, say so with --reject-status or --reject-text")
	}
	if !c.place.deployment.service.GivesReasons() {
		return c.notReady("no rejection has a reason where --reason-path says: "+saying(answer, err),
			"correct the path, which is for the JSON of a rejection, or leave --reason-path out")
	}
	return nil
}

// proveSubject compares the subject of an accepted good token, if answers tell
// it.
func (c *caseRun) proveSubject(answer implementations.Answer) error {
	if !c.place.deployment.service.Reports("sub") {
		return nil
	}
	got, want := answered(answer).Subject, c.place.env.User().ID
	const do = "correct --subject-path, which is for the JSON of an acceptance, or leave it out"
	switch {
	case got == nil:
		return c.notReady("its answer to a good token has no subject where --subject-path says", do)
	case *got != want:
		return c.notReady(fmt.Sprintf("its answer to a good token has the subject %q where --subject-path says, and the token has %q", *got, want), do)
	}
	return nil
}

// howToStart says what to do about a service that nobody reaches.
func (c *caseRun) howToStart() string {
	if c.place.deployment.service.CanRestart() {
		return "run the command of --service by hand and see that it stays in the foreground and listens at the address of bearer:URL; --wait gives it more time"
	}
	return "start it, or let assay do it with --service"
}

// saying says what an answer was.
func saying(answer implementations.Answer, err error) string {
	switch {
	case err != nil:
		if e, ok := errors.AsType[*implementations.NoVerdictError](err); ok && e.Body != "" {
			return fmt.Sprintf("%v; its body begins with %s", e, reports.Excerpt(e.Body, maxVariantText))
		}
		return err.Error()
	case answer.Message != "":
		return fmt.Sprintf("%s, %s", answer, reports.Excerpt(answer.Message, maxVariantText))
	}
	return answer.String()
}

// whyNot says what is most likely wrong if a good token is not accepted.
func (c *caseRun) whyNot(err error) string {
	if e, ok := errors.AsType[*implementations.NoVerdictError](err); ok {
		if do := doAbout(e.Status); do != "" {
			return do
		}
	}
	counts := c.place.env.Counts()
	switch {
	case errors.Is(err, implementations.ErrCrash):
		return "it ends the connection: compare http and https in bearer:URL, and read its log"
	case errors.Is(err, implementations.ErrHang):
		return "see whether it reaches the issuer and answers by hand; --timeout gives it more time"
	case counts[fault.Keys] > 0:
		return "it has fetched the keys, so compare the audience and how the token is passed (--present), and read its log"
	case counts[fault.Discovery] > 0:
		return "it has fetched the provider metadata and not the keys: read its log"
	}
	return "it has fetched nothing from the environment: configure its issuer and audience as above and restart it (--service fills in {{issuer}}, {{client_id}} and {{jwks_uri}}), or pass --issuer and --idp-seed as before"
}

// doAbout says what to do about the status of the answer to a good token, or "".
func doAbout(status int) string {
	switch {
	case status == 0:
		return "this is not HTTP: compare the scheme and the port of bearer:URL"
	case status == http.StatusNotFound:
		return "compare the path and the port of bearer:URL: nothing is there, or another program listens"
	case status == http.StatusMethodNotAllowed:
		return "choose the other method with --method GET or --method POST"
	case status == http.StatusTooManyRequests:
		return "lift its limit on requests for the test"
	case status >= 300 && status < 400:
		return "name a URL that answers itself instead of redirecting, and say with --present where it looks for the token"
	case status >= 500:
		return "it fails with a good token: read its log, and see whether it reaches the jwks_uri above"
	}
	return ""
}

func (c *caseRun) notReady(why, do string) *NotReadyError {
	return &NotReadyError{
		Why: "the service cannot be tested: " + why, Do: do,
		Issuer: c.place.issuer, ClientID: c.place.client.ID, JWKSURI: c.place.env.JWKSURI(),
	}
}

// presentProof presents a token of the proof by name.
func (c *caseRun) presentProof(ctx context.Context, name string) (implementations.Answer, error) {
	for _, step := range c.place.scenario.Steps {
		m, ok := step.Kind.(*scenarios.Mint)
		if !ok || m.As != name {
			continue
		}
		if o := c.step(ctx, step); o.err != nil {
			return implementations.Answer{}, o.err
		}
	}
	return c.verifiers[scenarios.DefaultVerifier].Verify(ctx, implementations.Input{Token: c.mint.tokens[name]})
}

// proofScenario makes the tokens of the proof.
func proofScenario() *scenarios.Scenario {
	text := `
group: harness
title: Questions of the harness
cause: none
advice: none
cases:
  - id: harness.proof
    title: Good tokens and bad ones
    level: info
    spec: [RFC 7519 §7.2]
    needs: [idp, state]
    keys: {`
	steps := `}
    steps:
`
	mint := func(name, token string) {
		steps += fmt.Sprintf("      - mint: { as: %[1]s%s }\n      - verify: { token: %[1]s, expect: either }\n", name, token)
	}
	mint("good", "")
	mint("garbage", ", compact: garbage")
	mint("flipped", ", signature: [flip]")
	for i, alg := range provenAlgs() {
		if i > 0 {
			text += ", "
		}
		text += alg.Name + ": { alg: " + alg.Means + " }"
		mint(alg.Name, ", key: "+alg.Name)
	}
	return harnessScenario(text + steps)
}
