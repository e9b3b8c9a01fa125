package main

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/tui"
	"github.com/assay-id/assay/verifier"
)

// uiEngine returns the engine of a terminal UI that nobody sees.
func uiEngine(t *testing.T) *engine {
	t.Helper()
	a := &app{env: []string{"HOME=" + t.TempDir()}, stderr: t.Output()}
	e, err := newEngine(t.Context(), a, uiFlags{implementation: "builtin"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.close)
	return e
}

// played runs scenarios and returns what was recorded of them.
func played(t *testing.T, e *engine, req tui.RunRequest) *reports.Recording {
	t.Helper()
	stream, err := e.Run(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	stream.Wait()
	run := &reports.Recording{}
	recording := stream.Recording()
	if recording.Err != nil {
		t.Fatal(recording.Err)
	}
	for _, r := range recording.Records {
		if err := run.Handle(r); err != nil {
			t.Fatal(err)
		}
	}
	return run
}

// A deployed service that trusts the environment on the IdP screen is tested
// against that environment, which is on the screen again afterwards.
func TestTheUITestsADeployedServiceAgainstItsEnvironment(t *testing.T) {
	t.Parallel()
	e := uiEngine(t)
	view, err := e.environment()
	if err != nil {
		t.Fatal(err)
	}
	v, err := verifier.New(verifier.Config{
		Issuer: view.env.Issuer(), Audience: []string{view.env.Client().ID}, Allow: verifier.Allowances{LoopbackHTTP: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	service := httptest.NewServer(verifier.Middleware(v, verifier.MiddlewareConfig{})(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})))
	t.Cleanup(service.Close)
	run := played(t, e, tui.RunRequest{IDs: []string{"base.minimal", "aud.prefix", "iss.other"}, Implementation: "bearer:" + service.URL})
	if run.Footer == nil || len(run.Cases) == 0 {
		t.Fatalf("the run is incomplete: %+v", run)
	}
	for _, c := range run.Cases {
		if c.Outcome != reports.OutcomePass && c.Outcome != reports.OutcomeSkip {
			t.Errorf("%s is %s: want %s, got %s %s", c.ID, c.Outcome, c.Want, c.Got, c.Why)
		}
	}
	if run.Footer.Counts[reports.OutcomePass] < 2 {
		t.Errorf("the counts are %v, want two that passed", run.Footer.Counts)
	}
	resp, err := http.Get(view.env.JWKSURI())
	if err != nil {
		t.Fatalf("the environment is not back: %v", err)
	}
	resp.Body.Close()
}

func TestTheUIRunsUnderConditions(t *testing.T) {
	t.Parallel()
	e := uiEngine(t)
	folder := t.TempDir()
	known := filepath.Join(folder, "known.yaml")
	req := tui.RunRequest{IDs: []string{"aud.prefix", "base.minimal"}, Implementation: "liar:accept-all", Seed: "7f3a"}
	first := played(t, e, req)
	if first.Header.Seed != "7f3a" || first.Footer.Green() {
		t.Fatalf("the seed is %s and the counts are %v, want 7f3a and a failure", first.Header.Seed, first.Footer.Counts)
	}
	path, err := e.Export(first, expectationsFormat, known, false)
	if err != nil || path != known {
		t.Fatalf("Export to %s: %s, %v", known, path, err)
	}
	if _, err := e.Export(first, expectationsFormat, known, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second Export: %v, want that the file exists", err)
	}
	if _, err := e.Export(first, expectationsFormat, known, true); err != nil {
		t.Errorf("replacing the file: %v", err)
	}
	req.Expectations = known
	if second := played(t, e, req); !second.Footer.Green() {
		t.Errorf("with the expectations the counts are %v, want no failure", second.Footer.Counts)
	}
	req.Expectations = filepath.Join(folder, "none.yaml")
	if _, err := e.Run(t.Context(), req); err == nil {
		t.Error("a file of expectations that is missing is no error")
	}
}

// Whatever the UI writes, assay report reads or a browser shows.
func TestTheUIExportsEveryFormat(t *testing.T) {
	t.Parallel()
	e := uiEngine(t)
	run := played(t, e, tui.RunRequest{IDs: []string{"aud.prefix"}, Implementation: "liar:accept-all", Seed: "7f3a"})
	folder := t.TempDir()
	for _, f := range e.Formats() {
		path, err := e.Export(run, f.Name, filepath.Join(folder, f.File), false)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), "aud.prefix") {
			t.Errorf("%s does not name the case: %v\n%.200s", f.Name, err, text)
		}
		info, err := os.Stat(path)
		if private := f.Name == "jsonl"; err != nil || private && info.Mode().Perm() != 0o600 {
			t.Errorf("the mode of %s is %v, %v", f.Name, info.Mode(), err)
		}
	}
	again, err := e.Open(filepath.Join(folder, "run.jsonl"))
	if err != nil || len(again.Cases) != 1 {
		t.Errorf("opening the recording: %v, %v", again, err)
	}
	if _, err := e.Export(run, "markdown", "~/run.md", false); err != nil {
		t.Errorf("a file below ~: %v", err)
	}
	if _, err := os.Stat(filepath.Join(e.app.getenv("HOME"), "run.md")); err != nil {
		t.Error(err)
	}
}

func TestTheUISelectsByPatterns(t *testing.T) {
	t.Parallel()
	e := uiEngine(t)
	ids, err := e.Select("aud.prefix INVALID_ISSUER")
	if err != nil || len(ids) < 5 {
		t.Errorf("selected %q, %v", ids, err)
	}
	if _, err := e.Select("aud.prefx"); err == nil {
		t.Error("a pattern that matches nothing is no error")
	}
}
