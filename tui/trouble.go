package tui

import (
	"context"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// chooseCode opens the list of error codes that have documented causes.
func (a *app) chooseCode() tea.Cmd {
	c := &chooser{title: "which error is it?"}
	for _, code := range a.codes() {
		c.choices = append(c.choices, choice{
			name: reports.Escape(code), help: a.codeHelp(code), pick: func(a *app) tea.Cmd { return a.chooseCause(code) },
		})
	}
	a.overlay = c
	return nil
}

// codes returns the error codes that have documented causes, in their order.
func (a *app) codes() []string {
	var codes []string
	for _, x := range a.engine.Causes() {
		if !slices.Contains(codes, x.Code) {
			codes = append(codes, x.Code)
		}
	}
	return codes
}

func (a *app) codeHelp(code string) string {
	n := 0
	for _, x := range a.engine.Causes() {
		if x.Code == code {
			n++
		}
	}
	help := reports.FormatNoun(n, "cause")
	if ids := a.casesOf(code); len(ids) > 0 {
		help += ", " + reports.FormatNoun(len(ids), "case")
	}
	return help
}

func (a *app) casesOf(code string) []string {
	return a.scenarios.ids(func(r *row) bool { return r.scenario.Code == code })
}

// chooseCause opens the list of the causes of a code, with its cases.
func (a *app) chooseCause(code string) tea.Cmd {
	c := &chooser{title: "why " + reports.Escape(code) + "?", wide: true, back: func(a *app) { a.chooseCode() }}
	for _, x := range a.engine.Causes() {
		if x.Code == code {
			c.choices = append(c.choices, x.choice())
		}
	}
	if ids := a.casesOf(code); len(ids) > 0 {
		cases := reports.FormatNoun(len(ids), "case")
		c.choices = append(c.choices, choice{
			kind: "filter", name: "show the " + cases + " about it", pick: func(a *app) tea.Cmd { return a.filter("code:" + code) },
		}, choice{
			kind: "run", name: "run the " + cases + " about it", pick: func(a *app) tea.Cmd {
				a.filter("code:" + code)
				return a.run(ids, a.seed)
			},
		})
	}
	a.overlay = c
	return nil
}

// choice returns the entry of a list for the cause.
func (x Cause) choice() choice {
	c := choice{
		kind: "live", name: reports.Escape(x.Text), pick: func(a *app) tea.Cmd { return a.reproduce(x) },
	}
	if x.Name == "" {
		c.kind = "read"
		c.pick = func(a *app) tea.Cmd {
			a.overlay = &notice{title: reports.Escape(x.Code), lines: []string{
				reports.Escape(x.Text) + ".", "", reports.Escape(x.Do), "", "It cannot be reproduced here.",
			}}
			return nil
		}
	}
	return c
}

// reproduceArgs returns the codes and the causes that match, for the palette.
func (a *app) reproduceArgs(typed string) []choice {
	var out []choice
	for _, code := range a.codes() {
		out = append(out, choice{
			kind: "code", name: reports.Escape(code), help: a.codeHelp(code), line: "reproduce " + code,
			pick: func(a *app) tea.Cmd { return a.chooseCause(code) },
		})
	}
	for _, x := range a.engine.Causes() {
		if x.Name != "" {
			c := x.choice()
			c.name, c.help, c.line = reports.Escape(x.Name), c.name, "reproduce "+x.Name
			out = append(out, c)
		}
	}
	return rank(out, typed)
}

// reproduction shows a documented cause happen, step by step, over the screen.
type reproduction struct {
	id    int
	cause Cause
	stop  func()

	// The goroutine that reproduces the cause sends its steps, sets result and
	// err, and closes the channel.
	steps  chan reports.ReproductionStep
	result *reports.Reproduction
	err    error

	shown    []reports.ReproductionStep
	ended    bool
	stopping bool

	offset, height int
}

// stepBuffer is how many steps may wait for the screen: more than there are.
const stepBuffer = 64

// reproduce shows a cause and makes it happen.
func (a *app) reproduce(cause Cause) tea.Cmd {
	if a.live != nil {
		return a.toast("a run is in progress: stop it first", true)
	}
	a.reproductions++
	ctx, stop := context.WithCancel(a.ctx)
	r := &reproduction{id: a.reproductions, cause: cause, stop: stop, steps: make(chan reports.ReproductionStep, stepBuffer)}
	a.overlay = r
	engine, ledger := a.engine, a.ledger
	ledger.starts.Add(1)
	return tea.Batch(func() tea.Msg {
		defer ledger.starts.Done()
		defer close(r.steps)
		r.result, r.err = engine.Reproduce(ctx, cause.Name, func(s reports.ReproductionStep) {
			select {
			case r.steps <- s:
			case <-ctx.Done():
			}
		})
		return nil
	}, r.wait())
}

// wait waits for the next step.
func (r *reproduction) wait() tea.Cmd {
	return func() tea.Msg {
		step, ok := <-r.steps
		if !ok {
			return stepMsg{id: r.id}
		}
		return stepMsg{r.id, &step}
	}
}

// reproduced handles a step, unless its overlay is gone.
func (a *app) reproduced(msg stepMsg) tea.Cmd {
	r, ok := a.overlay.(*reproduction)
	if !ok || msg.id != r.id {
		return nil
	}
	if msg.step != nil {
		r.shown = append(r.shown, *msg.step)
		return r.wait()
	}
	r.ended = true
	r.stop()
	return nil
}

func (r *reproduction) pane(t *theme, w, h int) pane {
	w = min(w, 110)
	d := &detailWriter{t: t, w: w}
	d.text("", reports.Escape(r.cause.Text)+".")
	if r.cause.Do != "" {
		d.text(t.muted, reports.Escape(r.cause.Do))
	}
	d.blank()
	d.details((&reports.Reproduction{Steps: r.shown}).Details())
	if r.ended && r.err != nil && !r.stopping {
		d.blank()
		d.text(t.fail, reports.Escape(r.err.Error()))
	}
	p := pane{title: reports.Escape(r.cause.Name), note: r.verdict(t)}
	p.foot = t.muted.s("x stops, esc closes")
	if r.ended {
		p.foot = t.muted.s("r again, y copy the command, esc back")
	}
	r.height = h
	r.offset = p.scroll(d.lines, r.offset, h)
	for i, line := range p.lines {
		p.lines[i] = fitLine(line, w) // it does not grow with the steps
	}
	for len(p.lines) < h {
		p.lines = append(p.lines, spaces(w))
	}
	return p
}

// verdict says how far it is, or how it ended.
func (r *reproduction) verdict(t *theme) string {
	switch {
	case r.stopping && r.ended:
		return t.warn.s("stopped")
	case r.stopping:
		return t.warn.s("stopping")
	case !r.ended:
		return t.accent.s(fmt.Sprintf("step %d", len(r.shown)+1))
	case r.err != nil:
		return t.fail.s("✗ not reproduced")
	case !r.result.OK:
		return t.fail.s("✗ not as documented")
	default:
		return t.pass.s("✓ happens, and the fix helps") + t.muted.s(" in "+reports.FormatMillis(r.result.DurationMillis))
	}
}

func (r *reproduction) update(a *app, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	if act := find(movement(), press); act != actNone {
		r.offset = scroll(act, r.offset, r.height)
		return nil
	}
	switch key := press.String(); {
	case key == "esc" || key == "q":
		r.stop()
		return a.chooseCause(r.cause.Code)
	case key == "x" && !r.ended:
		r.stopping = true
		r.stop()
	case key == "r" && r.ended:
		return a.reproduce(r.cause)
	case key == "y":
		command := "assay reproduce " + r.cause.Name
		return tea.Batch(tea.SetClipboard(command), a.toast("copied "+command, false))
	}
	return nil
}
