package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/verifier"
)

// ruling holds the rules of one verifier: as the case configures it, and under
// the choices of the run. Where a token breaks different rules of the two, the
// expectation of the case does not hold as it is written.
type ruling struct{ own, chosen rules }

// rules are those rules of a verifier that can be chosen.
type rules struct {
	leeway          time.Duration
	algorithms      []string
	audience        []string
	trusted         []string
	trustsAnyone    bool
	lifetime        time.Duration // zero means no bound
	azp, iat, nonce bool          // whether the claim is required
}

// rulesOf returns the rules that a setup describes.
func rulesOf(setup implementations.Setup) (rules, error) {
	cfg, err := implementations.Config(setup)
	if err != nil {
		return rules{}, err
	}
	r := rules{
		leeway: cfg.Leeway, audience: cfg.Audience, trusted: cfg.TrustedAudiences,
		trustsAnyone: !cfg.Require.TrustedAudiences, lifetime: cfg.MaxLifetime, iat: cfg.Require.IssuedAt,
	}
	switch cfg.Leeway {
	case 0:
		r.leeway = verifier.DefaultLeeway
	case verifier.NoLeeway:
		r.leeway = 0
	}
	if len(cfg.Algorithms) == 0 {
		cfg.Algorithms = verifier.DefaultAlgorithms()
	}
	for _, alg := range cfg.Algorithms {
		r.algorithms = append(r.algorithms, string(alg))
	}
	return r, nil
}

// choose returns setup changed by the choices, and the rules before and after.
// What the protocol has no field for only changes the rules.
func choose(setup implementations.Setup, choices *scenarios.Choices) (implementations.Setup, ruling, error) {
	own, err := rulesOf(setup)
	if err != nil || choices == nil {
		return setup, ruling{own, own}, err
	}
	chosen := own
	if l := choices.Leeway; l != nil {
		seconds := l.D().Seconds()
		setup.LeewaySeconds, chosen.leeway = &seconds, l.D()
	}
	if choices.Algorithms != nil && !slices.ContainsFunc(setup.Algorithms, symmetric) {
		setup.Algorithms, chosen.algorithms = choices.Algorithms, choices.Algorithms
	}
	if a := choices.TrustedAudiences; a != nil {
		if chosen.trustsAnyone = a.Any; !a.Any {
			setup.TrustedAudiences, chosen.trusted = a.Names, a.Names
		}
	}
	if l := choices.MaxLifetime; l != nil {
		chosen.lifetime = time.Duration(*l)
		setup.MaxLifetimeSeconds = chosen.lifetime.Seconds()
	}
	chosen.azp, chosen.nonce = choices.Requires("azp"), choices.Requires("nonce")
	chosen.iat = own.iat || choices.Requires("iat")
	return setup, ruling{own, chosen}, nil
}

// symmetric reports whether an algorithm needs a shared secret, which only the
// case has.
func symmetric(alg string) bool { return strings.HasPrefix(alg, "HS") }

// objection is a rule that a token breaks.
type objection struct {
	choice  string   // the name of the choice that decides about the rule
	about   string   // the claim or parameter
	reasons []string // for which a verifier may refuse the token

	// unclear means that no clause demands the refusal, or that the clock
	// decides within seconds.
	unclear bool
}

func (o objection) vague() bool   { return o.unclear }
func (o objection) certain() bool { return !o.unclear }

// same reports whether two objections are about one rule.
func (o objection) same(p objection) bool { return o.choice == p.choice && o.about == p.about }

// moment is a time at which a token is judged.
type moment struct {
	now   time.Time
	exact bool // the verifier has the same clock
}

// uncertainty is how many seconds may pass on the real clock between the
// judgement of the verifier and that of the harness.
const uncertainty = 5.0

// objections returns the rules that a token breaks.
func (r rules) objections(t readable, at moment, input implementations.Input) []objection {
	var list []objection
	add := func(choice, about string, unclear bool, reasons ...string) {
		list = append(list, objection{choice, about, reasons, unclear})
	}
	now := float64(at.now.UnixMilli()) / 1000
	leeway := r.leeway.Seconds()
	exp, hasExp := t.number("exp")
	iat, hasIat := t.number("iat")
	// Time only moves on: what has expired stays so, and what is not yet valid
	// may be by the time that the verifier looks.
	switch left := exp + leeway - now; {
	case !hasExp:
	case left <= 0:
		add("leeway", "exp", false, "TOKEN_EXPIRED")
	case !at.exact && left < uncertainty:
		add("leeway", "exp", true, "TOKEN_EXPIRED")
	}
	if nbf, _ := t.number("nbf"); nbf > now+leeway {
		add("leeway", "nbf", !at.exact && nbf-now-leeway < uncertainty, "TOKEN_NOT_YET_VALID")
	}
	if iat > now+leeway { // no clause says that it must be in the past
		add("leeway", "iat", true, "INVALID_ISSUED_AT")
	}
	if authTime, ok := t.number("auth_time"); ok && input.MaxAgeSeconds != nil && now > authTime+*input.MaxAgeSeconds+leeway {
		add("leeway", "auth_time", true, "AUTH_TOO_OLD") // no clause gives max_age a leeway
	}
	if r.lifetime > 0 && hasExp {
		if !hasIat {
			add("max_lifetime", "iat", true, "MISSING_CLAIM", "TOKEN_LIFETIME")
		} else if exp-iat > r.lifetime.Seconds() {
			add("max_lifetime", "exp", false, "TOKEN_LIFETIME")
		}
	}
	if !slices.Contains(r.algorithms, t.alg) {
		add("algorithms", "alg", false, "ALG_NOT_ALLOWED")
	}
	if aud := t.audience(); !r.trustsAnyone && slices.ContainsFunc(aud, r.isOwn) &&
		slices.ContainsFunc(aud, func(a string) bool { return !r.isOwn(a) && !slices.Contains(r.trusted, a) }) {
		add("trusted_audiences", "aud", false, "INVALID_AUDIENCE")
	}
	if _, ok := t.claims["iat"]; r.iat && !ok {
		add("require", "iat", false, "MISSING_CLAIM")
	}
	if _, ok := t.claims["azp"]; r.azp && !ok {
		add("require", "azp", false, "MISSING_CLAIM", "INVALID_AUTHORIZED_PARTY")
	}
	if r.nonce || input.Nonce != nil {
		if got, ok := t.claims["nonce"].(string); !ok || input.Nonce == nil || got != *input.Nonce {
			add("require", "nonce", false, "INVALID_NONCE", "MISSING_CLAIM", "MALFORMED_CLAIM")
		}
	}
	return list
}

func (r rules) isOwn(audience string) bool { return slices.Contains(r.audience, audience) }

// underivedError says that nothing follows from the choices for a case that
// rests on one of them. The case is skipped.
type underivedError struct{ why string }

func (e *underivedError) Error() string { return e.why }

// derived is an expectation under the choices.
type derived struct {
	scenarios.Expectation
	instead string   // of the case, if the choices changed it
	because []string // the choices that did
}

// String returns the expectation and, if the choices changed it, why.
func (d derived) String() string {
	if len(d.because) == 0 {
		return d.Expectation.String()
	}
	return fmt.Sprintf("%s (the case says %s, but %s)", d.Expectation, d.instead, strings.Join(d.because, ", "))
}

// derive returns what must be expected of a token that breaks the rules own as
// the case configures the verifier, and chosen under the choices. The error is
// an *underivedError.
func derive(e scenarios.Expectation, own, chosen []objection, choices *scenarios.Choices) (derived, error) {
	added, removed := without(chosen, own), without(own, chosen)
	unclear := slices.Concat(added, removed)
	unclear = slices.DeleteFunc(unclear, objection.certain)
	added, removed = slices.DeleteFunc(added, objection.vague), slices.DeleteFunc(removed, objection.vague)
	broken := slices.DeleteFunc(slices.Clone(chosen), objection.vague)
	changes := slices.Concat(added, removed)
	touched := slices.ContainsFunc(changes, func(o objection) bool { return concerns(e, o) })
	switch {
	case e.Only(scenarios.Refuse):
		return derived{Expectation: e}, nil
	case len(broken) > 0 && len(changes) > 0:
		return refusal(e, broken, removed, changes, choices)
	case len(removed) > 0 && !e.Allows(scenarios.Accept) && touched:
		return acceptance(e, removed, choices)
	}
	for _, o := range unclear {
		if concerns(e, o) && !e.Open() {
			return derived{}, &underivedError{choices.Of(o.choice).String() + ", which leaves open what is right here"}
		}
	}
	if vague := slices.DeleteFunc(without(chosen, own), objection.certain); len(vague) > 0 && e.Only(scenarios.Reject) {
		return refusal(e, vague, nil, vague, choices) // the verifier may refuse it for this as well
	}
	return derived{Expectation: e}, nil
}

// without returns the objections of list that are not in other.
func without(list, other []objection) []objection {
	return slices.DeleteFunc(slices.Clone(list), func(o objection) bool { return slices.ContainsFunc(other, o.same) })
}

// concerns reports whether an objection bears on an expectation: the token may
// be accepted, or may be refused for the reason of the objection.
func concerns(e scenarios.Expectation, o objection) bool {
	return e.Allows(scenarios.Accept) ||
		slices.ContainsFunc(e.Reasons(), func(r string) bool { return slices.Contains(o.reasons, r) })
}

// refusal is the expectation of a token that must be refused for the rules
// that it breaks under the choices, or for another fault that it has anyway.
func refusal(e scenarios.Expectation, broken, removed, changes []objection, choices *scenarios.Choices) (derived, error) {
	var reasons []string
	for _, reason := range e.Reasons() {
		if !slices.ContainsFunc(removed, func(o objection) bool { return slices.Contains(o.reasons, reason) }) {
			reasons = append(reasons, reason)
		}
	}
	if e.Only(scenarios.Reject) && len(e.Reasons()) == 0 {
		return derived{Expectation: e}, nil // for any reason
	}
	for _, o := range broken {
		reasons = append(reasons, o.reasons...)
	}
	slices.Sort(reasons)
	return written("reject "+strings.Join(slices.Compact(reasons), " or "), e, changes, choices)
}

// acceptance is the expectation of a token whose refusal rested on rules that
// the choices do not have.
func acceptance(e scenarios.Expectation, removed []objection, choices *scenarios.Choices) (derived, error) {
	for _, o := range removed {
		// Whether the signature is good under another algorithm is not known,
		// nor whether another reason remains.
		if o.choice == "algorithms" || slices.ContainsFunc(e.Reasons(), func(r string) bool { return !slices.Contains(o.reasons, r) }) {
			return derived{}, &underivedError{choices.Of(o.choice).String() + ", and the case rests on another choice"}
		}
	}
	return written("accept", e, removed, choices)
}

// written returns the expectation that text says instead of e, and why.
func written(text string, e scenarios.Expectation, changes []objection, choices *scenarios.Choices) (derived, error) {
	if text == e.String() {
		return derived{Expectation: e}, nil
	}
	d, err := scenarios.ParseExpectation(text)
	if err != nil {
		panic("run: internal error: " + err.Error())
	}
	var because []string
	for _, o := range changes {
		because = append(because, choices.Of(o.choice).String())
	}
	return derived{d, e.String(), slices.Compact(because)}, nil
}

// expected returns what is expected of the answer of a verifier to a token.
// The error is an *underivedError.
func (c *caseRun) expected(
	name string, input implementations.Input, in scenarios.Inputs, e scenarios.Expectation,
) (derived, error) {
	if c.choices == nil {
		return derived{Expectation: e}, nil
	}
	token, ok := readToken(input.Token)
	if !ok {
		if e.Allows(scenarios.Accept) && !e.Open() {
			return derived{}, &underivedError{"the harness cannot read the token to judge it under " + c.choices.File()}
		}
		return derived{Expectation: e}, nil
	}
	own, chosen := c.objections(name, token, input, in)
	d, err := derive(e, own, chosen, c.choices)
	if err == nil && len(d.because) > 0 && c.scenario.Asserts() {
		err = &underivedError{strings.Join(d.because, ", ") + ", and what the case counts follows from the answer"}
	}
	return d, err
}

// objections returns the rules of a verifier that a token breaks, as the case
// configures it and under the choices.
func (c *caseRun) objections(
	name string, token readable, input implementations.Input, in scenarios.Inputs,
) (own, chosen []objection) {
	at := moment{c.place.clock.now(), c.place.clock.virtual}
	asCaseSays := input
	if in.Nonce == nil {
		asCaseSays.Nonce = nil
	}
	ruling := c.rulings[name]
	return ruling.own.objections(token, at, asCaseSays), ruling.chosen.objections(token, at, input)
}

// undecided returns an *underivedError if a token that Char passes on breaks
// other rules under the choices than the case reckons with.
func (c *caseRun) undecided(input implementations.Input) error {
	token, ok := readToken(input.Token)
	if !ok || c.choices == nil {
		return nil
	}
	own, chosen := c.objections(scenarios.DefaultVerifier, token, input, scenarios.Inputs{})
	for _, o := range slices.Concat(without(own, chosen), without(chosen, own)) {
		return &underivedError{c.choices.Of(o.choice).String() + ", and the case rests on another choice"}
	}
	return nil
}

// beyond returns why the choices cannot be applied to a scenario at all, or "".
func beyond(s *scenarios.Scenario, choices *scenarios.Choices) string {
	for _, choice := range choices.All() {
		switch {
		case s.Has("refresh") && choice.Name != "algorithms":
			return choice.String() + ", and the harness does not see the token of a refresh before it is judged"
		case s.Has("flow") && choices.Requires("nonce"):
			return choices.Of("require").String() + ", and not every token of a login has a nonce"
		}
	}
	return ""
}

// policyFile returns the choices for the header of the records, nil if there
// are none.
func policyFile(choices *scenarios.Choices) *reports.PolicyFile {
	if choices == nil {
		return nil
	}
	f := &reports.PolicyFile{Name: choices.File()}
	for _, c := range choices.All() {
		f.Choices = append(f.Choices, reports.Choice{Name: c.Name, Value: c.Value, Line: c.Line})
	}
	return f
}
