package tui

import (
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
)

// rotationSpan is how much time the rotations show at most.
const rotationSpan = 15 * time.Minute

// viewRotations draws when each key was published and signed, and when the keys
// were fetched, on one axis that ends when the screen was drawn.
func (s *idpScreen) viewRotations(f *frame, w, h int) []string {
	p := pane{title: "rotations", focus: s.below == paneRotations, note: f.theme.muted.s(keyPublished + " published   " + keySigning + " signs   " + keyUnpublished + " signs, not published")}
	label := min(s.idWidth(w/3), 24) + 3
	axis := timeAxis{end: f.now, columns: w - paneEdge - label - 1}
	axis.begin = axis.end.Add(-time.Minute)
	for _, k := range s.snapshot.Keys {
		if len(k.History) > 0 && k.History[0].From.Before(axis.begin) {
			axis.begin = k.History[0].From
		}
	}
	if oldest := axis.end.Add(-rotationSpan); axis.begin.Before(oldest) {
		axis.begin = oldest
	}
	keys := s.snapshot.Keys
	if room := max(h-paneHead-2, 1); len(keys) > room {
		keys = keys[len(keys)-room:]
	}
	for _, k := range keys {
		p.lines = append(p.lines, " "+fitLine(shorten(reports.Escape(k.ID), label-2), label)+
			f.theme.chart.s(axis.draw(func(_ int, at time.Time) string { return stateAt(k, at) })))
	}
	fetched := s.fetched(axis)
	p.lines = append(p.lines, " "+f.theme.muted.s(fitLine("fetches of keys", label))+
		axis.draw(func(column int, _ time.Time) string {
			if fetched[column] {
				return "╵"
			}
			return " "
		}))
	p.lines = append(p.lines, f.theme.muted.s(" "+spaces(label)+ends(axis.begin.Format("15:04:05"), axis.end.Format("15:04:05"), axis.columns)))
	return f.theme.box(p, w, h)
}

// timeAxis divides a time into columns of a screen.
type timeAxis struct {
	begin, end time.Time
	columns    int
}

// step is the time of one column.
func (x timeAxis) step() time.Duration {
	return max(x.end.Sub(x.begin)/time.Duration(max(x.columns, 1)), 1)
}

// draw returns what glyph says about each column, given when that begins.
func (x timeAxis) draw(glyph func(column int, at time.Time) string) string {
	var b strings.Builder
	for i := range x.columns {
		b.WriteString(glyph(i, x.begin.Add(time.Duration(i)*x.step())))
	}
	return b.String()
}

// stateAt draws what a key was at a time.
func stateAt(k IdPKey, at time.Time) string {
	glyph := keyAbsent
	for _, h := range k.History {
		if h.From.After(at) {
			break
		}
		switch {
		case h.State == "signing" && h.InJWKSet:
			glyph = keySigning
		case h.State == "signing":
			glyph = keyUnpublished
		case h.InJWKSet:
			glyph = keyPublished
		default:
			glyph = keyAbsent
		}
	}
	return glyph
}

// fetched says in which columns the JWK Set was requested.
func (s *idpScreen) fetched(axis timeAxis) map[int]bool {
	columns := make(map[int]bool)
	for _, r := range s.snapshot.Requests {
		if r.Keys && !r.At.Before(axis.begin) {
			columns[int(r.At.Sub(axis.begin)/axis.step())] = true
		}
	}
	return columns
}
