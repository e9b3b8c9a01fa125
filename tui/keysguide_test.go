package tui

import (
	"fmt"
	"strings"
	"testing"
)

// The guide of the keys is made of the bindings that the help shows too.
func TestGoldenKeyGuide(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("# Keys of the terminal UI\n\nWritten by `make golden` from the keys that the UI itself uses; `?` shows those of a screen.\n")
	table := func(title string, bindings []binding) {
		fmt.Fprintf(&b, "\n## %s\n\n| key | what it does |\n| --- | --- |\n", title)
		for _, key := range bindings {
			h := key.key.Help()
			fmt.Fprintf(&b, "| `%s` | %s |\n", h.Key, strings.ReplaceAll(h.Desc, "|", `\|`))
		}
	}
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	for i, s := range d.a.screens {
		table(fmt.Sprintf("%d %s", i+1, s.name()), s.bindings())
	}
	table("Everywhere", global())
	b.WriteString("| `ctrl+c` | stop and quit |")
	golden(t, "../keys.md", b.String())
}
