package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/assay-id/assay/scenarios/longtest"
)

const (
	actionFolder   = "../../.github/actions/assay"
	gitlabTemplate = "../../.gitlab/assay.yml"
)

// readYAML reads a file into v.
func readYAML(t *testing.T, name string, v any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// The script of the action annotates, summarizes and keeps reports, and ends as
// the run does.
func TestActionRuns(t *testing.T) {
	t.Parallel()
	script, err := filepath.Abs(filepath.Join(actionFolder, "run.sh"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		implementation, expectations string
		code                         int
		stdout, summary              string
	}{
		{"liar:decode-only", "", exitNonconform, "::error", "failed"},
		{"builtin", "known.yaml", exitOK, "", "passed"},
	}
	if !longtest.Wanted() {
		tests = tests[:1]
	}
	for _, test := range tests {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "known.yaml"), "{}\n")
		cmd := exec.CommandContext(t.Context(), "bash", script)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "IMPLEMENTATION="+test.implementation, "EXPECTATIONS="+test.expectations, "ARGUMENTS=--group\nsig\n\nsig.*",
			"RUNNER_TEMP="+dir, "GITHUB_STEP_SUMMARY="+filepath.Join(dir, "summary"), "GITHUB_OUTPUT="+filepath.Join(dir, "output"))
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(string(out), test.stdout) {
			t.Errorf("%s: exit code %d, want %d, and %q in:\n%s", test.implementation, code, test.code, test.stdout, out)
		}
		for name, want := range map[string]string{
			"summary": test.summary, "output": "reports=" + filepath.Join(dir, "assay"),
			"assay/run.jsonl": `"kind":"footer"`, "assay/run.html": "<!DOCTYPE html>", "assay/run.sarif": `"version": "2.1.0"`, "assay/junit.xml": "<testsuites",
		} {
			got, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil || !strings.Contains(string(got), want) {
				t.Errorf("%s: %s lacks %q: %v\n%.500s", test.implementation, name, want, err, got)
			}
		}
	}
}

// A job that extends the template of GitLab does what its variables say.
func TestGitLabTemplateRuns(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	var file struct {
		Assay struct {
			Before    []string `yaml:"before_script"`
			Script    []string `yaml:"script"`
			Artifacts struct {
				Paths   []string          `yaml:"paths"`
				Reports map[string]string `yaml:"reports"`
			} `yaml:"artifacts"`
		} `yaml:".assay"`
	}
	readYAML(t, gitlabTemplate, &file)
	job := file.Assay
	dir := t.TempDir()
	// runJob sets ASSAY_GROUP, as a job that extends the template would.
	out, failed := runJob(t, dir, ciJob{Script: slices.Concat(job.Before, withImplementation(job.Script))}, "liar:decode-only")
	if !failed || !strings.Contains(out, "FAIL") {
		t.Errorf("the job of a wrong verifier failed: %v\n%s", failed, out)
	}
	for _, name := range append(job.Artifacts.Paths, slices.Collect(maps.Values(job.Artifacts.Reports))...) {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("the job leaves no %s: %v", name, err)
		}
	}
}

// withImplementation sets the variable that names the implementation.
func withImplementation(script []string) []string {
	var all []string
	for _, line := range script {
		all = append(all, `ASSAY_IMPLEMENTATION="$IMPLEMENTATION" `+line)
	}
	return all
}

// What the guide passes to the action and sets for the template exists.
func TestGuideNamesWhatTheTemplatesHave(t *testing.T) {
	t.Parallel()
	var action struct {
		Inputs map[string]struct{ Required bool }
	}
	readYAML(t, filepath.Join(actionFolder, "action.yml"), &action)
	text, err := os.ReadFile(ciGuide)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		var file struct {
			Jobs map[string]struct {
				Steps []struct {
					Uses string
					With map[string]string
				}
			}
			Include     []struct{ Remote string }
			Conformance struct {
				Extends   string
				Variables map[string]string
			}
		}
		if err := yaml.Unmarshal([]byte(block[1]), &file); err != nil {
			t.Errorf("%v in:\n%s", err, block[1])
		}
		for _, step := range file.Jobs["conformance"].Steps {
			if !strings.HasPrefix(step.Uses, "assay-id/assay/.github/actions/assay@") {
				continue
			}
			found++
			for name := range step.With {
				if _, ok := action.Inputs[name]; !ok {
					t.Errorf("the guide passes %s, which is no input of the action", name)
				}
			}
		}
		if job := file.Conformance; job.Extends == ".assay" && strings.HasSuffix(file.Include[0].Remote, "/.gitlab/assay.yml") {
			found++
			root := (&app{}).rootCommand()
			run, _, err := root.Find([]string{"run"})
			if err != nil {
				t.Fatal(err)
			}
			for name := range job.Variables {
				flag := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "ASSAY_"), "_", "-"))
				if run.Flags().Lookup(flag) == nil {
					t.Errorf("the guide sets %s, and assay run has no flag --%s", name, flag)
				}
			}
		}
	}
	if found != 2 {
		t.Errorf("the guide shows %d of the action and the template, want both", found)
	}
}
