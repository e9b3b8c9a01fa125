package reports_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
)

func TestMergeBuckets(t *testing.T) {
	t.Parallel()
	b := func(upTo int64, n uint64) reports.Bucket { return reports.Bucket{UpToNS: upTo, Count: n} }
	tests := []struct {
		name string
		in   []reports.Bucket
		rows int
		want []reports.Bucket
	}{
		{"nothing", nil, 5, nil},
		{"only empty ones", []reports.Bucket{b(1, 0), b(2, 0)}, 5, nil},
		{"no rows", []reports.Bucket{b(1, 1)}, 0, nil},
		{"the ends go, a gap stays", []reports.Bucket{b(1, 0), b(2, 3), b(3, 0), b(4, 1), b(5, 0)}, 5, []reports.Bucket{b(2, 3), b(3, 0), b(4, 1)}},
		{"neighbours add up", []reports.Bucket{b(1, 1), b(2, 2), b(3, 3), b(4, 4), b(5, 5)}, 3, []reports.Bucket{b(2, 3), b(4, 7), b(5, 5)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, reports.MergeBuckets(tt.in, tt.rows)); diff != "" {
				t.Errorf("MergeBuckets differs (-want +got):\n%s", diff)
			}
		})
	}
}
