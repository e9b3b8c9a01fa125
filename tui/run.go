package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"

	"github.com/assay-id/assay/reports"
)

// maxFPS is how many times a second Bubble Tea writes to the terminal at
// most. It bounds how long a key waits for its effect, 25 ms. An idle screen is
// not written, but looking for changes costs 0.014 % of a core for each: 60 of
// them, and a screen that shows a benchmark, took more than one percent.
const maxFPS = 40

// Options configure [Run]. The zero value uses the terminal of the process
// and starts no run.
type Options struct {
	// Input and Output are the terminal. Nil means standard input and output.
	Input  io.Reader
	Output io.Writer

	// Env is the environment, as os.Environ returns it. Nil means that of the
	// process. TERM, COLORTERM, NO_COLOR and the locale determine colours and
	// characters.
	Env []string

	// Width and Height are the size in cells if Output is not a terminal.
	// That is allowed only with both above zero.
	Width, Height int

	// Profile overrides the colours that the terminal supports. Zero means to
	// detect them from the environment.
	Profile colorprofile.Profile

	// Theme is one of [Themes]. Empty means that of Memory, or ThemeAuto. It
	// never has more colours than the terminal.
	Theme string

	// NoMouse leaves the mouse to the terminal until the user asks for it.
	NoMouse bool

	// Memory is what the last session left. Theme wins over the theme in it.
	Memory Memory

	// Remember keeps something for the next session. It is called from
	// commands, one at a time. Nil keeps nothing.
	Remember func(Memory) error

	// Notice is shown for a moment at the start.
	Notice string

	// Now is the clock. Nil means time.Now.
	Now func() time.Time

	// Implementation is selected at the start. Empty means the first one.
	Implementation string

	// Seed is used for every run. Empty leaves the choice to the engine; a
	// rerun then uses the seed of the run before.
	Seed string

	// Recordings are shown at the start: the last one, compared with the one
	// before it if there are two.
	Recordings []*reports.Recording

	// CPU returns the CPU time that this process has used. While something is
	// measured the screen shows what it takes itself. Nil shows nothing.
	CPU func() (time.Duration, error)

	// Start is reports.CommandRun, reports.CommandBench or reports.CommandLoad, to
	// start it at once. Empty starts nothing.
	Start string
}

// Result is the outcome of a session.
type Result struct {
	// Runs are the latest runs and benchmarks, oldest first. A session keeps
	// the last two: an engine that wants all records them.
	Runs []Recording

	// Interrupted is set if a signal ended the program, or if a run was in
	// progress when the user quit.
	Interrupted bool
}

// ErrNoTerminal is returned by [Run] if there is no terminal that can show a
// UI. The plain renderer of package reports shows the same records as text.
var ErrNoTerminal = errors.New("no terminal that can show the UI")

// Run shows the UI until the user quits, ctx ends, or the process gets
// SIGHUP, SIGTERM or SIGINT. It returns the runs so far, even with an error.
// The terminal is always restored, also by SIGQUIT, which then prints all
// goroutines and ends the process.
//
// A live run is stopped, and Run waits for it for at most two seconds. Errors
// that a caller can tell apart: [ErrNoTerminal], a [*PanicError] of a stream,
// and the cause of ctx.
func Run(ctx context.Context, engine Engine, opts Options) (Result, error) {
	opts = opts.withDefaults()
	if err := opts.usable(); err != nil {
		return Result{}, err
	}
	// Bubble Tea ignores SIGHUP, and a terminal that is attached again would
	// still show the alternate screen. So all signals are handled here.
	signalled, stop := signal.NotifyContext(ctx, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	runs, cancel := context.WithCancel(signalled)
	defer cancel()

	a := newApp(runs, engine, opts)
	options := []tea.ProgramOption{
		tea.WithoutSignalHandler(), tea.WithFPS(maxFPS),
		tea.WithInput(opts.Input), tea.WithOutput(opts.Output), tea.WithEnvironment(opts.Env),
	}
	if opts.sized() {
		options = append(options, tea.WithWindowSize(opts.Width, opts.Height))
	}
	if opts.Profile != colorprofile.Unknown {
		options = append(options, tea.WithColorProfile(opts.Profile))
	}
	program := tea.NewProgram(a, options...)
	// Not WithContext: that kills the program, which closes the input while
	// it is being read, a data race in Bubble Tea.
	quit := context.AfterFunc(signalled, program.Quit)
	restore := keepTitle(opts.Output)
	stopDump := dumpOnQuit(program, restore)
	_, err := program.Run()
	stopDump()
	restore()
	quit()

	cancel()
	a.ledger.wait(max(a.patience, leastPatience))
	result := Result{
		Runs:        a.ledger.recordings(),
		Interrupted: a.interrupted || a.live != nil || signalled.Err() != nil,
	}
	return result, a.verdict(ctx, err)
}

// verdict returns the error of [Run] for how the program ended. A signal is
// not an error: the result reports it.
func (a *app) verdict(ctx context.Context, err error) error {
	switch {
	case a.fatal != nil:
		return a.fatal
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("terminal: %w", err)
	default:
		return nil
	}
}

func (o Options) withDefaults() Options {
	if o.Input == nil {
		o.Input = os.Stdin
	}
	if o.Output == nil {
		o.Output = os.Stdout
	}
	if o.Env == nil {
		o.Env = os.Environ()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// sized reports whether the caller gave a size, in which case Output need not
// be a terminal.
func (o Options) sized() bool { return o.Width > 0 && o.Height > 0 }

// usable checks that there is a terminal, unless the caller gave a size.
func (o Options) usable() error {
	if o.sized() {
		return nil
	}
	if !isTerminal(o.Input) {
		return fmt.Errorf("%w: the input is not a terminal", ErrNoTerminal)
	}
	if !isTerminal(o.Output) {
		return fmt.Errorf("%w: the output is not a terminal", ErrNoTerminal)
	}
	if t := lookup(o.Env, "TERM"); t == "dumb" {
		return fmt.Errorf("%w: TERM is %q", ErrNoTerminal, t)
	}
	return nil
}

func isTerminal(stream any) bool {
	f, ok := stream.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(f.Fd())
}
