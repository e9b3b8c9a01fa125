package reports

import (
	"fmt"
	"io"
	"strings"
)

// Markdown renders a stream as a short page in GitHub's Markdown, for the step
// summary of a CI server or a comment: the totals, what did not pass with the
// command that repeats it, right verdicts with another reason, and skips by
// reason. Long tables are cut and say so. It is a [Handler] that writes
// everything on Close.
type Markdown struct {
	w       io.Writer
	summary Summary
}

// maxMarkdownRows is the most rows of a table of cases.
const maxMarkdownRows = 50

// NewMarkdown returns a Markdown that writes to w.
func NewMarkdown(w io.Writer) *Markdown { return &Markdown{w: w} }

// Handle collects r. It never returns an error.
func (m *Markdown) Handle(r Record) error { return m.summary.Handle(r) }

// Close writes the page.
func (m *Markdown) Close() error {
	var b strings.Builder
	result := "red"
	if m.summary.Green() {
		result = "green"
	}
	fmt.Fprintf(&b, "### %s: %s\n\n%s\n", markdownText(m.summary.Title()), result, markdownText(m.summary.Line()))
	if m.summary.measured() {
		m.measurement(&b)
	} else {
		m.totals(&b)
	}
	if f := m.summary.Footer; f != nil && f.Coverage != nil {
		fmt.Fprintf(&b, "\nRan without state: %s; with state: %s\n", f.Coverage.Stateless, f.Coverage.Stateful)
	}
	m.failures(&b)
	for _, p := range m.summary.Remarks() {
		fmt.Fprintf(&b, "\n%s: %s\n", markdownText(p.Title), markdownText(p.Text))
	}
	markdownTable(&b, "Passed for another reason", "lll", caseRows([]string{"case", "want", "got"}, m.summary.OtherReason, func(c *Case) []string {
		return []string{markdownCode(c.ID), markdownText(Escape(c.Want)), markdownText(Escape(c.Got))}
	}))
	skips := [][]string{{"cases", "reason"}}
	for _, s := range m.summary.Skips() {
		skips = append(skips, []string{fmt.Sprint(s.Count), markdownText(orNoReason(s.Why))})
	}
	markdownTable(&b, "Skipped", "rl", skips)
	if h := m.summary.Header; h != nil {
		if setup := h.Implementation.Setup; setup != "" {
			fmt.Fprintf(&b, "\nSet-up: %s\n", markdownText(Escape(setup)))
		}
		if h.PolicyFile != nil {
			fmt.Fprintf(&b, "\nJudged under %s\n", markdownText(Escape(h.PolicyFile.String())))
		}
		fmt.Fprintf(&b, "\nseed %s, catalogue %s, %s %s, %s/%s\n", markdownCode(h.Seed), markdownCode(h.CatalogueVersion),
			markdownText(Escape(h.Tool)), markdownText(Escape(h.ToolVersion)), markdownText(Escape(h.Host.OS)), markdownText(Escape(h.Host.Arch)))
	}
	_, err := io.WriteString(m.w, b.String())
	return err
}

// totals writes how many cases had each outcome.
func (m *Markdown) totals(b *strings.Builder) {
	rows := [][]string{{"outcome", "cases"}}
	for _, o := range Outcomes() {
		if n := m.summary.Counts[o]; n > 0 {
			rows = append(rows, []string{string(o), fmt.Sprint(n)})
		}
	}
	if n := m.summary.Planned - m.summary.Judged; n > 0 {
		rows = append(rows, []string{"not judged", fmt.Sprint(n)})
	}
	markdownTable(b, "", "lr", rows)
}

// failures writes the cases that did not pass, and what else is wrong.
func (m *Markdown) failures(b *strings.Builder) {
	head := []string{"case", "outcome", "want", "got", "clause", "again"}
	markdownTable(b, "Did not pass", "llllll", caseRows(head, m.summary.Bad, func(c *Case) []string {
		got := c.Got
		if got == "" {
			got = silence(c.Outcome)
		}
		if c.Why != "" {
			got += "; " + c.Why
		}
		return []string{
			markdownCode(c.ID), string(c.Outcome), markdownText(Escape(c.Want)), markdownText(shorten(Escape(got))),
			markdownText(Escape(strings.Join(c.Spec, "; "))) + " (" + string(c.Level) + ")", markdownCode(c.Repeat),
		}
	}))
	for _, p := range m.summary.Problems() {
		if p.Case == nil {
			fmt.Fprintf(b, "\n**%s**: %s\n", markdownText(p.Title), markdownText(p.Text))
		}
	}
}

// caseRows returns a table with a row for each case, cut after
// maxMarkdownRows.
func caseRows(head []string, cases []*Case, row func(*Case) []string) [][]string {
	rows := [][]string{head}
	for i, c := range cases {
		if i == maxMarkdownRows {
			rows = append(rows, append([]string{fmt.Sprintf("… and %d more", len(cases)-i)}, make([]string, len(head)-1)...))
			break
		}
		rows = append(rows, row(c))
	}
	return rows
}

// measurement writes the tables of a benchmark or load.
func (m *Markdown) measurement(b *strings.Builder) {
	for _, table := range m.summary.Tables() {
		rows := append([][]string{table.Head}, table.Rows...)
		for _, row := range rows {
			for i, cell := range row {
				row[i] = markdownText(cell)
			}
		}
		markdownTable(b, "", table.Align, rows)
	}
}

// markdownTable writes a table with a title. A table with only a head is left
// out. Align is that of a [Table].
func markdownTable(b *strings.Builder, title, align string, rows [][]string) {
	if len(rows) < 2 {
		return
	}
	if title != "" {
		fmt.Fprintf(b, "\n#### %s\n", title)
	}
	b.WriteByte('\n')
	for n, row := range rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
		if n == 0 {
			b.WriteString(strings.NewReplacer("l", "| --- ", "r", "| --: ", "s", "| --- ").Replace(align) + "|\n")
		}
	}
}

// markdownText escapes what Markdown and HTML would interpret in a line that is
// through [Escape].
func markdownText(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_{}[]<>#|~&!@$", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// markdownCode returns foreign text as code in a table. Empty text stays empty,
// and a backslash before a bar is not code: no escape works there everywhere.
func markdownCode(s string) string {
	s = Escape(s)
	if s == "" || strings.Contains(s, `\|`) {
		return markdownText(s)
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	space := ""
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		space = " " // Markdown removes it
	}
	return fence + space + strings.ReplaceAll(s, "|", "\\|") + space + fence
}
