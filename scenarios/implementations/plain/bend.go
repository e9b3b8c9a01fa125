package plain

import (
	"slices"

	"github.com/assay-id/assay/verifier"
)

// bend makes a habit a bad one. A liar's bend is called for each of its
// verifiers, so what it declares belongs to one verifier.
type bend func(*habits)

// condition tells some tokens from others while they are being checked.
type condition func(*judgement) bool

// has holds for a token with a claim of that name.
func has(claim string) condition {
	return func(j *judgement) bool { return j.claims.has(claim) }
}

func not(where condition) condition {
	return func(j *judgement) bool { return !where(j) }
}

func always(*judgement) bool { return true }

// all combines bends, in this order.
func all(bends ...bend) bend {
	return func(h *habits) {
		for _, b := range bends {
			b(h)
		}
	}
}

// around replaces the check of that name. The replacement gets the old one as
// next and may call it.
func around(name string, replacement func(j *judgement, next judge) *verifier.Error) bend {
	return func(h *habits) {
		c := h.check(name)
		next := c.judge
		c.judge = func(j *judgement) *verifier.Error { return replacement(j, next) }
	}
}

// check returns the check of that name, to be changed.
func (h *habits) check(name string) *check {
	for i := range h.checks {
		if h.checks[i].name == name {
			return &h.checks[i]
		}
	}
	panic("plain: internal error: no check is called " + name)
}

// onlyIf makes a check only where the condition holds.
func onlyIf(where condition, name string) bend {
	return around(name, func(j *judgement, next judge) *verifier.Error {
		if !where(j) {
			return nil
		}
		return next(j)
	})
}

// unless makes a check only where the condition does not hold.
func unless(where condition, name string) bend { return onlyIf(not(where), name) }

// without leaves checks out.
func without(names ...string) bend {
	var bends []bend
	for _, name := range names {
		bends = append(bends, unless(always, name))
	}
	return all(bends...)
}

// unsigned leaves out everything about the signature where the condition
// holds.
func unsigned(where condition) bend {
	return all(unless(where, "signature form"), unless(where, "key"), unless(where, "signature"))
}

// beforehand changes what is known of a token before the check of that name.
func beforehand(name string, change func(*judgement)) bend {
	return around(name, func(j *judgement, next judge) *verifier.Error {
		change(j)
		return next(j)
	})
}

// refusing refuses a token where the condition holds before the check of that
// name is made.
func refusing(where condition, name string, reason verifier.Reason, claim string) bend {
	return around(name, func(j *judgement, next judge) *verifier.Error {
		if where(j) {
			return refuse(reason, claim, "", "")
		}
		return next(j)
	})
}

// forgiving accepts a token, without any further check, if the check of that
// name refuses it in a way that the liar forgives.
func forgiving(name string, forgives func(*verifier.Error) bool) bend {
	return around(name, func(j *judgement, next judge) *verifier.Error {
		if refusal := next(j); refusal == nil || !forgives(refusal) {
			return refusal
		}
		return j.settle()
	})
}

// accepting accepts a token, without any further check, where the condition
// holds before the check of that name is made.
func accepting(where condition, name string) bend {
	return around(name, func(j *judgement, next judge) *verifier.Error {
		if where(j) {
			return j.settle()
		}
		return next(j)
	})
}

// moved makes the check of that name right after the other one.
func moved(name, after string) bend {
	return func(h *habits) {
		at := func(name string) int {
			return slices.IndexFunc(h.checks, func(c check) bool { return c.name == name })
		}
		c := *h.check(name)
		h.checks = slices.Delete(h.checks, at(name), at(name)+1)
		h.checks = slices.Insert(h.checks, at(after)+1, c)
	}
}

// configured changes the configuration before it is checked.
func configured(change func(*verifier.Config)) bend {
	return func(h *habits) { h.config.change = change }
}
