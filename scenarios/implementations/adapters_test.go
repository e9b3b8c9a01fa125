package implementations_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
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
		t.Skip("node is not installed")
	}
	if _, err := os.Stat(filepath.Join("node", "node_modules", "jose")); err != nil {
		t.Skip("jose is not installed; npm ci --prefix scenarios/implementations/node installs it")
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
	t.Skip("python3 with PyJWT and cryptography is not installed")
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
