//go:build unix

package main

import (
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios/longtest"
)

// maxJobKeys is how many keys a usual job may take once the screen is there.
const maxJobKeys = 6

// The usual jobs in one session, each with few keys. What begins with "see " or
// "gone " is no key but what must come or go.
func TestUsualJobsTakeFewKeys(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	x := runOnTerminal(t, program(t), "xterm-256color", t.TempDir())
	x.Want("runs all")
	x.Resize(120, 40)
	jobs := []struct {
		name  string
		steps []string
	}{
		{"filter", []string{"/", "s", "i", "g", "enter", "see /sig"}},
		{"run what is shown", []string{"R", "see PASSED"}},
		{"choose one liar of hundreds", []string{"i", "d", "e", "-", "o", "enter", "see now under test: liar:decode-only"}},
		{"why does a case fail", []string{"R", "see FAILED", "n", "see reject INVALID_SIGNATURE", "see cause"}},
		{"copy the command that repeats it", []string{"y", "see copied the repeat command"}},
		{"rerun what failed", []string{"f", "see x stop", "see f rerun"}},
		{"compare with the run before", []string{"=", "see compare with a recorded run", "down", "enter", "see @changed"}},
		{"open the run before", []string{"b", "see show a recorded run", "down", "enter", "gone show a recorded run"}},
		{"reproduce INVALID_AUDIENCE", []string{":", "_", "a", "u", "enter", "enter", "see the fix helps"}},
		{"go back to the list", []string{"esc", "see why INVALID", "esc", "see which error", "esc", "gone which error"}},
		{"type a program of one's own", []string{"i", "e", "x", "e", "c", ":", "see use what is typed"}},
		{"leave it", []string{"esc", "gone use what is typed"}},
		{"test builtin again", []string{"i", "b", "u", "i", "l", "enter", "see now under test: builtin"}},
		{"rotate the key and see it", []string{"3", "see in the JWK Set", "o", "see publish-then-sign", "enter", "see announced"}},
		{"measure", []string{"2", "see space measure", "space", "see bare RS256"}},
		{"stop and quit", []string{"q", "see Stop it and quit?", "y"}},
	}
	bytes := map[string]string{"enter": "\r", "space": " ", "down": "\x1b[B", "esc": "\x1b"}
	for _, job := range jobs {
		keys := 0
		for _, step := range job.steps {
			if text, ok := strings.CutPrefix(step, "see "); ok {
				x.Want(text)
				continue
			}
			if text, ok := strings.CutPrefix(step, "gone "); ok {
				x.WantGone(text)
				continue
			}
			keys++
			if b, ok := bytes[step]; ok {
				step = b
			}
			x.Press(step)
		}
		if t.Logf("%s: %d keys", job.name, keys); keys > maxJobKeys {
			t.Errorf("%s takes %d keys, want at most %d", job.name, keys, maxJobKeys)
		}
	}
	x.Exit(exitInterrupted)
}
