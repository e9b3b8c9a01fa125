package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/assay-id/assay/scenarios/longtest"
)

const ciGuide = "../../scenarios/implementations/README.md"

// ciJob is the part of a job of GitHub or GitLab that has commands.
type ciJob struct {
	Steps []struct {
		If  string `yaml:"if"`
		Run string `yaml:"run"`
	} `yaml:"steps"`
	Script []string `yaml:"script"`
}

// The commands of the snippets for GitHub and GitLab do what the guide says,
// for a verifier that is right and for one that is wrong.
func TestCISnippets(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	github, gitlab := ciJobs(t)
	files := map[string]string{"junit.xml": "<testsuites", "run.jsonl": `"kind":"footer"`}
	tests := []struct {
		name, implementation string
		job                  ciJob
		fails                bool
		stdout, summary      string
		files                map[string]string
	}{
		{"GitHub, right", "builtin", github, false, "", "passed", files},
		{"GitHub, wrong", "liar:decode-only", github, true, "::error", "failed", files},
		{"GitLab, right", "builtin", gitlab, false, "DONE", "", map[string]string{"run.html": "<!DOCTYPE html>"}},
		{"GitLab, wrong", "liar:decode-only", gitlab, true, "FAIL", "", files},
	}
	if !longtest.Wanted() {
		tests = tests[1:3] // one of each
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "known.yaml"), "{}\n")
			out, failed := runJob(t, dir, test.job, test.implementation)
			if failed != test.fails || !strings.Contains(out, test.stdout) {
				t.Errorf("failed is %v, want %v, and %q in:\n%s", failed, test.fails, test.stdout, out)
			}
			want := map[string]string{"summary": test.summary}
			for name, text := range test.files {
				want[name] = text
			}
			for name, text := range want {
				got, err := os.ReadFile(filepath.Join(dir, name))
				if text != "" && (err != nil || !strings.Contains(string(got), text)) {
					t.Errorf("%s lacks %q: %v\n%.2000s", name, text, err, got)
				}
			}
		})
	}
}

// runJob runs the commands of a job as its CI server does: after a failure
// only those that always run. It reports whether one failed.
func runJob(t *testing.T, dir string, job ciJob, implementation string) (out string, failed bool) {
	t.Helper()
	for _, line := range job.Script {
		job.Steps = append(job.Steps, struct {
			If  string `yaml:"if"`
			Run string `yaml:"run"`
		}{Run: line})
	}
	ran := 0
	for _, step := range job.Steps {
		if step.Run == "" || strings.HasPrefix(step.Run, "go install ") || failed && step.If != "always()" {
			continue
		}
		ran++
		cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", step.Run)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CI=true", "IMPLEMENTATION="+implementation,
			"GITHUB_STEP_SUMMARY="+filepath.Join(dir, "summary"), "ASSAY_GROUP=sig")
		text, err := cmd.CombinedOutput()
		out += string(text)
		failed = failed || err != nil
	}
	if ran == 0 {
		t.Fatal("the snippet has no command to run")
	}
	return out, failed
}

// ciJobs returns the jobs of the guide.
func ciJobs(t *testing.T) (github, gitlab ciJob) {
	t.Helper()
	text, err := os.ReadFile(ciGuide)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		var file struct {
			Jobs  map[string]ciJob `yaml:"jobs"`
			Assay ciJob            `yaml:"assay"`
		}
		if err := yaml.Unmarshal([]byte(block[1]), &file); err != nil {
			t.Errorf("%v in:\n%s", err, block[1])
		}
		if job, ok := file.Jobs["assay"]; ok {
			github = job
		} else if file.Assay.Script != nil {
			gitlab = file.Assay
		}
	}
	return github, gitlab
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
