package gate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/gate"
	"github.com/assay-id/assay/scenarios/measure/latency"
)

// milliseconds returns a histogram of 1 ms, 2 ms, … n ms.
func milliseconds(n int) *latency.Histogram {
	h := latency.New(latency.Fine)
	for i := range n {
		h.Record(time.Duration(i+1) * time.Millisecond)
	}
	return h
}

// loadSeries is a load of 1000 requests and its part of expired tokens.
func loadSeries() []gate.Series {
	return []gate.Series{
		{
			Labels: map[string]string{gate.LabelSeries: "load"},
			Sample: reports.Sample{
				Series: "load", Operations: 1000, Failed: 10, Wrong: 2,
				RatePerSecond: 1980, OfferedPerSecond: 2000,
			},
			Response: milliseconds(1000), Service: milliseconds(100), Lag: milliseconds(10),
		},
		{
			Labels:   map[string]string{gate.LabelSeries: "load: expired", gate.LabelCase: "expired"},
			Aside:    true,
			Sample:   reports.Sample{Series: "load: expired", Operations: 50},
			Response: milliseconds(50),
		},
	}
}

// benchSeries is a benchmark of two algorithms, one with its baseline.
func benchSeries() []gate.Series {
	labels := func(series, alg, mode string) map[string]string {
		return map[string]string{gate.LabelSeries: series, gate.LabelAlg: alg, gate.LabelMode: mode}
	}
	return []gate.Series{
		{
			Labels: labels("bare RS256", "RS256", "bare"), Aside: true,
			Sample:  reports.Sample{Series: "bare RS256", Operations: 1000, AllocsPerOp: 9, RatePerSecond: 33_000},
			Service: milliseconds(1000),
		},
		{
			Labels: labels("RS256 cold", "RS256", "cold"),
			Sample: reports.Sample{
				Series: "RS256 cold", Operations: 1000, AllocsPerOp: 3, BytesPerOp: 1184, RatePerSecond: 50_000,
				Ratio: &reports.Interval{Estimate: 0.71, Low: 0.70, High: 0.7221},
			},
			Service: milliseconds(1000),
		},
		{
			Labels: labels("ES256 cold", "ES256", "cold"),
			Sample: reports.Sample{
				Series: "ES256 cold", Operations: 1000, AllocsPerOp: 4, BytesPerOp: 1312, RatePerSecond: 20_000,
				Ratio: &reports.Interval{Estimate: 1.05, Low: 1.04, High: 1.0551},
			},
			Service: milliseconds(1000),
		},
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	tests := []struct {
		threshold    string
		kind         gate.Kind
		got, verdict string
	}{
		{"p99 < 1s", gate.Load, "990ms", "met"},
		{"p99<990ms", gate.Load, "990ms", "missed"},
		{"response p99 <= 2s", gate.Load, "990ms", "met"},
		{"response p99.9 < 2s", gate.Load, "1000 samples, want 10000 for p99.9", "undecided"},
		{"service p90 < 91ms", gate.Load, "90ms", "met"},
		{"service p95 < 96ms", gate.Load, "100 samples, want 200 for p95", "undecided"},
		{"service max < 101 ms", gate.Load, "100ms", "met"},
		{"lag mean < 5ms", gate.Load, "5.5ms", "missed"},
		{"response{case=expired} p50 < 30ms", gate.Load, "25ms", "met"},
		{"p50{case=expired} < 10000us", gate.Load, "25ms", "missed"},
		{"service{case=expired} p50 < 1s", gate.Load, "no samples", "missed"},
		{"errors share <= 1%", gate.Load, "1%", "met"},
		{"errors < 0.9 %", gate.Load, "1%", "missed"},
		{"errors count == 10", gate.Load, "10", "met"},
		{"errors < 10", gate.Load, "10", "missed"},
		{"wrong == 0", gate.Load, "2", "missed"},
		{"wrong{series=load} count <= 2", gate.Load, "2", "met"},
		{"wrong{case=*} == 0", gate.Load, "0", "met"},
		{"wrong{series=load*} == 0", gate.Load, "load: 2", "missed"},
		{"rate >= 99%", gate.Load, "99.00%", "met"},
		{"achieved >= 99.1%", gate.Load, "99.00%", "missed"},
		{"rate achieved >= 1980/s", gate.Load, "1980.00/s", "met"},

		{"p99 < 1s", gate.Bench, "RS256 cold: 990ms", "met"},
		{"ratio{alg=RS256} < 0.73", gate.Bench, "0.7221", "met"},
		{"ratio{alg=RS256} < 0.71", gate.Bench, "0.7000 to 0.7221", "undecided"},
		{"ratio{alg=RS256} > 0.71", gate.Bench, "0.7000 to 0.7221", "undecided"},
		{"ratio{alg=RS256} > 0.73", gate.Bench, "0.7000", "missed"},
		{"ratio{alg=RS256} hi <= 0.72", gate.Bench, "0.7221", "missed"},
		{"ratio{alg=RS256} > 0.69", gate.Bench, "0.7000", "met"},
		{"ratio < 1.03", gate.Bench, "ES256 cold: 1.0551", "missed"},
		{"ratio{series=ES256 cold} lo >= 1.05", gate.Bench, "1.0400", "missed"},
		{"verify{alg=RS256} allocs/op <= 4", gate.Bench, "3.00", "met"},
		{"verify{mode=bare} allocs/op <= 4", gate.Bench, "9.00", "missed"},
		{"allocs/op <= 3", gate.Bench, "ES256 cold: 4.00", "missed"},
		{"B/op{alg=ES*} < 1313B", gate.Bench, "1312B", "met"},
		{"B/op{alg=ES*} < 1312", gate.Bench, "1312", "missed"},
		{"tokens/s{alg=RS256} > 49000/s", gate.Bench, "50000.00/s", "met"},
		{"verify{alg=RS256} ns/op < 502ms", gate.Bench, "501ms", "met"},
		{"ratio{mode=bare} < 2", gate.Bench, "no samples", "missed"},
	}
	for _, test := range tests {
		threshold, err := gate.Parse(test.threshold, test.kind)
		if err != nil {
			t.Errorf("Parse(%q): %v", test.threshold, err)
			continue
		}
		series := loadSeries()
		if test.kind == gate.Bench {
			series = benchSeries()
		}
		got := gate.Judge([]gate.Threshold{threshold}, series).Thresholds[0]
		if want := (reports.Threshold{Expression: test.threshold, Got: test.got, Verdict: test.verdict}); got != want {
			t.Errorf("Judge(%q) = %+v, want %+v", test.threshold, got, want)
		}
	}
}

func TestJudgeCapacity(t *testing.T) {
	t.Parallel()
	within := reports.Capacity{LowPerSecond: 480, HighPerSecond: 520, Limit: reports.LimitTarget}
	atLeast := reports.Capacity{LowPerSecond: 480, HighPerSecond: 520, Limit: reports.LimitGenerator}
	for _, test := range []struct {
		threshold    string
		found        reports.Capacity
		got, verdict string
	}{
		{"capacity >= 480/s", within, "480/s", "met"},
		{"capacity > 480/s", within, "480/s", "missed"},
		{"capacity hi > 500/s", within, "520/s", "met"},
		{"capacity < 520/s", within, "520/s", "missed"},
		{"capacity <= 520/s", within, "520/s", "met"},
		{"capacity >= 400/s", atLeast, "480/s", "met"},
		{"capacity >= 500/s", atLeast, "at least 480/s, unknown from 520/s on", "undecided"},
		{"capacity hi > 500/s", atLeast, "at least 480/s, unknown from 520/s on", "undecided"},
		{"capacity < 600/s", atLeast, "at least 480/s, unknown from 520/s on", "undecided"},
		{"capacity >= 0/s", reports.Capacity{}, "not found", "undecided"},
	} {
		threshold, err := gate.Parse(test.threshold, gate.Search)
		if err != nil {
			t.Errorf("Parse(%q): %v", test.threshold, err)
			continue
		}
		judgement := gate.JudgeCapacity([]gate.Threshold{threshold}, test.found)
		want := reports.Threshold{Expression: test.threshold, Got: test.got, Verdict: test.verdict}
		if got := judgement.Thresholds[0]; got != want {
			t.Errorf("JudgeCapacity(%q) = %+v, want %+v", test.threshold, got, want)
		}
		end := map[string]error{"missed": gate.ErrMissed, "undecided": gate.ErrInvalid}[test.verdict]
		if err := judgement.Conclude(nil); !errors.Is(err, end) {
			t.Errorf("a search with %q ends with %v, want %v", test.threshold, err, end)
		}
	}
}

func TestAnUnsoundRatioDecidesNothing(t *testing.T) {
	t.Parallel()
	thresholds, err := gate.ParseAll([]string{"ratio{alg=RS256} < 2", "allocs/op{alg=RS256} < 2"}, gate.Bench)
	if err != nil {
		t.Fatal(err)
	}
	series := benchSeries()
	series[1].Unsound = "the baseline against itself is 1.01"
	got := gate.Judge(thresholds, series).Thresholds
	if got[0].Verdict != "undecided" || got[0].Got != series[1].Unsound {
		t.Errorf("Judge of the ratio = %+v, want it undecided and to say why", got[0])
	}
	if got[1].Verdict != "missed" {
		t.Errorf("Judge of the allocations = %+v, want them missed", got[1])
	}
}

func TestABusyMachineDoesNotChangeVerdicts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		threshold string
		kind      gate.Kind
		dropped   uint64
		crowded   bool
		rests     bool
	}{
		{threshold: "wrong == 0", kind: gate.Bench},
		{threshold: "ratio < 1", kind: gate.Bench},
		{threshold: "allocs/op < 1", kind: gate.Bench},
		{threshold: "B/op < 1", kind: gate.Bench},
		{threshold: "p99 < 1s", kind: gate.Bench, rests: true},
		{threshold: "ns/op < 1s", kind: gate.Bench, rests: true},
		{threshold: "tokens/s > 1/s", kind: gate.Bench, rests: true},
		{threshold: "errors == 0", kind: gate.Load},
		{threshold: "rate > 1%", kind: gate.Load, rests: true},
		{threshold: "dropped == 0", kind: gate.Load, crowded: true},
		{threshold: "dropped == 0", kind: gate.Load, dropped: 3, crowded: true, rests: true},
		{threshold: "dropped == 0", kind: gate.Load, dropped: 3},
		{threshold: "dropped share < 1%", kind: gate.Load, dropped: 3},
	} {
		threshold, err := gate.Parse(test.threshold, test.kind)
		if err != nil {
			t.Fatal(err)
		}
		series := benchSeries()
		if test.kind == gate.Load {
			series = loadSeries()
		}
		series[0].Sample.Dropped, series[0].Crowded = test.dropped, test.crowded
		judgement := gate.Judge([]gate.Threshold{threshold}, series)
		if got := judgement.RestsOnTimes(); got != test.rests {
			t.Errorf("RestsOnTimes of %q with %d dropped = %t, want %t (%+v)", test.threshold, test.dropped, got, test.rests, judgement.Thresholds)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		threshold string
		kind      gate.Kind
		want      string
	}{
		{"capacity > 5/s", gate.Load, "capacity is not measured here"},
		{"capacity > 5", gate.Search, `the unit of capacity lo is "", want one of "/s"`},
		{"capacity{case=good} > 5/s", gate.Search, "that of the whole load"},
		{"ratio < 5", gate.Search, "ratio is not measured here"},
		{"", gate.Load, `"" is neither a metric nor an aggregate, want one of response, service`},
		{"latency p99 < 5ms", gate.Load, `"latency" is neither`},
		{"p99", gate.Load, "no comparison"},
		{"p99 5ms", gate.Load, `no comparison before "5ms"`},
		{"p99 = 5ms", gate.Load, `no comparison before "= 5ms"`},
		{"p99 < ", gate.Load, `"" is not a value`},
		{"p99 < fast", gate.Load, `"fast" is not a value`},
		{"p99 < -5ms", gate.Load, `"-5ms" is not a value`},
		{"p99 < 1.2.3ms", gate.Load, "is not a value"},
		{"p99 < 5", gate.Load, `the unit of response p99 is "", want one of "ns", "us"`},
		{"p99 < 5 minutes", gate.Load, `the unit of response p99 is "minutes"`},
		{"p99 < 5ms and p50 < 1ms", gate.Load, "the unit of response p99"},
		{"p99 == 5ms", gate.Load, "== is for counts"},
		{"p49 < 5ms", gate.Load, `percentile "p49" is out of range`},
		{"p100 < 5ms", gate.Load, `percentile "p100" is out of range`},
		{"p1e2 < 5ms", gate.Load, "is out of range"},
		{"response < 5ms", gate.Load, `no aggregate after "response", want one of p50 to p99.999, max, mean`},
		{"response count < 5", gate.Load, `response has no "count"`},
		{"response hi < 5", gate.Load, `response has no "hi"`},
		{"errors share < 0.1", gate.Load, `the unit of errors share is "", want one of "%"`},
		{"errors < 0.1", gate.Load, "a count cannot be 0.1"},
		{"errors p99 < 5ms", gate.Load, `errors has no "p99"`},
		{"ratio < 1.03", gate.Load, "ratio is not measured here, want one of response"},
		{"response p99 < 1ms", gate.Bench, "response is not measured here, want one of service"},
		{"ratio < 1.03%", gate.Bench, `the unit of ratio hi is "%"`},
		{"response{case=x p99 < 5ms", gate.Load, "the { has no }"},
		{"response{case} p99 < 5ms", gate.Load, `label "case" has no value`},
		{"response{case=} p99 < 5ms", gate.Load, `label "case" has no value`},
		{"response{kid=1} p99 < 5ms", gate.Load, `label "kid" is not known, want one of series, case`},
		{"ratio{case=x} < 1", gate.Bench, `label "case" is not known, want one of series, alg, mode`},
		{"response{case=[} p99 < 5ms", gate.Load, `"[" is not a glob`},
	}
	for _, test := range tests {
		_, err := gate.Parse(test.threshold, test.kind)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Parse(%q) = %v, want an error with %q", test.threshold, err, test.want)
		}
		if !errors.Is(err, gate.ErrUsage) {
			t.Errorf("Parse(%q) = %v, which is not an ErrUsage", test.threshold, err)
		}
	}
}

func TestCheckFindsThresholdsWithoutSeries(t *testing.T) {
	t.Parallel()
	for text, fits := range map[string]bool{
		"ratio < 1":                     true,
		"ratio{alg=RS256} < 1":          true,
		"ratio{alg=PS256} < 1":          false,
		"ratio{series=bare RS256} < 1":  true,
		"ratio{series=bare ES256} < 1":  false,
		"ratio{alg=RS256,mode=hot} < 1": false,
	} {
		thresholds, err := gate.ParseAll([]string{text}, gate.Bench)
		if err != nil {
			t.Fatal(err)
		}
		err = gate.Check(thresholds, benchSeries())
		if (err == nil) != fits || err != nil && !errors.Is(err, gate.ErrUsage) {
			t.Errorf("Check(%q) = %v, want it to fit %t", text, err, fits)
		}
	}
	if _, err := gate.ParseAll([]string{"p99 < 1ms", "p99 < 1"}, gate.Bench); !errors.Is(err, gate.ErrUsage) {
		t.Errorf("ParseAll with a mistake in the second = %v, want an ErrUsage", err)
	}
}

func TestVerdictsAreAlwaysJudged(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind  gate.Kind
		texts []string
		want  string
	}{
		{gate.Bench, nil, "wrong == 0"},
		{gate.Bench, []string{"p99 < 1ms"}, "p99 < 1ms, wrong == 0"},
		{gate.Bench, []string{" wrong share < 1%", "p99 < 1ms"}, "wrong share < 1%, p99 < 1ms"},
		{gate.Load, nil, "wrong == 0, errors == 0, dropped == 0"},
		{gate.Load, []string{"errors share < 1%", "dropped < 5"}, "errors share < 1%, dropped < 5, wrong == 0"},
	} {
		thresholds, err := gate.ParseAll(test.texts, test.kind)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, threshold := range thresholds {
			got = append(got, threshold.String())
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("ParseAll(%q) = %q, want %s", test.texts, got, test.want)
		}
	}
}

func TestNothingMeasuredMissesEverything(t *testing.T) {
	t.Parallel()
	thresholds, err := gate.ParseAll([]string{"p99 < 1s", "wrong == 0", "errors < 100%", "rate >= 0%"}, gate.Load)
	if err != nil {
		t.Fatal(err)
	}
	for _, series := range [][]gate.Series{nil, {{Labels: map[string]string{gate.LabelSeries: "load"}}}} {
		for _, got := range gate.Judge(thresholds, series).Thresholds {
			if got.Verdict != "missed" || got.Got != "no samples" {
				t.Errorf("Judge(%s) of %d empty series = %+v, want missed for want of samples",
					got.Expression, len(series), got)
			}
		}
	}
}

func TestConclude(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		thresholds []string
		empty      bool
		invalid    []string
		want       error
		says       string
	}{
		{name: "no threshold", want: nil},
		{name: "met", thresholds: []string{"p99 < 1s"}, want: nil},
		{name: "missed", thresholds: []string{"p99 < 1s", "p50 < 1ms"}, want: gate.ErrMissed, says: "p50 < 1ms: got 500ms"},
		{name: "undecided", thresholds: []string{"p99.9 < 1s"}, want: gate.ErrInvalid, says: "does not decide p99.9 < 1s"},
		{name: "missed and undecided", thresholds: []string{"p99.9 < 1s", "p50 < 1ms"}, want: gate.ErrMissed},
		{name: "not valid", invalid: []string{"neighbours"}, want: gate.ErrInvalid, says: "neighbours"},
		{name: "not valid and slow", thresholds: []string{"p50 < 1ms"}, invalid: []string{"neighbours"}, want: gate.ErrInvalid},
		{name: "not valid and wrong", thresholds: []string{"p50 < 1ms", "wrong == 0"}, invalid: []string{"neighbours"}, want: gate.ErrMissed, says: "wrong == 0: got 2"},
		{name: "not valid and errors", thresholds: []string{"errors == 0"}, invalid: []string{"neighbours"}, want: gate.ErrMissed},
		{name: "not valid for lack of samples", thresholds: []string{"wrong == 0"}, empty: true, invalid: []string{"no samples"}, want: gate.ErrInvalid},
		{name: "no samples", thresholds: []string{"wrong == 0"}, empty: true, want: gate.ErrMissed, says: "no samples"},
	}
	for _, test := range tests {
		thresholds, err := gate.ParseAll(test.thresholds, gate.Load)
		if err != nil {
			t.Fatal(err)
		}
		series := loadSeries()
		if !strings.Contains(test.name, "wrong") {
			series[0].Sample.Wrong = 0
		}
		if !strings.Contains(test.name, "errors") {
			series[0].Sample.Failed = 0
		}
		if test.empty {
			series = nil
		}
		err = gate.Judge(thresholds, series).Conclude(test.invalid)
		if !errors.Is(err, test.want) || test.want == nil && err != nil {
			t.Errorf("%s: Conclude = %v, want %v", test.name, err, test.want)
		}
		if err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: Conclude = %v, want it to say %q", test.name, err, test.says)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"p99<5ms", "response{case=valid-*} p99 < 5ms", "wrong count == 0", "errors share < 0.1%",
		"rate achieved >= 99%", "verify{alg=RS256} allocs/op <= 60", "ratio{series=new} hi < 1.03",
		"p99.99 > 1e9s", "ratio{alg=[a-z]} < \u00b5", "B/op < 1B", "max{} < 1s",
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, load bool) {
		kind, series := gate.Bench, benchSeries()
		if load {
			kind, series = gate.Load, loadSeries()
		}
		threshold, err := gate.Parse(text, kind)
		if err != nil {
			if !errors.Is(err, gate.ErrUsage) {
				t.Errorf("Parse(%q) = %v, which is not an ErrUsage", text, err)
			}
			return
		}
		again, err := gate.Parse(threshold.String(), kind)
		if err != nil {
			t.Fatalf("Parse(%q) of what String gives for %q: %v", threshold.String(), text, err)
		}
		first := gate.Judge([]gate.Threshold{threshold}, series).Thresholds[0]
		second := gate.Judge([]gate.Threshold{again}, series).Thresholds[0]
		if first != second {
			t.Errorf("%q judges %+v, read again %+v", text, first, second)
		}
		if first.Verdict == "" || first.Got == "" {
			t.Errorf("%q judges %+v, want a verdict and what was got", text, first)
		}
	})
}
