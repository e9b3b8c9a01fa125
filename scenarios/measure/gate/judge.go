package gate

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/latency"
)

// Series holds the measurements of one series.
type Series struct {
	// Labels has some of LabelSeries, LabelAlg, LabelMode and LabelCase.
	// Every series has LabelSeries.
	Labels map[string]string

	// Aside marks a series that is a baseline or a part of another one. Only
	// a threshold that names series, mode or case judges it.
	Aside bool

	// Sample is the final sample.
	Sample reports.Sample

	// Crowded says that the machine may be why operations were dropped, and
	// not the target.
	Crowded bool

	// Unsound says why the ratio of the sample decides nothing, if it is not
	// empty.
	Unsound string

	// Response, Service and Lag are the distributions that the sample
	// summarizes, or nil if they were not measured.
	Response, Service, Lag *latency.Histogram
}

// The labels of series.
const (
	LabelSeries = "series" // the name of the sample
	LabelAlg    = "alg"    // only in a benchmark
	LabelMode   = "mode"   // only in a benchmark
	LabelCase   = "case"   // only in a load
)

// Judgement holds the verdicts of thresholds on a measurement.
type Judgement struct {
	// Thresholds are in the order in which they were given.
	Thresholds []reports.Threshold

	missed, undecided []string
	facts             []string // the missed thresholds that are missed on any machine
	restsOnTimes      bool
}

// RestsOnTimes reports whether a threshold was decided by something that a busy
// machine changes.
func (j Judgement) RestsOnTimes() bool { return j.restsOnTimes }

// noSamples describes a series without measurements.
const noSamples = "no samples"

// Judge judges every threshold.
func Judge(thresholds []Threshold, series []Series) Judgement {
	var j Judgement
	for _, t := range thresholds {
		got, verdict, fact := t.decide(series)
		j.Thresholds = append(j.Thresholds, reports.Threshold{
			Expression: t.text, Got: got, Verdict: verdict,
		})
		j.restsOnTimes = j.restsOnTimes || got != noSamples && !fact
		line := t.text + ": got " + got
		switch verdict {
		case reports.VerdictMissed:
			j.missed = append(j.missed, line)
			if fact {
				j.facts = append(j.facts, line)
			}
		case reports.VerdictUndecided:
			j.undecided = append(j.undecided, line)
		}
	}
	return j
}

// decide judges the series that t selects. Of several, the first that missed
// decides, otherwise the first that is undecided. fact reports whether something
// was measured that a busy machine cannot change.
func (t Threshold) decide(series []Series) (got, verdict string, fact bool) {
	got, verdict, fact = noSamples, reports.VerdictMissed, false
	selected := slices.DeleteFunc(slices.Clone(series), func(s Series) bool {
		return !t.Selects(s)
	})
	for i, s := range selected {
		g, v := t.judge(s)
		if i > 0 && rank(v) <= rank(verdict) {
			continue
		}
		got, verdict = g, v
		fact = g != noSamples && t.decides(s, v)
		if len(selected) > 1 {
			got = s.Sample.Series + ": " + g
		}
	}
	return got, verdict, fact
}

// decides reports whether the verdict of t on s would be the same on any
// machine: counts of verdicts, allocations, and ratios, whose two sides are
// measured under the same conditions. A busy machine may drop operations, but
// does not make it look as if there were none.
func (t Threshold) decides(s Series, verdict string) bool {
	switch t.metric.name {
	case metricWrong, metricErrors, metricRatio:
		return true
	case metricDropped:
		return verdict == reports.VerdictMet || !s.Crowded
	}
	return t.agg == "allocs/op" || t.agg == "B/op"
}

// rank orders the verdicts from good to bad.
func rank(verdict string) int {
	return slices.Index([]string{
		reports.VerdictMet, reports.VerdictUndecided, reports.VerdictMissed,
	},
		verdict)
}

// judge judges one series.
func (t Threshold) judge(s Series) (got, verdict string) {
	value, why := t.value(s)
	if why != "" {
		return why, reports.VerdictMissed
	}
	if t.metric.name == metricRatio && s.Unsound != "" {
		return s.Unsound, reports.VerdictUndecided
	}
	if t.quantile > 0 {
		if h := t.metric.histogram(s); h.Count() < latency.Needed(t.quantile) {
			return fmt.Sprintf("%d samples, want %d for %s",
				h.Count(), latency.Needed(t.quantile), t.agg), reports.VerdictUndecided
		}
	}
	if t.holds(value) {
		return t.format(value), reports.VerdictMet
	}
	if r := s.Sample.Ratio; t.metric.name == metricRatio && t.implied && (t.holds(r.Low) || t.holds(r.High)) {
		return t.format(r.Low) + " to " + t.format(r.High), reports.VerdictUndecided
	}
	return t.format(value), reports.VerdictMissed
}

// holds compares value with the limit.
func (t Threshold) holds(value float64) bool {
	switch t.op {
	case "<":
		return value < t.limit
	case "<=":
		return value <= t.limit
	case ">":
		return value > t.limit
	case ">=":
		return value >= t.limit
	}
	return value == t.limit
}

// histogram returns the distribution that m is about, or nil.
func (m metric) histogram(s Series) *latency.Histogram {
	switch m.name {
	case "response":
		return s.Response
	case "service":
		return s.Service
	case "lag":
		return s.Lag
	}
	return nil
}

// value returns the measured value in the unit of the metric, or why there is
// none.
func (t Threshold) value(s Series) (value float64, why string) {
	if s.Sample.Operations == 0 {
		return 0, noSamples
	}
	operations := float64(s.Sample.Operations)
	switch t.metric.name {
	case metricErrors:
		return countOrShare(t.agg, float64(s.Sample.Failed), operations), ""
	case metricWrong:
		return countOrShare(t.agg, float64(s.Sample.Wrong), operations), ""
	case metricDropped:
		dropped := float64(s.Sample.Dropped)
		return countOrShare(t.agg, dropped, operations+dropped), ""
	case metricRate:
		if t.unit.suffix != "%" {
			return s.Sample.RatePerSecond, ""
		}
		if s.Sample.OfferedPerSecond == 0 {
			return 0, "no rate was offered"
		}
		return s.Sample.RatePerSecond / s.Sample.OfferedPerSecond, ""
	case metricRatio:
		switch {
		case s.Sample.Ratio == nil:
			return 0, noSamples
		case t.agg == "hi":
			return s.Sample.Ratio.High, ""
		}
		return s.Sample.Ratio.Low, ""
	case "verify":
		return t.cost(s)
	}
	h := t.metric.histogram(s)
	if h == nil || h.Count() == 0 {
		return 0, noSamples
	}
	switch t.agg {
	case "max":
		return float64(h.Max()), ""
	case "mean":
		return float64(h.Mean()), ""
	}
	d, _ := h.Quantile(t.quantile)
	return float64(d), ""
}

// cost returns the cost of an operation of a benchmark.
func (t Threshold) cost(s Series) (value float64, why string) {
	switch t.agg {
	case "allocs/op":
		return s.Sample.AllocsPerOp, ""
	case "B/op":
		return s.Sample.BytesPerOp, ""
	case "tokens/s":
		return s.Sample.RatePerSecond, ""
	}
	if s.Service == nil || s.Service.Count() == 0 {
		return 0, noSamples
	}
	return float64(s.Service.Mean()), ""
}

func countOrShare(agg string, part, whole float64) float64 {
	if agg == "share" {
		return part / whole
	}
	return part
}

// format writes value in the notation of thresholds.
func (t Threshold) format(value float64) string {
	fixed := func(decimals int) string {
		return strconv.FormatFloat(value/t.unit.scale, 'f', decimals, 64) + t.unit.suffix
	}
	if t.metric.name == MetricCapacity {
		return reports.FormatRate(value)
	}
	switch t.agg {
	case "count", "B/op":
		return fixed(0)
	case "hi", "lo":
		return fixed(4)
	case "share":
		return strconv.FormatFloat(100*value, 'g', 3, 64) + "%"
	case "achieved", "allocs/op", "tokens/s":
		return fixed(2)
	}
	return duration(time.Duration(value))
}

// duration writes d with three significant digits, the precision of a
// histogram.
func duration(d time.Duration) string {
	unit := time.Duration(1)
	for unit*1000 <= d {
		unit *= 10
	}
	return d.Round(unit).String()
}
