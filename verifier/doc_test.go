package verifier_test

import (
	"os"
	"strings"
	"testing"

	"github.com/assay-id/assay/verifier"
)

// The table of checks in the package comment has every reason, so that none
// comes up without a clause and a scenario.
func TestDocHasEveryReason(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range verifier.Reasons() {
		found := false
		for line := range strings.Lines(string(doc)) {
			fields := strings.Fields(line)
			for _, f := range fields[:max(0, len(fields)-1)] {
				found = found || f == string(reason)
			}
		}
		if !found {
			t.Errorf("the table of checks has no line for %s", reason)
		}
	}
}
