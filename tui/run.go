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
)

// The themes that [Options] names.
const (
	ThemeDark  = "dark"
	ThemeLight = "light"
)

// maxFPS is how often Bubble Tea writes to the terminal at most. Its own 60
// wakes an idle program for nothing; the screen changes ten times a second.
const maxFPS = 15

// Options say how [Run] starts. The zero value uses the terminal of the
// process and starts nothing by itself.
type Options struct {
	// Input and Output are the terminal. Nil is standard input and output.
	Input  io.Reader
	Output io.Writer

	// Env is the environment, as os.Environ returns it. Nil is that of the
	// process. TERM, COLORTERM, NO_COLOR and the locale decide on colours and
	// characters.
	Env []string

	// Width and Height are the size in cells if Output is not a terminal.
	// That is allowed only with both above zero.
	Width, Height int

	// Profile replaces the colours that the environment promises. Zero finds
	// them out.
	Profile colorprofile.Profile

	// Theme is ThemeDark or ThemeLight until the terminal answers what its
	// background is. Empty is ThemeDark.
	Theme string

	// Now is the clock. Nil is time.Now.
	Now func() time.Time

	// Implementation is selected at the start. Empty is the first one.
	Implementation string

	// Seed is used for every run. Empty leaves it to the engine, and what is
	// run again is run with the seed of the run before.
	Seed string

	// Start is reports.CommandRun or reports.CommandBench to start that at
	// once. Empty starts nothing.
	Start string
}

// Result is what a session leaves behind.
type Result struct {
	// Runs are the latest runs and benchmarks, oldest first. A session of more
	// than eight keeps the last eight.
	Runs []Recording

	// Interrupted is set when a signal ended the program, or a run was going on
	// when the user ended it.
	Interrupted bool
}

// ErrNoTerminal is what [Run] returns if there is no terminal that could show
// a UI. The plain renderer of package reports says the same in words.
var ErrNoTerminal = errors.New("no terminal that can show the UI")

// Run shows the UI until the user quits, ctx ends, or the process gets SIGHUP,
// SIGTERM or SIGINT, and returns what was run so far, also beside an error.
// The terminal is restored in any case.
//
// A live run is stopped and waited for, two seconds at the most. Errors that a
// caller can tell apart: [ErrNoTerminal], a [*PanicError] of a stream, and the
// cause of ctx.
func Run(ctx context.Context, engine Engine, opts Options) (Result, error) {
	opts = opts.withDefaults()
	if err := opts.usable(); err != nil {
		return Result{}, err
	}
	// Bubble Tea leaves SIGHUP alone, and a terminal that is attached again
	// would still show the alternate screen. So all signals are handled here.
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
	// Not WithContext: that kills the program, which closes the input under
	// its reader, a data race of Bubble Tea.
	quit := context.AfterFunc(signalled, program.Quit)
	_, err := program.Run()
	quit()

	cancel()
	a.ledger.wait(max(a.patience, leastPatience))
	result := Result{
		Runs:        a.ledger.recordings(),
		Interrupted: a.interrupted || a.live != nil || signalled.Err() != nil,
	}
	return result, a.verdict(ctx, err)
}

// verdict turns what ended the program into the error of [Run]. A signal is no
// error: the result says that it came.
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

// sized reports whether the caller gave a size, and with it said that Output
// need not be a terminal.
func (o Options) sized() bool { return o.Width > 0 && o.Height > 0 }

// usable makes sure that there is a terminal, unless the caller gave a size.
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
