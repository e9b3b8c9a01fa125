package run_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

func newExporter(t *testing.T, seed uint64) *run.Exporter {
	t.Helper()
	exporter, err := run.NewExporter(t.Context(), seed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exporter.Close)
	return exporter
}

// Whoever has nothing but the exported files comes to the verdict that they
// demand.
func TestExportedTokensAreJudgedAsTheySay(t *testing.T) {
	t.Parallel()
	exporter := newExporter(t, 7)
	exported := 0
	groups := []string{"aud", "time"}
	if longtest.Wanted() {
		groups = append(groups, "sig", "jwks")
	}
	for _, s := range selection(t, groups...) {
		if missing := implementations.Builtin().Describe().Missing(s.Needs); len(missing) > 0 {
			continue
		}
		list, err := exporter.Export(t.Context(), s)
		if errors.Is(err, run.ErrNeedsEnvironment) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if want := max(1, len(s.AllVariants())); len(list) != want {
			t.Errorf("%s: %d tokens, want %d", s.ID, len(list), want)
		}
		for _, e := range list {
			exported++
			judgeExported(t, e)
		}
	}
	if exported < 50 {
		t.Errorf("%d tokens were exported, want most of these groups", exported)
	}
}

func judgeExported(t *testing.T, e run.Exported) {
	t.Helper()
	setup, input := e.Case.Setup, e.Case.Input
	setup.JWKSet, input.Token = string(e.JWKSet), string(e.Token)
	setup.Now = func() time.Time { return time.Unix(e.Case.Now, 0) }
	want, err := scenarios.ParseExpectation(e.Case.Expect)
	if err != nil {
		t.Fatal(err)
	}
	session, answer, err := implementations.Builtin().Open(t.Context(), setup)
	if err != nil {
		t.Fatal(err)
	}
	if session != nil {
		defer session.Close()
		if answer, err = session.Verify(t.Context(), input); err != nil {
			t.Fatal(err)
		}
	}
	given := func(reason string) bool { return reason == answer.Reason }
	if want.Match(answer.Verdict, given) != scenarios.MatchExact {
		t.Errorf("%s: %v, want %v", e.Name, answer, want)
	}
}

func TestExportNeedsATokenAlone(t *testing.T) {
	t.Parallel()
	_, err := newExporter(t, 1).Export(t.Context(), runtest.Catalogue(t).Get("rot.emergency"))
	if !errors.Is(err, run.ErrNeedsEnvironment) || !strings.Contains(err.Error(), "rot.emergency") {
		t.Errorf("Export = %v, want %v", err, run.ErrNeedsEnvironment)
	}
}
