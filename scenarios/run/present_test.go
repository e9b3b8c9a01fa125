package run_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/verifier"
)

// A verifier with the configuration of a service judges every scenario that can
// be presented to one as the scenario expects, now and an hour later.
func TestPresentedTokensGetTheirVerdicts(t *testing.T) {
	t.Parallel()
	catalogue, err := scenarios.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	issuer := run.Issuer{URL: "https://acme.scalekit.example", ClientID: "skc_58327482062864390", Key: keyring.NewSource(1).Key("present", "RS256")}
	set, err := keyring.JWKSet{issuer.Key.JWK()}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := verifier.Static(set)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	clock := now
	v, err := verifier.New(verifier.Config{
		Issuer: issuer.URL, Audience: []string{issuer.ClientID}, Keys: keys, Now: func() time.Time { return clock },
	})
	if err != nil {
		t.Fatal(err)
	}
	exporter, err := run.NewExporter(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	defer exporter.Close()
	presented := 0
	for i, s := range catalogue.All() {
		if run.Presentable(s) != nil || !longtest.Wanted() && i%10 != 0 {
			continue
		}
		tokens, err := exporter.Present(t.Context(), s, issuer, now, 2*time.Hour, max(2, len(s.AllVariants())))
		if err != nil {
			t.Error(err)
			continue
		}
		presented++
		for _, clock = range []time.Time{now, now.Add(time.Hour)} {
			for n, token := range tokens {
				_, err := v.Verify(t.Context(), token)
				if accepted := err == nil; accepted != s.Expect.Only(scenarios.Accept) {
					t.Errorf("%s, token %d at %v: Verify = %v, want %s", s.ID, n+1, clock.Sub(now).Round(time.Hour), err, s.Expect)
				}
				code, want := string(verifier.CodeOf(err)), run.PresentedCode(s)
				if err != nil && want != "" && code != want {
					t.Errorf("%s, token %d: the code is %s, want %s", s.ID, n+1, code, want)
				}
			}
		}
	}
	if presented < 20 {
		t.Errorf("only %d scenarios were presented", presented)
	}
}

func TestWhatCannotBePresented(t *testing.T) {
	t.Parallel()
	catalogue, err := scenarios.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for _, s := range catalogue.All() {
		if err := run.Presentable(s); err != nil {
			reasons = append(reasons, err.Error())
		}
	}
	for _, want := range []string{"it takes several steps", "it needs a service with its own audience", run.ErrNeedsEnvironment.Error(), "it needs a JWK Set of its own", "is accepted for a while only"} {
		if !slices.ContainsFunc(reasons, func(r string) bool { return strings.Contains(r, want) }) {
			t.Errorf("no scenario is refused because %s", want)
		}
	}
	exporter, err := run.NewExporter(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	defer exporter.Close()
	stepwise := catalogue.Get("rot.past-caches")
	if _, err := exporter.Present(t.Context(), stepwise, run.Issuer{}, time.Now(), time.Hour, 1); err == nil || errors.Is(err, run.ErrNeedsEnvironment) {
		t.Errorf("Present of a scenario with steps = %v, want it refused for them", err)
	}
}
