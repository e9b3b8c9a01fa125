package reports

import "fmt"

// Coverage counts the cases that were run against a deployed service. Cases of
// the level info and those that allow every answer are left out.
type Coverage struct {
	Stateless Share `json:"stateless"` // those that present one token
	Stateful  Share `json:"stateful"`  // those with steps
}

// Share is a part of the cases.
type Share struct {
	All int `json:"all"`
	Fit int `json:"fit"` // those about which a deployed service can be asked
	Ran int `json:"ran"`
}

// add returns the sum of two shares.
func (s Share) add(other Share) Share {
	return Share{All: s.All + other.All, Fit: s.Fit + other.Fit, Ran: s.Ran + other.Ran}
}

// String writes a share as "430 of 433 that fit (99 %), 528 in all".
func (s Share) String() string {
	if s.Fit == 0 {
		return fmt.Sprintf("none fits of %d", s.All)
	}
	return fmt.Sprintf("%d of %d that fit (%.0f %%), %d in all", s.Ran, s.Fit, 100*float64(s.Ran)/float64(s.Fit), s.All)
}

// addCoverage returns the sum of the coverage of two parts of a run, of which
// each may be nil.
func addCoverage(a, b *Coverage) *Coverage {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	return &Coverage{Stateless: a.Stateless.add(b.Stateless), Stateful: a.Stateful.add(b.Stateful)}
}
