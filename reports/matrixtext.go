package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// JSON writes m as JSON.
func (m *Matrix) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(m)
}

// Count returns how many cases have an agreement.
func (m *Matrix) Count(a Agreement) int {
	n := 0
	for _, c := range m.Cases {
		if c.Agreement == a {
			n++
		}
	}
	return n
}

// Line returns the closing line: how many cases have each agreement.
func (m *Matrix) Line() string {
	var parts []string
	for _, a := range Agreements() {
		if n := m.Count(a); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, a))
		}
	}
	return fmt.Sprintf("MATRIX %s, %s: %s", FormatNoun(len(m.Implementations), "implementation"),
		FormatNoun(len(m.Cases), "case"), strings.Join(parts, ", "))
}

// Describe returns the version and language of an implementation, and its
// name if it gives itself another one. It is through [Escape].
func (i MatrixImplementation) Describe() string {
	name := i.Implementation.Name
	if name == i.Name {
		name = ""
	}
	return Escape(strings.Join(strings.Fields(name+" "+i.Implementation.Version+" "+i.Implementation.Language), " "))
}

// JudgedLevels lists the levels whose verdicts can be wrong.
func JudgedLevels() []Level { return Levels()[:len(Levels())-1] }

// totals returns the wrong verdicts of each level as rows of a table: a head
// with the name of the first column, and the implementations as name writes
// them.
func (m *Matrix) totals(first string, name func(string) string) [][]string {
	head := []string{first}
	for _, level := range JudgedLevels() {
		head = append(head, string(level))
	}
	rows := [][]string{append(head, "skipped", "not judged")}
	for _, i := range m.Implementations {
		row := []string{name(i.Name)}
		for _, level := range JudgedLevels() {
			row = append(row, i.Total.Levels[level].Summary())
		}
		rows = append(rows, append(row, fmt.Sprint(i.Total.Skipped), fmt.Sprint(i.Total.Unknown)))
	}
	return rows
}

// Summary returns how many verdicts of a level are wrong, of how many, and how
// many of those are robustness. It is "–" if nothing was judged.
func (n MatrixCount) Summary() string {
	if n.Right+n.Wrong == 0 {
		return "–"
	}
	text := fmt.Sprintf("%d of %d", n.Wrong, n.Right+n.Wrong)
	if n.Robustness > 0 {
		text += fmt.Sprintf(" (%d rob.)", n.Robustness)
	}
	return text
}

// Wrong returns the wrong verdicts of each level, such as "2 must, 1 should".
// It is "·" if all are right and "–" if nothing was judged.
func (t MatrixTally) Wrong() string {
	var parts []string
	judged := 0
	for _, level := range Levels() {
		n := t.Levels[level]
		judged += n.Right + n.Wrong
		if n.Wrong > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.Wrong, level))
		}
	}
	switch {
	case judged == 0:
		return "–"
	case len(parts) == 0:
		return "·"
	}
	return strings.Join(parts, ", ")
}

// MatrixAnswer is an answer to a case with the implementations that gave it,
// as indexes.
type MatrixAnswer struct {
	Standing   string
	Word, Note string // of the cells; Note is through [Escape]
	From       []int
}

// Answers groups the cells of a case: wrong answers first, then right ones,
// then those without a judgement.
func (c MatrixCase) Answers() []MatrixAnswer {
	var all []MatrixAnswer
	for i, cell := range c.Cells {
		at := slices.IndexFunc(all, func(a MatrixAnswer) bool {
			return a.Standing == cell.Standing && a.Word == cell.Word() && a.Note == cell.Note()
		})
		if at < 0 {
			at = len(all)
			all = append(all, MatrixAnswer{Standing: cell.Standing, Word: cell.Word(), Note: cell.Note()})
		}
		all[at].From = append(all[at].From, i)
	}
	order := []string{StandingWrong, StandingRight, StandingUnknown}
	slices.SortStableFunc(all, func(a, b MatrixAnswer) int {
		return slices.Index(order, a.Standing) - slices.Index(order, b.Standing)
	})
	return all
}

// names joins the names of implementations.
func (m *Matrix) names(indexes []int) string {
	var names []string
	for _, i := range indexes {
		names = append(names, Escape(m.Implementations[i].Name))
	}
	return strings.Join(names, ", ")
}

// Text writes m as plain text: the implementations, the wrong verdicts of each
// level and group, the cases in which they disagree or are all wrong with who
// gave which answer, and the behaviour over time. If color is set it uses
// colour.
func (m *Matrix) Text(w io.Writer, color bool) error {
	paint := painter(color)
	var b strings.Builder
	m.textImplementations(&b, paint)
	m.textTotals(&b, paint)
	m.textGroups(&b, paint)
	for _, a := range []Agreement{AgreementNone, AgreementWrong} {
		m.textCases(&b, paint, a)
	}
	m.textBehaviour(&b, paint)
	fmt.Fprintf(&b, "\n%s\n", m.Line())
	_, err := io.WriteString(w, b.String())
	return err
}

func (m *Matrix) textImplementations(b *strings.Builder, paint painter) {
	fmt.Fprintf(b, "%s\n", paint.faint("IMPLEMENTATIONS"))
	for _, i := range m.Implementations {
		fmt.Fprintln(b, strings.TrimRight(Escape(i.Name)+"   "+i.Describe(), " "))
		for _, line := range []struct {
			label, text string
			bad         bool
		}{
			{"set-up", i.Implementation.Setup, false}, {"failed", i.Failure, true},
			{"unused", strings.Join(i.Unused, "; "), true}, {"again", i.Again, false},
		} {
			if line.text == "" {
				continue
			}
			text := Escape(line.text)
			if line.bad {
				text = paint.bad(text)
			}
			fmt.Fprintf(b, "      %s %s\n", line.label, text)
		}
	}
}

func (m *Matrix) textTotals(b *strings.Builder, paint painter) {
	fmt.Fprintf(b, "\n%s\n", paint.faint("WRONG VERDICTS BY LEVEL (rob.: only the issuer's own key can make the token)"))
	writeColumns(b, m.totals("", Escape))
}

// perBlock is how many implementations fit next to each other in text.
const perBlock = 4

func (m *Matrix) textGroups(b *strings.Builder, paint painter) {
	fmt.Fprintf(b, "\n%s\n", paint.faint("WRONG VERDICTS BY GROUP (· none, – nothing judged)"))
	for from := 0; from < len(m.Implementations); from += perBlock {
		to := min(from+perBlock, len(m.Implementations))
		head := []string{""}
		for _, i := range m.Implementations[from:to] {
			head = append(head, Escape(i.Name))
		}
		rows := [][]string{head}
		for _, g := range m.Groups {
			row := []string{Escape(g.Name)}
			for _, t := range g.Tallies[from:to] {
				row = append(row, t.Wrong())
			}
			rows = append(rows, row)
		}
		if from > 0 {
			b.WriteByte('\n')
		}
		writeColumns(b, rows)
	}
}

func (m *Matrix) textCases(b *strings.Builder, paint painter, a Agreement) {
	if m.Count(a) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", paint.faint(strings.ToUpper(string(a))))
	for _, c := range m.Cases {
		if c.Agreement != a {
			continue
		}
		fmt.Fprintf(b, "%-9s %s   %s%s\n          want %s\n", c.Level, Escape(c.ID), Escape(c.Title), c.mark(), shorten(Escape(c.Want)))
		for _, answer := range c.Answers() {
			text := strings.TrimSpace(answer.Word + " " + answer.Note)
			if answer.Standing == StandingWrong {
				text = paint.bad("WRONG ") + text
			}
			fmt.Fprintf(b, "          %s: %s\n", m.names(answer.From), text)
		}
	}
}

// mark marks a case that only a faulty issuer can bring about.
func (c MatrixCase) mark() string {
	if c.Robustness {
		return " [robustness]"
	}
	return ""
}

func (m *Matrix) textBehaviour(b *strings.Builder, paint painter) {
	if len(m.Behaviour) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", paint.faint("BEHAVIOUR OVER TIME (requests for metadata and keys; the deciding answer; its time)"))
	aspect := ""
	for _, o := range m.Behaviour {
		if o.Aspect != aspect {
			fmt.Fprintf(b, "%s\n", o.Aspect)
		}
		aspect = o.Aspect
		fmt.Fprintf(b, "      %s   %s\n", o.Case, Escape(o.Title))
		for i, cell := range o.Cells {
			text := cell.Text()
			if cell.Standing == StandingWrong {
				text = paint.bad("WRONG ") + text
			}
			fmt.Fprintf(b, "          %s: %s\n", Escape(m.Implementations[i].Name), text)
		}
	}
}

// writeColumns writes rows in columns. The first row is their head.
func writeColumns(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += cell + strings.Repeat(" ", widths[i]-len([]rune(cell))+2)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}
