package run_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

// stubborn is the production verifier with choices of its own, whatever a case
// asks for.
type stubborn struct {
	implementations.Implementation
	change  func(*implementations.Setup)
	require string // a claim
}

// Describe leaves out shared secrets, which only a case can configure.
func (s stubborn) Describe() implementations.Description {
	d := s.Implementation.Describe()
	d.Capabilities = slices.DeleteFunc(d.Capabilities, func(c string) bool { return c == "hs256" })
	return d
}

func (s stubborn) Open(ctx context.Context, setup implementations.Setup) (implementations.Verifier, implementations.Answer, error) {
	if s.change != nil {
		s.change(&setup)
	}
	v, answer, err := s.Implementation.Open(ctx, setup)
	if v == nil || s.require == "" {
		return v, answer, err
	}
	return requiring{v, s.require}, answer, err
}

// requiring refuses what it would otherwise accept if a claim is missing.
type requiring struct {
	implementations.Verifier
	claim string
}

func (r requiring) Verify(ctx context.Context, in implementations.Input) (implementations.Answer, error) {
	answer, err := r.Verifier.Verify(ctx, in)
	missing := answer.Verdict == scenarios.Accept && answer.Claims[r.claim] == nil
	if missing || r.claim == "nonce" && in.Nonce == nil {
		return implementations.Answer{Verdict: scenarios.Reject, Reason: "MISSING_CLAIM"}, err
	}
	return answer, err
}

func leeway(seconds float64) func(*implementations.Setup) {
	return func(s *implementations.Setup) { s.LeewaySeconds = &seconds }
}

func choices(t *testing.T, text string) *scenarios.Choices {
	t.Helper()
	c, err := scenarios.ParseChoices("policy.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What an implementation chose on purpose fails cases that rest on another
// choice, and none once the choice is known.
func TestChoicesAreNoFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		choices        string
		implementation stubborn
		blamed         string // a case that fails without the choices
		want           string // what it expects with them
	}{
		{"leeway: 2m", stubborn{change: leeway(120)}, "exp.char-beyond-leeway", "accept"},
		{"leeway: 0s", stubborn{change: leeway(0)}, "nbf.char-within-leeway", "reject TOKEN_NOT_YET_VALID"},
		{
			"algorithms: [RS256]", stubborn{change: func(s *implementations.Setup) { s.Algorithms = []string{"RS256"} }},
			"alg.ok-es256", "reject ALG_NOT_ALLOWED",
		},
		{
			"trusted_audiences: any", stubborn{change: func(s *implementations.Setup) {
				s.TrustedAudiences = append(slices.Clone(s.TrustedAudiences), "other")
			}},
			"aud.untrusted-extra", "accept",
		},
		{
			"trusted_audiences: []", stubborn{change: func(s *implementations.Setup) {
				if s.TrustedAudiences = nil; s.Policy == "char" {
					s.Policy, s.Algorithms = "strict", []string{"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"}
					leeway(60)(s)
				}
			}}, "aud.char-includes", "reject INVALID_AUDIENCE",
		},
		{
			"max_lifetime: none", stubborn{change: func(s *implementations.Setup) { s.MaxLifetimeSeconds = 0 }},
			"exp.too-long-lived", "accept",
		},
		{
			"max_lifetime: 1h", stubborn{change: func(s *implementations.Setup) { s.MaxLifetimeSeconds = 3600 }},
			"iat.week-old", "reject TOKEN_LIFETIME",
		},
		{"require: [azp]", stubborn{require: "azp"}, "aud.array-one", "accept"},
		{"require: [nonce]", stubborn{require: "nonce"}, "aud.array-one", "accept"},
		{"require: [iat]", stubborn{require: "iat"}, "iat.char-missing", "reject MISSING_CLAIM"},
	}
	for _, test := range tests {
		t.Run(test.choices, func(t *testing.T) {
			t.Parallel()
			test.implementation.Implementation = implementations.Builtin()
			opts := run.Options{Scenarios: selection(t, test.blamed), Implementation: test.implementation, Seed: 3}
			cases, _ := runtest.Record(t, opts)
			if c := cases[test.blamed]; c.Outcome != reports.OutcomeFail && c.Want != "either" {
				t.Fatalf("without the choices: %s", runtest.Describe(c))
			}
			opts.Choices = choices(t, test.choices)
			cases, _ = runtest.Record(t, opts)
			c := cases[test.blamed]
			if c.Outcome != reports.OutcomePass || !strings.HasPrefix(c.Want, test.want) {
				t.Errorf("outcome is %s, want %s of %s", runtest.Describe(c), reports.OutcomePass, test.want)
			}
			if !strings.HasPrefix(test.choices, "require: [azp]") && !strings.HasPrefix(test.choices, "require: [nonce]") &&
				!strings.Contains(c.Want, "policy.yaml:1)") {
				t.Errorf("%q does not name the line of the file", c.Want)
			}
			if !strings.HasSuffix(c.Repeat, " --policy-file policy.yaml") {
				t.Errorf("%q does not repeat the case", c.Repeat)
			}
			if strings.Contains(test.choices, "[]") {
				return // strict in more than the audiences
			}
			groups := []string{"time"}
			if longtest.Wanted() {
				groups = []string{"time", "aud", "nonce", "alg", "auth", "tkt"}
			}
			opts.Scenarios = selection(t, groups...)
			cases, _ = runtest.Record(t, opts)
			for _, c := range cases {
				// The stubborn verifier does not trust any audience, only one more.
				distrusted := c.ID == "aud.trusted-alike" || c.ID == "aud.untrusted-unusual"
				if c.Outcome.Bad() && !(distrusted && strings.HasSuffix(test.choices, "any")) {
					t.Errorf("%s: %s, want %s, got %s: %s", c.ID, c.Outcome, c.Want, c.Got, c.Why)
				}
			}
		})
	}
}

// A fault is found under any choice.
func TestChoicesExcuseNoFault(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, choices, scenario string
		implementation          stubborn
	}{
		{"more leeway than was chosen", "leeway: 2m", "nbf.fixed-leeway", stubborn{change: leeway(300)}},
		{"less leeway than was chosen", "leeway: 2m", "exp.char-within-leeway", stubborn{change: leeway(30)}},
		{"azp is not required", "require: [azp]", "azp.missing-multi-aud", stubborn{}},
		{"iat is not required", "require: [iat]", "iat.char-missing", stubborn{}},
		{"an algorithm that was not chosen", "algorithms: [RS256, ES256]", "alg.ok-es384", stubborn{change: func(s *implementations.Setup) {
			s.Algorithms = append(s.Algorithms, "ES384")
		}}},
		{"a longer life than was chosen", "max_lifetime: 24h", "exp.too-long-lived", stubborn{change: func(s *implementations.Setup) {
			s.MaxLifetimeSeconds = 0
		}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.implementation.Implementation = implementations.Builtin()
			cases, _ := runtest.Record(t, run.Options{
				Scenarios: selection(t, test.scenario), Implementation: test.implementation, Choices: choices(t, test.choices),
			})
			if c := cases[test.scenario]; c.Outcome != reports.OutcomeFail {
				t.Errorf("outcome is %s", runtest.Describe(c))
			}
		})
	}
}

// Where nothing follows from the choices the case is skipped, never weakened,
// and the reason names the line.
func TestChoicesSkipWhatCannotBeDerived(t *testing.T) {
	t.Parallel()
	tests := []struct{ choices, scenario, want string }{
		{"\nleeway: 0s", "iat.future-skew", "leeway is 0s in policy.yaml:2, which leaves open"},
		{"leeway: 0s", "refresh.azp-changed", "leeway is 0s in policy.yaml:1, and the harness does not see"},
		{"leeway: 5m", "tkt.expired", "leeway is 5m0s in policy.yaml:1, and the case rests on another choice"},
		{"leeway: 0s", "json.payload-bom", "cannot read the token"},
		{"algorithms: [RS256, ES256, PS256]", "alg.ps256-not-documented", "algorithms is RS256, ES256, PS256 in policy.yaml:1, and the case rests on another choice"},
		{"algorithms: [RS256, RS512]", "alg.strict-default", "algorithms is RS256, RS512 in policy.yaml:1"}, // the first of two variants
	}
	for _, test := range tests {
		t.Run(test.scenario, func(t *testing.T) {
			t.Parallel()
			cases, _ := runtest.Record(t, run.Options{
				Scenarios: selection(t, test.scenario), Implementation: implementations.Builtin(), Choices: choices(t, test.choices),
			})
			if c := cases[test.scenario]; c.Outcome != reports.OutcomeSkip || !strings.Contains(c.Why, test.want) {
				t.Errorf("want a skip for %q, got %s", test.want, runtest.Describe(c))
			}
		})
	}
}

// No choice makes a shared secret of a public key.
func TestChoicesLeaveSecretsToTheCase(t *testing.T) {
	t.Parallel()
	runtest.Pass(t, run.Options{
		Scenarios: selection(t, "alg.hs-client-secret-registered", "alg.hs-spki-pem", "cfg.leeway", "cfg.none-allowed"), Implementation: implementations.Builtin(),
		Choices: choices(t, "leeway: 90s\nalgorithms: [RS256, ES256]"),
	})
}
