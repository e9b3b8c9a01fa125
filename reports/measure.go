package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// histogramRows is the most rows of a histogram.
const histogramRows = 12

// histogramWidth is the length of the longest bar of a histogram.
const histogramWidth = 40

// sampleProgress formats a sample that is not final as one line.
func sampleProgress(s *Sample) string {
	line := fmt.Sprintf("%s  %s  ops=%d rate=%s", FormatElapsed(seconds(s.ElapsedSeconds)),
		Escape(s.Series), s.Operations, FormatRate(s.RatePerSecond))
	if q := s.Times(); q != nil {
		line += fmt.Sprintf(" p50=%s p99=%s", FormatNanos(q.P50NS), FormatNanos(q.P99NS))
	}
	return line
}

// Times returns the latency, or the service time if only that was measured.
func (s *Sample) Times() *Quantiles {
	if s.Latency != nil {
		return s.Latency
	}
	return s.Service
}

// measurements prints the closing part of a benchmark or load run.
func (t *Text) measurements() {
	samples := t.summary.Samples
	if len(samples) > 0 {
		t.table(timesAlign, timesTable(samples))
		t.table(costAlign, costTable(samples))
		t.table(stepsAlign, stepsTable(samples))
		t.table(eventAlign, eventTable(samples))
		if !t.opts.Brief {
			t.table(verdictAlign, verdictTable(samples))
			t.wrongAnswers()
			for _, s := range samples {
				t.histogram(s)
			}
		}
	}
	t.table(thresholdAlign, t.summary.thresholdTable())
	t.capacity()
	t.invalid()
	if !t.opts.Brief {
		t.notes()
	}
}

// capacity prints what a search for the capacity found.
func (t *Text) capacity() {
	t.table(capacityAlign, t.summary.capacityTable())
	if f := t.summary.Footer; f != nil && f.Capacity != nil {
		t.line("CAPACITY %s", f.Capacity)
		for _, line := range Wrap(Escape(f.Capacity.Reason), textWidth-6) {
			t.line("      %s", line)
		}
		t.line("")
	}
}

// timesTable has a row for each clock of each series: latency counts from the
// intended start, service from the actual one, and lag is how late the
// generator was.
func timesTable(samples []*Sample) [][]string {
	rows := [][]string{{
		"series", "clock", "ops", "offered", "achieved", "p50", "p90", "p95", "p99", "p99.9", "max",
	}}
	for _, s := range samples {
		offered := "–"
		if s.OfferedPerSecond > 0 {
			offered = FormatRate(s.OfferedPerSecond)
		}
		lead := []string{
			Escape(s.Series), "", FormatCount(s.Operations), offered, FormatRate(s.RatePerSecond),
		}
		for _, clock := range []struct {
			name string
			q    *Quantiles
		}{{"latency", s.Latency}, {"service", s.Service}, {"lag", s.Lag}} {
			if clock.q == nil {
				continue
			}
			lead[1] = clock.name
			rows = append(rows, append(slices.Clone(lead),
				FormatNanos(clock.q.P50NS), FormatNanos(clock.q.P90NS), FormatNanos(clock.q.P95NS),
				FormatNanos(clock.q.P99NS), FormatNanos(clock.q.P999NS), FormatNanos(clock.q.MaxNS)))
			lead = make([]string, len(lead))
		}
		if lead[0] != "" { // No clock was read.
			rows = append(rows, append(lead, make([]string, 6)...))
		}
	}
	return rows
}

func costTable(samples []*Sample) [][]string {
	rows := [][]string{{"series", "ratio", "95 % interval", "of", "allocs/op", "B/op"}}
	for _, s := range samples {
		if s.Ratio == nil && s.AllocsPerOp == 0 && s.BytesPerOp == 0 {
			continue
		}
		row := []string{
			Escape(s.Series), "–", "–", "–", fmt.Sprintf("%.4g", s.AllocsPerOp),
			fmt.Sprintf("%.4g", s.BytesPerOp),
		}
		if s.Ratio != nil {
			row[1] = FormatRatio(s.Ratio.Estimate)
			row[2] = FormatRatio(s.Ratio.Low) + " to " + FormatRatio(s.Ratio.High)
			row[3] = Escape(s.Baseline)
		}
		rows = append(rows, row)
	}
	return rows
}

// stepsTable has the steps of each series that was profiled.
func stepsTable(samples []*Sample) [][]string {
	rows := [][]string{{"series", "step", "share of the time"}}
	for _, s := range samples {
		name := Escape(s.Series)
		for _, step := range s.Steps {
			rows = append(rows, []string{name, Escape(step.Step), fmt.Sprintf("%.1f %%", 100*step.Share)})
			name = ""
		}
	}
	return rows
}

func verdictTable(samples []*Sample) [][]string {
	rows := [][]string{{"series", "verdict", "count"}}
	for _, s := range samples {
		name := Escape(s.Series)
		add := func(verdict string, n uint64) {
			rows = append(rows, []string{name, verdict, FormatCount(n)})
			name = ""
		}
		for _, v := range slices.Sorted(maps.Keys(s.Verdicts)) {
			add(Escape(v), s.Verdicts[v])
		}
		if s.Wrong > 0 {
			add("WRONG verdict", s.Wrong)
		}
		if s.Failed > 0 {
			add("NO verdict", s.Failed)
		}
		for _, why := range s.FailureReasons() {
			add("  "+Escape(why), s.Failures[why])
		}
		if s.Dropped > 0 {
			add("NOT SENT", s.Dropped)
		}
	}
	return rows
}

// FailureReasons lists why operations got no verdict, the most frequent reason
// first.
func (s *Sample) FailureReasons() []string {
	return slices.SortedFunc(maps.Keys(s.Failures), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Failures[b], s.Failures[a]), strings.Compare(a, b))
	})
}

// wrongAnswers shows an answer of each kind of wrong verdict.
func (t *Text) wrongAnswers() {
	for _, s := range t.summary.Samples {
		for _, w := range s.WrongAnswers {
			t.line("%s %s: got %s, want %s, %s; the first has status %d", t.paint.bad("WRONG"),
				Escape(w.Case), Escape(w.Got), Escape(w.Want), FormatNoun(int(w.Count), "time"), w.Status)
			if w.Body != "" {
				t.line("      %s", Escape(w.Body))
			}
		}
		if len(s.WrongAnswers) > 0 {
			t.line("")
		}
	}
}

// wrongTable has a row for each kind of wrong verdict.
func wrongTable(samples []*Sample) [][]string {
	rows := [][]string{{"case", "got", "want", "count", "status", "the first body"}}
	for _, s := range samples {
		for _, w := range s.WrongAnswers {
			rows = append(rows, []string{
				Escape(w.Case), Escape(w.Got), Escape(w.Want), FormatCount(w.Count),
				strconv.Itoa(w.Status), Escape(w.Body),
			})
		}
	}
	return rows
}

// notes prints under which conditions was measured.
func (t *Text) notes() {
	for _, s := range t.summary.Samples {
		for _, note := range s.Notes {
			for i, line := range Wrap(Escape(note), textWidth-6) {
				t.line("%-5s %s", []string{"NOTE", ""}[min(i, 1)], line)
			}
		}
		if len(s.Notes) > 0 {
			t.line("")
		}
	}
}

// table prints a head and rows with aligned columns. Each letter of align is
// one column: see [Table]. A table with only a head is left out.
func (t *Text) table(align string, rows [][]string) {
	if len(rows) < 2 {
		return
	}
	widths := make([]int, len(align))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], ansi.StringWidth(cell))
		}
	}
	for n, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-ansi.StringWidth(cell))
			if align[i] == 'r' {
				cells[i] = pad + cell
			} else {
				cells[i] = cell + pad
			}
		}
		line := strings.TrimRight(strings.Join(cells, "  "), " ")
		if n == 0 {
			line = t.paint.faint(line)
		}
		t.line("%s", line)
	}
	t.line("")
}

func (t *Text) histogram(s *Sample) {
	buckets := MergeBuckets(s.Histogram, histogramRows)
	if len(buckets) == 0 {
		return
	}
	var total, most uint64
	for _, b := range buckets {
		total += b.Count
		most = max(most, b.Count)
	}
	t.line("%s", t.paint.faint("up to      operations of "+Escape(s.Series)))
	for _, b := range buckets {
		bar := strings.Repeat("#", int((b.Count*histogramWidth+most-1)/most))
		t.line("%8s  %-*s %12s %8s", FormatNanos(b.UpToNS), histogramWidth, bar,
			FormatCount(b.Count), FormatShare(b.Count, total))
	}
	t.line("")
}

// MergeBuckets returns the histogram with at most rows buckets: empty ones at
// both ends are dropped and the same number of neighbours is added up in each
// row. It returns nil for an empty histogram.
func MergeBuckets(buckets []Bucket, rows int) []Bucket {
	for len(buckets) > 0 && buckets[0].Count == 0 {
		buckets = buckets[1:]
	}
	for len(buckets) > 0 && buckets[len(buckets)-1].Count == 0 {
		buckets = buckets[:len(buckets)-1]
	}
	if len(buckets) == 0 || rows < 1 {
		return nil
	}
	each := (len(buckets) + rows - 1) / rows
	var merged []Bucket
	for part := range slices.Chunk(buckets, each) {
		sum := Bucket{UpToNS: part[len(part)-1].UpToNS}
		for _, b := range part {
			sum.Count += b.Count
		}
		merged = append(merged, sum)
	}
	return merged
}

// thresholdTable has a row for each threshold.
func (s *Summary) thresholdTable() [][]string {
	rows := [][]string{{"threshold", "verdict", "got"}}
	if s.Footer == nil {
		return rows
	}
	for _, th := range s.Footer.Thresholds {
		rows = append(rows, []string{
			Escape(th.Expression), strings.ToUpper(Escape(th.Verdict)), Escape(th.Got),
		})
	}
	return rows
}

func (t *Text) invalid() {
	var reasons []string
	for _, s := range t.summary.Samples {
		for _, why := range s.Invalid {
			reasons = append(reasons, Escape(s.Series)+": "+Escape(why))
		}
	}
	for _, why := range t.summary.invalidAsAWhole() {
		reasons = append(reasons, Escape(why))
	}
	if len(reasons) == 0 {
		return
	}
	head := "NOT VALID: these figures must not be used"
	if !t.summary.restsOnTimes() {
		head = "NOT VALID: these times must not be used; the thresholds do not rest on them"
	}
	t.line("%s", t.paint.bad(head))
	for _, why := range reasons {
		t.line("      %s", why)
	}
	t.line("")
}
