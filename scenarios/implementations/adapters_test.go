package implementations_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
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

// Each adapter that is listed in implementations.yaml and installed here speaks
// the protocol: it answers every case of the smoke set. What its library gets
// wrong is not judged here.
func TestAdaptersSpeakTheProtocol(t *testing.T) {
	t.Parallel()
	for _, l := range adapters(t) {
		if l.Name != "goadapter" && !longtest.Wanted() {
			continue
		}
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			adapter, err := start(t, l)
			if err != nil {
				t.Skipf("not installed, its setup is %q: %v", l.Setup, err)
			}
			runSmoke(t, adapter)
		})
	}
}

// An adapter is configured as the policy file says, and judged under it.
func TestAdapterUnderChoices(t *testing.T) {
	t.Parallel()
	choices, err := scenarios.ParseChoices("policy.yaml", []byte("leeway: 2m\nalgorithms: [RS256]\n"))
	if err != nil {
		t.Fatal(err)
	}
	adapter, err := implementations.NewExec(t.Context(), goAdapter(t), implementations.ExecOptions{Timeout: ample})
	if err != nil {
		t.Fatal(err)
	}
	defer adapter.Close()
	list, err := runtest.Catalogue(t).Select("exp.char-beyond-leeway", "exp.past", "alg.ok-es256")
	if err != nil {
		t.Fatal(err)
	}
	cases, _ := runtest.Record(t, run.Options{Scenarios: list, Implementation: adapter, Choices: choices})
	for id, want := range map[string]string{
		"exp.char-beyond-leeway": "accept (the case says reject TOKEN_EXPIRED, but leeway is 2m0s in policy.yaml:1)",
		"exp.past":               "reject TOKEN_EXPIRED",
		"alg.ok-es256":           "reject ALG_NOT_ALLOWED (the case says accept, but algorithms is RS256 in policy.yaml:2)",
	} {
		if c := cases[id]; c.Outcome != reports.OutcomePass || c.Want != want {
			t.Errorf("%s: %s, want %q, got %q", id, c.Outcome, c.Want, c.Got)
		}
	}
}

// wholeVariable names adapters of implementations.yaml, or "all". They are set
// up, which installs libraries, and the whole catalogue runs through them: make
// adapters and make libraries set it.
const wholeVariable = "ASSAY_WHOLE_ADAPTERS"

// The whole catalogue runs through the adapters, whose capabilities are few.
// The harness makes no mistake, the adapters make none, and the verdicts are
// those that the expectations of each adapter explain.
func TestAdaptersRunTheCatalogue(t *testing.T) {
	names := strings.Fields(os.Getenv(wholeVariable))
	if len(names) == 0 {
		t.Skip("make adapters runs it, or " + wholeVariable + "=jose go test")
	}
	libraries, err := os.ReadFile("libraries.md")
	if err != nil {
		t.Fatal(err)
	}
	run, ready := 0, make(map[string]bool)
	for _, l := range adapters(t) {
		if names[0] != "all" && !slices.Contains(names, l.Name) {
			continue
		}
		run++
		t.Run(l.Name, func(t *testing.T) {
			for _, command := range l.Setup {
				if where := l.Dir + ": " + command; !ready[where] {
					setUp(t, l.Dir, command)
					ready[where] = true
				}
			}
			adapter, err := start(t, l)
			if err != nil {
				t.Fatal(err)
			}
			d := adapter.Describe()
			if line := fmt.Sprintf("| %s | %s |", d.Name, d.Version); d.Version != "" && !strings.Contains(string(libraries), line) {
				t.Errorf("libraries.md lacks the line %q…: what it says is about another version", line)
			}
			runWhole(t, adapter, l.Expectations)
		})
	}
	if names[0] != "all" && run != len(names) {
		t.Errorf("%d of the adapters %q are in implementations.yaml", run, names)
	}
}

// adapters returns the programs of implementations.yaml that have expectations.
func adapters(t *testing.T) []implementations.Listed {
	t.Helper()
	manifest, err := implementations.ReadManifest("implementations.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(manifest.Implementations, func(l implementations.Listed) bool {
		return !strings.HasPrefix(l.Implementation, "exec:") || l.Expectations == ""
	})
}

// start starts an adapter, and ends it with the test.
func start(t *testing.T, l implementations.Listed) (implementations.Implementation, error) {
	t.Helper()
	command := strings.Fields(strings.TrimPrefix(l.Implementation, "exec:"))
	adapter, err := implementations.NewExec(t.Context(), command, implementations.ExecOptions{Dir: l.Dir, Timeout: ample})
	if err == nil {
		t.Cleanup(func() { adapter.Close() })
	}
	return adapter, err
}

// setUp executes one command of the setup of an adapter.
func setUp(t *testing.T, dir, command string) {
	t.Helper()
	shell := exec.CommandContext(t.Context(), "bash", "-c", command)
	shell.Dir = dir
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// runWhole runs the catalogue and compares the verdicts with a file of
// expectations. A case that a busy machine has spoilt is listed.
func runWhole(t *testing.T, adapter implementations.Implementation, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	expectations, err := scenarios.ParseExpectations(file, text)
	if err != nil {
		t.Fatal(err)
	}
	catalogue := runtest.Catalogue(t)
	cases, footer := runtest.Record(t, run.Options{
		Scenarios: catalogue.All(), Catalogue: catalogue, Implementation: adapter, Seed: 1, Expectations: expectations, Watch: run.WatchMachine(true),
	})
	for _, line := range footer.Unused {
		t.Errorf("%s: %s", file, line)
	}
	judged, skipped := 0, make(map[string]int)
	for _, s := range catalogue.All() {
		switch c := cases[s.ID]; c.Outcome {
		case reports.OutcomePass, reports.OutcomeKnown:
			judged++
		case reports.OutcomeInvalid:
			t.Logf("%s: %s", s.ID, c.Why)
		case reports.OutcomeSkip:
			missing := adapter.Describe().Missing(s.Needs)
			if _, section := expectations.Of(s); len(missing) == 0 && section != "skip" {
				t.Errorf("%s is skipped, and no capability is missing: %s", s.ID, c.Why)
			}
			for _, capability := range missing {
				skipped[capability]++
			}
		default:
			t.Errorf("%s", runtest.Describe(c))
		}
	}
	for _, capability := range slices.Sorted(maps.Keys(skipped)) {
		t.Logf("%d cases need %s", skipped[capability], capability)
	}
	if judged < 250 {
		t.Errorf("%d cases are judged, want at least 250", judged)
	}
}

// runSmoke runs the smoke set and demands an answer in every case, and that the
// run tells how the adapter sets up its library.
func runSmoke(t *testing.T, adapter implementations.Implementation) {
	t.Helper()
	catalogue, err := scenarios.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	smoke, err := catalogue.Choose(scenarios.Selection{Smoke: true})
	if err != nil {
		t.Fatal(err)
	}
	footer, err := run.Run(t.Context(), run.Options{Scenarios: smoke, Implementation: adapter, Seed: 1}, func(r reports.Record) error {
		if r.Kind == reports.KindHeader && r.Header.Implementation.Setup == "" {
			t.Error("the header of the run does not say how the library is set up")
		}
		if r.Kind != reports.KindCase {
			return nil
		}
		c := r.Case
		switch c.Outcome {
		case reports.OutcomeError, reports.OutcomeCrash, reports.OutcomeHang, reports.OutcomeAdapter:
			t.Errorf("%s ends with %s: %s %s", c.ID, c.Outcome, c.Got, c.Why)
		}
		if c.ID == "base.minimal" && c.Outcome != reports.OutcomePass {
			t.Errorf("%s ends with %s: %s %s", c.ID, c.Outcome, c.Got, c.Why)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if passed := footer.Counts[reports.OutcomePass]; passed < len(smoke)/2 {
		t.Errorf("%d of %d cases passed, want at least half", passed, len(smoke))
	}
}

func goAdapter(t *testing.T) []string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "goadapter.exe") // Windows wants the suffix, others do not mind
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./goadapter").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return []string{binary}
}
