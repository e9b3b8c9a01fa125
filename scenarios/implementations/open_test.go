package implementations_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios/implementations"
)

func TestOpenFindsEveryName(t *testing.T) {
	t.Parallel()
	names := implementations.Names()
	if !slices.Contains(names, "builtin") || !slices.Contains(names, "plain") || !slices.Contains(names, "liar:accept-all") {
		t.Errorf("Names() = %q, want builtin, plain and liar:accept-all among them", names)
	}
	for _, name := range names {
		i, err := implementations.Open(t.Context(), name, implementations.ExecOptions{})
		if err != nil {
			t.Errorf("Open(%q): %v", name, err)
			continue
		}
		if got := i.Describe().Name; got != name {
			t.Errorf("Open(%q) describes itself as %q", name, got)
		}
		if err := i.Close(); err != nil {
			t.Errorf("closing %q: %v", name, err)
		}
	}
}

func TestOpenSaysWhatWouldWork(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, spec string
		want       []string // among the known ones
	}{
		{"a name that nothing has", "bultin", []string{"builtin", "plain", "liar:<name>", "exec:<command line>"}},
		{"the empty name", "", []string{"builtin"}},
		{"a liar that does not exist", "liar:truth", []string{"liar:accept-all", "liar:split-n"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := implementations.Open(t.Context(), test.spec, implementations.ExecOptions{})
			unknown, ok := errors.AsType[*implementations.UnknownError](err)
			if !ok {
				t.Fatalf("Open(%q) = %v, want an *UnknownError", test.spec, err)
			}
			if unknown.Spec != test.spec {
				t.Errorf("Spec is %q, want %q", unknown.Spec, test.spec)
			}
			for _, name := range test.want {
				if !slices.Contains(unknown.Known, name) || !strings.Contains(err.Error(), name) {
					t.Errorf("Open(%q) = %q, want it to offer %q", test.spec, err, name)
				}
			}
		})
	}
}

func TestOpenReadsACommandLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, spec, want string }{
		{"nothing after exec:", "exec: ", "it is empty"},
		{"a quote that is not closed", `exec:./adapter "one`, `the quote " is not closed`},
		{"a backslash at the end", `exec:./adapter \`, "it ends with a backslash"},
		{"a program that does not exist", `exec:'/no such/program' "a b" c\ d`, `"/no such/program a b c d"`},
		{"a URL without a host", "http://", "is not an http or https URL"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := implementations.Open(t.Context(), test.spec, implementations.ExecOptions{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Open(%q) = %v, want an error with %q", test.spec, err, test.want)
			}
		})
	}
}
