package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
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
