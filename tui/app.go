package tui

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// app is the one model. Its methods run on the event loop only.
type app struct {
	engine Engine
	idp    IdP             // nil until it is there
	asked  bool            // the engine has been asked for it
	ctx    context.Context // ends with the session; parent of every run's context
	ledger *ledger
	now    func() time.Time
	after  func(time.Duration, tea.Msg) tea.Cmd

	w, h    int
	look    appearance
	theme   *theme
	split   int // share of the first pane in thousandths, 0 is the usual one
	zones   zones
	pointer pointer
	keeper  *keeper

	screens        []screen // in the order of the tabs
	screen         screen   // the one that is shown
	scenarios      *scenarios
	bench          *bench
	load           *load
	idpScreen      *idpScreen
	tokenLab       *tokenLab
	zoom           bool
	overlay        overlay
	prompt         *prompt
	implementation string
	seed           string
	next           conditions
	first          string // command to start at once, as in [Options.Start]
	recordings     []*reports.Recording
	entered        histories  // what was typed into fields
	reproductions  int        // the number of the latest one
	saved          []SavedRun // for the palette, as of when it was opened

	live    *live
	runs    int // the number of the latest run
	elapsed time.Duration
	looked  time.Time // when the mock environment was last queried
	looking bool      // waiting for its answer
	ticking bool

	cost cost // of drawing while something is measured

	greeting  string // a toast at the start
	toastText string
	toastBad  bool
	toastID   int

	quitting    bool
	interrupted bool
	patience    time.Duration // how long to wait for a live run when quitting
	fatal       error

	dirty bool
	cache string
}

func newApp(ctx context.Context, engine Engine, opts Options) *app {
	a := &app{
		engine: engine, ctx: ctx, ledger: &ledger{},
		now: opts.Now, after: after,
		look:      newAppearance(opts.Theme, opts.Env),
		scenarios: newScenarios(), bench: newBench(), load: newLoad(), idpScreen: newIdPScreen(), tokenLab: &tokenLab{},
		cost:           cost{cpu: opts.CPU},
		implementation: opts.Implementation, seed: opts.Seed, first: opts.Start, recordings: opts.Recordings, greeting: opts.Notice,
		entered: make(histories), patience: quitPatience, dirty: true,
		pointer: pointer{on: !opts.NoMouse}, keeper: &keeper{write: opts.Remember},
	}
	if all := engine.Implementations(); a.implementation == "" && len(all) > 0 {
		a.implementation = all[0].Name
	}
	a.screens = []screen{a.scenarios, a.bench, a.idpScreen, a.tokenLab, a.load}
	a.screen = a.screenOf(a.first)
	if n := len(a.recordings); n > 0 {
		a.screen = a.screenOf(a.recordings[n-1].Header.Command)
	}
	a.recall(opts.Memory)
	a.restyle()
	return a
}

func (a *app) restyle() { a.theme = a.look.theme() }

// restyleAs changes the theme and says so, unless it stays the same.
func (a *app) restyleAs(x appearance) tea.Cmd {
	if x.chosen == a.look.chosen {
		return a.toast("this terminal has no other theme", true)
	}
	a.look = x
	a.restyle()
	return tea.Batch(a.toast("theme "+x.chosen, false), a.remember(func(m *Memory) { m.Theme = x.chosen }))
}

// Init queries the background colour, which the terminal answers with a
// message or not at all, and opens the catalogue after the first frame.
func (a *app) Init() tea.Cmd {
	cmds := []tea.Cmd{tea.RequestBackgroundColor, openCatalogue(a.engine)}
	if a.greeting != "" {
		cmds = append(cmds, a.toast(a.greeting, true))
	}
	return tea.Batch(cmds...)
}

// opened shows the catalogue and starts the command of [Options.Start].
func (a *app) opened(msg catalogueMsg) tea.Cmd {
	if msg.err != nil {
		a.fatal = msg.err
		return tea.Quit
	}
	a.scenarios.fill(msg.scenarios)
	if n := len(a.recordings); n > 0 {
		a.showRecording(a.recordings[n-1])
		if n > 1 && a.screenOf(a.recordings[n-2].Header.Command) == a.screen {
			return a.compareWith(a.recordings[n-2])
		}
	}
	switch a.first {
	case reports.CommandRun:
		return a.run(a.scenarios.shown(), a.seed)
	case reports.CommandBench:
		return a.measure(a.bench)
	case reports.CommandLoad:
		return a.measure(a.load)
	}
	return nil
}

// screenOf returns the screen that shows what a command does.
func (a *app) screenOf(command string) screen {
	switch command {
	case reports.CommandBench:
		return a.bench
	case reports.CommandLoad:
		return a.load
	}
	return a.scenarios
}

// environment handles the answer to openIdP.
func (a *app) environment(msg idpMsg) tea.Cmd {
	a.idpScreen.starting = false
	if msg.err != nil {
		a.showError("there is no mock environment", msg.err)
		return nil
	}
	a.idp = msg.idp
	return tea.Batch(a.refresh(), a.tick())
}

// Update handles one message. It does no I/O and never waits.
func (a *app) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if batch, ok := msg.(recordsMsg); ok {
		// The next tick draws them, so that a fast run costs no extra frames.
		return a, a.records(batch)
	}
	before := a.dirty
	a.dirty = true
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		// A terminal can claim any size; what it shows costs time to draw.
		a.w, a.h = min(msg.Width, maxWidth), min(msg.Height, maxHeight)
	case tea.ColorProfileMsg:
		a.look.profile = msg.Profile
		a.restyle()
	case tea.BackgroundColorMsg:
		a.look.background = msg.Color
		a.restyle()
	case tea.KeyPressMsg:
		return a, a.press(msg)
	case tea.PasteMsg:
		return a, a.typed(msg)
	case frameMsg:
		a.ticking, a.dirty = false, before || a.live != nil && !a.live.paused()
		return a, a.frame()
	case catalogueMsg:
		return a, a.opened(msg)
	case idpMsg:
		return a, a.environment(msg)
	case estimateMsg:
		a.bench.takes, a.bench.wrong = msg.takes, msg.err
	case examinedMsg:
		return a, a.tokenLab.examined(a, msg)
	case opinionsMsg:
		return a, a.tokenLab.answered(a, msg)
	case savedMsg:
		return a, a.listRuns(msg)
	case checkupMsg:
		return a, a.showCheckup(msg)
	case loadMsg:
		return a, a.prepareLoad(msg)
	case commandMsg:
		return a, a.copyCommand(msg)
	case writtenMsg:
		return a, a.showWritten(msg)
	case selectedMsg:
		return a, a.marking(msg)
	case runMsg:
		return a, a.showRun(msg)
	case paletteMsg:
		a.fillPalette(msg)
	case stepMsg:
		return a, a.reproduced(msg)
	case startedMsg:
		return a, a.started(msg)
	case snapshotMsg:
		a.looking = false
		a.dirty = a.idpScreen.update(msg.snapshot) || before
	case changedMsg:
		return a, a.changed(msg)
	case tea.MouseMsg:
		a.dirty = before
		return a, a.mouse(msg)
	case pointerMsg:
		a.dirty, a.pointer.waiting = before, false
		a.moved()
	case rememberedMsg:
		a.dirty = before
		return a, a.remembered(msg)
	case toastExpiredMsg:
		if msg.id == a.toastID {
			a.toastText = ""
		}
	case quitDeadlineMsg:
		a.patience = 0
		return a, tea.Quit
	default:
		a.dirty = before
	}
	return a, nil
}

// press routes a key: first ctrl+c, then the overlay, the text field, the
// keys of the screen, and the global keys.
func (a *app) press(msg tea.KeyPressMsg) tea.Cmd {
	if msg.String() == "ctrl+c" {
		return a.interrupt()
	}
	if a.overlay != nil || a.prompt != nil {
		cmd := a.typed(msg)
		if msg.Code == tea.KeyEnter {
			// What was typed has been entered.
			cmd = tea.Batch(cmd, a.remember(func(*Memory) {}))
		}
		return cmd
	}
	return a.do(find(a.bindings(), msg))
}

// typed passes a key or a paste to the overlay or the text field.
func (a *app) typed(msg tea.Msg) tea.Cmd {
	switch {
	case a.overlay != nil:
		return a.overlay.update(a, msg)
	case a.prompt != nil:
		return a.prompt.update(a, msg)
	case a.screen == screen(a.tokenLab):
		if paste, ok := msg.(tea.PasteMsg); ok {
			return a.tokenLab.paste(a, strings.TrimSpace(paste.Content))
		}
	}
	return nil
}

// frame advances the clock on the screen and schedules the next tick if there
// is something to follow.
func (a *app) frame() tea.Cmd {
	if a.live != nil {
		now := a.now()
		a.elapsed = now.Sub(a.live.started)
		a.cost.look(now)
	}
	return tea.Batch(a.refresh(), a.tick())
}

// refresh queries the state of the mock environment if its screen is shown and
// the last answer is old.
func (a *app) refresh() tea.Cmd {
	now := a.now()
	if a.screen != screen(a.idpScreen) || a.idp == nil || a.looking || now.Sub(a.looked) < idlePeriod {
		return nil
	}
	a.looked, a.looking = now, true
	return takeSnapshot(a.idp)
}

// tick schedules the next tick, of which there is at most one. Nothing ticks
// while nothing can change.
func (a *app) tick() tea.Cmd {
	period := framePeriod
	switch {
	case a.ticking:
		return nil
	case a.live != nil && !a.live.paused():
		period = a.live.period()
	case a.screen == screen(a.idpScreen) && a.idp != nil:
		period = idlePeriod
	default:
		return nil
	}
	a.ticking = true
	return a.after(period, frameMsg{})
}

// show changes the screen.
func (a *app) show(s screen) tea.Cmd {
	if s != a.screen {
		a.toastText = "" // it was about the screen before
	}
	a.screen, a.zoom = s, false
	if s == screen(a.idpScreen) && !a.asked {
		a.asked, a.idpScreen.starting = true, true
		return openIdP(a.engine)
	}
	return tea.Batch(a.refresh(), a.estimate(), a.tick())
}

// toast shows text in the last row for a while.
func (a *app) toast(text string, bad bool) tea.Cmd {
	a.toastID++
	a.toastText, a.toastBad = text, bad
	return a.after(toastPeriod, toastExpiredMsg{a.toastID})
}

// changed looks at the mock environment at once after a change.
func (a *app) changed(msg changedMsg) tea.Cmd {
	if msg.err != nil {
		a.showError("not changed", msg.err)
		return nil
	}
	a.looked = time.Time{}
	return tea.Batch(a.toast(msg.done, false), a.refresh())
}

// interrupt handles ctrl+c: the first stops the live run and quits, the
// second quits at once.
func (a *app) interrupt() tea.Cmd {
	if a.quitting {
		a.patience = 0
		return tea.Quit
	}
	return a.quit()
}

// quit stops the live run, waits for it at most quitPatience, and ends the
// program.
func (a *app) quit() tea.Cmd {
	if a.live == nil {
		return tea.Quit
	}
	a.quitting, a.interrupted = true, true
	a.stop()
	return a.after(quitPatience, quitDeadlineMsg{})
}
