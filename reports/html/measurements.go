package html

import (
	"cmp"
	"slices"
	"strings"

	"github.com/assay-id/assay/reports"
)

// maxBars is the most bars of a chart: more are thinner than a pixel on a
// phone.
const maxBars = 48

// dots compares the series: their times, and their ratios to a baseline.
func (r *Report) dots() []dots {
	var all []dots
	for _, d := range []dots{times(r.summary.Samples), ratios(r.summary.Samples)} {
		if len(d.Rows) > 0 {
			all = append(all, d)
		}
	}
	return all
}

// quantile is a named point of a distribution.
type quantile struct {
	name string
	ns   int64
}

// quantiles returns those that enough samples support.
func quantiles(q *reports.Quantiles) []quantile {
	return slices.DeleteFunc([]quantile{
		{"p50", q.P50NS}, {"p90", q.P90NS}, {"p99", q.P99NS}, {"p99.9", q.P999NS}, {"max", q.MaxNS},
	}, func(q quantile) bool { return q.ns <= 0 })
}

// times has a row for each clock of each series.
func times(samples []*reports.Sample) dots {
	d := dots{Caption: "Times: p50 (filled), then p90, p99, p99.9 and the maximum as far as known, on a logarithmic axis"}
	type clock struct {
		label  string
		points []quantile
	}
	var clocks []clock
	var values []float64
	for _, s := range samples {
		for _, c := range []struct {
			name string
			q    *reports.Quantiles
		}{{"latency", s.Latency}, {"service", s.Service}, {"lag", s.Lag}} {
			if c.q == nil {
				continue
			}
			if points := quantiles(c.q); len(points) > 0 {
				clocks = append(clocks, clock{reports.Escape(s.Series) + ", " + c.name, points})
				for _, p := range points {
					values = append(values, float64(p.ns))
				}
			}
		}
	}
	a := newAxis(values)
	d.Ticks = legible(nextToLabels, a.ticks(percent, nanos))
	for _, c := range clocks {
		r := dotRow{Label: c.label}
		var words []string
		for _, p := range c.points {
			text := p.name + " " + reports.FormatNanos(p.ns)
			words = append(words, text)
			r.Points = append(r.Points, tick{At: a.at(float64(p.ns)), Text: text})
		}
		r.Text = strings.Join(words, ", ")
		d.Rows = append(d.Rows, r)
	}
	return d
}

// ratios has a row for each series that was compared with a baseline.
func ratios(samples []*reports.Sample) dots {
	d := dots{Caption: "Time over that of the baseline, with the 95 % interval; the dashed line is as fast"}
	values := []float64{1}
	for _, s := range samples {
		if s.Ratio != nil {
			values = append(values, s.Ratio.Low, s.Ratio.Estimate, s.Ratio.High)
		}
	}
	a := newAxis(values)
	d.Ticks = legible(nextToLabels, a.ticks(percent, reports.FormatRatio))
	d.Reference = a.at(1)
	for _, s := range samples {
		if s.Ratio == nil || s.Ratio.Low <= 0 {
			continue
		}
		low, estimate, high := reports.FormatRatio(s.Ratio.Low), reports.FormatRatio(s.Ratio.Estimate), reports.FormatRatio(s.Ratio.High)
		d.Rows = append(d.Rows, dotRow{
			Label: reports.Escape(s.Series) + " / " + reports.Escape(s.Baseline),
			Text:  estimate + ", " + low + " to " + high,
			Points: []tick{
				{At: a.at(s.Ratio.Low), Text: low}, {At: a.at(s.Ratio.Estimate), Text: estimate}, {At: a.at(s.Ratio.High), Text: high},
			},
			Main: 1,
		})
	}
	return d
}

// bars are the distribution of each series.
func (r *Report) bars() []bars {
	var all []bars
	for _, s := range r.summary.Samples {
		if buckets := reports.MergeBuckets(s.Histogram, maxBars); len(buckets) > 0 {
			all = append(all, histogram(s, buckets))
		}
	}
	return all
}

// histogram returns how many operations of s took how long.
func histogram(s *reports.Sample, buckets []reports.Bucket) bars {
	var total uint64
	for _, b := range buckets {
		total += b.Count
	}
	var values []value
	for _, b := range buckets {
		values = append(values, value{
			float64(b.Count), reports.FormatCount(b.Count) + ", " + reports.FormatShare(b.Count, total),
			reports.FormatNanos(b.UpToNS),
		})
	}
	most := slices.MaxFunc(values, func(a, b value) int { return cmp.Compare(a.height, b.height) })
	return newBars("Operations of "+reports.Escape(s.Series)+" by duration, each bar up to the time below it", "most took up to "+most.name, values,
		func(count float64) string { return reports.FormatCount(uint64(count)) })
}

func nanos(ns float64) string { return reports.FormatNanos(int64(ns)) }
