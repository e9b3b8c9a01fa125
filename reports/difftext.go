package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// JSON writes d as JSON.
func (d *Difference) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(d)
}

// Line returns the closing line: how many cases have each change.
func (d *Difference) Line() string {
	var parts []string
	for _, c := range Changes() {
		if n := d.Count(c); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, c))
		}
	}
	return "DIFF " + strings.Join(append(parts, fmt.Sprintf("%d the same", d.Same)), ", ")
}

// Text writes d as plain text, a line or two for each case. If color is set it
// uses colour.
func (d *Difference) Text(w io.Writer, color bool) error {
	paint := painter(color)
	var b strings.Builder
	fmt.Fprintf(&b, "OLD    %s\nNEW    %s\n", d.Old.line(), d.New.line())
	last := Change("")
	for _, c := range d.Cases {
		if c.Change != last {
			b.WriteByte('\n')
		}
		last = c.Change
		word := fmt.Sprintf("%-6s", strings.ToUpper(string(c.Change)))
		switch c.Change {
		case ChangeWorse:
			word = paint.bad(word)
		case ChangeBetter:
			word = paint.good(word)
		}
		fmt.Fprintf(&b, "%s %s   %s\n", word, Escape(c.ID), c.became())
		if c.Change == ChangeWorse {
			fmt.Fprintf(&b, "       %s\n       want %s, got %s\n", Escape(c.Title), Escape(c.Want), shorten(Escape(c.Got)))
			if c.Repeat != "" {
				fmt.Fprintf(&b, "       again %s\n", Escape(c.Repeat))
			}
		}
	}
	fmt.Fprintf(&b, "\n%s\n", d.Line())
	_, err := io.WriteString(w, b.String())
	return err
}

// Markdown writes d as a page for a comment. Long tables are cut and say so.
func (d *Difference) Markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n- old: %s\n- new: %s\n", markdownText(d.Line()), markdownText(d.Old.line()), markdownText(d.New.line()))
	for _, change := range Changes() {
		rows := [][]string{{"case", "outcome", "want", "got", "again"}}
		for _, c := range d.Cases {
			if c.Change != change {
				continue
			}
			if len(rows) > maxMarkdownRows {
				rows = append(rows, []string{fmt.Sprintf("… and %d more", d.Count(change)-maxMarkdownRows), "", "", "", ""})
				break
			}
			rows = append(rows, []string{
				markdownCode(c.ID), markdownText(c.became()), markdownText(Escape(c.Want)),
				markdownText(shorten(Escape(c.Got))), markdownCode(c.Repeat),
			})
		}
		markdownTable(&b, string(change), "lllll", rows)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// became returns the old and the new outcome.
func (c *CaseDiff) became() string {
	switch c.Change {
	case ChangeNew:
		return Escape(c.New)
	case ChangeGone:
		return "was " + Escape(c.Old)
	}
	return Escape(c.Old) + " -> " + Escape(c.New)
}

// line names a run.
func (s *DiffSide) line() string {
	line := fmt.Sprintf("%s: %s, catalogue %s, seed %s", Escape(s.Name),
		Escape(strings.TrimSpace(s.Implementation.Name+" "+s.Implementation.Version)), Escape(s.Catalogue), Escape(s.Seed))
	if s.Incomplete {
		line += ", INCOMPLETE"
	}
	return line
}
