package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// results holds what was measured, by title of the condition and name of the
// tool.
type results map[[2]string][]measured

func (r results) add(title, name string, m measured) {
	key := [2]string{title, name}
	r[key] = append(r[key], m)
}

// median returns the median of values, which it sorts.
func median[N cmp.Ordered](values []N) N {
	slices.Sort(values)
	return values[len(values)/2]
}

// of returns the median of what get returns of each round, or zero if the tool
// is missing.
func (r results) of(c condition, name string, get func(round int, m measured) float64) float64 {
	var values []float64
	for i, m := range r[[2]string{c.title, name}] {
		values = append(values, get(i, m))
	}
	if len(values) == 0 {
		return 0
	}
	return median(values)
}

func (r results) p50(c condition, name string) float64 {
	return r.of(c, name, func(_ int, m measured) float64 { return float64(m.p50) })
}

// cpu returns the CPU time of a request, or of the whole start-up.
func (r results) cpu(c condition, name string) float64 {
	return r.of(c, name, func(round int, m measured) float64 {
		if c.title == startup.title {
			return float64(m.cpu)
		}
		var start measured
		if starts := r[[2]string{startup.title, name}]; len(starts) > 0 {
			start = starts[round]
		}
		return float64(m.cpu-start.cpu) / float64(max(m.requests, start.requests+1)-start.requests)
	})
}

// write writes a condition as a Markdown table.
func (r results) write(out io.Writer, c condition, list []installed) {
	what := "CPU per request"
	if c.title == startup.title {
		what = "CPU"
	}
	fmt.Fprintf(out, "\n%s\n\n", c.title)
	table := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	fmt.Fprintf(table, "| generator\t| achieved\t| p50\t| p99\t| %s\t| to vegeta\t|\n", what)
	fmt.Fprintln(table, "| ---\t| --:\t| --:\t| --:\t| --:\t| --:\t|")
	for _, t := range list {
		if c.title == startup.title && t.closed {
			continue
		}
		ratio := "–"
		if vegeta := r.cpu(c, vegetaName); vegeta > 0 {
			ratio = fmt.Sprintf("%.2f", r.cpu(c, t.name)/vegeta)
		}
		fmt.Fprintf(table, "| %s\t| %.0f/s\t| %s\t| %s\t| %s\t| %s\t|\n", t.name,
			r.of(c, t.name, func(_ int, m measured) float64 { return m.rate }), short(r.p50(c, t.name)),
			short(r.of(c, t.name, func(_ int, m measured) float64 { return float64(m.p99) })),
			short(r.cpu(c, t.name)), ratio)
	}
	_ = table.Flush()
}

// short returns a duration as a cell, which is empty if there is none.
func short(ns float64) string {
	if ns == 0 {
		return "–"
	}
	return time.Duration(ns).Round(time.Microsecond).String()
}

// mostApart is how much larger one of two medians may be than the other, as a
// ratio, if both measure the same.
const mostApart = 1.2

// agree returns an error unless assay and k6 found the same median under c.
func (r results) agree(c condition) error {
	assay, k6 := r.p50(c, assayName), r.p50(c, k6Name)
	switch {
	case k6 == 0:
		return fmt.Errorf("k6 is missing, so nothing tells whether the median of assay is right")
	case max(assay, k6) > mostApart*min(assay, k6):
		return fmt.Errorf("%s: the median is %v for assay and %v for k6, at most a ratio of %.1f is allowed",
			c.title, time.Duration(assay), time.Duration(k6), mostApart)
	}
	return nil
}
