package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// option is one line of a form, which becomes a flag of a command.
type option struct {
	label, flag, help string

	// usual is what the command takes if nothing is typed.
	usual string

	// several values are separated by semicolons. A lamp is on or off. Free text
	// is more flags.
	kind optionKind

	value field
}

type optionKind int

const (
	one optionKind = iota
	several
	lamp
	words
	free
)

// on is the value of a lamp that is on.
const on = "yes"

// form is where the options of a measurement are set before it starts. It is an
// overlay while it is open, and keeps its values.
type form struct {
	title   string
	options []option
	cursor  int
	offset  int
	start   func(*app) tea.Cmd
}

// set changes the value of the option with a label.
func (x *form) set(label, value string) {
	for i := range x.options {
		if x.options[i].label == label {
			x.options[i].value.set(value)
		}
	}
}

// value returns the value of the option with a label, empty if there is none.
func (x *form) value(label string) string {
	for i := range x.options {
		if x.options[i].label == label {
			return strings.TrimSpace(x.options[i].value.text())
		}
	}
	return ""
}

// arguments returns what was typed as arguments of the command, and the flags
// that were typed as such.
func (x *form) arguments() (arguments []string, more string) {
	for i := range x.options {
		o := &x.options[i]
		text := strings.TrimSpace(o.value.text())
		switch {
		case text == "":
		case o.kind == lamp:
			arguments = append(arguments, o.flag)
		case o.kind == free:
			more = text
		case o.kind == words:
			for word := range strings.SplitSeq(text, ",") {
				arguments = append(arguments, strings.TrimSpace(word))
			}
		case o.kind == several:
			for one := range strings.SplitSeq(text, ";") {
				if one = strings.TrimSpace(one); one != "" {
					arguments = append(arguments, o.flag, one)
				}
			}
		default:
			arguments = append(arguments, o.flag, text)
		}
	}
	return arguments, more
}

// changed lists the options that were set, in words.
func (x *form) changed() []string {
	var list []string
	for i := range x.options {
		if o := &x.options[i]; o.value.text() != "" {
			text := o.label
			if o.kind != lamp {
				text += " " + reports.Escape(o.value.text())
			}
			list = append(list, text)
		}
	}
	return list
}

func (x *form) pane(t *theme, w, h int) pane {
	const label = 16
	w = min(w, 96)
	p := pane{title: x.title, foot: t.muted.s("enter starts, tab next, esc closes")}
	rows := max(h-2, 1)
	x.offset = follow(x.offset, x.cursor, len(x.options), rows)
	for i := x.offset; i < min(x.offset+rows, len(x.options)); i++ {
		o := &x.options[i]
		mark, name := "  ", t.muted.s(fitLine(o.label, label))
		value := t.muted.s(cut(o.usual, w-label-2))
		switch {
		case o.kind == lamp && o.value.text() == on:
			value = "[x]"
		case o.kind == lamp:
			value = "[ ]"
		case i == x.cursor:
			value = o.value.view(t, w-label-2)
		case o.value.text() != "":
			value = cut(reports.Escape(o.value.text()), w-label-2)
		}
		if i == x.cursor {
			mark, name = t.prompt.s("> "), t.title.s(fitLine(o.label, label))
		}
		p.lines = append(p.lines, fitLine(mark+name+value, w))
	}
	p.lines = append(p.lines, "", t.muted.s(cut(x.options[x.cursor].help, w)))
	return p
}

func (x *form) update(a *app, msg tea.Msg) tea.Cmd {
	o := &x.options[x.cursor]
	if press, ok := msg.(tea.KeyPressMsg); ok {
		switch press.String() {
		case "esc":
			a.overlay = nil
			return a.estimate()
		case "enter":
			a.overlay = nil
			return x.start(a)
		case "up", "shift+tab", "ctrl+p":
			x.cursor = (x.cursor + len(x.options) - 1) % len(x.options)
			return nil
		case "down", "tab", "ctrl+n":
			x.cursor = (x.cursor + 1) % len(x.options)
			return nil
		}
		if o.kind == lamp {
			if press.String() == "space" || press.String() == "x" {
				o.value.set(map[string]string{"": on, on: ""}[o.value.text()])
			}
			return nil
		}
	}
	if o.kind != lamp {
		o.value.update(msg)
	}
	return nil
}
