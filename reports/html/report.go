package html

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
)

// Report renders a stream as one HTML file: what became of the run, a table of
// cases that can be filtered, and a section for each case with its token
// compared with the good one and its steps and requests; or the tables and
// charts of a measurement. Whole tokens are left out, so that a report can be
// published without alarming whatever looks for leaked ones. It is a
// reports.Handler that writes everything on Close.
type Report struct {
	w       io.Writer
	summary reports.Summary
	planned []reports.PlannedCase
	cases   map[string]*reports.Case
	live    live
}

// New returns a Report that writes to w.
func New(w io.Writer) *Report {
	return &Report{w: w, cases: make(map[string]*reports.Case)}
}

// Handle collects r for the report. It never returns an error.
func (r *Report) Handle(record reports.Record) error {
	switch record.Kind {
	case reports.KindPlan:
		r.planned = record.Plan.Cases
	case reports.KindCase:
		r.cases[record.Case.ID] = record.Case
	case reports.KindSample:
		if !record.Sample.Final {
			r.live.add(record.Sample)
		}
	}
	return r.summary.Handle(record)
}

// Close writes the report.
func (r *Report) Close() error {
	v := view{
		Title: r.summary.Title(), Green: r.summary.Green(), Line: r.summary.Line(),
		Facts: r.facts(), Problems: r.summary.Problems(), Remarks: r.summary.Remarks(), Tables: r.tables(),
		Dots: r.dots(), Lines: r.lines(), Bars: r.bars(),
	}
	if len(r.planned) > 0 {
		v.Filter = r.filter()
		v.Cases = r.caseTable()
		v.Sections = r.sections()
	}
	return page{Title: v.Title, Filter: v.Filter}.write(r.w, "report", v)
}

// view is the data of the template "report".
type view struct {
	Title    string
	Green    bool
	Line     string
	Facts    []fact
	Problems []reports.Problem
	Remarks  []reports.Problem
	Tables   []table
	Dots     []dots
	Lines    []lines
	Bars     []bars
	Filter   *filter
	Cases    *table
	Sections []section
}

type fact struct{ Name, Text string }

// facts are what is needed to repeat the run.
func (r *Report) facts() []fact {
	h := r.summary.Header
	if h == nil {
		return nil
	}
	host := fmt.Sprintf("%s/%s, %s, GOMAXPROCS %d, %s", h.Host.OS, h.Host.Arch,
		reports.FormatNoun(h.Host.CPUs, "CPU"), h.Host.GOMAXPROCS, h.Host.Go)
	var stateless, stateful string
	if f := r.summary.Footer; f != nil && f.Coverage != nil {
		stateless, stateful = f.Coverage.Stateless.String(), f.Coverage.Stateful.String()
	}
	var capacity string
	if f := r.summary.Footer; f != nil && f.Capacity != nil {
		capacity = f.Capacity.String() + ": " + f.Capacity.Reason
	}
	var notes []string
	for _, s := range r.summary.Samples {
		notes = append(notes, s.Notes...)
	}
	var all []fact
	for _, f := range []fact{
		{"set-up", h.Implementation.Setup},
		{"policy", h.Policy},
		{"policy file", h.PolicyFile.String()},
		{"catalogue", h.CatalogueVersion},
		{"seed", h.Seed},
		{"started", h.StartedAt.UTC().Format(time.DateTime) + " UTC"},
		{"tool", strings.TrimSpace(h.Tool + " " + h.ToolVersion)},
		{"host", host},
		{"capacity", capacity},
		{"ran without state", stateless},
		{"ran with state", stateful},
		{"conditions", strings.Join(notes, "; ")},
	} {
		if f.Text != "" {
			all = append(all, fact{f.Name, reports.Escape(f.Text)})
		}
	}
	return all
}

// tables are the cases that did not pass, those that passed for another reason,
// the skips by reason, the documented causes that the cases reproduce, and the
// figures of a measurement.
func (r *Report) tables() []table {
	var all []table
	add := func(t table) {
		if len(t.Rows) > 0 {
			all = append(all, t)
		}
	}
	add(verdicts("Did not pass", r.summary.Bad))
	add(verdicts("Passed for another reason", r.summary.OtherReason))
	skipped := table{Caption: "Skipped", Head: []column{{Text: "cases", Right: true}, {Text: "reason"}}}
	for _, s := range r.summary.Skips() {
		skipped.Rows = append(skipped.Rows, row{Cells: []cell{
			{Text: fmt.Sprint(s.Count)}, {Text: reports.Escape(s.Why)},
		}})
	}
	add(skipped)
	add(causes(r.summary.Causes()))
	for _, t := range r.summary.Tables() {
		figures := table{Caption: t.Title}
		for i, name := range t.Head {
			figures.Head = append(figures.Head, column{Text: name, Right: t.Align[i] == 'r', Wide: t.Align[i] == 's'})
		}
		for _, texts := range t.Rows {
			cells := make([]cell, len(texts))
			for i, text := range texts {
				cells[i].Text = text
			}
			figures.Rows = append(figures.Rows, row{Cells: cells})
		}
		add(figures)
	}
	return all
}
