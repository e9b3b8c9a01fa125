package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/assay-id/assay/scenarios/longtest"
)

// mostBytes is more than the stripped program has. CONTRIBUTING.md says what it is
// made of. A change that exceeds it should know why.
const mostBytes = 36 << 20

// The flags of a release give a program that runs, has a version and is not
// heavier than we know.
func TestReleaseBuildRuns(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	text, err := os.ReadFile("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Builds []struct{ Env, Flags, Ldflags []string }
	}
	if err := yaml.Unmarshal(text, &config); err != nil || len(config.Builds) != 1 {
		t.Fatalf("%d builds, %v, want one", len(config.Builds), err)
	}
	build := config.Builds[0]
	program := filepath.Join(t.TempDir(), "assay")
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"build", "-o", program, "-ldflags", strings.Join(build.Ldflags, " ")}, append(build.Flags, ".")...)...)
	cmd.Env = append(os.Environ(), build.Env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	info, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > mostBytes {
		t.Errorf("the program has %d bytes, want at most %d", info.Size(), mostBytes)
	}
	for args, want := range map[string]string{"version": "revision ", "run aud.prefix": "DONE 1 case: 1 passed"} {
		out, err := exec.CommandContext(t.Context(), program, strings.Fields(args)...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("assay %s = %v, want %q in\n%s", args, err, want, out)
		}
	}
}
