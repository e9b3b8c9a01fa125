package main

import (
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/tui"
)

// Each ready-made change is refused for what it is called after; a token as it is
// issued is accepted.
func TestTheTokenScreenForgesAndExplains(t *testing.T) {
	t.Parallel()
	e := uiEngine(t)
	examine := func(changes string, itself bool) *tui.TokenReport {
		t.Helper()
		token, err := e.Forge(t.Context(), changes)
		if err != nil {
			t.Fatalf("Forge(%q): %v", changes, err)
		}
		report, err := e.Examine(t.Context(), token, itself)
		if err != nil {
			t.Fatalf("Examine of %q: %v", changes, err)
		}
		for _, x := range report.Token {
			if x.Role == reports.RoleWire || strings.Contains(x.Text, token) {
				t.Errorf("the report of %q has the token itself", changes)
			}
		}
		return report
	}
	good := examine("", false)
	if got := good.Diagnosis.Verdict; got != reports.VerdictAccept {
		t.Errorf("a token as it is issued: %s, want accept", got)
	}
	for _, x := range good.Token {
		if x.Mark != reports.MarkNone {
			t.Errorf("a token as it is issued differs from one in %s %s", x.Label, x.Text)
		}
	}
	if got := examine("", true).Diagnosis.Verdict; got != reports.VerdictUnchecked {
		t.Errorf("against itself: %s, want unchecked", got)
	}
	codes := make(map[string]int)
	for _, change := range e.Changes() {
		report := examine(change.Flags, false)
		if report.Diagnosis.Verdict != reports.VerdictReject {
			t.Errorf("%s: %s, want reject", change.Title, report.Diagnosis.Verdict)
		}
		codes[report.Diagnosis.Code]++
		marked := false
		for _, x := range report.Token {
			marked = marked || x.Mark != reports.MarkNone
		}
		if !marked {
			t.Errorf("%s: the screen shows no difference to a good token", change.Title)
		}
	}
	for _, code := range []string{"TOKEN_EXPIRED", "INVALID_AUDIENCE", "INVALID_ISSUER", "INVALID_TOKEN"} {
		if codes[code] == 0 {
			t.Errorf("no change leads to %s", code)
		}
	}
}

func TestTheTokenScreenRefusesWrongFlags(t *testing.T) {
	t.Parallel()
	e := uiEngine(t)
	for changes, want := range map[string]string{
		"--wrong":       "unknown flag: --wrong; want flags such as --set aud=x",
		"aud=x":         `"aud=x" is not a flag`,
		"--shift exp=x": `--shift is "exp=x"`,
		"--set 'aud":    "quote",
	} {
		if _, err := e.Forge(t.Context(), changes); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Forge(%q) = %v, want an error with %q", changes, err, want)
		}
	}
	if _, err := e.Examine(t.Context(), strings.Repeat("a", maxExplained+1), true); err == nil {
		t.Error("a token of more than two mebibytes is examined")
	}
}
