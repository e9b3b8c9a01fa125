package reports

import (
	"errors"
	"fmt"
	"slices"
)

// sequence checks the order of records that the package comment defines.
// Reader and writer share it, so that both accept the same streams. The zero
// value expects the header.
type sequence struct {
	header, plan, footer bool

	planned map[string]bool // by case ID; true once judged
	judged  int
	counts  map[Outcome]int
}

func (s *sequence) next(r Record) error {
	if err := r.check(); err != nil {
		return err
	}
	switch {
	case s.footer:
		return fmt.Errorf("a %s follows the footer, which must be last", r.Kind)
	case !s.header && r.Kind != KindHeader:
		return fmt.Errorf("the stream begins with a %s, want a header", r.Kind)
	}
	switch r.Kind {
	case KindHeader:
		return s.nextHeader(r.Header)
	case KindPlan:
		return s.nextPlan(r.Plan)
	case KindStart:
		return s.nextStart(r.Start)
	case KindCase:
		return s.nextCase(r.Case)
	case KindFooter:
		return s.nextFooter(r.Footer)
	}
	return nil
}

func (s *sequence) nextHeader(h *Header) error {
	if s.header {
		return errors.New("a second header: one stream holds one run")
	}
	if err := checkVersion(h.SchemaVersion); err != nil {
		return err
	}
	s.header = true
	return nil
}

func checkVersion(v int) error {
	if v > SchemaVersion {
		return fmt.Errorf("schema version %d, and this assay reads up to %d: use a newer assay",
			v, SchemaVersion)
	}
	if v < 1 {
		return fmt.Errorf("schema version %d, want 1 or more: not a stream of assay", v)
	}
	return nil
}

func (s *sequence) nextPlan(p *Plan) error {
	if s.plan {
		return errors.New("a second plan: one stream holds one run")
	}
	s.plan = true
	s.planned = make(map[string]bool, len(p.Cases))
	for _, c := range p.Cases {
		if _, ok := s.planned[c.ID]; ok {
			return fmt.Errorf("the plan lists case %.100q twice", c.ID)
		}
		if !c.Level.known() {
			return fmt.Errorf("case %.100q has the unknown level %.100q", c.ID, c.Level)
		}
		s.planned[c.ID] = false
	}
	return nil
}

func (s *sequence) nextStart(x *Start) error {
	if !s.plan {
		return fmt.Errorf("case %.100q begins before the plan", x.ID)
	}
	judged, ok := s.planned[x.ID]
	switch {
	case !ok:
		return fmt.Errorf("case %.100q begins and is not in the plan", x.ID)
	case judged:
		return fmt.Errorf("case %.100q begins after it was judged", x.ID)
	}
	return nil
}

func (s *sequence) nextCase(c *Case) error {
	if !s.plan {
		return fmt.Errorf("case %.100q comes before the plan", c.ID)
	}
	judged, ok := s.planned[c.ID]
	switch {
	case !ok:
		return fmt.Errorf("case %.100q is not in the plan", c.ID)
	case judged:
		return fmt.Errorf("case %.100q is judged twice", c.ID)
	case !c.Outcome.known():
		return fmt.Errorf("case %.100q has the unknown outcome %.100q", c.ID, c.Outcome)
	case !c.Level.known():
		return fmt.Errorf("case %.100q has the unknown level %.100q", c.ID, c.Level)
	}
	s.planned[c.ID] = true
	s.judged++
	if s.counts == nil {
		s.counts = make(map[Outcome]int)
	}
	s.counts[c.Outcome]++
	return nil
}

// nextFooter compares the totals with the records: a footer must not turn a
// run green by counting cases that are not in the stream.
func (s *sequence) nextFooter(f *Footer) error {
	if f.Planned != len(s.planned) {
		return fmt.Errorf("the footer says %d planned, the plan lists %d",
			f.Planned, len(s.planned))
	}
	if f.Judged != s.judged {
		return fmt.Errorf("the footer says %d judged, the stream holds %d cases",
			f.Judged, s.judged)
	}
	for outcome := range f.Counts {
		if !outcome.known() {
			return fmt.Errorf("the footer counts the unknown outcome %.100q", outcome)
		}
	}
	for _, outcome := range Outcomes() {
		if f.Counts[outcome] != s.counts[outcome] {
			return fmt.Errorf("the footer says %d of outcome %s, the stream holds %d",
				f.Counts[outcome], outcome, s.counts[outcome])
		}
	}
	s.footer = true
	return nil
}

// check makes sure that exactly the field that Kind names is set.
func (r Record) check() error {
	fields := []struct {
		kind Kind
		set  bool
	}{
		{KindHeader, r.Header != nil},
		{KindPlan, r.Plan != nil},
		{KindStart, r.Start != nil},
		{KindCase, r.Case != nil},
		{KindSample, r.Sample != nil},
		{KindProgress, r.Progress != nil},
		{KindFooter, r.Footer != nil},
	}
	known := false
	for _, f := range fields {
		if f.kind == r.Kind {
			known = true
			if !f.set {
				return fmt.Errorf("a record of kind %.100q has no member %.100q", r.Kind, f.kind)
			}
		} else if f.set {
			return fmt.Errorf("a record of kind %.100q has the member %.100q", r.Kind, f.kind)
		}
	}
	if !known {
		return fmt.Errorf("unknown record kind %.100q", r.Kind)
	}
	return nil
}

func (o Outcome) known() bool {
	return slices.Contains(Outcomes(), o)
}

func (l Level) known() bool {
	switch l {
	case LevelMust, LevelShould, LevelMay, LevelHardening, LevelInfo:
		return true
	}
	return false
}
