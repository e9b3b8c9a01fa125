package run_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/panics"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

// fake is an implementation that answers what a test says.
type fake struct {
	capabilities []string
	reasons      implementations.Precision
	roundTrip    time.Duration
	open         func(implementations.Setup) (implementations.Answer, error)
	verify       func(implementations.Input) (implementations.Answer, error)
	closing      error // what closing a verifier returns
}

func (f fake) Describe() implementations.Description {
	return implementations.Description{Name: "fake", Capabilities: f.capabilities, Reasons: f.reasons, RoundTrip: f.roundTrip}
}
func (fake) Close() error { return nil }
func (f fake) Open(_ context.Context, s implementations.Setup) (implementations.Verifier, implementations.Answer, error) {
	if f.open != nil {
		if answer, err := f.open(s); err != nil || answer.Verdict != "" {
			return nil, answer, err
		}
	}
	return fakeVerifier{f}, implementations.Answer{}, nil
}

type fakeVerifier struct{ fake }

func (s fakeVerifier) Close() error { return s.closing }
func (s fakeVerifier) Verify(_ context.Context, in implementations.Input) (implementations.Answer, error) {
	return s.verify(in)
}

func always(v scenarios.Verdict, reason string) func(implementations.Input) (implementations.Answer, error) {
	return func(implementations.Input) (implementations.Answer, error) {
		return implementations.Answer{Verdict: v, Reason: reason}, nil
	}
}

func failing(err error) func(implementations.Input) (implementations.Answer, error) {
	return func(implementations.Input) (implementations.Answer, error) { return implementations.Answer{}, err }
}

// once returns a verifier that fails with err and then refuses everything.
func once(err error) func(implementations.Input) (implementations.Answer, error) {
	return func(implementations.Input) (implementations.Answer, error) {
		if failed := err; failed != nil {
			err = nil
			return implementations.Answer{}, failed
		}
		return implementations.Answer{Verdict: scenarios.Reject}, nil
	}
}

func selection(t *testing.T, patterns ...string) []*scenarios.Scenario {
	t.Helper()
	list, err := runtest.Catalogue(t).Select(patterns...)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	static := []string{implementations.StaticKeys}
	tests := []struct {
		name     string
		scenario string
		fake     fake
		want     reports.Outcome
		got      string
		unknown  bool
	}{
		{"the right refusal", "aud.prefix", fake{capabilities: static, verify: always(scenarios.Reject, "INVALID_AUDIENCE")}, reports.OutcomePass, "reject INVALID_AUDIENCE", false},
		{"a refusal without a reason", "aud.prefix", fake{capabilities: static, verify: always(scenarios.Reject, "")}, reports.OutcomePass, "reject", true},
		{"a refusal for another reason", "aud.prefix", fake{capabilities: static, verify: always(scenarios.Reject, "TOKEN_EXPIRED")}, reports.OutcomePass, "reject TOKEN_EXPIRED", false},
		{"the token is accepted", "aud.prefix", fake{capabilities: static, verify: always(scenarios.Accept, "")}, reports.OutcomeFail, "accept", false},
		{"it crashes", "aud.prefix", fake{capabilities: static, verify: failing(fmt.Errorf("%w: boom", implementations.ErrCrash))}, reports.OutcomeCrash, "no answer: it ended", false},
		{"it hangs", "aud.prefix", fake{capabilities: static, verify: failing(implementations.ErrHang)}, reports.OutcomeHang, "no answer in time", false},
		{"it talks nonsense", "aud.prefix", fake{capabilities: static, verify: failing(implementations.ErrProtocol)}, reports.OutcomeAdapter, "no verdict", false},
		{"it talks nonsense afterwards", "aud.prefix", fake{capabilities: static, verify: always(scenarios.Reject, "INVALID_AUDIENCE"), closing: implementations.ErrProtocol}, reports.OutcomeAdapter, "no verdict", false},
		{"the harness fails", "aud.prefix", fake{capabilities: static, verify: failing(errors.New("no disk"))}, reports.OutcomeError, "", false},
		{"it panics", "aud.prefix", fake{capabilities: static, verify: func(implementations.Input) (implementations.Answer, error) { panic("oops") }}, reports.OutcomeCrash, "no answer: it ended", false},
		{"the harness panics", "aud.prefix", fake{capabilities: static, open: func(implementations.Setup) (implementations.Answer, error) { panic("oops") }}, reports.OutcomeError, "", false},
		{"a capability is missing", "rot.retired", fake{verify: always(scenarios.Accept, "")}, reports.OutcomeSkip, "", false},
		{"it refuses the configuration", "aud.string", fake{capabilities: static, open: func(implementations.Setup) (implementations.Answer, error) {
			return implementations.Answer{Verdict: scenarios.Refuse, Reason: "CONFIG_INVALID"}, nil
		}}, reports.OutcomeFail, "refuse CONFIG_INVALID", false},
		{"it reports another subject", "sub.255", fake{capabilities: static, verify: always(scenarios.Accept, "")}, reports.OutcomeFail, "accept, but it does not report sub", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cases, footer := runtest.Record(t, run.Options{Scenarios: selection(t, test.scenario), Implementation: test.fake, Seed: 1})
			c := cases[test.scenario]
			if c.Outcome != test.want || c.Got != test.got || c.ReasonUnknown != test.unknown {
				t.Errorf("%s", runtest.Describe(c))
			}
			if footer.Green() != (test.want == reports.OutcomePass || test.want == reports.OutcomeSkip) {
				t.Errorf("footer is %+v", footer)
			}
			blames := test.want == reports.OutcomeFail
			if explained := len(c.Causes) > 0 && len(c.Advice) > 0; explained != blames {
				t.Errorf("causes and advice are given: %v, want %v, because only a wrong verdict has any: %s", explained, blames, runtest.Describe(c))
			}
			if test.want.Bad() && !strings.Contains(c.Repeat, "assay run "+c.ID+" --seed 1") {
				t.Errorf("a case that did not pass cannot be repeated: %s", runtest.Describe(c))
			}
		})
	}
}

// An implementation must not see what is expected of it, and gets its keys by
// discovery if it cannot take them.
func TestWithoutStaticKeysTheEnvironmentServesThem(t *testing.T) {
	t.Parallel()
	var setup implementations.Setup
	f := fake{verify: always(scenarios.Reject, "INVALID_AUDIENCE"), open: func(s implementations.Setup) (implementations.Answer, error) {
		setup = s
		return implementations.Answer{}, nil
	}}
	runtest.Record(t, run.Options{Scenarios: selection(t, "aud.prefix"), Implementation: f})
	if setup.JWKSet != "" || !strings.HasPrefix(setup.Issuer, "http://127.0.0.1:") || !setup.AllowLoopbackHTTP {
		t.Errorf("setup is %+v, want discovery from loopback", setup)
	}
}

func TestTheSeedDecidesTheTokens(t *testing.T) {
	t.Parallel()
	header := func(seed uint64) string {
		cases, _ := runtest.Record(t, run.Options{Scenarios: selection(t, "aud.prefix"), Implementation: implementations.Builtin(), Seed: seed})
		return cases["aud.prefix"].Evidence.After.Header
	}
	if a, b := header(0xBEEF), header(0xBEEF); a != b {
		t.Errorf("one seed gave the headers %s and %s", a, b)
	}
	if a, b := header(0xBEEF), header(0xF00D); a == b {
		t.Errorf("two seeds gave one header, %s", a)
	}
}

func TestAnInterruptedRunSaysSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var once sync.Once
	f := fake{capabilities: []string{implementations.StaticKeys}, verify: func(implementations.Input) (implementations.Answer, error) {
		once.Do(cancel)
		return implementations.Answer{Verdict: scenarios.Reject}, nil
	}}
	list := selection(t, "aud", "iss")
	footer, err := run.Run(ctx, run.Options{Scenarios: list, Implementation: f, Jobs: 1}, func(reports.Record) error { return nil })
	if err != nil || !footer.Interrupted || footer.Judged >= len(list) || footer.Green() {
		t.Errorf("Run = %+v, %v, want an interrupted run", footer, err)
	}
}

func TestRunEndsWhenNobodyTakesItsRecords(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	n := 0
	_, err := run.Run(t.Context(), run.Options{Scenarios: selection(t, "aud"), Implementation: implementations.Builtin(), Jobs: 1}, func(reports.Record) error {
		if n++; n > 3 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || n != 4 {
		t.Errorf("Run = %v after %d records, want %v after 4", err, n, full)
	}
}

// A panic of what takes the records ends the run, not the program.
func TestRunSurvivesAPanicOfItsReader(t *testing.T) {
	t.Parallel()
	_, err := run.Run(t.Context(), run.Options{Scenarios: selection(t, "aud"), Implementation: implementations.Builtin()}, func(r reports.Record) error {
		if r.Kind == reports.KindCase {
			panic("out of paper")
		}
		return nil
	})
	if panicked, ok := errors.AsType[*panics.Error](err); !ok || panicked.Value != "out of paper" {
		t.Errorf("Run = %v, want the panic", err)
	}
}

func TestSeedRoundTrip(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{0, 1, 0x7F3A, 1<<64 - 1} {
		if got, err := run.ParseSeed(run.FormatSeed(seed)); err != nil || got != seed {
			t.Errorf("ParseSeed(FormatSeed(%d)) = %d, %v", seed, got, err)
		}
	}
	if _, err := run.ParseSeed("seven"); err == nil {
		t.Error("ParseSeed took a word")
	}
}
