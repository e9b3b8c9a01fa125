package tui

import (
	"fmt"
	"slices"

	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// decoyState is the state of a key that is published and never signs.
const decoyState = "decoy"

// viewKeys draws the keys of the environment in short. Without room for all,
// those that never sign are left out first, and then the oldest.
func (s *idpScreen) viewKeys(f *frame, w, h int) []string {
	p := pane{title: "keys", note: s.setNote(), foot: s.clientNote()}
	const others = 1 + 2 + 1 + 6 + 1 + 10 + 1 + 9 + 1 + len("published") + 1
	idWidth := s.idWidth(w - paneEdge - others)
	line := func(glyph, id, alg, state, since, set string, st style) string {
		return " " + st.s(fitLine(glyph, 2)) + fitLine(shorten(id, idWidth), idWidth) + " " +
			fitLine(alg, 6) + " " + st.s(fitLine(state, 10)) + " " + fitLine(since, 9) + " " + set
	}
	if w < narrowWidth {
		idWidth = s.idWidth(w - paneEdge - len("   announced "))
		line = func(glyph, id, _, state, _, _ string, st style) string {
			return " " + st.s(fitLine(glyph, 2)) + fitLine(shorten(id, idWidth), idWidth) + " " + st.s(state)
		}
	}
	p.lines = []string{f.theme.muted.s(ansi.Strip(line("", "kid", "alg", "state", "since", "JWK Set", "")))}
	keys, room := s.allKeys(), max(h-3, 0)
	if left := len(keys) - room; left > 0 {
		p.foot = f.theme.muted.s(fmt.Sprintf("%d more: tab shows all keys", left))
		keys = keys[:max(room, len(s.snapshot.Keys))]
		keys = keys[len(keys)-room:]
	}
	for _, k := range keys {
		glyph, st := keyLook(f.theme, k)
		set := "absent"
		if k.InJWKSet {
			set = "published"
		}
		p.lines = append(p.lines,
			line(glyph, reports.Escape(k.ID), reports.Escape(k.Alg), reports.Escape(k.State), sinceOf(k), set, st))
	}
	return f.theme.box(p, w, h)
}

// viewAllKeys draws every key with what it means to a verifier.
func (s *idpScreen) viewAllKeys(f *frame, w, h int) []string {
	p := pane{title: "all keys", focus: true, note: s.setNote()}
	idWidth := s.idWidth(w / 4)
	line := func(glyph, id, alg, state, since string, st style) string {
		line := " " + st.s(fitLine(glyph, 2)) + fitLine(shorten(id, idWidth), idWidth) + " "
		if w >= narrowWidth {
			line += fitLine(alg, len("RSA-OAEP-256")) + " "
		}
		line += st.s(fitLine(state, len("announced"))) + " "
		if w >= wideWidth {
			line += fitLine(since, 8) + " "
		}
		return line
	}
	head := f.theme.muted.s(ansi.Strip(line("", "kid", "alg", "state", "since", "")) + "what a verifier makes of it")
	var lines []string
	for _, k := range s.allKeys() {
		glyph, st := keyLook(f.theme, k)
		lines = append(lines, line(glyph, reports.Escape(k.ID), reports.Escape(k.Alg), reports.Escape(k.State), sinceOf(k), st)+
			reports.Escape(meaning(k)))
	}
	s.pageHeight = h - paneHead - 1
	s.offset = p.scroll(lines, s.offset, s.pageHeight)
	p.lines = append([]string{head}, p.lines...)
	return f.theme.box(p, w, h)
}

// allKeys returns the keys that have signed or may sign, oldest first, and then
// those that never do.
func (s *idpScreen) allKeys() []IdPKey { return slices.Concat(s.snapshot.Keys, s.snapshot.Decoys) }

func keyLook(t *theme, k IdPKey) (glyph string, st style) {
	switch k.State {
	case "signing":
		return "●", t.pass
	case "retired":
		return "–", t.muted
	case decoyState:
		return "×", t.muted
	}
	return "○", t.accent
}

// sinceOf returns when a key entered its state. A decoy has always had it.
func sinceOf(k IdPKey) string {
	if k.Since.IsZero() {
		return ""
	}
	return k.Since.Format("15:04:05")
}

// meaning says what a key is to a verifier.
func meaning(k IdPKey) string {
	switch {
	case k.State == decoyState:
		return "never signs: " + k.Kind
	case k.State == "signing" && k.InJWKSet:
		return "signs new tokens"
	case k.State == "signing":
		return "signs new tokens, and cannot be found"
	case k.State == "announced" && k.InJWKSet:
		return "standby: published before it signs"
	case k.InJWKSet:
		return "its tokens still verify"
	default:
		return "not in the set: its tokens fail"
	}
}

// setNote says how many keys a verifier finds in the JWK Set.
func (s *idpScreen) setNote() string {
	n := 0
	for _, k := range s.allKeys() {
		if k.InJWKSet {
			n++
		}
	}
	note := reports.FormatNoun(n, "key") + " in the JWK Set"
	if decoys := len(s.snapshot.Decoys); decoys > 0 {
		note += fmt.Sprintf(", %d of which never sign", decoys)
	}
	return note
}

// clientNote names the first client, and says how many others there are.
func (s *idpScreen) clientNote() string {
	clients := s.snapshot.Clients
	if len(clients) == 0 {
		return ""
	}
	note := "client " + clients[0].called()
	if n := len(clients) - 1; n > 0 {
		note += fmt.Sprintf(" and %d more", n)
	}
	return note
}

// called returns the name of a client with its ID.
func (c IdPClient) called() string {
	if c.Name == "" || c.Name == c.ID {
		return reports.Escape(c.ID)
	}
	return reports.Escape(c.Name) + " " + reports.Escape(c.ID)
}

// idWidth returns the width of the column of key IDs: that of the longest, but
// at most room.
func (s *idpScreen) idWidth(room int) int {
	longest := len("kid")
	for _, k := range s.allKeys() {
		longest = max(longest, ansi.StringWidth(reports.Escape(k.ID)))
	}
	return max(min(longest, room), 4)
}
