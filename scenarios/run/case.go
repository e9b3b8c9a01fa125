package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// caseRun is one execution of a scenario, or of one of its variants: it calls
// the verifiers under test with what the mint makes in the place, and lets the
// judge compare their answers with what must come.
type caseRun struct {
	implementation implementations.Implementation
	scenario       *scenarios.Scenario
	place          *place
	mint           *mint
	judge          *judge
	verifiers      map[string]implementations.Verifier
	rulings        map[string]ruling  // of the verifiers, by name
	choices        *scenarios.Choices // nil if the case decides everything
	char           *charSide          // nil until a step needs it
}

// newCase makes the environment of one execution.
func (r *runner) newCase(s *scenarios.Scenario, index int) (*caseRun, error) {
	p := r.newPlace(s, fmt.Sprintf("%s.%d", s.ID, index))
	mt := &mint{place: p, choices: r.opts.Choices, tokens: make(map[string]string), sessions: make(map[string]session)}
	if len(s.AllVariants()) > 0 {
		mt.variant = s.AllVariants()[index]
	}
	c := &caseRun{
		implementation: r.opts.Implementation, scenario: s, choices: r.opts.Choices,
		place: p, mint: mt, judge: &judge{
			mint: mt, place: p, reasons: r.reasons, marks: make(map[fault.Endpoint]int),
		},
		verifiers: make(map[string]implementations.Verifier), rulings: make(map[string]ruling),
	}
	for _, step := range []func() error{
		func() error { return p.makeKeys(mt.variant) }, mt.nameKeys, p.makeEnvironment, func() error {
			return mt.configureEnvironment(s.Environment)
		},
	} {
		if err := step(); err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	return c, nil
}

// open makes a verifier with a name. expect is what is expected of the
// configuration; one that must be refused keeps what the case says of it.
func (c *caseRun) open(
	ctx context.Context, name string, cfg scenarios.Config, expect scenarios.Expectation,
) (implementations.Answer, error) {
	choices := c.choices
	if expect.Only(scenarios.Refuse) {
		choices = nil
	}
	v, ruling, answer, err := c.newVerifier(ctx, cfg, choices)
	if err != nil || v == nil {
		return answer, err
	}
	c.verifiers[name], c.rulings[name] = v, ruling
	return implementations.Answer{Verdict: scenarios.Accept}, nil
}

func (c *caseRun) newVerifier(
	ctx context.Context, cfg scenarios.Config, choices *scenarios.Choices,
) (implementations.Verifier, ruling, implementations.Answer, error) {
	setup, err := c.mint.setup(cfg)
	if err != nil {
		return nil, ruling{}, implementations.Answer{}, err
	}
	setup, ruling, err := choose(setup, choices)
	if err != nil {
		return nil, ruling, implementations.Answer{}, err
	}
	v, answer, err := c.implementation.Open(ctx, setup)
	return v, ruling, answer, err
}

// close ends the verifiers and takes the place down. The error says what only
// closing the verifiers brought to light.
func (c *caseRun) close() error {
	var faults []error
	for _, v := range c.verifiers {
		faults = append(faults, v.Close())
	}
	c.place.close()
	if c.char != nil {
		// The error is that a connection was cut off, as it is meant to be.
		_ = c.char.server.Close()
	}
	return errors.Join(faults...)
}
