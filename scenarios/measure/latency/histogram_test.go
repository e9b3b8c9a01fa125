package latency_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/latency"
	"github.com/google/go-cmp/cmp"
)

// counting returns a histogram of 1 µs, 2 µs, … n µs.
func counting(n int) *latency.Histogram {
	h := latency.New(latency.Fine)
	for i := range n {
		h.Record(time.Duration(i+1) * time.Microsecond)
	}
	return h
}

func TestNeeded(t *testing.T) {
	t.Parallel()
	for q, want := range map[float64]uint64{0.5: 20, 0.9: 100, 0.95: 200, 0.99: 1000, 0.999: 10_000, 0.9999: 100_000} {
		if got := latency.Needed(q); got != want {
			t.Errorf("Needed(%v) = %d, want %d", q, got, want)
		}
	}
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		n    int
		want *reports.Quantiles
	}{
		{0, nil},
		{19, &reports.Quantiles{Count: 19, MeanNS: 10_000, MaxNS: 19_000}},
		{20, &reports.Quantiles{Count: 20, MeanNS: 10_500, P50NS: 10_000, MaxNS: 20_000}},
		{999, &reports.Quantiles{Count: 999, MeanNS: 500_000, P50NS: 500_000, P90NS: 900_000, P95NS: 950_000, MaxNS: 999_000}},
		{1000, &reports.Quantiles{Count: 1000, MeanNS: 500_500, P50NS: 500_000, P90NS: 900_000, P95NS: 950_000, P99NS: 990_000, MaxNS: 1_000_000}},
		{10_000, &reports.Quantiles{Count: 10_000, MeanNS: 5_000_500, P50NS: 5_000_000, P90NS: 9_000_000, P95NS: 9_500_000, P99NS: 9_900_000, P999NS: 9_990_000, MaxNS: 10_000_000}},
	}
	within := cmp.Comparer(func(a, b int64) bool { return math.Abs(float64(a-b)) <= 0.002*float64(max(a, b)) })
	for _, test := range tests {
		if diff := cmp.Diff(test.want, counting(test.n).Quantiles(), within); diff != "" {
			t.Errorf("Quantiles of %d (-want +got):\n%s", test.n, diff)
		}
	}
}

func TestMaxIsExactAndBoundsQuantiles(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{1, 1_234_567, 9_999_999_999, latency.Longest, latency.Longest + 1, time.Hour} {
		for _, r := range []latency.Resolution{latency.Fine, latency.Coarse} {
			h := latency.New(r)
			h.Record(d)
			if h.Max() != d || h.Count() != 1 {
				t.Errorf("Max after %v = %v of %d, want it of 1", d, h.Max(), h.Count())
			}
			if q, _ := h.Quantile(1); q > d {
				t.Errorf("Quantile(1) after %v = %v, beyond the maximum", d, q)
			}
		}
	}
}

func TestNegativeDurationsCountAsNone(t *testing.T) {
	t.Parallel()
	h := latency.New(latency.Fine)
	h.Record(-time.Second)
	if q := h.Quantiles(); q == nil || q.Count != 1 || q.MaxNS != 0 || q.MeanNS != 0 {
		t.Errorf("Quantiles = %+v, want one of 0", q)
	}
}

// Merging must not depend on the order, or the report of the merged parts would
// differ from the report of the whole.
func TestMergeIsTheWhole(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	whole := latency.New(latency.Fine)
	parts := []*latency.Histogram{latency.New(latency.Fine), latency.New(latency.Fine), latency.New(latency.Fine)}
	for range 30_000 {
		d := time.Duration(math.Exp(20 * random.Float64()))
		whole.Record(d)
		parts[random.IntN(len(parts))].Record(d)
	}
	for _, order := range [][]int{{0, 1, 2}, {2, 0, 1}, {1, 2, 0}} {
		merged := latency.New(latency.Fine)
		for _, i := range order {
			merged.Merge(parts[i])
		}
		if diff := cmp.Diff(whole.Quantiles(), merged.Quantiles()); diff != "" {
			t.Errorf("merged in order %v (-whole +merged):\n%s", order, diff)
		}
		if diff := cmp.Diff(whole.Buckets(), merged.Buckets()); diff != "" {
			t.Errorf("buckets merged in order %v (-whole +merged):\n%s", order, diff)
		}
	}
}

func TestRestoreIsTheInverseOfCounts(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{0, 1, 10_000} {
		h := latency.New(latency.Fine)
		for range n {
			h.Record(time.Duration(math.Exp(27*random.Float64())) - 1) // up to nine minutes
		}
		got, err := latency.Restore(latency.Fine, h.Counts(), h.Max())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(h.Quantiles(), got.Quantiles()); diff != "" || !cmp.Equal(h.Counts(), got.Counts()) {
			t.Errorf("the restored histogram of %d differs (-want +got):\n%s", n, diff)
		}
	}
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		counts  []int64
		longest time.Duration
		want    string
	}{
		{"half a pair", []int64{5}, 5, "want pairs"},
		{"descending", []int64{5, 1, 4, 1}, 5, "duration 4 ns follows 5 ns"},
		{"negative", []int64{-5, 1}, 5, "duration -5 ns"},
		{"too long", []int64{int64(time.Hour), 1}, time.Hour, "at most 2m0s"},
		{"counted never", []int64{5, 0}, 5, "counted 0 times"},
		{"overflow", []int64{5, 1 << 50, 6, 1}, 6, "6 ns is counted 1 times"},
		{"maximum below", []int64{5000, 1}, 4, "the maximum is 4ns"},
		{"maximum above", []int64{5000, 1}, 6000, "the maximum is 6µs"},
		{"maximum of nothing", nil, 1, "the longest counted duration 0s"},
	} {
		if _, err := latency.Restore(latency.Fine, test.counts, test.longest); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Restore of %s = %v, want %q", test.name, err, test.want)
		}
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	h := counting(100)
	h.Reset()
	if h.Count() != 0 || h.Max() != 0 || h.Quantiles() != nil || h.Buckets() != nil {
		t.Errorf("after Reset: %d durations, max %v, %v", h.Count(), h.Max(), h.Buckets())
	}
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		durations []time.Duration
		want      []reports.Bucket
	}{
		{"none", nil, nil},
		{"one", []time.Duration{1000}, []reports.Bucket{{UpToNS: 1000, Count: 1}}},
		{"just above a bound", []time.Duration{1001}, []reports.Bucket{{UpToNS: 1259, Count: 1}}},
		{
			"with a gap",
			[]time.Duration{1000, 1000, 1900},
			[]reports.Bucket{{UpToNS: 1000, Count: 2}, {UpToNS: 1259}, {UpToNS: 1585}, {UpToNS: 1995, Count: 1}},
		},
		{
			"where bounds are small numbers",
			[]time.Duration{1, 2, 4, 5},
			[]reports.Bucket{{UpToNS: 1, Count: 1}, {UpToNS: 2, Count: 1}, {UpToNS: 3}, {UpToNS: 4, Count: 1}, {UpToNS: 5, Count: 1}},
		},
	}
	for _, test := range tests {
		h := latency.New(latency.Fine)
		for _, d := range test.durations {
			h.Record(d)
		}
		if diff := cmp.Diff(test.want, h.Buckets()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestBucketsAreAscendingAndLoseNothing(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	h := latency.New(latency.Fine)
	for range 10_000 {
		h.Record(time.Duration(math.Exp(25 * random.Float64())))
	}
	var sum uint64
	last := int64(0)
	for _, b := range h.Buckets() {
		if b.UpToNS <= last {
			t.Errorf("bound %d follows %d", b.UpToNS, last)
		}
		last = b.UpToNS
		sum += b.Count
	}
	if sum != h.Count() || last < int64(h.Max()) {
		t.Errorf("the buckets hold %d up to %d ns, want %d up to %v", sum, last, h.Count(), h.Max())
	}
}

func BenchmarkRecord(b *testing.B) {
	h := latency.New(latency.Fine)
	b.ReportAllocs()
	d := time.Duration(1)
	for b.Loop() {
		d = d*5%1_000_003 + 1
		h.Record(d)
	}
}

func BenchmarkMerge(b *testing.B) {
	whole, part := latency.New(latency.Fine), counting(10_000)
	b.ReportAllocs()
	for b.Loop() {
		whole.Merge(part)
	}
}
