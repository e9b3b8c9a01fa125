package intake_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp/intake"
)

// TestYAMLAccepts decodes what the gate must let through, although it looks
// like what it refuses.
func TestYAMLAccepts(t *testing.T) {
	t.Parallel()
	repeat := strings.Repeat
	tests := []struct{ name, text string }{
		{"brackets in strings", "a: '" + repeat("[", 500) + "'\nb: \"" + repeat("{", 500) + "\"\n"},
		{"brackets in a literal", "a: |\n  " + repeat("[{\n  ", 500) + "\n"},
		{"brackets in comments", repeat("# [{\n", 500) + "a: b\n"},
		{"many brackets", "a: [" + repeat("[], {}, ", 500) + "]\n"},
		{"sixty levels", "a: " + repeat("[", 60) + repeat("]", 60) + "\n"},
		{"a list under its key", repeat("a:\n- b: c\n  d: [e]\n", 1)},
		{"aliases", "a: &a { b: c }\nd: [" + repeat("*a, ", 500) + "]\ne: { <<: *a, f: g }\n"},
		{"tags and anchors", "a: &a !!str 1\nb: !!map { c: *a }\n"},
		{"missing values", repeat("", 1) + "a:\nb: []\nc:\n"},
		{"an explicit key", "? a\n: b\n? c\n: d\n"},
		{"marks of a document", "# a\n---\na: b\n...\n"},
		{"a thousand keys", numbered("a%d: 1\n", 1000)},
		{"thousands of entries", "a:\n" + repeat("  - { b: c, d: [e] }\n", 5000)},
		{"a string of 500 kB", "a: " + repeat("x", 500_000) + "\n"},
		{"lines without indentation", "a: >\n  b\n\n\n  c\nd: |-\n  e\n"},
	}
	for _, tt := range tests {
		var out map[string]any
		if d, err := intake.YAML("f.yaml", []byte(tt.text), &out); err != nil || d.Root == nil || len(out) == 0 {
			t.Errorf("%s: YAML() = %v, %.200v", tt.name, err, out)
		}
	}
}

// TestExcerpts shows the places of mistakes that are hard to show.
func TestExcerpts(t *testing.T) {
	t.Parallel()
	repeat := strings.Repeat
	tests := []malformed{
		{"in a line of 500 kB", "a: x\nb: \"" + repeat("é", 125_000) + "\" c\n" + repeat("d", 250_000) + ": e\n"},
		{"at the start of a long line", "a\x00" + repeat("b", 1000)},
		{"after a right-to-left override", "a: \"\u202eb\" c\n"},
		{"at a control character", "a: b\nc: \x1b]0;PWNED\x07\n"},
		{"at a byte", "a: b\n# \xff\nc: d\n"},
		{"after the end", "a: b\nc: [\n"},
		{"on line 102", repeat("# comment\r\n", 100) + "a: b\r\na: c\r\n# comment\r\n"},
	}
	var all strings.Builder
	for _, tt := range tests {
		var out map[string]any
		_, err := intake.YAML("f.yaml", []byte(tt.text), &out)
		fmt.Fprintf(&all, "A mistake %s\n\n%v\n\n", tt.name, err)
	}
	compare(t, "excerpts.txt", all.String())
}

// TestDocumentError gives a place to an error of the caller.
func TestDocumentError(t *testing.T) {
	t.Parallel()
	var out map[string][]string
	d, err := intake.YAML("f.yaml", []byte("a:\n  - b\n  - c\n"), &out)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path []string
		want string
	}{
		{[]string{"a", "1"}, "f.yaml:3:5: it is %q"},
		{[]string{"a", "7"}, "f.yaml:2:3: it is %q"},
		{[]string{"b"}, "f.yaml:1:2: it is %q"},
	}
	for _, tt := range tests {
		err := d.Error(intake.At(intake.Child(d.Root, tt.path...), "it is %%q"))
		placed, ok := errors.AsType[*intake.Error](err)
		if !ok || placed.Brief() != tt.want {
			t.Errorf("the error about %q is %v, want %s", tt.path, err, tt.want)
		}
	}
	other := errors.New("something else")
	if err := d.Error(other); !errors.Is(err, other) || err.Error() != "f.yaml: something else" {
		t.Errorf("Error() = %v", err)
	}
}

// TestYAMLIsStrict refuses a key that nobody would read.
func TestYAMLIsStrict(t *testing.T) {
	t.Parallel()
	var out struct {
		A int `yaml:"a"`
	}
	_, err := intake.YAML("f.yaml", []byte("a: 1\nb: 2\n"), &out)
	want := "f.yaml:2:1: unknown field \"b\"\n   1 | a: 1\n>  2 | b: 2\n       ^"
	if err == nil {
		t.Fatal("there is no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	_, err = intake.YAML("f.yaml", []byte(strings.Repeat("b", 100_000)+": 2\n"), &out)
	if err == nil || !strings.HasPrefix(err.Error(), `f.yaml:1:1: unknown field "bbb`) || len(err.Error()) > 1000 {
		t.Errorf("the error about a long key is %v", err)
	}
}

// hasty panics when it is decoded.
type hasty struct{}

func (*hasty) UnmarshalYAML([]byte) error { panic("too fast") }

func TestAPanicIsAnError(t *testing.T) {
	t.Parallel()
	_, err := intake.YAML("f.yaml", []byte("a: b\n"), &hasty{})
	panicked, ok := errors.AsType[*intake.PanicError](err)
	if !ok || panicked.Value != "too fast" || !strings.HasPrefix(err.Error(), "f.yaml: ") {
		t.Errorf("YAML() = %v, want a PanicError with the name of the file", err)
	}
}
