package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
)

func TestTokenIsForgedStepByStep(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("4")
	d.shows("no token yet", "stays in memory")
	d.keys("n")
	d.shows("✓ accepted", "as the mock environment issues it", "✓ aud", "against the mock environment")
	d.keys("m")
	d.typed("another client")
	d.keys("enter")
	d.shows("✗ refused INVALID_AUDIENCE", "✗ aud", "aud is skc_other, want skc_1", "assay forge --set aud=skc_other", "use one client ID everywhere")
	d.keys("m")
	d.typed("--unset sub")
	d.keys("enter")
	d.shows("assay forge --set aud=skc_other --unset sub")
	d.keys("c")
	if got := d.left("setClipboardMsg"); len(got) != 1 || got[0] != "assay forge --set aud=skc_other --unset sub" {
		t.Errorf("copied %q, want the command", got)
	}
	d.keys("u", "u")
	d.shows("✓ accepted", "as the mock environment issues it")
	d.keys("u")
	d.shows("nothing to undo")
	d.keys("v")
	d.shows("against itself", "nothing wrong, signature not checked")
}

func TestAChangeThatIsRefusedChangesNothing(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("4", "n", "m")
	d.typed("--wrong")
	d.keys("enter")
	d.shows("no token", "unknown flag: --wrong")
	d.keys("enter", "u")
	d.shows("✓ accepted", "nothing to undo")
}

// A pasted token is shown in parts, and leaves the program by no key.
func TestAPastedTokenStaysHere(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("4")
	d.send(tea.PasteMsg{Content: " secret.aud=.token\n"})
	d.shows("pasted; it is kept nowhere", "✗ refused INVALID_AUDIENCE")
	d.keys("y", "c", "Y")
	copied := d.left("setClipboardMsg")
	if len(copied) != 1 || !strings.Contains(copied[0], "$ID_TOKEN") || strings.Contains(copied[0], "secret") {
		t.Errorf("copied %q, want a curl command without the token", copied)
	}
	d.hides("secret.aud=.token")
	if strings.Contains(d.a.View().WindowTitle, "secret") {
		t.Error("the token is in the title of the window")
	}
}

// A token has more lines than a small screen has room for: the pane begins at
// the first change, tab scrolls it, and z gives it the whole screen.
func TestEveryLineOfATokenCanBeReached(t *testing.T) {
	t.Parallel()
	d := drive(t, longTokenEngine{newFakeEngine(t)}, Options{}, 80, 24)
	d.keys("4", "n")
	d.shows("tab token", "+ claim_20", "  claim_19", "x_3")
	d.hides("claim_29", "claim_1 ")
	d.keys("tab")
	d.shows("tab implementations")
	d.keys("G")
	d.shows("claim_39")
	d.keys("g")
	d.shows("header")
	d.keys("z")
	d.shows("header", "claim_0", "claim_15")
	d.hides("x_3")
	d.keys("tab")
	d.shows("liar:accepts-everything")
	d.hides("header")
	d.keys("tab")
	d.shows("x_3")
	d.hides("header")
}

// longTokenEngine examines tokens with forty claims, of which the last twenty
// were added.
type longTokenEngine struct{ *fakeEngine }

func (longTokenEngine) Examine(context.Context, string, bool) (*TokenReport, error) {
	before, after := &reports.Token{Header: `{"alg":"RS256"}`}, &reports.Token{Header: `{"alg":"RS256"}`}
	var claims []string
	for i := range 40 {
		claims = append(claims, fmt.Sprintf(`"claim_%d":%d`, i, i))
		if i == 19 {
			before.Payload = "{" + strings.Join(claims, ",") + "}"
		}
	}
	after.Payload = "{" + strings.Join(claims, ",") + "}"
	return &TokenReport{Token: reports.TokenDetails(before, after), Diagnosis: &reports.Diagnosis{
		Verdict: reports.VerdictAccept, Steps: []reports.DiagnosisStep{{Check: "x_3", Verdict: reports.VerdictPass}},
	}}, nil
}

// What the last row offers does something.
func TestAPastedTokenOffersOnlyWhatWorks(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 160, 40)
	d.keys("4")
	d.send(tea.PasteMsg{Content: "pasted"})
	d.shows("n fresh token", "m change a fresh one", "v compare with itself", "Y curl")
	d.hides("y copy", "c command", "u undo", "s save")
	d.keys("s")
	d.shows("a pasted token is kept nowhere")
	d.keys("m")
	d.shows("a pasted one cannot be signed again")
}

// No label touches the sign after it, however long it is.
func TestLabelsAreApartFromTheirSigns(t *testing.T) {
	t.Parallel()
	d := &detailWriter{t: (&appearance{}).theme(), w: 40}
	d.labelled("segments", "✗", "", strings.Repeat("three ", 12))
	d.detail("unlikely", reports.Detail{Role: reports.RoleCause, Text: "the clock is wrong"}, stretch{})
	d.labelled("a long name", "✗", "", "text")
	for i, line := range d.lines {
		d.lines[i] = ansi.Strip(line)
		if n := ansi.StringWidth(line); n > d.w {
			t.Errorf("%q has %d cells, want at most %d", line, n, d.w)
		}
	}
	text := strings.Join(d.lines, "\n")
	for _, want := range []string{"segments ✗ three", "unlikely • the clock", "a long name ✗ text"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestImplementationsAreComparedOnOneToken(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("4", "n", "tab", "tab")
	d.shows("implementations", "all that answer agree", "✓ accept", "the implementation did")
	d.keys("m")
	d.typed("another client")
	d.keys("enter")
	d.shows("✗ reject  INVALID_AUDIENCE", "!liar:accepts-everything", "! 1 differs from builtin")
	d.send(tea.PasteMsg{Content: "pasted"})
	d.shows("not asked: a pasted")
	// An answer about an earlier token is dropped.
	d.send(opinionsMsg{id: d.a.tokenLab.asked - 1, opinions: []Opinion{{Implementation: "late"}}})
	d.hides("late")
}

func TestAChangeIsSavedAsAScenario(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	d := drive(t, e, Options{}, 120, 40)
	d.keys("4", "s")
	d.shows("no token yet: n makes one")
	d.keys("n", "m")
	d.typed("another client")
	d.keys("enter", "s", "enter")
	d.shows("written", "/runs/mine.yaml")
	d.keys("enter", "s")
	d.typed("old.md")
	d.keys("enter")
	d.shows("/runs/old.md exists. Replace it?")
	d.keys("y")
	want := []string{"scenario /runs/mine.yaml, 0 cases, --set aud=skc_other", "scenario /runs/old.md, 0 cases, --set aud=skc_other"}
	if diff := cmp.Diff(want, e.written); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}
