package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/implementations"
)

// A new adapter is installed as its README says, passes the check without a
// warning, and then runs cases.
func TestNewAdaptersPassTheCheck(t *testing.T) {
	if os.Getenv("ASSAY_WHOLE_ADAPTERS") == "" {
		t.Skip("it installs libraries: make adapters runs it")
	}
	// The interpreter of the distribution comes first, for which its packages
	// are installed, so that nothing is fetched that is there.
	t.Setenv("PATH", "/usr/bin"+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, template := range implementations.Templates() {
		t.Run(template.Language, func(t *testing.T) {
			if _, err := exec.LookPath(needed[template.Language]); err != nil {
				t.Skip(err)
			}
			t.Chdir(t.TempDir())
			assay := func(args ...string) (int, string) {
				var out bytes.Buffer
				code := invoke(t.Context(), args, nil, &out, &out, nil)
				return code, out.String()
			}
			if code, out := assay("adapter", "new", template.Language, "."); code != exitOK {
				t.Fatal(out)
			}
			if out, err := exec.CommandContext(t.Context(), "sh", "-c", template.Install).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", template.Install, err, out)
			}
			code, out := assay("adapter", "check", "--json", template.Command)
			var c reports.AdapterCheck
			if err := json.Unmarshal([]byte(out), &c); err != nil {
				t.Fatalf("exit code %d: %v in\n%s", code, err, out)
			}
			for _, found := range c.Checks {
				if found.Verdict == reports.VerdictFail || found.Verdict == reports.VerdictWarn {
					t.Errorf("%s: %s %s\n%s", found.Name, found.Verdict, found.Found, found.Line)
				}
			}
			if code, out := assay("run", "base.minimal", "sig.payload-tampered", "--implementation", "exec:"+template.Command); code != exitOK {
				t.Errorf("exit code %d: %s", code, out)
			}
		})
	}
}

// needed has the program without which a language is not tested.
var needed = map[string]string{"node": "npm", "python": "python3", "go": "go", "ruby": "ruby", "perl": "perl"}

// The Go adapter is built elsewhere with the library that is tested here.
func TestNewGoAdapterPinsItsLibrary(t *testing.T) {
	t.Parallel()
	ours, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, template := range implementations.Templates() {
		files, err := template.Files()
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if file.Name != "go.mod" {
				continue
			}
			_, pinned, found := strings.Cut(strings.TrimSpace(file.Text), "require ")
			if !found || !strings.Contains(string(ours), "\t"+pinned+"\n") {
				t.Errorf("go.mod of the adapter requires %q, which the go.mod of this module does not", pinned)
			}
			return
		}
	}
	t.Error("no adapter has a go.mod")
}
