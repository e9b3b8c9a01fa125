package bench_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/bench"
	"github.com/assay-id/assay/scenarios/bench/paired"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// brief is a short benchmark. The clock of its comparison says that everything
// takes 300 µs, so that every ratio is 1.
func brief() bench.Options {
	const slice = 300 * time.Microsecond
	var clock atomic.Int64
	return bench.Options{
		Duration: 60 * time.Millisecond,
		Warmup:   time.Millisecond,
		Interval: 10 * time.Millisecond,
		Ratio: paired.Options{
			Epochs: 3, EpochTime: 10 * slice, Warmup: slice, CollectedSliceTime: slice,
			Now:   func() time.Duration { return time.Duration(clock.Add(int64(slice))) },
			Sleep: func(context.Context, time.Duration) {},
		},
	}
}

// record collects the records of a run.
type record []reports.Record

func (r *record) emit(rec reports.Record) error {
	*r = append(*r, rec)
	return nil
}

func (r record) finals() []reports.Sample {
	var list []reports.Sample
	for _, rec := range r {
		if rec.Kind == reports.KindSample && rec.Sample.Final {
			list = append(list, *rec.Sample)
		}
	}
	return list
}

// notMissed fails the test for an error that a busy machine cannot explain.
func notMissed(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, gate.ErrInvalid) {
		t.Fatal(err)
	}
}

// It is not parallel: allocations are counted for the whole process, including
// those of other tests.
func TestRunEmitsAWholeStream(t *testing.T) {
	var got record
	opts := brief()
	opts.Seed = 0x7f3a
	opts.Header = reports.Header{Tool: "assay", ToolVersion: "1.2.3", Arguments: []string{"bench"}}
	result, err := bench.Run(t.Context(), opts, got.emit)
	notMissed(t, err)

	if len(got) < 3 || got[0].Kind != reports.KindHeader || got[1].Kind != reports.KindPlan || got[len(got)-1].Kind != reports.KindFooter {
		t.Fatalf("the stream does not begin with a header and a plan and end with a footer: %v",
			got)
	}
	h := got[0].Header
	if h.SchemaVersion != reports.SchemaVersion || h.Tool != "assay" || h.Command != "bench" || h.Seed != "7f3a" || h.Policy != "char" ||
		h.Implementation.Name != "builtin" || h.Host.GOMAXPROCS != runtime.GOMAXPROCS(0) || h.StartedAt.IsZero() {
		t.Errorf("Header = %+v", h)
	}
	var names []string
	for i, s := range got.finals() {
		if strings.HasSuffix(s.Series, " with GC") {
			if of := got.finals()[i-1]; s.AllocsPerOp != of.AllocsPerOp || s.BytesPerOp != of.BytesPerOp {
				t.Errorf("%s: %.1f allocations of %.0f bytes, want those of %s",
					s.Series, s.AllocsPerOp, s.BytesPerOp, of.Series)
			}
			continue
		}
		names = append(names, s.Series)
		checkSeries(t, s)
	}
	want := []string{"bare RS256", "RS256 cold", "RS256 cached", "RS256 refusal", "bare ES256", "ES256 cold"}
	if !slices.Equal(names, want) {
		t.Errorf("the final samples are %q, want %q", names, want)
	}
	f := got[len(got)-1].Footer
	if f.Interrupted || f.Planned != 0 || f.Judged != 0 || f.DurationSeconds <= 0 || f.EndedAt.Before(h.StartedAt) {
		t.Errorf("Footer = %+v", f)
	}
	if len(f.Thresholds) != 1 || f.Thresholds[0].Expression != "wrong == 0" || f.Thresholds[0].Verdict != "met" {
		t.Errorf("the thresholds are %+v, want wrong == 0 and met", f.Thresholds)
	}
	if len(result.Samples) != len(got.finals()) || result.Footer.EndedAt != f.EndedAt {
		t.Errorf("Result has %d samples, want the %d that were emitted",
			len(result.Samples), len(got.finals()))
	}
}

// Series of algorithms that Char does not document are measured if they are
// named, each against the check of its own algorithm.
func TestRunMeasuresOtherAlgorithmsIfNamed(t *testing.T) {
	t.Parallel()
	opts := brief()
	opts.Series = []string{"*PS256*", "*EdDSA*"}
	var got record
	_, err := bench.Run(t.Context(), opts, got.emit)
	notMissed(t, err)
	var names []string
	for _, s := range got.finals() {
		names = append(names, s.Series+":"+s.Baseline)
		if s.Wrong > 0 || s.Operations == 0 {
			t.Errorf("%s: %d of %d verdicts are wrong", s.Series, s.Wrong, s.Operations)
		}
	}
	want := []string{
		"bare PS256:", "PS256 cold:bare PS256", "PS256 cold with GC:bare PS256",
		"bare EdDSA:", "EdDSA cold:bare EdDSA", "EdDSA cold with GC:bare EdDSA",
	}
	if !slices.Equal(names, want) {
		t.Errorf("the final samples are %q, want %q", names, want)
	}
}

// checkSeries checks that a final sample has all that its series can have.
func checkSeries(t *testing.T, s reports.Sample) {
	t.Helper()
	if s.Operations == 0 || s.ElapsedSeconds < 0.05 || s.RatePerSecond <= 0 || s.OfferedPerSecond != 0 || s.Latency != nil || s.Lag != nil {
		t.Errorf("%s: %d operations in %.3f s at %.0f/s, want those of a closed loop",
			s.Series, s.Operations, s.ElapsedSeconds, s.RatePerSecond)
	}
	if s.Service == nil || s.Service.Count != s.Operations || s.Service.MaxNS <= 0 {
		t.Errorf("%s: Service = %+v, want all %d operations", s.Series, s.Service, s.Operations)
	}
	histogram := counted(s.Histogram)
	if histogram != s.Operations || s.Wrong != 0 {
		t.Errorf("%s: the histogram holds %d operations of %d, %d wrong",
			s.Series, histogram, s.Operations, s.Wrong)
	}
	verdict := map[bool]string{true: "INVALID_ISSUER", false: "accept"}[strings.Contains(s.Series, "refusal")]
	if bare := strings.HasPrefix(s.Series, "bare"); bare != (s.Baseline == "") || bare != (s.Ratio == nil) || bare != (s.Verdicts == nil) ||
		!bare && s.Verdicts[verdict] != s.Operations {
		t.Errorf("%s: baseline %q, ratio %v, verdicts %v",
			s.Series, s.Baseline, s.Ratio, s.Verdicts)
	}
	if s.Ratio != nil && *s.Ratio != (reports.Interval{Estimate: 1, Low: 1, High: 1}) {
		t.Errorf("%s: Ratio = %+v, want 1", s.Series, s.Ratio)
	}
	if strings.HasSuffix(s.Series, "cached") {
		// Another test of the process may allocate in the meantime.
		if s.AllocsPerOp >= 1 {
			t.Errorf("%s: %.1f allocations, want none", s.Series, s.AllocsPerOp)
		}
	} else if s.AllocsPerOp < 1 || s.BytesPerOp < 16 {
		t.Errorf("%s: %.1f allocations of %.0f bytes, want some",
			s.Series, s.AllocsPerOp, s.BytesPerOp)
	}
}

// counted returns how many operations a histogram has.
func counted(histogram []reports.Bucket) (n uint64) {
	for _, b := range histogram {
		n += b.Count
	}
	return n
}

func TestRunShowsItselfLive(t *testing.T) {
	t.Parallel()
	var got record
	opts := brief()
	opts.Series, opts.SkipRatio = []string{"*ES256*"}, true
	opts.Duration = 120 * time.Millisecond
	_, err := bench.Run(t.Context(), opts, got.emit)
	notMissed(t, err)
	live := make(map[string]int)
	last := make(map[string]uint64)
	for _, rec := range got {
		if rec.Kind != reports.KindSample {
			continue
		}
		s := rec.Sample
		if s.Operations < last[s.Series] {
			t.Errorf("%s: %d operations after %d", s.Series, s.Operations, last[s.Series])
		}
		last[s.Series] = s.Operations
		if s.Final {
			continue
		}
		live[s.Series]++
		if s.RatePerSecond <= 0 || s.Service == nil || s.Service.Count == 0 || s.Service.Count > s.Operations || counted(s.Histogram) != s.Operations {
			t.Errorf("%s: a live sample is %+v", s.Series, s)
		}
	}
	for _, name := range []string{"bare ES256", "ES256 cold"} {
		if live[name] < 2 {
			t.Errorf("%s had %d live samples, want several", name, live[name])
		}
	}
}

func TestRunJudgesThresholds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		threshold string
		want      error
	}{
		{"allocs/op <= 1000", nil},
		{"allocs/op < 1", gate.ErrMissed},
		{"ratio{series=ES256 cold} < 1", gate.ErrMissed},
		{"ratio <= 1", nil},
		{"ratio{series=ES256 cold with GC} >= 1", nil},
		{"wrong share <= 0%", nil},
	}
	if !longtest.Wanted() {
		tests = tests[1:4] // both metrics, and both verdicts
	}
	for _, test := range tests {
		t.Run(test.threshold, func(t *testing.T) {
			t.Parallel()
			var got record
			opts := brief()
			opts.Series, opts.Thresholds = []string{"ES256 cold"}, []string{test.threshold}
			opts.SkipRatio = !strings.HasPrefix(test.threshold, "ratio")
			result, err := bench.Run(t.Context(), opts, got.emit)
			if !errors.Is(err, test.want) || test.want == nil && err != nil {
				t.Errorf("Run = %v, want %v", err, test.want)
			}
			if len(result.Footer.Invalid) > 0 {
				t.Errorf("the footer is invalid for %q, which no threshold depends on",
					result.Footer.Invalid)
			}
		})
	}
}

func TestRunRefusesOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*bench.Options)
		want   string
	}{
		{"unknown series", func(o *bench.Options) { o.Series = []string{"RS256 cold", "HS256*"} }, `no series matches "HS256*", want one of bare RS256`},
		{"not a glob", func(o *bench.Options) { o.Series = []string{"["} }, `no series matches "["`},
		{"too few tokens", func(o *bench.Options) { o.Tokens = 255 }, "tokens is 255"},
		{"too many tokens", func(o *bench.Options) { o.Tokens = 1 << 20 }, "tokens is 1048576, want at most 65536"},
		{"too many workers", func(o *bench.Options) { o.Workers = runtime.GOMAXPROCS(0) + 1 }, "GOMAXPROCS"},
		{"negative workers", func(o *bench.Options) { o.Workers = -1 }, "workers is -1"},
		{"negative duration", func(o *bench.Options) { o.Duration = -1 }, "duration is -1ns"},
		{"negative warm-up", func(o *bench.Options) { o.Warmup = -1 }, "warm-up is -1ns"},
		{"a baseline without ratios", func(o *bench.Options) {
			o.Against, o.Margin = &bench.Baseline{Name: "old.jsonl"}, 0.03
		}, "old.jsonl has no ratio of what is measured"},
		{"a baseline of another series", func(o *bench.Options) {
			o.Against, o.Margin = baseline("ES256 cold", 1), 0.03
		}, "old.jsonl has no ratio of RS256 cold, RS256 cached, RS256 refusal; name what to compare: ES256 cold"},
		{"a comparison without ratios", func(o *bench.Options) {
			o.Series, o.SkipRatio = []string{"ES256 cold"}, true
			o.Against, o.Margin = baseline("ES256 cold", 1), 0.03
		}, "needs the ratio"},
		{"no margin", func(o *bench.Options) {
			o.Series, o.Against = []string{"ES256 cold"}, baseline("ES256 cold", 1)
		}, "margin is 0"},
		{"a sweep over nothing", func(o *bench.Options) { o.Sweep = []string{"alg=RS256"} }, `sweep is "alg=RS256", want one of keys, size, workers`},
		{"a sweep without values", func(o *bench.Options) { o.Sweep = []string{"keys"} }, `sweep is "keys"`},
		{"a sweep out of range", func(o *bench.Options) { o.Sweep = []string{"size=1200,99999"} }, `"99999" is not a number from 1200 to 32000`},
		{"a sweep over too many workers", func(o *bench.Options) { o.Sweep = []string{"workers=1000"} }, "would measure the scheduler"},
		{"threshold that is none", func(o *bench.Options) { o.Thresholds = []string{"fast"} }, `"fast"`},
		{"threshold of another series", func(o *bench.Options) {
			o.Series, o.Thresholds = []string{"ES256 cold"}, []string{"ratio{alg=RS256} < 1"}
		}, "select none of the series"},
	}
	for _, test := range tests {
		opts := brief()
		test.change(&opts)
		var got record
		_, err := bench.Run(t.Context(), opts, got.emit)
		if !errors.Is(err, gate.ErrUsage) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Run with %s = %v, want an ErrUsage with %q", test.name, err, test.want)
		}
		if len(got) > 0 {
			t.Errorf("Run with %s emitted %d records", test.name, len(got))
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	cause := errors.New("the user asked for it")
	for _, after := range []reports.Kind{reports.KindHeader, reports.KindSample, reports.KindProgress} {
		t.Run("after a "+string(after), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			var got record
			opts := brief()
			opts.Series = []string{"*ES256*"}
			opts.Duration, opts.Ratio.Epochs = time.Hour, 1000
			if after == reports.KindProgress {
				opts.Duration = 20 * time.Millisecond
			}
			seen := 0
			result, err := bench.Run(ctx, opts, func(r reports.Record) error {
				if r.Kind == after {
					// The sixth progress is within the first comparison.
					if seen++; after != reports.KindProgress || seen == 6 {
						cancel(cause)
					}
				}
				return got.emit(r)
			})
			if !errors.Is(err, cause) {
				t.Errorf("Run = %v, want %v", err, cause)
			}
			last := got[len(got)-1]
			if last.Kind != reports.KindFooter || !last.Footer.Interrupted || !result.Footer.Interrupted {
				t.Errorf("the stream ends with %+v, want an interrupted footer", last)
			}
			if finals := got.finals(); after == reports.KindSample && (len(finals) != 1 || finals[0].Operations == 0) {
				t.Errorf("the final samples are %+v, want that of the series that was interrupted",
					finals)
			}
		})
	}
}

func TestRunEndsWhenNobodyReads(t *testing.T) {
	t.Parallel()
	closed := errors.New("broken pipe")
	for _, kind := range []reports.Kind{reports.KindHeader, reports.KindPlan, reports.KindProgress, reports.KindSample, reports.KindFooter} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			opts := brief()
			opts.Series, opts.SkipRatio = []string{"ES256 cold"}, true
			_, err := bench.Run(t.Context(), opts, func(r reports.Record) error {
				if r.Kind == kind {
					return closed
				}
				return nil
			})
			if !errors.Is(err, closed) {
				t.Errorf("Run = %v, want %v", err, closed)
			}
		})
	}
	// A progress within a ratio is emitted by paired, which knows no errors.
	seen := 0
	opts := brief()
	opts.Series = []string{"ES256 cold"}
	_, err := bench.Run(t.Context(), opts, func(r reports.Record) error {
		if r.Kind == reports.KindProgress {
			if seen++; seen == 3 {
				return closed
			}
		}
		return nil
	})
	if !errors.Is(err, closed) || seen != 3 {
		t.Errorf("Run = %v after %d records of progress, want %v after 3", err, seen, closed)
	}
}

func ExampleRun() {
	result, err := bench.Run(context.Background(), bench.Options{
		Series:     []string{"ES256 cold"},
		Duration:   50 * time.Millisecond,
		SkipRatio:  true,
		Thresholds: []string{"allocs/op <= 100"},
	}, func(reports.Record) error { return nil })
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range result.Footer.Thresholds {
		fmt.Println(t.Expression, t.Verdict)
	}
	// Output:
	// allocs/op <= 100 met
	// wrong == 0 met
}
