package fault

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// Set holds the faults of one environment. [NewSet] makes it; the zero value
// is not usable. A Set is safe for concurrent use.
type Set struct {
	seed uint64
	now  func() time.Time

	mu           sync.Mutex
	faults       []*active
	budget       Budget
	rows         map[row]int // strikes in a row
	struck       int
	applications []*Application
	applied      map[Kind]int
}

// active is a fault in a set.
type active struct {
	Fault
	skip   int // requests still to pass
	left   int // requests still to strike; -1: any number
	random *rand.Rand
	life   context.Context // ends when the fault is removed
	end    context.CancelFunc
}

// Request describes a request or a token to a set.
type Request struct {
	Endpoint  Endpoint
	ClientID  string // empty if the request names no client
	UserAgent string
	Path      string // below the issuer, for instance "/keys"
	GrantType string // the grant_type of a token request

	// About a token that is to be issued.
	Token          string // its kind; empty: this is no token
	UserID         string
	OrganizationID string
}

// NewSet returns an empty set. The seed decides which requests are struck by
// faults with a probability, and how long a jitter is; now is the clock of
// the record, nil means [time.Now].
func NewSet(seed uint64, now func() time.Time) *Set {
	if now == nil {
		now = time.Now
	}
	return &Set{seed: seed, now: now, rows: make(map[row]int), applied: make(map[Kind]int)}
}

// Add puts f into force. It replaces a fault with the same ID, which keeps
// its position and counts from the beginning, so that adding the same list
// twice is the same as adding it once. If it returns an error, that of
// [Fault.Validate], it changes nothing.
//
// If several faults match a request, the one that was added first strikes.
func (s *Set) Add(f Fault) error { return s.Populate(f) }

// maxFaults bounds the faults of a set. Above it, used-up faults are
// forgotten.
const maxFaults = 1024

// Populate is [Set.Add] for several faults, in one step: it adds all of them
// or, with an error, none. Other faults stay. Two faults with the same ID are
// an error, and so are more than 1,024 that can still strike.
func (s *Set) Populate(faults ...Fault) error {
	var problems []error
	seen := make(map[string]bool)
	for _, f := range faults {
		if err := f.Validate(); err != nil {
			problems = append(problems, err)
		} else if seen[f.ID] {
			problems = append(problems, fmt.Errorf("fault %q: two faults have this id", f.ID))
		}
		seen[f.ID] = true
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.with(faults) > maxFaults {
		s.forgetSpent()
	}
	if n := s.with(faults); n > maxFaults {
		return fmt.Errorf("there would be %d faults, want at most %d", n, maxFaults)
	}
	for _, f := range faults {
		s.put(f)
	}
	return nil
}

// with returns how many faults there will be with those to be added.
func (s *Set) with(faults []Fault) int {
	n := len(s.faults)
	for _, f := range faults {
		if s.index(f.ID) < 0 {
			n++
		}
	}
	return n
}

// forgetSpent removes the faults that can no longer strike, and ends what
// still waits because of them.
func (s *Set) forgetSpent() {
	s.faults = slices.DeleteFunc(s.faults, func(a *active) bool {
		if a.left == 0 {
			a.end()
		}
		return a.left == 0
	})
}

func (s *Set) put(f Fault) {
	a := &active{Fault: f.clone(), skip: f.Skip, left: f.Count, random: s.random(f.ID)}
	if f.Count == 0 {
		a.left = -1
	}
	a.life, a.end = context.WithCancel(context.Background())
	if i := s.index(f.ID); i >= 0 {
		s.faults[i].end()
		s.faults[i] = a
	} else {
		s.faults = append(s.faults, a)
	}
}

// random returns the stream of one fault. It depends on no other fault, so
// that adding one does not change what the others do.
func (s *Set) random(id string) *rand.Rand {
	h := sha256.New()
	h.Write([]byte("assay fault\x00"))
	h.Write(binary.BigEndian.AppendUint64(nil, s.seed))
	h.Write([]byte(id))
	return rand.New(rand.NewChaCha8([sha256.Size]byte(h.Sum(nil))))
}

// Remove removes the fault with the ID and ends the requests that wait
// because of it, even if it is used up. It reports whether there was one.
func (s *Set) Remove(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.index(id)
	if i < 0 {
		return false
	}
	s.faults[i].end()
	s.faults = slices.Delete(s.faults, i, i+1)
	return true
}

// Reset removes every fault and resets the counts of the budget. The record
// stays.
func (s *Set) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.faults {
		a.end()
	}
	s.faults = nil
	s.struck = 0
	clear(s.rows)
}

// Faults returns the faults that can still strike, in the order in which they
// were added. Skip and Count are what is left of them.
func (s *Set) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Fault
	for _, a := range s.faults {
		if a.left == 0 {
			continue
		}
		f := a.clone()
		f.Skip = a.skip
		f.Count = max(a.left, 0)
		out = append(out, f)
	}
	return out
}

// Pick chooses the fault that strikes the request, counts and records it. It
// returns nil if none does. It leaves out faults that strike tokens.
func (s *Set) Pick(r Request) *Injection {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.pick(r)
	if a == nil {
		return nil
	}
	delay := a.Attributes.Delay
	if a.Attributes.Jitter > 0 {
		delay += time.Duration(a.random.Int64N(int64(a.Attributes.Jitter) + 1))
	}
	entry := s.record(Application{FaultID: a.ID, Kind: a.Kind, Request: r})
	return &Injection{fault: a.Fault, delay: delay, life: a.life, note: s.noteTo(entry)}
}

// PickToken is Pick for a token that is about to be issued, whose kind is
// r.Token.
func (s *Set) PickToken(r Request) *Forgery {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.pick(r)
	if a == nil {
		return nil
	}
	entry := s.record(Application{FaultID: a.ID, Kind: a.Kind, Request: r})
	return &Forgery{fault: a.Fault, note: s.noteTo(entry)}
}

// pick returns the first fault that matches, is due and fits into the budget,
// and counts it. It returns nil if there is none.
func (s *Set) pick(r Request) *active {
	a := s.next(r)
	if !s.affords(r, a != nil) {
		return nil
	}
	if a.left > 0 {
		a.left--
	}
	return a
}

func (s *Set) next(r Request) *active {
	for _, a := range s.faults {
		switch {
		case a.left == 0 || !a.matches(r):
		case a.skip > 0:
			a.skip--
		case a.Probability > 0 && a.random.Float64() >= a.Probability:
		default:
			return a
		}
	}
	return nil
}

func (f *Fault) matches(r Request) bool {
	return (f.Kind == Forge) == (r.Token != "") &&
		(f.Attributes.Token == "" || f.Attributes.Token == r.Token) &&
		(f.Match.UserID == "" || f.Match.UserID == r.UserID) &&
		(f.Match.OrganizationID == "" || f.Match.OrganizationID == r.OrganizationID) &&
		(f.Where == "" || f.Where == r.Endpoint) &&
		(f.Match.ClientID == "" || f.Match.ClientID == r.ClientID) &&
		(f.Match.Path == "" || f.Match.Path == r.Path) &&
		(f.Match.GrantType == "" || f.Match.GrantType == r.GrantType) &&
		strings.Contains(r.UserAgent, f.Match.UserAgent)
}

func (s *Set) index(id string) int {
	return slices.IndexFunc(s.faults, func(a *active) bool { return a.ID == id })
}
