package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// The exit codes. The manual lists them.
const (
	exitOK          = 0
	exitHarness     = 1 // the harness itself failed
	exitUsage       = 2 // a usage error, or nothing selected
	exitNonconform  = 3 // a case did not pass, or a threshold was missed
	exitInvalid     = 4 // the machine was too busy, or a measurement is not valid
	exitNoAnswers   = 5 // the implementation could not be started or gives no answers
	exitInterrupted = 130
)

// exitError is an error with the exit code of the process.
type exitError struct {
	code int
	err  error  // nil if the user was told already
	hint string // a command or value that would work
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usage returns an error for a mistake on the command line.
func usage(format string, args ...any) error { return usageHint("", format, args...) }

// usageHint is like usage and adds a hint at what would work.
func usageHint(hint, format string, args ...any) error {
	e := &exitError{code: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
	for _, arg := range args {
		err, ok := arg.(error)
		switch {
		case ok && panicked(err):
			e.code = exitHarness
		case ok && errors.Is(err, errInterrupted):
			return err // The user did nothing wrong.
		}
	}
	return e
}

// panicked reports whether an error is a panic of a parser, which is no mistake
// of the user.
func panicked(err error) bool { return errors.As(err, new(*intake.PanicError)) }

// ended gives the error of a measurement its exit code.
func ended(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gate.ErrUsage):
		e := &exitError{code: exitUsage, err: err}
		if cause, ok := errors.AsType[*exitError](err); ok {
			e.hint = cause.hint
		}
		return e
	case errors.Is(err, gate.ErrMissed):
		return &exitError{code: exitNonconform}
	case errors.Is(err, gate.ErrInvalid):
		return &exitError{code: exitInvalid}
	case ctx.Err() != nil:
		return &exitError{code: exitInterrupted}
	case noAnswers(err), errors.Is(err, load.ErrUnreachable):
		return &exitError{code: exitNoAnswers, err: err}
	}
	return err
}

// noAnswers reports whether an implementation did not start, or ended, or gave
// no answer that can be read.
func noAnswers(err error) bool {
	return errors.Is(err, implementations.ErrStart) || errors.Is(err, implementations.ErrCrash) ||
		errors.Is(err, implementations.ErrHang) || errors.Is(err, implementations.ErrProtocol)
}

// positive refuses a flag whose value is zero or negative. The packages that
// the flags configure use a zero for their default, which is not what a user
// means who types it.
func positive[T int | time.Duration](flag string, value T) error {
	if value > 0 {
		return nil
	}
	return usage("--%s is %v, want more than 0", flag, value)
}

// exit prints err as "assay: error:" and "assay: hint:" and returns the exit
// code. Errors quote what was typed, which may be a token or a secret in the
// wrong place, so neither is printed.
func (a *app) exit(err error) int {
	if err == nil {
		return exitOK
	}
	e := &exitError{code: exitHarness, err: err}
	if _, mistaken := errors.AsType[*scenarios.MistakeError](err); mistaken {
		e.code = exitUsage
	}
	if errors.As(err, &e); panicked(err) {
		e.code = exitHarness
	}
	if e.err != nil {
		text := e.err.Error()
		if said, ok := errors.AsType[*implementations.SaidError](e.err); ok {
			text = said.Spread(text)
		}
		fmt.Fprintf(a.stderr, "assay: error: %s\n", redact(flagged(text)))
	}
	if e.hint != "" {
		fmt.Fprintf(a.stderr, "assay: hint: %s\n", redact(e.hint))
	}
	return e.code
}
