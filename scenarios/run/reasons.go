package run

import (
	"slices"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/verifier"
)

// reasons compares the reasons of right verdicts at the precision that the
// implementation declares.
type reasons struct {
	precision implementations.Precision
	strict    bool // another reason is a failure
}

// gives returns whether the reason of an answer, got, says the same as one that
// an expectation lists.
func (r reasons) gives(got string) func(listed string) bool {
	return func(listed string) bool { return listed == got || r.sameCode(listed, got) }
}

// sameCode reports whether got says by its code what listed says. A code that
// Char documents says the same as every reason that belongs to it: an
// implementation that uses Char's own words is right, unless it is to be strict
// and the word is a reason as well.
func (r reasons) sameCode(listed, got string) bool {
	isReason := slices.Contains(scenarios.Reasons(), got)
	byCode := r.precision == implementations.PrecisionCodes ||
		slices.Contains(scenarios.Codes(), got) && !(r.strict && isReason)
	code := got
	if isReason {
		code = codeOf(got)
	}
	return byCode && codeOf(listed) == code
}

func codeOf(reason string) string { return string(verifier.Reason(reason).Code()) }

// finding says how a reason that is not among the expected ones is counted.
func (r reasons) finding(got string) reasonFinding {
	unknown := r.precision == implementations.PrecisionNone || got == "" || got == "OTHER"
	return reasonFinding{unknown: unknown, differs: !unknown}
}

// reasonFinding says what right verdicts had for reasons.
type reasonFinding struct {
	unknown bool // none that can be compared
	differs bool // another one than expected
}

func (f reasonFinding) and(other reasonFinding) reasonFinding {
	return reasonFinding{unknown: f.unknown || other.unknown, differs: f.differs || other.differs}
}
