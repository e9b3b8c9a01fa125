package reports

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes m as a page in GitHub's Markdown. Long tables are cut and say
// so.
func (m *Matrix) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n", markdownText(m.Line()))
	rows := [][]string{{"implementation", "version", "set-up", "note", "again"}}
	for _, i := range m.Implementations {
		note := i.Failure
		if len(i.Unused) > 0 {
			note = "unused expectations: " + strings.Join(i.Unused, "; ")
		}
		rows = append(rows, []string{
			markdownText(Escape(i.Name)), markdownText(i.Describe()), markdownText(Escape(i.Implementation.Setup)), markdownText(shorten(Escape(note))), markdownCode(i.Again),
		})
	}
	markdownTable(&b, "Implementations", "lllll", rows)
	m.markdownTotals(&b)
	m.markdownGroups(&b)
	for _, a := range []Agreement{AgreementNone, AgreementWrong} {
		m.markdownCases(&b, a)
	}
	m.markdownBehaviour(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (m *Matrix) markdownTotals(b *strings.Builder) {
	name := func(s string) string { return markdownText(Escape(s)) }
	markdownTable(b, "Levels", "lrrrrrr", m.totals("wrong verdicts", name))
	b.WriteString("\nrob. is robustness: only the issuer's own key can make the token, so a failure helps no attacker.\n")
}

// head returns the names of the implementations after a first column.
func (m *Matrix) head(first ...string) []string {
	for _, i := range m.Implementations {
		first = append(first, markdownText(Escape(i.Name)))
	}
	return first
}

func (m *Matrix) markdownGroups(b *strings.Builder) {
	rows := [][]string{m.head("wrong verdicts")}
	for _, g := range m.Groups {
		row := []string{markdownText(Escape(g.Name))}
		for _, t := range g.Tallies {
			row = append(row, t.Wrong())
		}
		rows = append(rows, row)
	}
	markdownTable(b, "Groups", strings.Repeat("l", len(m.Implementations)+1), rows)
}

func (m *Matrix) markdownCases(b *strings.Builder, a Agreement) {
	rows := [][]string{{"case", "level", "want", "answers"}}
	n := 0
	for _, c := range m.Cases {
		if c.Agreement != a {
			continue
		}
		if n++; n > maxMarkdownRows {
			continue
		}
		var answers []string
		for _, answer := range c.Answers() {
			text := markdownText(m.names(answer.From) + ": " + strings.TrimSpace(answer.Word+" "+answer.Note))
			if answer.Standing == StandingWrong {
				text = "**wrong** " + text
			}
			answers = append(answers, text)
		}
		rows = append(rows, []string{
			markdownCode(c.ID) + " " + markdownText(Escape(c.Title)+c.mark()), string(c.Level),
			markdownText(shorten(Escape(c.Want))), strings.Join(answers, "<br>"),
		})
	}
	if n > maxMarkdownRows {
		rows = append(rows, []string{fmt.Sprintf("… and %d more", n-maxMarkdownRows), "", "", ""})
	}
	markdownTable(b, string(a), "llll", rows)
}

func (m *Matrix) markdownBehaviour(b *strings.Builder) {
	rows := [][]string{m.head("behaviour over time", "case")}
	for _, o := range m.Behaviour {
		row := []string{o.Aspect, markdownCode(o.Case) + " " + markdownText(Escape(o.Title))}
		for _, cell := range o.Cells {
			text := markdownText(cell.Text())
			if cell.Standing == StandingWrong {
				text = "**wrong** " + text
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	markdownTable(b, "Behaviour over time", strings.Repeat("l", len(m.Implementations)+2), rows)
}
