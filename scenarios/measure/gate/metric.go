package gate

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// MetricCapacity is about the highest rate that holds, which a search finds.
const MetricCapacity = "capacity"

// The metrics that other files refer to.
const (
	metricErrors  = "errors"
	metricWrong   = "wrong"
	metricDropped = "dropped"
	metricRatio   = "ratio"
	metricRate    = "rate"
)

// metric describes a quantity that a threshold can limit.
type metric struct {
	name         string
	kinds        []Kind
	distribution bool     // whether it has percentiles, max and mean of a duration
	others       []string // further aggregates
}

// metrics lists every metric.
func metrics() []metric {
	bench, search, load := []Kind{Bench}, []Kind{Search}, []Kind{Load, Search}
	requests := append(load, Users)
	all := append(requests, Bench)
	return []metric{
		{name: "response", kinds: load, distribution: true},
		{name: "service", kinds: all, distribution: true},
		{name: "lag", kinds: load, distribution: true},
		{name: metricErrors, kinds: requests, others: []string{"count", "share"}},
		{name: metricWrong, kinds: all, others: []string{"count", "share"}},
		{name: metricDropped, kinds: load, others: []string{"count", "share"}},
		{name: metricRate, kinds: requests, others: []string{"achieved"}},
		{name: "verify", kinds: bench, others: []string{"ns/op", "allocs/op", "B/op", "tokens/s"}},
		{name: metricRatio, kinds: bench, others: []string{"hi", "lo"}},
		{name: MetricCapacity, kinds: search, others: []string{"hi", "lo"}},
	}
}

// metricNames lists the metrics of a kind of measurement, for messages.
func metricNames(kind Kind) string {
	var names []string
	for _, m := range metrics() {
		if slices.Contains(m.kinds, kind) {
			names = append(names, m.name)
		}
	}
	return strings.Join(names, ", ")
}

func metricByName(name string) (metric, bool) {
	list := metrics()
	i := slices.IndexFunc(list, func(m metric) bool { return m.name == name })
	if i < 0 {
		return metric{}, false
	}
	return list[i], true
}

// metricOf returns the metric that an aggregate without one belongs to. count and
// share belong to two metrics, so they need one.
func metricOf(agg string, kind Kind) (metric, bool) {
	name := ""
	switch agg {
	case "achieved":
		name = metricRate
	case "ns/op", "allocs/op", "B/op", "tokens/s":
		name = "verify"
	case "hi", "lo":
		name = metricRatio
	default:
		digits, isQuantile := strings.CutPrefix(agg, "p")
		if _, err := strconv.ParseFloat(digits, 64); (!isQuantile || err != nil) && agg != "max" &&
			agg != "mean" {
			return metric{}, false
		}
		if name = "service"; kind.scheduled() {
			name = "response"
		}
	}
	return metricByName(name)
}

// aggregates lists the aggregates of m, for messages.
func (m metric) aggregates() []string {
	if m.distribution {
		return []string{"p50 to p99.999", "max", "mean"}
	}
	return m.others
}

// implied returns the aggregate that m has if none is written, or the empty
// string.
func (m metric) implied(op, suffix string) string {
	switch m.name {
	case metricRate:
		return "achieved"
	case metricErrors, metricWrong, metricDropped:
		if suffix == "%" {
			return "share"
		}
		return "count"
	case metricRatio, MetricCapacity:
		if strings.HasPrefix(op, ">") {
			return "lo"
		}
		return "hi"
	}
	return ""
}

// unit is a unit, with its size in the base unit of the metric: nanoseconds,
// ratios, counts or operations per second.
type unit struct {
	suffix string
	scale  float64
}

// units lists the units of an aggregate of m.
func (m metric) units(agg string) []unit {
	none := unit{"", 1}
	if m.name == MetricCapacity {
		return []unit{{"/s", 1}}
	}
	switch agg {
	case "count", "hi", "lo", "allocs/op":
		return []unit{none}
	case "B/op":
		return []unit{none, {"B", 1}}
	case "share":
		return []unit{{"%", 0.01}}
	case "achieved":
		return []unit{{"%", 0.01}, {"/s", 1}}
	case "tokens/s":
		return []unit{{"/s", 1}}
	}
	const micro, mu = "\u00b5s", "\u03bcs" // the two characters that look like µ
	return []unit{{"ns", 1}, {"us", 1e3}, {micro, 1e3}, {mu, 1e3}, {"ms", 1e6}, {"s", 1e9}}
}

// splitQuantity splits "5ms" into its number and its unit.
func splitQuantity(text string) (number float64, suffix string, err error) {
	text = strings.TrimSpace(text)
	n := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if n < 0 {
		n = len(text)
	}
	number, err = strconv.ParseFloat(text[:n], 64)
	if err != nil || math.IsInf(number, 0) {
		return 0, "", fmt.Errorf("%q is not a value, want a number and its unit", text)
	}
	return number, strings.TrimSpace(text[n:]), nil
}
