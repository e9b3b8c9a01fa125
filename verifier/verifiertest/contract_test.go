package verifiertest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios/implementations/plain"
	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/verifiertest"
)

// production is the verifier of the package verifier.
type production struct{ *verifier.Verifier }

func (p production) Verify(ctx context.Context, raw string) (map[string]any, error) {
	token, err := p.Verifier.Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	return verifier.Claims[map[string]any](token)
}

// configuration is what a setup means to the verifiers of this module.
func configuration(s verifiertest.Setup) verifier.Config {
	return verifier.Config{
		Issuer: s.Issuer, Audience: []string{s.ClientID}, Now: s.Now,
		Allow: verifier.Allowances{LoopbackHTTP: true},
	}
}

func openProduction(s verifiertest.Setup) (verifiertest.Verifier, error) {
	cfg := configuration(s)
	if s.JWKSet != nil {
		keys, err := verifier.Static(s.JWKSet)
		if err != nil {
			return nil, err
		}
		cfg.Keys = keys
	}
	v, err := verifier.New(cfg)
	return production{v}, err
}

func openPlain(s verifiertest.Setup) (verifiertest.Verifier, error) {
	return plain.New(configuration(s), s.JWKSet)
}

// liar returns what opens the liar of that name.
func liar(t testing.TB, name string) func(verifiertest.Setup) (verifiertest.Verifier, error) {
	t.Helper()
	for _, l := range plain.Liars() {
		if l.Name == name {
			return func(s verifiertest.Setup) (verifiertest.Verifier, error) { return l.New(configuration(s), s.JWKSet) }
		}
	}
	t.Fatalf("no liar is called %q", name)
	return nil
}

func TestProductionVerifierKeepsTheContract(t *testing.T) {
	t.Parallel()
	verifiertest.Run(t, openProduction)
}

func TestPlainKeepsTheContract(t *testing.T) {
	t.Parallel()
	verifiertest.Run(t, openPlain)
}

// liarVariable names the liar in the environment of a test that runs itself.
const liarVariable = "ASSAY_TEST_LIAR"

// TestContractFailsForLiars runs the contract against liars in processes of
// their own, where it must fail and name the clause.
func TestContractFailsForLiars(t *testing.T) {
	t.Parallel()
	if name := os.Getenv(liarVariable); name != "" {
		verifiertest.Run(t, liar(t, name))
		return
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ liar, clause string }{
		{"split-n", "refuses/a_token_with_a_fourth_segment"},
		{"iss-normalised", "refuses/iss_with_a_trailing_slash"},
		{"appends-only", "lives_through/the_withdrawal_of_a_key"},
	} {
		t.Run(test.liar, func(t *testing.T) {
			t.Parallel()
			run := exec.CommandContext(t.Context(), program, "-test.run=^TestContractFailsForLiars$", "-test.v")
			run.Env = append(os.Environ(), liarVariable+"="+test.liar)
			output, err := run.CombinedOutput()
			if _, failed := errors.AsType[*exec.ExitError](err); !failed {
				t.Fatalf("the contract passes: %v", err)
			}
			if got := failures(string(output)); len(got) != 1 || got[0] != test.clause {
				t.Errorf("the contract fails in %q, want %q alone", got, test.clause)
			}
		})
	}
}

// failures returns the subtests on the lowest level that failed.
func failures(output string) []string {
	var names []string
	for line := range strings.Lines(output) {
		if rest, ok := strings.CutPrefix(line, "        --- FAIL: TestContractFailsForLiars/"); ok {
			name, _, _ := strings.Cut(rest, " ")
			names = append(names, name)
		}
	}
	return names
}

// TestContractNoticesWhatAdaptersGetWrong changes the plain verifier on its
// way to the contract.
func TestContractNoticesWhatAdaptersGetWrong(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		adapt  func(claims map[string]any, err error) (map[string]any, error)
		clause string
		want   string
	}{
		{"claims come with the error", func(claims map[string]any, err error) (map[string]any, error) {
			if err != nil {
				claims = map[string]any{"sub": "somebody"}
			}
			return claims, err
		}, "refuses alg none", "1 claims with the error"},
		{"another subject is reported", func(claims map[string]any, err error) (map[string]any, error) {
			if err == nil {
				claims["sub"] = "somebody"
			}
			return claims, err
		}, "accepts the good token by discovery", `sub as "somebody"`},
		{"every refusal has one reason", func(claims map[string]any, err error) (map[string]any, error) {
			if err != nil {
				err = &verifier.Error{Reason: verifier.ReasonMalformedToken}
			}
			return claims, err
		}, "refuses a token that has expired", "want TOKEN_EXPIRED"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			violations, err := verifiertest.Check(t.Context(), func(s verifiertest.Setup) (verifiertest.Verifier, error) {
				v, err := openPlain(s)
				return adapted{v, test.adapt}, err
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range violations {
				if v.Clause == test.clause && strings.Contains(v.Err.Error(), test.want) {
					return
				}
			}
			t.Errorf("Check() = %v, want a violation of %q with %q",
				violations, test.clause, test.want)
		})
	}
}

// adapted is a verifier whose answers are changed.
type adapted struct {
	verifiertest.Verifier
	adapt func(map[string]any, error) (map[string]any, error)
}

func (a adapted) Verify(ctx context.Context, raw string) (map[string]any, error) {
	return a.adapt(a.Verifier.Verify(ctx, raw))
}

// TestContractTakesForeignErrors demands nothing of an error that is not of
// the package verifier.
func TestContractTakesForeignErrors(t *testing.T) {
	t.Parallel()
	violations, err := verifiertest.Check(t.Context(), func(s verifiertest.Setup) (verifiertest.Verifier, error) {
		v, err := openPlain(s)
		return adapted{v, func(claims map[string]any, err error) (map[string]any, error) {
			if err != nil {
				err = errors.New("token is invalid")
			}
			return claims, err
		}}, err
	})
	if err != nil || len(violations) > 0 {
		t.Errorf("Check() = %v, %v, want nothing", violations, err)
	}
}

func TestContractReportsAVerifierThatDoesNotOpen(t *testing.T) {
	t.Parallel()
	violations, err := verifiertest.Check(t.Context(), func(verifiertest.Setup) (verifiertest.Verifier, error) {
		return nil, nil
	})
	if err != nil || len(violations) == 0 {
		t.Fatalf("Check() = %v, %v, want every clause violated", violations, err)
	}
	if got := violations[0].Err.Error(); !strings.Contains(got, "it is nil") {
		t.Errorf("violation is %q, want that the verifier is nil", got)
	}
}
