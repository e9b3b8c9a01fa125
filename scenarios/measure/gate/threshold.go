package gate

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-id/assay/scenarios/measure/latency"
)

// Kind is the kind of measurement that a threshold is for.
type Kind int

// The kinds. They differ in the labels, and in what a percentile without a
// metric means.
const (
	Bench  Kind = iota // a closed loop in process
	Load               // requests at a schedule
	Users              // requests of virtual users, each after its answer
	Search             // loads at several rates, to find the highest that holds
)

// scheduled reports whether each operation has an intended start.
func (k Kind) scheduled() bool { return k == Load || k == Search }

// Threshold is a condition on a measurement. Only [Parse] makes one. It is
// safe for concurrent use.
type Threshold struct {
	text     string
	metric   metric
	labels   []selector
	agg      string
	implied  bool    // agg was not written
	quantile float64 // of an aggregate such as p99, otherwise zero
	op       string
	limit    float64
	unit     unit
}

// selector chooses series by one label.
type selector struct{ label, glob string }

// String returns the threshold as it was written.
func (t Threshold) String() string { return t.text }

// Metric returns the name of what the threshold limits, also if it was implied.
func (t Threshold) Metric() string { return t.metric.name }

// Samples returns how many samples t needs to be decided: some for a percentile,
// and none for anything else.
func (t Threshold) Samples() uint64 {
	if t.quantile == 0 {
		return 0
	}
	return latency.Needed(t.quantile)
}

// Parse reads a threshold for a kind of measurement. The error is an [ErrUsage]
// that says what is wrong and what would work.
func Parse(text string, kind Kind) (Threshold, error) {
	p := parser{rest: text, kind: kind}
	t, err := p.threshold()
	if err != nil {
		return Threshold{}, Usage("threshold %q: %w", text, err)
	}
	t.text = strings.TrimSpace(text)
	return t, nil
}

// ParseAbort reads a condition that ends a load as soon as it holds. It is like a
// threshold on the whole load, without labels, and can be about anything but
// requests that were not sent, which only the end of a load tells.
func ParseAbort(text string, kind Kind) (Threshold, error) {
	p := parser{rest: text, kind: kind}
	t, err := p.threshold()
	switch {
	case err != nil:
	case t.metric.name == metricDropped:
		err = fmt.Errorf("%s is not known before the end", t.metric.name)
	case t.labels != nil:
		err = fmt.Errorf("a load is aborted for its answers as a whole, want no labels")
	}
	if err != nil {
		return Threshold{}, Usage("abort condition %q: %w", text, err)
	}
	t.text = strings.TrimSpace(text)
	return t, nil
}

// ParseAll reads several thresholds and reports the first mistake. It adds
// "wrong == 0", for a load "errors == 0", and if that has a schedule
// "dropped == 0", unless one of them is about that: the speed of wrong answers,
// or of none, does not matter.
func ParseAll(texts []string, kind Kind) ([]Threshold, error) {
	var list []Threshold
	for _, text := range texts {
		t, err := Parse(text, kind)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	implied := []string{metricWrong}
	if kind != Bench {
		implied = append(implied, metricErrors)
	}
	if kind.scheduled() {
		implied = append(implied, metricDropped)
	}
	for _, name := range implied {
		if slices.ContainsFunc(list, func(t Threshold) bool { return t.metric.name == name }) {
			continue
		}
		t, err := Parse(name+" == 0", kind)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// parser reads one threshold from the left.
type parser struct {
	rest string
	kind Kind
}

func (p *parser) threshold() (Threshold, error) {
	var t Threshold
	word := p.word()
	m, named := metricByName(word)
	if !named {
		t.agg = word
		var ok bool
		if m, ok = metricOf(word, p.kind); !ok {
			return t, fmt.Errorf("%q is neither a metric nor an aggregate, want one of %s, or an aggregate such as p99",
				word, metricNames(p.kind))
		}
	}
	if !slices.Contains(m.kinds, p.kind) {
		return t, fmt.Errorf("%s is not measured here, want one of %s", m.name, metricNames(p.kind))
	}
	t.metric = m
	var err error
	if t.labels, err = p.labels(); err != nil {
		return t, err
	}
	if named {
		t.agg = p.word()
	}
	if t.op = p.op(); t.op == "" {
		return t, fmt.Errorf("no comparison before %q, want one of < <= > >= ==", p.rest)
	}
	number, suffix, err := splitQuantity(p.rest)
	if err != nil {
		return t, err
	}
	if t.agg == "" {
		t.implied = true
		if t.agg = m.implied(t.op, suffix); t.agg == "" {
			return t, fmt.Errorf("no aggregate after %q, want one of %s",
				word, strings.Join(m.aggregates(), ", "))
		}
	}
	if err := t.setAggregate(); err != nil {
		return t, err
	}
	if p.kind == Users && m.name == metricRate && suffix == "%" {
		return t, fmt.Errorf("virtual users offer no rate to compare with, want a rate such as 100/s")
	}
	if m.name == MetricCapacity && t.labels != nil {
		return t, fmt.Errorf("%s is that of the whole load, want no labels", m.name)
	}
	return t, t.setLimit(number, suffix)
}

// word reads a metric or an aggregate: letters, digits, dots and slashes.
func (p *parser) word() string {
	p.blank()
	n := strings.IndexFunc(p.rest, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' &&
			r != '/'
	})
	if n < 0 {
		n = len(p.rest)
	}
	word := p.rest[:n]
	p.rest = p.rest[n:]
	return word
}

func (p *parser) blank() { p.rest = strings.TrimLeft(p.rest, " \t") }

func (p *parser) op() string {
	p.blank()
	for _, op := range []string{"<=", ">=", "==", "<", ">"} {
		if rest, ok := strings.CutPrefix(p.rest, op); ok {
			p.rest = rest
			return op
		}
	}
	return ""
}

// labels reads "{label=glob,…}" if it comes next.
func (p *parser) labels() ([]selector, error) {
	p.blank()
	if !strings.HasPrefix(p.rest, "{") {
		return nil, nil
	}
	inner, rest, closed := strings.Cut(p.rest[1:], "}")
	if !closed {
		return nil, fmt.Errorf("the { has no }")
	}
	p.rest = rest
	known := []string{LabelSeries, LabelAlg, LabelMode}
	if p.kind != Bench {
		known = []string{LabelSeries, LabelCase}
	}
	var list []selector
	for part := range strings.SplitSeq(inner, ",") {
		label, glob, ok := strings.Cut(part, "=")
		s := selector{strings.TrimSpace(label), strings.TrimSpace(glob)}
		switch {
		case !ok || s.glob == "":
			return nil, fmt.Errorf("label %q has no value, want label=glob", s.label)
		case !slices.Contains(known, s.label):
			return nil, fmt.Errorf("label %q is not known, want one of %s",
				s.label, strings.Join(known, ", "))
		}
		if _, err := path.Match(s.glob, ""); err != nil {
			return nil, fmt.Errorf("label %s: %q is not a glob", s.label, s.glob)
		}
		list = append(list, s)
	}
	return list, nil
}

// setAggregate checks the aggregate and reads the number of a percentile.
func (t *Threshold) setAggregate() error {
	digits, isQuantile := strings.CutPrefix(t.agg, "p")
	if !isQuantile || !t.metric.distribution {
		if !slices.Contains(t.metric.aggregates(), t.agg) {
			return fmt.Errorf("%s has no %q, want one of %s",
				t.metric.name, t.agg, strings.Join(t.metric.aggregates(), ", "))
		}
		return nil
	}
	percent, err := strconv.ParseFloat(digits, 64)
	if err != nil || strings.Trim(digits, "0123456789.") != "" || percent < 50 || percent > 99.999 {
		return fmt.Errorf("percentile %q is out of range, want p50 to p99.999", t.agg)
	}
	t.quantile = percent / 100
	return nil
}

// setLimit reads the value in a unit that fits the aggregate.
func (t *Threshold) setLimit(number float64, suffix string) error {
	units := t.metric.units(t.agg)
	i := slices.IndexFunc(units, func(u unit) bool { return u.suffix == suffix })
	if i < 0 {
		names := make([]string, len(units))
		for i, u := range units {
			names[i] = strconv.Quote(u.suffix)
		}
		return fmt.Errorf("the unit of %s %s is %q, want one of %s",
			t.metric.name, t.agg, suffix, strings.Join(names, ", "))
	}
	t.unit = units[i]
	t.limit = number * t.unit.scale
	if t.agg == "count" && number != math.Trunc(number) {
		return fmt.Errorf("a count cannot be %v, want a whole number, or a share with %%", number)
	}
	if t.op == "==" && t.agg != "count" {
		return fmt.Errorf("== is for counts, want < <= > or >= for %s %s", t.metric.name, t.agg)
	}
	return nil
}

// Selects reports whether t judges s.
func (t Threshold) Selects(s Series) bool {
	byName := false
	for _, wanted := range t.labels {
		value, has := s.Labels[wanted.label]
		if ok, _ := path.Match(wanted.glob, value); !ok || !has {
			return false
		}
		byName = byName || wanted.label != LabelAlg
	}
	return byName || !s.Aside
}

// Check returns an [ErrUsage] if a threshold selects none of the series that
// will be measured: it would be missed for lack of samples.
func Check(thresholds []Threshold, planned []Series) error {
	for _, t := range thresholds {
		if !slices.ContainsFunc(planned, t.Selects) {
			names := make([]string, len(planned))
			for i, s := range planned {
				names[i] = strconv.Quote(s.Labels[LabelSeries])
			}
			return Usage("threshold %q: its labels select none of the series %s",
				t, strings.Join(names, ", "))
		}
	}
	return nil
}
