package html_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/reports/html"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// recorded returns the records of a recording of package reports.
func recorded(t *testing.T, name string) iter.Seq2[reports.Record, error] {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return reports.Read(bytes.NewReader(b))
}

// rendered returns the report of records.
func rendered(t testing.TB, records ...reports.Record) string {
	t.Helper()
	var b bytes.Buffer
	h := html.New(&b)
	for _, r := range records {
		if err := h.Handle(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReportGolden(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"run", "incomplete", "bench", "load"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			if err := reports.Copy(html.New(&b), recorded(t, name+".jsonl")); err != nil && !errors.Is(err, reports.ErrIncomplete) {
				t.Fatal(err)
			}
			compareGolden(t, name+".html", b.String())
		})
	}
}

// compareGolden compares a page with the golden file name.
func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got); -update rewrites it:\n%s", path, diff)
	}
}

// A chart over time has a gap where nothing is known, and marks each event.
func TestReportOfACourse(t *testing.T) {
	t.Parallel()
	known := &reports.Quantiles{Count: 100, P50NS: 1e6, P90NS: 2e6, MaxNS: 4e6}
	course := reports.Course{
		WindowSeconds: 1,
		Windows: []reports.Window{
			{OfferedPerSecond: 100, RatePerSecond: 100, Latency: known}, {OfferedPerSecond: 100},
			{OfferedPerSecond: 100, RatePerSecond: 50, Latency: known, Wrong: 10}, {RatePerSecond: 50},
		},
		Events: []reports.Event{{Event: "outage:1s", AtSeconds: 1.5, UntilSeconds: 2.25}, {Event: "rotate", Failure: "refused"}},
	}
	page := rendered(t, reports.Record{Kind: reports.KindSample, Sample: &reports.Sample{Series: "load", Final: true, OfferedPerSecond: 100, Course: &course}})
	for _, want := range []string{
		`<path class="main" d="M166.7 0.0h0L500.0 1000.0L833.3 500.0"/>`,            // achieved
		`<path class="wrong" d="M833.3 900.0h0"/>`,                                  // in one window
		`<path class="faint" d="M166.7 71.2h0M833.3 71.2h0"/>`,                      // max
		`<rect class="stretch" x="50.00%" width="25.00%" y="0" height="100%"/>`,     // the outage
		`<title>from 2.000 s: 50/s of 100/s, 10 wrong, 0 without a verdict</title>`, // in words
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the report has no %s", want)
		}
	}
	if n := strings.Count(page, `<text class="mark"`); n != 2 {
		t.Errorf("the charts mark %d events, want one in each of the two: the other was not carried out", n)
	}
}

// Labels that would touch another are left out, or in a second row.
func TestLabelsOfAChartDoNotTouch(t *testing.T) {
	t.Parallel()
	w := reports.Window{OfferedPerSecond: 100, RatePerSecond: 100}
	course := reports.Course{
		WindowSeconds: 30_000, Windows: []reports.Window{w, w},
		Events: []reports.Event{{AtSeconds: 10_000}, {AtSeconds: 10_001}, {AtSeconds: 10_002}, {AtSeconds: 50_000}},
	}
	page := rendered(t, reports.Record{Kind: reports.KindSample, Sample: &reports.Sample{Series: "load", Final: true, OfferedPerSecond: 100, Course: &course}})
	var marks, labels []string
	for _, m := range regexp.MustCompile(`<text class="mark" x="[^"]*" y="([^"]*)" text-anchor="middle">(\d)<`).FindAllStringSubmatch(page, 4) {
		marks = append(marks, m[2]+" at "+m[1])
	}
	if want := []string{"1 at -4", "2 at -17", "4 at -4"}; cmp.Diff(want, marks[:3]) != "" {
		t.Errorf("the chart has the marks %q, want %q", marks, want)
	}
	for _, m := range regexp.MustCompile(`>(\S+ s)</text>`).FindAllStringSubmatch(page, 4) {
		labels = append(labels, m[1])
	}
	if want := []string{"0 s", "20000 s", "40000 s", "60000 s"}; cmp.Diff(want, labels) != "" {
		t.Errorf("the axis of time has %q, want %q", labels, want)
	}
}

// A load that was killed has no final sample. Its charts show what is known.
func TestReportOfAnUnfinishedLoad(t *testing.T) {
	t.Parallel()
	records := []reports.Record{{Kind: reports.KindHeader, Header: &reports.Header{Command: reports.CommandLoad}}}
	live := func(elapsed float64, rate float64, wrong uint64) {
		records = append(records, reports.Record{Kind: reports.KindSample, Sample: &reports.Sample{
			Series: "load", ElapsedSeconds: elapsed, OfferedPerSecond: 100, RatePerSecond: rate, Wrong: wrong,
			Latency: &reports.Quantiles{Count: 100, P50NS: 1e6, MaxNS: 4e6},
		}})
	}
	live(0.5, 20, 0)
	live(0.9, 100, 1)
	live(1.9, 50, 1)
	live(2.9, 100, 4)
	page := rendered(t, records...)
	for _, want := range []string{
		`<path class="main" d="M166.7 0.0h0L500.0 500.0L833.3 0.0"/>`,
		`<title>from 0.000 s: 100/s of 100/s, 1 wrong, 0 without a verdict</title>`,
		`<title>from 2.000 s: 100/s of 100/s, 3 wrong, 0 without a verdict</title>`,
		`Latency of load by end, on a logarithmic axis`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the report has no %s", want)
		}
	}
	for _, seconds := range []float64{-1, 1e308} {
		live(seconds, 100, 4)
	}
	if again := rendered(t, records...); again != page {
		t.Error("a sample at an impossible time changes the report")
	}
	live(240, 100, 9) // 121 windows of two seconds are one too many
	if page := rendered(t, records...); strings.Count(page, "<title>from ") != 2*61 || !strings.Contains(page, "from 240.000 s: 100/s of 100/s, 5 wrong") {
		t.Errorf("four minutes have %d windows, want 61 of four seconds in both charts", strings.Count(page, "<title>from "))
	}
	course := reports.Course{WindowSeconds: 1, Windows: []reports.Window{{OfferedPerSecond: 9}, {OfferedPerSecond: 9}}}
	records = append(records, reports.Record{Kind: reports.KindSample, Sample: &reports.Sample{Series: "load", Final: true, Course: &course}})
	if page := rendered(t, records...); strings.Count(page, "<title>from ") != 4 || strings.Contains(page, " by end") {
		t.Errorf("the charts of a finished load have %d windows, want the four of its final sample", strings.Count(page, "<title>from "))
	}
}

// Users have no rate that was offered, and their times are service times.
func TestReportOfAClosedLoop(t *testing.T) {
	t.Parallel()
	w := reports.Window{RatePerSecond: 90, Ended: 90, Latency: &reports.Quantiles{P50NS: 1e6, MaxNS: 2e6}}
	course := reports.Course{WindowSeconds: 1, Windows: []reports.Window{w, w}}
	page := rendered(t, reports.Record{Kind: reports.KindSample, Sample: &reports.Sample{Series: "users", Final: true, Course: &course}})
	for _, text := range []string{"intended start", "90/s of"} {
		if strings.Contains(page, text) {
			t.Errorf("the page of a closed loop has %q", text)
		}
	}
	if n := strings.Count(page, `<path class="faint"`); n != 1 {
		t.Errorf("the charts have %d faint lines, want the maximum alone", n)
	}
	if !strings.Contains(page, "Service time of users by start") {
		t.Error("the page does not say that the times are service times")
	}
}

// A recording that somebody else wrote may have any number.
func TestReportOfAnOddCourse(t *testing.T) {
	t.Parallel()
	for _, seconds := range []float64{-1, 0, 5e-324, 1e-9, 1e308} {
		for _, rate := range []float64{-1e308, 0, 5e-324, 1e308, math.MaxFloat64} {
			w := reports.Window{OfferedPerSecond: rate, RatePerSecond: rate, Latency: &reports.Quantiles{P50NS: -1, MaxNS: math.MaxInt64}}
			course := reports.Course{WindowSeconds: seconds, Windows: []reports.Window{w, w}, Events: []reports.Event{{AtSeconds: -1e308, UntilSeconds: 1e308}}}
			page := rendered(t, reports.Record{Kind: reports.KindSample, Sample: &reports.Sample{Final: true, Course: &course}})
			if strings.Contains(page, "NaN") || strings.Contains(page, "Inf") {
				t.Errorf("the report of windows of %v s with %v/s has a place that is not a number", seconds, rate)
			}
		}
	}
}

// TestReportOfTheWholeCatalogueIsSmall repeats the cases of a recording until
// there are as many as in the catalogue.
func TestReportOfTheWholeCatalogueIsSmall(t *testing.T) {
	t.Parallel()
	const cases, limit = 730, 3 << 20
	var small []*reports.Case
	var header reports.Record
	for r, err := range recorded(t, "run.jsonl") {
		switch {
		case err != nil:
			t.Fatal(err)
		case r.Kind == reports.KindHeader:
			header = r
		case r.Kind == reports.KindCase:
			small = append(small, r.Case)
		}
	}
	var plan reports.Plan
	var records []reports.Record
	for i := range cases {
		c := *small[i%len(small)]
		c.ID = fmt.Sprintf("%s-%d", c.ID, i)
		plan.Cases = append(plan.Cases, reports.PlannedCase{ID: c.ID, Title: c.Title, Group: c.Group, Level: c.Level})
		records = append(records, reports.Record{Kind: reports.KindCase, Case: &c})
	}
	page := rendered(t, append([]reports.Record{header, {Kind: reports.KindPlan, Plan: &plan}}, records...)...)
	if len(page) > limit {
		t.Errorf("a report of %d cases has %d bytes, want at most %d", cases, len(page), limit)
	}
	if got := strings.Count(page, "<details "); got != cases {
		t.Errorf("a report of %d cases has %d sections", cases, got)
	}
}

func TestReportNeedsNothingElse(t *testing.T) {
	t.Parallel()
	reference := regexp.MustCompile(`(?i)<(link|img|iframe|object|embed|base|script |use )|(src|srcset|data|action|style)\s*=\s*["']|href="[^#]|url\(|@import`)
	for _, name := range []string{"run", "load"} {
		var b bytes.Buffer
		if err := reports.Copy(html.New(&b), recorded(t, name+".jsonl")); err != nil {
			t.Fatal(err)
		}
		if got := reference.FindString(b.String()); got != "" {
			t.Errorf("the report of %s.jsonl has %q, which may load something", name, got)
		}
		if !strings.Contains(b.String(), `content="default-src &#39;none&#39;; style-src &#39;sha256-`) {
			t.Errorf("the report of %s.jsonl does not forbid to load anything", name)
		}
	}
}

func TestReportLeavesOutWholeTokens(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	h := html.New(&b)
	var tokens []string
	for r, err := range recorded(t, "run.jsonl") {
		if err != nil {
			t.Fatal(err)
		}
		if r.Kind == reports.KindCase && r.Case.Evidence != nil && r.Case.Evidence.After != nil {
			tokens = append(tokens, r.Case.Evidence.After.Compact)
		}
		if err := h.Handle(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, token := range tokens {
		if len(token) < 100 {
			continue // not a whole token
		}
		found++
		if strings.Contains(b.String(), token) {
			t.Errorf("the report has the token %.40s…", token)
		}
	}
	if found == 0 {
		t.Fatal("the recording has no tokens")
	}
}

// everywhere returns a stream with text wherever a stream has text.
func everywhere(text string) []reports.Record {
	list := []string{text}
	good := &reports.Token{Header: "x" + text, Payload: `{"claim":1}`, Bytes: 9000}
	bad := &reports.Token{Header: "{}", Payload: "x" + text, Bytes: 1}
	c := &reports.Case{
		ID: "a." + text, Title: text, Group: text, Level: reports.LevelMust, Policy: text, Spec: list, Outcome: reports.OutcomeFail,
		Code: text, Want: text, Got: "got " + text, Why: "why " + text, Causes: list, Advice: list, Repeat: "again " + text,
		Evidence: &reports.Evidence{
			Changes: list, Before: good, After: bad, Notes: list,
			Steps:    []reports.Step{{Do: text, Want: text, Got: text}},
			Requests: []reports.Request{{Method: text, Path: text, Fault: text, UserAgent: text}},
		},
		Variants: []reports.Variant{{Is: text}, {Is: text}},
	}
	q := &reports.Quantiles{P50NS: 1, MaxNS: 2}
	return []reports.Record{
		{Kind: reports.KindHeader, Header: &reports.Header{
			Tool: "1" + text, ToolVersion: text, CatalogueVersion: "1" + text, Command: reports.CommandLoad, Seed: "1" + text, Policy: "1" + text,
			PolicyFile:     &reports.PolicyFile{Name: "1" + text, Choices: []reports.Choice{{Name: text, Value: text}}},
			Implementation: reports.Implementation{Name: text, Version: "1" + text}, Host: reports.Host{OS: text, Arch: text, Go: text},
		}},
		{Kind: reports.KindPlan, Plan: &reports.Plan{Cases: []reports.PlannedCase{{ID: c.ID, Title: text, Group: text, Level: reports.LevelMust}}}},
		{Kind: reports.KindCase, Case: c},
		{Kind: reports.KindSample, Sample: &reports.Sample{Series: text, RatePerSecond: 1, Latency: q}},
		{Kind: reports.KindSample, Sample: &reports.Sample{Series: text, RatePerSecond: 2, Latency: q}},
		{Kind: reports.KindSample, Sample: &reports.Sample{
			Series: text, Final: true, Latency: q, Baseline: text, Ratio: &reports.Interval{Estimate: 2, Low: 1, High: 3},
			Verdicts: map[string]uint64{text: 1}, Invalid: list, Notes: []string{"1" + text}, Histogram: []reports.Bucket{{UpToNS: 1, Count: 1}},
		}},
		{Kind: reports.KindFooter, Footer: &reports.Footer{
			Planned: 1, Judged: 1, Counts: map[reports.Outcome]int{reports.OutcomeFail: 1}, Unused: list, Invalid: []string{"x" + text},
			Stopped: "1" + text, Thresholds: []reports.Threshold{{Expression: text, Got: text, Verdict: text}},
		}},
	}
}

// tags matches what a browser could mistake for a tag.
var tags = regexp.MustCompile(`<[a-zA-Z/!?][^\s>]*`)

// body returns what follows the style sheet, and the tags in it.
func body(page string) (string, []string) {
	_, page, _ = strings.Cut(page, "</style>")
	return page, tags.FindAllString(page, -1)
}

// hostile are texts that would break a page that did not escape them.
var hostile = []string{
	`</script><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, "`${alert(1)}`",
	`</style></title></h3><!--`, `]]>`, `{{.Title}}`, `&lt;b&gt;`, "right\u202eto left\u202c \u2066isolated\u2069", "\x1b]0;title\x07", "a\x00b\xffc",
	"two\nlines", "javascript:alert(1)", `\u003cscript>`,
}

func TestReportEscapesHostileTexts(t *testing.T) {
	t.Parallel()
	_, want := body(rendered(t, everywhere("x")...))
	for _, text := range hostile {
		checkEscaped(t, text, want)
	}
}

func FuzzReportKeepsItsTags(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	_, want := body(rendered(f, everywhere("x")...))
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" || len(text) > 1000 {
			return // what is absent has no element, and what is long is cut
		}
		checkEscaped(t, text, want)
	})
}

// checkEscaped checks that a report with text everywhere has the tags want and
// no character that hides or turns others.
func checkEscaped(t *testing.T, text string, want []string) {
	t.Helper()
	checkTags(t, text, rendered(t, everywhere(text)...), want)
}

// checkTags checks that a page with text everywhere has the tags want and no
// character that hides or turns others.
func checkTags(t *testing.T, text, whole string, want []string) {
	t.Helper()
	page, got := body(whole)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q changes the tags (-want +got):\n%s", text, diff)
	}
	if i := strings.IndexFunc(page, func(r rune) bool { return r != '\n' && reports.Escape(string(r)) != string(r) }); i >= 0 {
		t.Errorf("with %q the report has %q", text, page[i:min(i+20, len(page))])
	}
}

// TestChartsCopeWithExtremes gives charts the ends of every type.
func TestChartsCopeWithExtremes(t *testing.T) {
	t.Parallel()
	records := []reports.Record{
		{Kind: reports.KindHeader, Header: &reports.Header{Command: reports.CommandLoad}},
		{Kind: reports.KindSample, Sample: &reports.Sample{Series: "a", RatePerSecond: -1}},
		{Kind: reports.KindSample, Sample: &reports.Sample{Series: "a", RatePerSecond: math.MaxFloat64, Service: &reports.Quantiles{P99NS: -5}}},
	}
	for _, s := range []reports.Sample{
		{Latency: &reports.Quantiles{P50NS: 1, MaxNS: math.MaxInt64}, Service: &reports.Quantiles{}, Lag: &reports.Quantiles{P50NS: -7, P99NS: 1}},
		{Ratio: &reports.Interval{Low: 1e-300, Estimate: 1, High: 1e300}},
		{Ratio: &reports.Interval{Low: -1, Estimate: 0, High: 0}},
		{Histogram: []reports.Bucket{{Count: math.MaxUint64}, {UpToNS: math.MaxInt64, Count: 1}}},
	} {
		s.Series, s.Final = "a", true
		records = append(records, reports.Record{Kind: reports.KindSample, Sample: &s})
	}
	page := rendered(t, records...)
	for _, wrong := range []string{`"NaN`, `"-Inf`, `"+Inf`, `="-`} {
		if _, after, found := strings.Cut(page, wrong); found {
			t.Errorf("a chart has %s%.30s", wrong, after)
		}
	}
	if got := strings.Count(page, `<div class="line">`); got != 3 {
		t.Errorf("the charts have %d rows, want 2 of times and 1 of ratios", got)
	}
}
