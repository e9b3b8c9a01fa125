package html

import (
	"strings"

	"github.com/assay-id/assay/reports"
)

// unreached is the word for a case of the plan that the run did not reach, next
// to those of the outcomes.
const unreached = "unreached"

// filter offers the outcomes and levels that occur.
func (r *Report) filter() *filter {
	outcomes := choices{Legend: "outcome"}
	for _, o := range reports.Outcomes() {
		outcomes.add(string(o), string(o), r.summary.Counts[o])
	}
	outcomes.add(unreached, "not judged", r.summary.Planned-r.summary.Judged)
	counts := make(map[reports.Level]int)
	for _, p := range r.planned {
		counts[p.Level]++
	}
	byLevel := choices{Legend: "level"}
	for _, l := range reports.Levels() {
		byLevel.add(string(l), string(l), counts[l])
	}
	return &filter{Noun: "cases", Groups: []choices{outcomes, byLevel}}
}

func (c *choices) add(name, text string, count int) {
	if count > 0 {
		c.List = append(c.List, choice{name, text, count})
	}
}

// caseTable has a row for each case of the plan.
func (r *Report) caseTable() *table {
	t := &table{Caption: "Cases", Filter: true, Head: []column{
		{Text: "outcome"}, {Text: "case"}, {Text: "title"}, {Text: "group", Minor: true},
		{Text: "level", Minor: true}, {Text: "code", Minor: true}, {Text: "time", Right: true, Minor: true},
	}}
	for _, p := range r.planned {
		code, time := "", ""
		c := r.cases[p.ID]
		if c != nil {
			code, time = reports.Escape(c.Code), reports.FormatMillis(c.DurationMillis)
		}
		t.Rows = append(t.Rows, row{Class: classes(p, c), Cells: []cell{
			word(c), link(p.ID), {Text: reports.Escape(p.Title)}, {Text: reports.Escape(p.Group)},
			{Text: string(p.Level)}, {Text: code}, {Text: time},
		}})
	}
	return t
}

// verdicts has a row for each of cases, with what was wanted and what came.
func verdicts(caption string, cases []*reports.Case) table {
	t := table{Caption: caption, Head: []column{
		{Text: "outcome"}, {Text: "case"}, {Text: "want", Minor: true}, {Text: "got"},
	}}
	for _, c := range cases {
		want, got := cell{}, cell{}
		for _, d := range c.Details() {
			switch d.Role {
			case reports.RoleWant:
				want.Text = d.Text
			case reports.RoleGot:
				got.Text = d.Text
			case reports.RoleWhy:
				got.Note = d.Text
			}
		}
		t.Rows = append(t.Rows, row{Cells: []cell{word(c), link(c.ID), want, got}})
	}
	return t
}

// causes has a row for each documented cause that the cases reproduce.
func causes(tallies []reports.CauseTally) table {
	t := table{Caption: "Documented causes", Head: []column{
		{Text: "code"}, {Text: "cause"}, {Text: "what to do", Minor: true}, {Text: "cases", Minor: true}, {Text: "seen"},
	}}
	for _, c := range tallies {
		t.Rows = append(t.Rows, row{Cells: []cell{
			{Text: reports.Escape(c.Code)}, {Text: reports.Escape(c.Name), Note: reports.Escape(c.Text)},
			{Text: reports.Escape(c.Do)}, {Text: reports.Escape(strings.Join(c.Cases, ", "))}, {Text: c.Verdicts()},
		}})
	}
	return t
}

// link leads to the section of a case.
func link(id string) cell {
	return cell{Text: reports.Escape(id), Link: anchor(id)}
}

// anchor is the id of the section of a case. It has nothing that would have to
// be escaped in a link.
func anchor(id string) string {
	return "case-" + strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '_'
	}, id)
}

// word is the outcome of a case, or of one that was not judged if c is nil.
func word(c *reports.Case) cell {
	switch {
	case c == nil:
		return cell{Text: "not judged", Class: "word bad"}
	case c.Outcome.Bad():
		return cell{Text: string(c.Outcome), Class: "word bad"}
	case c.Outcome == reports.OutcomePass:
		return cell{Text: string(c.Outcome), Class: "word good"}
	}
	return cell{Text: string(c.Outcome), Class: "word"}
}

// classes are what the filter hides a case by.
func classes(p reports.PlannedCase, c *reports.Case) string {
	outcome := unreached
	if c != nil {
		outcome = string(c.Outcome)
	}
	return "is-" + outcome + " is-" + string(p.Level)
}

// section is what is known about one case.
type section struct {
	Class, Anchor   string
	Word, WordClass string
	ID, Title       string
	Open            bool
	Parts           []part
}

// part is a run of lines with the same label.
type part struct {
	Label string
	Class string
	Lines []line
}

type line struct{ Sign, Text, Note string }

// sections are the cases that were judged. Those that are not green are open.
func (r *Report) sections() []section {
	var all []section
	for _, p := range r.planned {
		c := r.cases[p.ID]
		s := section{
			Class: classes(p, c), Anchor: anchor(p.ID), ID: reports.Escape(p.ID), Title: reports.Escape(p.Title),
			Word: word(c).Text, WordClass: word(c).Class,
		}
		if c == nil {
			s.Parts = []part{{Label: "got", Lines: []line{{Text: "not judged: the run ended before this case"}}}}
		} else {
			s.Open = c.Outcome.Bad()
			s.Parts = parts(c.Details())
		}
		all = append(all, s)
	}
	return all
}

// parts joins neighbours with the same label and leaves out whole tokens.
func parts(details []reports.Detail) []part {
	var all []part
	for _, d := range details {
		if d.Role == reports.RoleWire {
			continue
		}
		if len(all) == 0 || all[len(all)-1].Label != d.Label {
			all = append(all, part{Label: d.Label, Class: class(d.Role)})
		}
		last := &all[len(all)-1]
		last.Lines = append(last.Lines, line{strings.TrimSpace(d.Mark.Sign()), d.Text, d.Note})
	}
	return all
}

// class is the style of the lines of a role.
func class(role reports.Role) string {
	switch role {
	case reports.RoleToken, reports.RoleRepeat:
		return "mono"
	case reports.RoleStep, reports.RoleRequest:
		return "timeline"
	}
	return ""
}
