package tui

import (
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// page is a text that can be scrolled, and something in it that can be copied.
type page struct {
	title              string
	rows               []pageRow
	copyText, copyWhat string
	offset, height     int
}

// pageRow is a text with a label. Without either it is an empty line. Mark is
// how a checkup judges the text, empty if nothing is judged.
type pageRow struct{ label, text, mark string }

// draw returns the rows as lines of at most w cells.
func (p *page) draw(t *theme, w int) []string {
	d := &detailWriter{t: t, w: w}
	indent := 0
	for _, r := range p.rows {
		indent = max(indent, ansi.StringWidth(r.label)+2)
	}
	styles := map[string]style{"pass": t.pass, "warn": t.warn, "fail": t.fail}
	for _, r := range p.rows {
		if r.text == "" {
			d.blank()
			continue
		}
		head, column := "", indent
		if r.mark != "" {
			head, column = styles[r.mark].s(fitLine(r.mark, 6)), indent+6
		}
		d.hang(column, head+t.muted.s(fitLine(r.label, indent)), "", r.text)
	}
	return d.lines
}

func (p *page) pane(t *theme, w, h int) pane {
	p.height = h
	lines := p.draw(t, min(w, 100))
	foot := "esc closes"
	if p.copyText != "" {
		foot = "y copies " + p.copyWhat + ", " + foot
	}
	if len(lines) > h {
		foot = "j k scroll, " + foot
	}
	out := pane{title: p.title, foot: t.muted.s(foot)}
	p.offset = out.scroll(lines, p.offset, h)
	return out
}

func (p *page) update(a *app, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	if act := find(movement(), press); act != actNone {
		p.offset = scroll(act, p.offset, p.height)
		return nil
	}
	a.overlay = nil
	if press.String() == "y" && p.copyText != "" {
		return a.copyText(p.copyText, p.copyWhat)
	}
	return nil
}
