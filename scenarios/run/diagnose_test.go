package run_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/diagnose"
)

// TestDiagnosisAgreesWithTheVerifier runs the catalogue, or every fifth case of
// it, against the production verifier and diagnoses every token with the keys
// that the verifier saw: the first failure must be the refusal.
func TestDiagnosisAgreesWithTheVerifier(t *testing.T) {
	t.Parallel()
	d := &diagnosing{reasons: make(map[verifier.Reason]bool)}
	var list []*scenarios.Scenario
	for i, s := range runtest.Catalogue(t).All() {
		if len(d.Describe().Missing(s.Needs)) == 0 && (i%5 == 0 || longtest.Wanted()) {
			list = append(list, s)
		}
	}
	_, footer := runtest.Record(t, run.Options{Scenarios: list, Implementation: d, Seed: 11})
	if footer.Judged != len(list) {
		t.Errorf("%d of %d cases were judged", footer.Judged, len(list))
	}
	for _, problem := range d.problems {
		t.Error(problem)
	}
	t.Logf("%d cases, %d tokens, refused for %d reasons", len(list), d.tokens, len(d.reasons))
	tokens, reasons := 200, 15
	if longtest.Wanted() {
		// Most reasons occur in a static case; the others need a refresh.
		tokens, reasons = 1000, 25
	}
	if d.tokens < tokens || len(d.reasons) < reasons {
		t.Errorf("only %d tokens were compared, refused for %d reasons", d.tokens, len(d.reasons))
	}
}

// diagnosing is the production verifier, with a diagnosis of each token.
type diagnosing struct {
	mu       sync.Mutex
	problems []string
	tokens   int
	reasons  map[verifier.Reason]bool
}

func (d *diagnosing) Describe() implementations.Description {
	description := implementations.Builtin().Describe()
	description.Capabilities = slices.DeleteFunc(description.Capabilities, func(c string) bool {
		return c == "refresh" || c == "budget" || c == "load"
	})
	return description
}

func (d *diagnosing) Close() error { return nil }

// agree notes whether a diagnosis has the refusal of the verifier.
func (d *diagnosing) agree(ctx context.Context, err error, req diagnose.Request) {
	diagnosis := diagnose.Diagnose(ctx, req)
	got := verifier.Reason("")
	if diagnosis.Refusal != nil {
		got = diagnosis.Refusal.Reason
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tokens++
	d.reasons[got] = true
	if want := verifier.ReasonOf(err); got != want {
		d.problems = append(d.problems, fmt.Sprintf("the verifier says %v, the diagnosis %v", err, diagnosis.Refusal))
	}
}

func (d *diagnosing) Open(
	ctx context.Context, setup implementations.Setup,
) (implementations.Verifier, implementations.Answer, error) {
	cfg, err := implementations.Config(setup)
	if err != nil {
		return nil, implementations.Answer{}, err
	}
	cfg.Rule = rule
	v := &diagnosed{diagnosing: d, cfg: cfg}
	if err := cfg.Validate(); err != nil {
		if cfg.Issuer != "" && len(cfg.Audience) > 0 { // otherwise the diagnosis takes them from the token
			d.agree(ctx, err, diagnose.Request{Config: cfg})
		}
		return nil, implementations.Answer{Verdict: scenarios.Refuse, Reason: string(verifier.ReasonOf(err))}, nil
	}
	if setup.JWKSet != "" {
		set, err := verifier.ParseKeySet([]byte(setup.JWKSet))
		if err != nil {
			return nil, implementations.Answer{Verdict: scenarios.Refuse, Reason: string(verifier.ReasonOf(err))}, nil
		}
		cfg.Keys = watched{source: oneSet{set}}
	} else {
		remote := cfg.Remote
		remote.Now, remote.LoopbackHTTP = cfg.Now, cfg.Allow.LoopbackHTTP
		if v.source, err = verifier.NewRemote(cfg.Issuer, remote); err != nil {
			return nil, implementations.Answer{}, err
		}
		cfg.Keys = watched{source: v.source}
	}
	v.Verifier, err = verifier.New(cfg)
	return v, implementations.Answer{}, err
}

// oneSet is a source that never changes.
type oneSet struct{ set *verifier.KeySet }

func (s oneSet) Keys(context.Context, verifier.KeyQuery) (*verifier.KeySet, error) {
	return s.set, nil
}

// watched is a source that writes what it returns to the verifier.KeyState in
// the context.
type watched struct{ source verifier.KeySource }

type stateKey struct{}

func (w watched) Keys(ctx context.Context, query verifier.KeyQuery) (*verifier.KeySet, error) {
	set, err := w.source.Keys(ctx, query)
	state := ctx.Value(stateKey{}).(*verifier.KeyState)
	switch {
	case err == nil:
		state.Set = set
	case state.Set == nil: // a failed second look leaves the set of the first
		state.Err = err
	}
	return set, err
}

// diagnosed is one verifier of diagnosing.
type diagnosed struct {
	*diagnosing
	*verifier.Verifier
	cfg    verifier.Config
	source *verifier.Remote

	redeemed, again sync.Map // the nonces that were used up, of either side
}

func (v *diagnosed) Close() error {
	if v.source != nil {
		return v.source.Close()
	}
	return nil
}

func (v *diagnosed) Verify(
	ctx context.Context, input implementations.Input,
) (implementations.Answer, error) {
	var state verifier.KeyState
	ctx = context.WithValue(context.WithValue(ctx, inputKey{}, input), stateKey{}, &state)
	_, err := v.VerifyWith(ctx, input.Token, inputs(input, &v.redeemed))
	in := inputs(input, &v.again)
	v.agree(ctx, err, diagnose.Request{Token: input.Token, Config: v.cfg, Keys: state, Inputs: &in})
	if err != nil {
		return implementations.Answer{Verdict: scenarios.Reject, Reason: string(verifier.ReasonOf(err))}, nil
	}
	return implementations.Answer{Verdict: scenarios.Accept}, nil
}

// inputs returns what an input says about the login.
func inputs(input implementations.Input, redeemed *sync.Map) verifier.Inputs {
	value := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	in := verifier.Inputs{
		Nonce: input.Nonce, ACRValues: input.ACR, AMR: input.AMR, ResponseType: input.ResponseType,
		AccessToken: value(input.AccessToken), Code: value(input.Code), State: value(input.State), Subject: value(input.Subject),
	}
	if input.MaxAgeSeconds != nil {
		age := time.Duration(*input.MaxAgeSeconds * float64(time.Second))
		in.MaxAge = &age
	}
	if input.Redeem {
		in.Redeem = func(_ context.Context, nonce string) error {
			if _, again := redeemed.LoadOrStore(nonce, true); again {
				return errors.New("the login was finished before")
			}
			return nil
		}
	}
	return in
}

type inputKey struct{}

// rule is the rule of an application that an input describes.
func rule(ctx context.Context, t *verifier.Token) error {
	input := ctx.Value(inputKey{}).(implementations.Input)
	switch {
	case slices.Contains(input.EndedSessions, t.SessionID):
		return errors.New("the session was logged out")
	case input.Objection != nil:
		return errors.New(*input.Objection)
	}
	return nil
}
