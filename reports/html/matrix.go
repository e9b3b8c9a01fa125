package html

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/assay-id/assay/reports"
)

// WriteMatrix writes a comparison of implementations as one HTML file: what
// ran, the wrong verdicts of each level and group, behaviour over time, a table
// of cases and implementations that can be filtered, and a section with the
// commands to repeat it for each case that somebody gets wrong.
func WriteMatrix(w io.Writer, m *reports.Matrix) error {
	v := matrixView{
		Title: "Implementations compared", Line: strings.TrimPrefix(m.Line(), "MATRIX "), Facts: matrixFacts(m),
		Tables: []explained{
			{"Levels and skips are apart, and there is no score. rob. is robustness: only the issuer's own key can make the token, so a failure helps no attacker.", matrixLevels(m)},
			{"", matrixImplementations(m)},
			{"How many verdicts of each level are wrong: · none, – nothing was judged.", matrixGroups(m)},
		},
		Filter: matrixFilter(m), Cases: matrixCases(m), Sections: matrixSections(m),
	}
	if len(m.Behaviour) > 0 {
		v.Tables = append(v.Tables, explained{
			"How many requests for metadata and keys the environment received from the event on, the answer that decides, and how long it took.", matrixBehaviour(m),
		})
	}
	return page{Title: v.Title, Filter: v.Filter}.write(w, "matrix", v)
}

// matrixView is the data of the template "matrix".
type matrixView struct {
	Title, Line string
	Facts       []fact
	Tables      []explained
	Filter      *filter
	Cases       *table
	Sections    []section
}

// explained is a table with a sentence about it.
type explained struct {
	About string
	Table table
}

// matrixFacts are what the runs have in common.
func matrixFacts(m *reports.Matrix) []fact {
	all := []fact{{"tool", reports.Escape(strings.TrimSpace(m.Tool + " " + m.ToolVersion))}}
	for _, f := range []struct {
		name string
		of   func(reports.MatrixImplementation) string
	}{
		{"catalogue", func(i reports.MatrixImplementation) string { return i.Catalogue }},
		{"seed", func(i reports.MatrixImplementation) string { return i.Seed }},
	} {
		var values []string
		for _, i := range m.Implementations {
			if v := f.of(i); v != "" && !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		if len(values) > 0 {
			all = append(all, fact{f.name, reports.Escape(strings.Join(values, ", "))})
		}
	}
	return all
}

func matrixImplementations(m *reports.Matrix) table {
	t := table{Caption: "Implementations", Head: []column{{Text: "name"}, {Text: "version"}, {Text: "again"}}}
	for _, i := range m.Implementations {
		name := cell{Text: reports.Escape(i.Name)}
		if i.Failure != "" {
			name.Note = "failed: " + reports.Escape(i.Failure)
		} else if len(i.Unused) > 0 {
			name.Note = "unused expectations: " + reports.Escape(strings.Join(i.Unused, "; "))
		}
		t.Rows = append(t.Rows, row{Cells: []cell{name, {Text: i.Describe(), Note: reports.Escape(i.Implementation.Setup)}, {Text: reports.Escape(i.Again)}}})
	}
	return t
}

func matrixLevels(m *reports.Matrix) table {
	t := table{Caption: "Wrong verdicts by level", Grid: true, Head: []column{{Text: "implementation"}}}
	for _, level := range reports.JudgedLevels() {
		t.Head = append(t.Head, column{Text: string(level), Right: true})
	}
	t.Head = append(t.Head, column{Text: "skipped", Right: true}, column{Text: "not judged", Right: true})
	for _, i := range m.Implementations {
		r := row{Cells: []cell{{Text: reports.Escape(i.Name)}}}
		if i.Failure != "" {
			r.Cells[0].Note = "failed"
		}
		for _, level := range reports.JudgedLevels() {
			r.Cells = append(r.Cells, cell{Text: i.Total.Levels[level].Summary()})
		}
		r.Cells = append(r.Cells, cell{Text: fmt.Sprint(i.Total.Skipped)}, cell{Text: fmt.Sprint(i.Total.Unknown)})
		t.Rows = append(t.Rows, r)
	}
	return t
}

// implementationHead returns columns with a first one and one for each
// implementation.
func implementationHead(m *reports.Matrix, first string) []column {
	head := []column{{Text: first}}
	for _, i := range m.Implementations {
		head = append(head, column{Text: reports.Escape(i.Name)})
	}
	return head
}

func matrixGroups(m *reports.Matrix) table {
	t := table{Caption: "Wrong verdicts by group", Grid: true, Head: implementationHead(m, "group")}
	for _, g := range m.Groups {
		r := row{Cells: []cell{{Text: reports.Escape(g.Name)}}}
		for _, tally := range g.Tallies {
			c := cell{Text: tally.Wrong()}
			if tally.Skipped > 0 {
				c.Note = fmt.Sprintf("%d skipped", tally.Skipped)
			}
			r.Cells = append(r.Cells, c)
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

func matrixBehaviour(m *reports.Matrix) table {
	t := table{Caption: "Behaviour over time", Grid: true, Head: implementationHead(m, "aspect")}
	for _, o := range m.Behaviour {
		r := row{Cells: []cell{{Text: o.Aspect, Note: o.Case + ": " + reports.Escape(o.Title)}}}
		for _, c := range o.Cells {
			r.Cells = append(r.Cells, cell{Text: standingWord(c.Standing), Class: standingClass(c.Standing), Note: c.Text()})
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

func standingWord(standing string) string {
	if standing == reports.StandingUnknown {
		return "–"
	}
	return standing
}

// standingClass is the style of a word about a standing.
func standingClass(standing string) string {
	switch standing {
	case reports.StandingWrong:
		return "word bad"
	case reports.StandingRight:
		return "word good"
	}
	return "word"
}

// agreementName is the name of an agreement in a class.
func agreementName(a reports.Agreement) string { return strings.ReplaceAll(string(a), " ", "-") }

// matrixFilter offers the agreements and levels that occur, and robustness.
func matrixFilter(m *reports.Matrix) *filter {
	agreements, levels, about := choices{Legend: "answers"}, choices{Legend: "level"}, choices{Legend: "about"}
	for _, a := range reports.Agreements() {
		agreements.add(agreementName(a), string(a), m.Count(a))
	}
	counts := make(map[reports.Level]int)
	robustness := 0
	for _, c := range m.Cases {
		counts[c.Level]++
		if c.Robustness {
			robustness++
		}
	}
	for _, level := range reports.Levels() {
		levels.add(string(level), string(level), counts[level])
	}
	about.add(aboutFaults, "a faulty issuer (robustness)", robustness)
	about.add(aboutOthers, "everything else", len(m.Cases)-robustness)
	return &filter{Noun: "cases", Groups: []choices{agreements, levels, about}}
}

// The names of what a case is about in a class.
const (
	aboutFaults = "robustness"
	aboutOthers = "other"
)

func matrixClasses(c reports.MatrixCase) string {
	about := aboutOthers
	if c.Robustness {
		about = aboutFaults
	}
	return "is-" + agreementName(c.Agreement) + " is-" + string(c.Level) + " is-" + about
}

// hasSection reports whether a case has a section of its own.
func hasSection(c reports.MatrixCase) bool {
	return c.Agreement == reports.AgreementNone || c.Agreement == reports.AgreementWrong
}

func matrixCases(m *reports.Matrix) *table {
	t := &table{Caption: "Cases", Filter: true, Grid: true, Head: implementationHead(m, "case")}
	t.Head = slices.Insert(t.Head, 1, column{Text: "wanted"})
	for _, c := range m.Cases {
		name := cell{Text: reports.Escape(c.ID), Note: reports.Escape(c.Title)}
		if hasSection(c) {
			name.Link = anchor(c.ID)
		}
		level := string(c.Level)
		if c.Robustness {
			level += ", robustness"
		}
		r := row{Class: matrixClasses(c), Cells: []cell{name, {Text: reports.Escape(c.Want), Note: level}}}
		for _, answer := range c.Cells {
			r.Cells = append(r.Cells, cell{Text: answer.Word(), Class: standingClass(answer.Standing), Note: matrixNote(answer)})
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// matrixNote is the note of a cell, with a word for what only a colour would
// tell otherwise.
func matrixNote(c reports.MatrixCell) string {
	note := c.Note()
	if c.Standing == reports.StandingWrong {
		return strings.TrimSuffix("wrong; "+note, "; ")
	}
	return note
}

func matrixSections(m *reports.Matrix) []section {
	var all []section
	for _, c := range m.Cases {
		if !hasSection(c) {
			continue
		}
		s := section{
			Class: matrixClasses(c), Anchor: anchor(c.ID), ID: reports.Escape(c.ID), Title: reports.Escape(c.Title),
			Word: string(c.Agreement), WordClass: "word",
			Parts: []part{
				{Label: "want", Lines: []line{{Text: reports.Escape(c.Want)}}},
				{Label: "clause", Lines: []line{{Text: reports.Escape(strings.Join(c.Spec, "; ")), Note: string(c.Level)}}},
			},
		}
		for i, answer := range c.Cells {
			p := part{Label: reports.Escape(m.Implementations[i].Name), Lines: []line{{
				Sign: standingSign(answer.Standing), Text: strings.TrimSpace(answer.Word() + " " + answer.Note()),
			}}}
			if answer.Again != "" {
				p.Lines = append(p.Lines, line{Note: reports.Escape(answer.Again)})
			}
			s.Parts = append(s.Parts, p)
		}
		all = append(all, s)
	}
	return all
}

// standingSign marks a wrong answer in a line.
func standingSign(standing string) string {
	if standing == reports.StandingWrong {
		return "!"
	}
	return ""
}
