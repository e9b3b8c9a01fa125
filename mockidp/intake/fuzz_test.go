package intake_test

import (
	"strings"
	"testing"

	"github.com/assay-id/assay/mockidp/intake"
)

// maxFuzzed is the size of the largest texts of the fuzzer. One for which the
// parser needs quadratic time exceeds the bounds at this size.
const maxFuzzed = 100_000

// FuzzYAMLIsBounded decodes texts that repeat something, which is what costs a
// parser more than its size. Whatever it is, the bounds of [measured] hold.
func FuzzYAMLIsBounded(f *testing.F) {
	for _, unit := range []string{
		"[", "{a: ", "- ", "a: ", "? ", "!a ", "&a ", "*a ", "- a:\n", "- [a]\n", "a\n", "\n", "---\n", "'", "\"", "|\n", "%a ", "<<: ", "# a\n", "a, ",
		"- &a\n", "- !!str\n", "- |\n", "? a\n", ": a\n", "[a]: b\n", "!!map\n", "- - a\n", "  \n", "\t", "\r", "@", "a:\n- ", "\"\t",
	} {
		f.Add("", unit, "", uint16(10_000))
		f.Add("a: &a b\nc: [", unit, "]\n", uint16(10_000))
		f.Add("a: |\n  ", unit, "", uint16(10_000))
	}
	f.Fuzz(func(t *testing.T, before, unit, after string, times uint16) {
		n := min(int(times), maxFuzzed/max(1, len(unit)))
		text := before + strings.Repeat(unit, n) + after
		_ = measured(t, "text", func() error {
			var out map[string]any
			_, err := intake.YAML("f.yaml", []byte(text), &out)
			if err != nil && len(err.Error()) > 4000 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
			if err != nil && strings.IndexFunc(err.Error(), hidden) >= 0 {
				t.Errorf("the error is not printable: %q", err)
			}
			return err
		})
	})
}
