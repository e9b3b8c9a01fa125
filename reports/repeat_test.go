package reports_test

import (
	"testing"

	"github.com/assay-id/assay/reports"
)

func TestRepeat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		arguments []string
		want      string
	}{
		{"outputs are left out", []string{"load", "--format", "jsonl", "--output", "-", "-o=x.html", "--rate", "200/s"}, "assay load --rate 200/s --seed 7f3a"},
		{"what a shell would change is quoted", []string{"load", "--threshold", "p99 < 5ms", "it's"}, `assay load --threshold 'p99 < 5ms' 'it'\''s' --seed 7f3a`},
		{"the seed that was typed", []string{"bench", "--seed=beef"}, "assay bench --seed=beef"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := reports.Header{Tool: "assay", Seed: "7f3a", Arguments: tt.arguments}
			if got := h.Repeat(); got != tt.want {
				t.Errorf("Repeat() = %s, want %s", got, tt.want)
			}
		})
	}
}
