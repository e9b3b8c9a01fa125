package latency

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/assay-id/assay/reports"
)

// Longest is the longest duration that a [Histogram] distinguishes. A longer one
// is counted as this long; [Histogram.Max] still returns its exact length.
const Longest = 2 * time.Minute

// Resolution is how finely a [Histogram] distinguishes durations.
type Resolution int

// The resolutions. Fine is accurate to 0.1 % and takes 220 KiB. Coarse is
// accurate to 1 %, takes 30 KiB and suits the many windows of a live display.
const (
	Fine   Resolution = 3
	Coarse Resolution = 2
)

// Histogram counts durations from 1 ns to [Longest].
type Histogram struct {
	counts *hdrhistogram.Histogram
	max    time.Duration
}

// New returns an empty Histogram.
func New(r Resolution) *Histogram {
	return &Histogram{counts: hdrhistogram.New(1, int64(Longest), int(r))}
}

// Record counts d. A negative duration, which clock readings on two threads can
// give, counts as zero.
func (h *Histogram) Record(d time.Duration) {
	h.max = max(h.max, d)
	// The value is within the range of the histogram, so there is no error.
	_ = h.counts.RecordValue(int64(min(max(d, 0), Longest)))
}

// Merge adds the counts of other.
func (h *Histogram) Merge(other *Histogram) {
	h.max = max(h.max, other.max)
	h.counts.Merge(other.counts)
}

// Reset removes all counts.
func (h *Histogram) Reset() {
	h.max = 0
	h.counts.Reset()
}

// Count returns how many durations were recorded.
func (h *Histogram) Count() uint64 { return uint64(h.counts.TotalCount()) }

// Max returns the exact longest duration that was recorded, or zero if there is
// none.
func (h *Histogram) Max() time.Duration { return h.max }

// Mean returns the mean, as accurate as the resolution.
func (h *Histogram) Mean() time.Duration { return time.Duration(math.Round(h.counts.Mean())) }

// Needed returns how many durations it takes to support quantile q, between 0
// and 1: enough to leave ten beyond it. With fewer, the quantile depends on a
// handful of events.
func Needed(q float64) uint64 {
	// The quotient of 10/(1-0.9) is 100.00000000000001, and must not ask for
	// 101.
	return uint64(math.Ceil(10/(1-q) - 1e-6))
}

// Quantile returns quantile q, between 0 and 1, and whether the count supports
// it.
func (h *Histogram) Quantile(q float64) (d time.Duration, supported bool) {
	d = time.Duration(h.counts.ValueAtQuantile(100 * q))
	return min(d, h.max), h.Count() >= Needed(q)
}

// Quantiles returns the quantiles for a record, with zero for those that the
// count does not support, or nil if nothing was recorded.
func (h *Histogram) Quantiles() *reports.Quantiles {
	if h.Count() == 0 {
		return nil
	}
	at := func(q float64) int64 {
		d, supported := h.Quantile(q)
		if !supported {
			return 0
		}
		return int64(d)
	}
	return &reports.Quantiles{
		Count:  h.Count(),
		MeanNS: int64(h.Mean()),
		P50NS:  at(0.5),
		P90NS:  at(0.9),
		P95NS:  at(0.95),
		P99NS:  at(0.99),
		P999NS: at(0.999),
		MaxNS:  int64(h.max),
	}
}

// Buckets returns the counts by upper bound, ten bounds a decade, from the
// bucket of the shortest duration to that of the longest. The bounds are the
// same in every histogram, so that histograms can be compared.
func (h *Histogram) Buckets() []reports.Bucket {
	counts := make(map[int]uint64)
	first, last := math.MaxInt, 0
	for _, bar := range h.counts.Distribution() {
		if bar.Count > 0 {
			i := bucketOf(bar.To)
			counts[i] += uint64(bar.Count)
			first, last = min(first, i), max(last, i)
		}
	}
	var buckets []reports.Bucket
	for i := first; i <= last; i++ {
		if i > 0 && boundOf(i) == boundOf(i-1) {
			continue // below 10 ns several bounds are equal
		}
		buckets = append(buckets, reports.Bucket{UpToNS: boundOf(i), Count: counts[i]})
	}
	return buckets
}

// Counts returns the distinguished durations in nanoseconds, ascending, each
// followed by how often it was recorded. [Restore] is the inverse.
func (h *Histogram) Counts() []int64 {
	var counts []int64
	for _, bar := range h.counts.Distribution() {
		if bar.Count > 0 {
			counts = append(counts, min(bar.To, int64(Longest)), bar.Count)
		}
	}
	return counts
}

// mostCounted is far more than any measurement counts, and low enough that sums
// of many histograms do not overflow.
const mostCounted = 1 << 50

// Restore returns the Histogram that has the given counts and maximum. It
// refuses what no Histogram has, because they may come from a file that
// somebody else wrote.
func Restore(r Resolution, counts []int64, longest time.Duration) (*Histogram, error) {
	if len(counts)%2 != 0 {
		return nil, fmt.Errorf("%d numbers, want pairs of a duration and a count", len(counts))
	}
	h := New(r)
	last, total := int64(-1), int64(0)
	for pair := range slices.Chunk(counts, 2) {
		ns, n := pair[0], pair[1]
		if ns <= last || ns > int64(Longest) {
			return nil, fmt.Errorf("duration %d ns follows %d ns, want more, and at most %v", ns, last, Longest)
		}
		if n < 1 || n > mostCounted-total {
			return nil, fmt.Errorf("%d ns is counted %d times, want 1 or more, and all together at most %d", ns, n, int64(mostCounted))
		}
		if err := h.counts.RecordValues(ns, n); err != nil {
			return nil, err
		}
		last, total = ns, total+n
	}
	if total > 0 && !h.counts.ValuesAreEquivalent(int64(min(longest, Longest)), last) || total == 0 && longest != 0 {
		return nil, fmt.Errorf("the maximum is %v, and the longest counted duration %v", longest, time.Duration(max(last, 0)))
	}
	h.max = longest
	return h, nil
}

// boundsPerDecade is the number of upper bounds between 1 and 10.
const boundsPerDecade = 10

// boundOf returns the upper bound of bucket i in nanoseconds.
func boundOf(i int) int64 {
	return int64(math.Round(math.Pow(10, float64(i)/boundsPerDecade)))
}

// bucketOf returns the bucket that ns falls into: the first whose bound is not
// below it.
func bucketOf(ns int64) int {
	if ns <= 1 {
		return 0
	}
	i := int(math.Ceil(boundsPerDecade * math.Log10(float64(ns))))
	for boundOf(i) < ns {
		i++
	}
	for i > 0 && boundOf(i-1) >= ns {
		i--
	}
	return i
}
