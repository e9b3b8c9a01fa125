package tui

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// How a timeline draws a key after a step: absent, in the JWK Set, or signing.
// A signing key that is not in the set has a glyph of its own.
const (
	keyAbsent      = " "
	keyPublished   = "░"
	keySigning     = "█"
	keyUnpublished = "▒"
)

// keyLane is one signing key of a sequence, with its state after each step.
type keyLane struct {
	name   string
	states []string
}

// keyLanes replays the steps that change keys. The first key has no name in
// them.
func keyLanes(steps []reports.Step) []keyLane {
	const first = "k1"
	signing, published, previous := first, []string{first}, []string{first}
	lanes := []keyLane{{name: first}}
	publish := func(names []string) { previous, published = published, names }
	with := func(name string) []string { return append(without(published, name), name) }
	for i, step := range steps {
		do, mode, name := keyChange(step.Do)
		if name != "" && !slices.ContainsFunc(lanes, func(l keyLane) bool { return l.name == name }) {
			lanes = append(lanes, keyLane{name: name, states: slices.Repeat([]string{keyAbsent}, i)})
		}
		switch do + " " + mode {
		case "rotate publish-then-sign":
			publish(with(name))
		case "rotate sign-at-once", "rotate flapping":
			if name != "" {
				publish(with(name))
				signing = name
			}
		case "rotate drop-old", "rotate kid-reuse":
			publish(append(without(published, signing), name))
			signing = name
		case "rotate unpublished":
			signing = name
		case "rotate rollback":
			publish(previous)
		case "promote ":
			signing = name
		case "retire ":
			publish(without(published, name))
		}
		for n := range lanes {
			lanes[n].states = append(lanes[n].states, stateOf(lanes[n].name, signing, published))
		}
	}
	return lanes
}

func stateOf(name, signing string, published []string) string {
	switch in := slices.Contains(published, name); {
	case name == signing && in:
		return keySigning
	case name == signing:
		return keyUnpublished
	case in:
		return keyPublished
	default:
		return keyAbsent
	}
}

// keyChange reads a step that changes keys, in the words of its record: what it
// does, the mode of a rotation, and the name of the key. All are empty for
// another step.
func keyChange(text string) (do, mode, name string) {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ':' || r == ',' })
	words = slices.DeleteFunc(words, func(w string) bool { return w == "mode" })
	switch {
	case len(words) == 2 && (words[0] == "promote" || words[0] == "retire"):
		return words[0], "", words[1]
	case len(words) < 2 || words[0] != "rotate":
		return "", "", ""
	case len(words) == 2 && words[1] != "rollback" && words[1] != "flapping":
		return words[0], words[1], "next key"
	}
	return words[0], words[1], strings.Join(words[2:], " ")
}

func without(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(x string) bool { return x == name })
}

// timeline draws the steps of a sequence on one axis: the state of each key,
// the requests for metadata and keys, and the verdicts. It leaves out what is
// the same throughout, and draws nothing if that is all.
func (d *detailWriter) timeline(steps []reports.Step) {
	lanes := keyLanes(steps)
	label := labelWidth
	for _, l := range lanes {
		label = max(label, ansi.StringWidth(reports.Escape(l.name))+2)
	}
	cell := min((d.w-label)/max(len(steps), 1), 5)
	if len(steps) < 3 || cell < 2 {
		return
	}
	lane := func(name string, draw func(i int) (string, style)) {
		line := d.t.muted.s(fitLine(reports.Escape(name), label))
		for i := range steps {
			text, st := draw(i)
			line += st.s(fitLine(text, cell))
		}
		d.add(line)
	}
	d.blank()
	lane("timeline", func(i int) (string, style) { return strconv.Itoa(i + 1), d.t.muted })
	if len(lanes) > 1 {
		for _, l := range lanes {
			lane(l.name, func(i int) (string, style) { return strings.Repeat(l.states[i], cell), d.t.chart })
		}
		d.hang(label, "", d.t.muted, keyLegend(lanes))
	}
	lane("requests", func(i int) (string, style) {
		if steps[i].Fetches == 0 {
			return "·", d.t.muted
		}
		return strconv.Itoa(steps[i].Fetches), ""
	})
	lane("verdicts", func(i int) (string, style) {
		switch {
		case !steps[i].OK:
			return "✗", d.t.fail
		case steps[i].Got != "":
			return "✓", d.t.pass
		default:
			return "·", d.t.muted
		}
	})
	d.blank()
}

// keyLegend explains the glyphs that the lanes use.
func keyLegend(lanes []keyLane) string {
	var words []string
	for _, g := range []struct{ glyph, meaning string }{
		{keyPublished, "published"}, {keySigning, "signs"}, {keyUnpublished, "signs, not published"},
	} {
		if slices.ContainsFunc(lanes, func(l keyLane) bool { return slices.Contains(l.states, g.glyph) }) {
			words = append(words, g.glyph+" "+g.meaning)
		}
	}
	return strings.Join(words, "   ")
}
