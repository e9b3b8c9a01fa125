package gate

import (
	"errors"
	"fmt"
	"strings"
)

// The ways in which a measurement does not end well, for [errors.Is]. An error
// that is none of them is a failure of the harness.
var (
	// ErrUsage: an option or a threshold is wrong. Nothing was measured.
	ErrUsage = errors.New("usage")

	// ErrMissed: a threshold was missed. Exit code 3.
	ErrMissed = errors.New("a threshold was missed")

	// ErrInvalid: the measurement must not be used, or does not decide a
	// threshold. Exit code 4.
	ErrInvalid = errors.New("the measurement is not valid")
)

// Usage returns an error that is an [ErrUsage] with a message of its own.
func Usage(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// usageError marks an error without adding to its text.
type usageError struct{ error }

func (e *usageError) Is(target error) bool { return target == ErrUsage }
func (e *usageError) Unwrap() error        { return e.error }

// Conclude returns what the end of a measurement means: nil, [ErrMissed] or
// [ErrInvalid], wrapped with the thresholds and reasons. invalid are the
// reasons for which the measurement must not be used.
//
// A measurement that is not valid cannot miss a threshold on a duration: that
// would make "could not tell" look like "slow". What is robust is missed all
// the same, see [Threshold.Robust].
func (j Judgement) Conclude(invalid []string) error {
	switch {
	case len(j.facts) > 0:
		return fmt.Errorf("%w: %s", ErrMissed, strings.Join(j.facts, "; "))
	case len(invalid) > 0:
		return fmt.Errorf("%w: %s", ErrInvalid, strings.Join(invalid, "; "))
	case len(j.missed) > 0:
		return fmt.Errorf("%w: %s", ErrMissed, strings.Join(j.missed, "; "))
	case len(j.undecided) > 0:
		return fmt.Errorf("%w: it does not decide %s", ErrInvalid, strings.Join(j.undecided, "; "))
	}
	return nil
}
