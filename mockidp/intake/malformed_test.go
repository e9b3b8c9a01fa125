package intake_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp/intake"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The bounds for one input. They are far above what the gate needs, and far
// below what the parser needs without it: minutes and gigabytes.
const (
	maxMemory = 96 << 20
	maxTime   = 10 * time.Second
)

// malformed is a text that costs a parser much more than its size, or that
// would do harm in an error.
type malformed struct{ name, text string }

// laughs returns an anchor of so many aliases to one of as many aliases, and
// so on.
func laughs(levels, each int) string {
	var b strings.Builder
	b.WriteString("l0: &l0 lol\n")
	for i := 1; i < levels; i++ {
		fmt.Fprintf(&b, "l%d: &l%d [%s]\n", i, i, strings.Repeat(fmt.Sprintf("*l%d,", i-1), each))
	}
	return b.String()
}

// numbered repeats a line of which each has its number.
func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// stairs nests mappings in block style.
func stairs(levels int) string {
	var b strings.Builder
	for i := range levels {
		fmt.Fprintf(&b, "%*sa:\n", i, "")
	}
	return b.String()
}

// wide returns text as UTF-16, with or without a byte order mark.
func wide(text string, little, marked bool) string {
	if marked {
		text = "\ufeff" + text
	}
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		if little {
			b.Write([]byte{byte(u), byte(u >> 8)})
		} else {
			b.Write([]byte{byte(u >> 8), byte(u)})
		}
	}
	return b.String()
}

func malformedYAML() []malformed {
	repeat := strings.Repeat
	return []malformed{
		{"billion laughs", laughs(10, 9)},
		{"aliases in a row", "a: &a " + repeat("x", 1000) + "\nb: [" + repeat("*a, ", 20_000) + "]\n"},
		{"an alias in its own anchor", "a: &a\n  <<: *a\n"},
		{"anchors that deepen each other", laughs(100, 1)},
		{"200,000 [", "cases:\n" + repeat("[", 200_000)},
		{"20,000 [ and ]", repeat("[", 20_000) + repeat("]", 20_000)},
		{"20,000 {a:", repeat("{a: ", 20_000)},
		{"block mappings", stairs(1000)},
		{"block sequences on one line", repeat("- ", 100_000) + "a"},
		{"keys on one line", repeat("a: ", 50_000)},
		{"explicit keys on one line", repeat("? ", 100_000)},
		{"tags", repeat("!a ", 50_000)},
		{"anchors", repeat("&a ", 50_000)},
		{"anchors without values", repeat("- &a\n", 20_000)},
		{"closing brackets", repeat("]", 100_000)},
		{"collections side by side", "a: " + repeat("[]", 50_000)},
		{"keys of a mapping", numbered("a%d: 1\n", 20_000)},
		{"keys of a mapping that are lists", numbered("[a%d]: 1\n", 20_000)},
		{"keys of a mapping in a flow", "{" + numbered("a%d: 1, ", 20_000) + "}"},
		{"keys without values", repeat("- a:\n", 20_000)},
		{"keys without values in a flow", "{" + numbered("a%d, ", 20_000) + "}"},
		{"entries without values", repeat("-\n", 50_000)},
		{"entries with a tag and no value", repeat("- !!str\n", 50_000)},
		{"a list that is too long", repeat("- a\n", 60_000)},
		{"empty lines in a literal", "a: |\n" + repeat("\n", 100_000)},
		{"tabs in quotes", `a: "` + repeat("b\t", 50_000) + `"`},
		{"quotation marks", repeat("\"", 300_000)},
		{"documents", repeat("---\n", 50_000)},
		{"ends of documents", repeat("...\n", 50_000)},
		{"a string of 2 MB", "a: " + repeat("x", 2<<20)},
		{"NUL", "a: b\nc: \x00d\n"},
		{"UTF-16, little endian", wide("a: b\n", true, true)},
		{"UTF-16, big endian, no mark", wide("a: b\n", false, false)},
		{"not UTF-8 in a comment", "a: b # caf\xe9\n"},
		{"an escape sequence", "a: b\nc: \x1b]0;PWNED\x07\n"},
		{"a mistake after a right-to-left override", "a: \u202eb\nc: [\n"},
		{"a mistake in a line of 500 kB", "a: " + repeat("x", 250_000) + "\n" + `b: "` + repeat("é", 125_000) + `" c` + "\n"},
		{"a mistake after \\r", "a: b\rc: [\r"},
		{"nothing", ""},
		{"a comment", "# nothing\n"},
	}
}

// TestMalformed gives each text to the gate, and compares the errors with the
// table in testdata.
func TestMalformed(t *testing.T) {
	var table strings.Builder
	fmt.Fprintf(&table, "%-40s  %9s  %s\n", "text", "bytes", "error")
	for _, m := range malformedYAML() {
		var out map[string]any
		err := measured(t, m.name, func() error {
			_, err := intake.YAML("f.yaml", []byte(m.text), &out)
			return err
		})
		row(t, &table, m, err)
	}
	for _, m := range malformedJSON() {
		var out map[string]any
		err := measured(t, m.name, func() error { return intake.JSON("f.json", []byte(m.text), &out) })
		row(t, &table, m, err)
	}
	compare(t, "malformed.txt", table.String())
}

func malformedJSON() []malformed {
	return []malformed{
		{"JSON: 200,000 [", strings.Repeat("[", 200_000)},
		{"JSON: 20,000 {\"a\":", strings.Repeat(`{"a":`, 20_000)},
		{"JSON: brackets in a string", `{"a":"` + strings.Repeat(`[\"{`, 100) + `","b":tru}`},
		{"JSON: the same member twice", "{\n  \"a\": 1,\n  \"a\": 2\n}"},
		{"JSON: an escape sequence", "{\"a\":\"\x1b[31m\"}"},
		{"JSON: UTF-16", wide(`{"a":1}`, true, true)},
		{"JSON: 5 MB", `{"a":"` + strings.Repeat("x", 5<<20) + `"}`},
		{"JSON: a list", "[1]"},
		{"JSON: nothing", ""},
	}
}

// row adds a row to the table, and checks what all errors have in common.
func row(t *testing.T, table *strings.Builder, m malformed, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: there is no error", m.name)
		return
	}
	brief := err.Error()
	if placed, ok := errors.AsType[*intake.Error](err); ok {
		brief = placed.Brief()
	} else if len(m.text) <= intake.MaxYAML {
		t.Errorf("%s: %.200q has no place", m.name, brief)
	}
	if len(err.Error()) > 2000 {
		t.Errorf("%s: the error has %d bytes", m.name, len(err.Error()))
	}
	if i := strings.IndexFunc(err.Error(), hidden); i >= 0 {
		t.Errorf("%s: the error has %q", m.name, err.Error()[i:i+1])
	}
	fmt.Fprintf(table, "%-40s  %9d  %s\n", m.name, len(m.text), brief)
}

// hidden reports what must not reach a terminal.
func hidden(r rune) bool {
	return r < 0x20 && r != '\n' || r == 0x7f || '\u202a' <= r && r <= '\u202e'
}

// measured fails the test if f takes more memory or time than it may.
func measured(t *testing.T, name string, f func() error) (err error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	err = f()
	took := time.Since(begin)
	runtime.ReadMemStats(&after)
	memory := after.TotalAlloc - before.TotalAlloc
	t.Logf("%-40s  %6.1f ms  %5.1f MB",
		name, float64(took.Microseconds())/1000, float64(memory)/1e6)
	if memory > maxMemory || took > maxTime {
		t.Errorf("%s: %d bytes were allocated in %v, want at most %d in %v",
			name, memory, took, maxMemory, maxTime)
	}
	return err
}

// compare compares got with a golden file.
func compare(t *testing.T, name, got string) {
	t.Helper()
	golden := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", golden, diff)
	}
}
