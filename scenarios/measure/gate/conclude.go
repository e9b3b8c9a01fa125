package gate

import (
	"errors"
	"fmt"
	"strings"

	"github.com/assay-id/assay/reports"
)

// The ways in which a measurement can fail, for [errors.Is]. Any other error is
// a failure of the harness.
var (
	// ErrUsage means that an option or a threshold is wrong, and that nothing
	// was measured.
	ErrUsage = errors.New("usage")

	// ErrMissed means that a threshold was missed. Exit code 3.
	ErrMissed = errors.New("a threshold was missed")

	// ErrInvalid means that the measurement must not be used, or that it does
	// not decide a threshold. Exit code 4.
	ErrInvalid = errors.New("the measurement is not valid")
)

// Usage returns an [ErrUsage] with the given message.
func Usage(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// usageError marks an error without adding to its text.
type usageError struct{ error }

func (e *usageError) Is(target error) bool { return target == ErrUsage }
func (e *usageError) Unwrap() error        { return e.error }

// AddFact adds the verdict on another condition, about something that a busy
// machine cannot change.
func (j *Judgement) AddFact(t reports.Threshold) {
	j.Thresholds = append(j.Thresholds, t)
	line := t.Expression + ": got " + t.Got
	switch t.Verdict {
	case reports.VerdictMissed:
		j.facts = append(j.facts, line)
	case reports.VerdictUndecided:
		j.undecided = append(j.undecided, line)
	}
}

// Conclude returns the error with which a measurement ends: nil, or [ErrMissed]
// or [ErrInvalid], wrapped with the thresholds and reasons. invalid lists the
// reasons why the measurement must not be used.
//
// A measurement that is not valid cannot miss a threshold on a duration: that
// would report "slow" where nothing could be measured. It can still miss one that
// a busy machine does not change.
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
