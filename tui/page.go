package tui

import tea "charm.land/bubbletea/v2"

// page is a text that can be scrolled, and something in it that can be copied.
type page struct {
	title              string
	lines              []string
	copyText, copyWhat string
	offset, height     int
}

func (p *page) pane(t *theme, w, h int) pane {
	p.height = h
	lines := wrapAll(p.lines, min(w, 100))
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
