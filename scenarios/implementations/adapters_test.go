package implementations_test

import (
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
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

// Each adapter that README.md offers to copy speaks the protocol: it answers
// every case of the smoke set. What its library gets wrong is not judged here.
func TestAdaptersSpeakTheProtocol(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		command func(*testing.T) []string
	}{
		{"node", nodeAdapter},
		{"python", pythonAdapter},
		{"go", goAdapter},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			command := test.command(t)
			adapter, err := implementations.NewExec(t.Context(), command, implementations.ExecOptions{Timeout: ample})
			if err != nil {
				t.Fatal(err)
			}
			defer adapter.Close()
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

// wholeVariable makes a test run the whole catalogue through the adapters, and
// fail if what they need is not installed: make adapters sets it.
const wholeVariable = "ASSAY_WHOLE_ADAPTERS"

// The whole catalogue runs through the adapters, whose capabilities are few. The harness makes no mistake, the adapters make
// none, and the verdicts are those that expectations.yaml next to each adapter
// explains.
func TestAdaptersRunTheCatalogue(t *testing.T) {
	if os.Getenv(wholeVariable) == "" {
		t.Skip("make adapters runs it, or " + wholeVariable + "=1 go test")
	}
	tests := []struct {
		folder, library string // the expectations are those of this version
		command         func(*testing.T) []string
	}{
		{"node", "jose 6.2.18", nodeAdapter},
		{"python", "PyJWT 2.6.0", pythonAdapter},
		{"goadapter", "goadapter", goAdapter},
	}
	for _, test := range tests {
		t.Run(test.folder, func(t *testing.T) {
			adapter, err := implementations.NewExec(t.Context(), test.command(t), implementations.ExecOptions{Timeout: ample})
			if err != nil {
				t.Fatal(err)
			}
			defer adapter.Close()
			d := adapter.Describe()
			if got := strings.TrimSpace(d.Name + " " + d.Version); got != test.library {
				t.Fatalf("the library is %s, and expectations.yaml is about %s: run assay with --write-expectations", got, test.library)
			}
			runWhole(t, adapter, filepath.Join(test.folder, "expectations.yaml"))
		})
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
			if len(missing) == 0 {
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
	if judged < 450 {
		t.Errorf("%d cases are judged, want at least 450", judged)
	}
}

// missing skips a test of an adapter whose library is not installed, or fails
// it if the whole catalogue was to run.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv(wholeVariable) != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// runSmoke runs the smoke set and demands an answer in every case.
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

func nodeAdapter(t *testing.T) []string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "node is not installed")
	}
	if _, err := os.Stat(filepath.Join("node", "node_modules", "jose")); err != nil {
		missing(t, "jose is not installed; npm ci --prefix scenarios/implementations/node installs it")
	}
	return []string{node, filepath.Join("node", "adapter.mjs")}
}

// pythonAdapter looks at Debian's interpreter as well, for which apt-get
// installs PyJWT, because another one may come before it in PATH.
func pythonAdapter(t *testing.T) []string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		python, err := exec.LookPath(name)
		if err == nil && exec.CommandContext(t.Context(), python, "-c", "import jwt, cryptography").Run() == nil {
			return []string{python, filepath.Join("python", "adapter.py")}
		}
	}
	missing(t, "python3 with PyJWT and cryptography is not installed")
	return nil
}

func goAdapter(t *testing.T) []string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "goadapter.exe") // Windows wants the suffix, others do not mind
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./goadapter").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return []string{binary}
}
