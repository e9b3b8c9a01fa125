package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-id/assay/tui"
)

// Each ready-made change is saved as a scenario that the production verifier
// passes, without the token.
func TestAChangeIsSavedAsAScenarioThatRuns(t *testing.T) {
	t.Parallel()
	e := uiEngine(t)
	dir := t.TempDir()
	changes := append(e.Changes(),
		tui.TokenChange{Flags: "--shift exp=-2h --unset sub --signature flip"},
		tui.TokenChange{Flags: `--set 'sub={{now}}' --set x==1 --set 'aud=["skc_other"]'`},
		tui.TokenChange{Flags: ""})
	args := []string{"run", "--quiet"}
	for i, c := range changes {
		token, err := e.Forge(t.Context(), c.Flags)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "case "+string(rune('a'+i))+".yaml")
		path, err := e.SaveChange(c.Flags, file, false)
		if err != nil {
			t.Errorf("SaveChange(%q): %v", c.Flags, err)
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for part := range strings.SplitSeq(token, ".") {
			if len(part) > 20 && strings.Contains(string(text), part) {
				t.Errorf("a part of the token is in the scenario of %q:\n%s", c.Flags, text)
			}
		}
		args = append(args, "--catalog", path)
	}
	if r := execute(t, args...); r.code != exitOK {
		t.Errorf("the saved scenarios end with %d, want 0: %s%s", r.code, r.stdout, r.stderr)
	}
	if _, err := e.SaveChange("--unset sub", filepath.Join(dir, "case a.yaml"), false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("saving over a file: %v, want fs.ErrExist", err)
	}
	if _, err := e.SaveChange(`--change '{"encoding":{"payload":"padded"}}'`, filepath.Join(dir, "new.yaml"), false); err == nil {
		t.Error("a change that only JSON can say is saved")
	}
	// The good token of a scenario has no nbf.
	if _, err := e.SaveChange("--unset nbf", filepath.Join(dir, "new.yaml"), false); err == nil || !strings.Contains(err.Error(), "nbf") {
		t.Errorf("SaveChange of a change that no scenario can make: %v", err)
	}
}

// All implementations that run in process have a verdict, and a program gets no
// pasted token.
func TestImplementationsJudgeOneToken(t *testing.T) {
	t.Parallel()
	e := uiEngine(t)
	token, err := e.Forge(t.Context(), "--set aud=skc_other")
	if err != nil {
		t.Fatal(err)
	}
	const program = "exec:/no/such/program"
	opinions, err := e.Opinions(t.Context(), token, false, program)
	if err != nil {
		t.Fatal(err)
	}
	said := make(map[string]tui.Opinion)
	for _, x := range opinions {
		said[x.Implementation] = x
		if x.Verdict == "" && x.Implementation != program {
			t.Errorf("%s has no verdict: %s", x.Implementation, x.Reason)
		}
	}
	for _, name := range []string{"builtin", "plain"} {
		if x := said[name]; x.Verdict != "reject" || x.Reason != "INVALID_AUDIENCE" {
			t.Errorf("%s says %s %s, want reject INVALID_AUDIENCE", name, x.Verdict, x.Reason)
		}
	}
	accepted := 0
	for _, x := range opinions {
		if x.Verdict == "accept" {
			accepted++
		}
	}
	if accepted == 0 {
		t.Error("no liar accepts a token for another client")
	}
	if x := said[program]; x.Verdict != "" || !strings.Contains(x.Reason, "no such") {
		t.Errorf("%s says %q %q, want why it did not start", program, x.Verdict, x.Reason)
	}
	opinions, err = e.Opinions(t.Context(), token, true, program)
	if err != nil || len(opinions) < 2 || !strings.Contains(opinions[1].Reason, "stays here") {
		t.Errorf("%+v, %v: a program is asked about a pasted token", opinions[1], err)
	}
}
