package fault

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxApplications bounds the record. A flood keeps the latest.
const maxApplications = 4096

// Set is the faults of one environment. The zero value is not usable, see
// [NewSet]. A Set is safe for concurrent use.
type Set struct {
	seed uint64
	now  func() time.Time

	mu           sync.Mutex
	faults       []*active
	applications []Application
}

// active is a fault in a set.
type active struct {
	Fault
	left   int // requests still to strike; -1: any number
	random *rand.Rand
	life   context.Context // ends when the fault is removed
	end    context.CancelFunc
}

// Request is what a set has to know about a request.
type Request struct {
	Endpoint  Endpoint
	ClientID  string // empty if the request names no client
	UserAgent string
	Path      string // below the issuer, for instance "/keys"
}

// Application is a record of one request that was struck.
type Application struct {
	At      time.Time // by the clock of the set
	FaultID string
	Kind    Kind
	Request Request
}

// NewSet returns an empty set. The seed decides which requests are struck by
// faults with a probability; now is the clock of the record, nil means
// [time.Now].
func NewSet(seed uint64, now func() time.Time) *Set {
	if now == nil {
		now = time.Now
	}
	return &Set{seed: seed, now: now}
}

// Add puts f in force. A fault with the same ID is replaced, in its place,
// and counts from the beginning, so adding the same list twice is adding it
// once. It returns the error of [Fault.Validate] and then changes nothing.
//
// If several faults match a request, the first added one strikes.
func (s *Set) Add(f Fault) error {
	if err := f.Validate(); err != nil {
		return err
	}
	a := &active{Fault: f.clone(), left: f.Count, random: s.random(f.ID)}
	if f.Count == 0 {
		a.left = -1
	}
	a.life, a.end = context.WithCancel(context.Background())

	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.index(f.ID); i >= 0 {
		s.faults[i].end()
		s.faults[i] = a
	} else {
		s.faults = append(s.faults, a)
	}
	return nil
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

// Remove takes the fault id out of the set and ends the requests that wait
// because of it, also if it is spent. It reports whether there was one.
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

// Reset removes every fault. The record stays.
func (s *Set) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.faults {
		a.end()
	}
	s.faults = nil
}

// Faults returns the faults that can still strike, in the order in which they
// were added. Count is what is left of it.
func (s *Set) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Fault
	for _, a := range s.faults {
		if a.left == 0 {
			continue
		}
		f := a.clone()
		f.Count = max(a.left, 0)
		out = append(out, f)
	}
	return out
}

// Applications returns the record, oldest first: the last 4,096 requests that
// were struck.
func (s *Set) Applications() []Application {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.applications)
}

// Pick chooses the fault that strikes the request, counts and records it. It
// returns nil if none does.
func (s *Set) Pick(r Request) *Injection {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.faults {
		if a.left == 0 || !a.matches(r) {
			continue
		}
		if a.Probability > 0 && a.random.Float64() >= a.Probability {
			continue
		}
		if a.left > 0 {
			a.left--
		}
		if len(s.applications) == maxApplications {
			s.applications = slices.Delete(s.applications, 0, 1)
		}
		s.applications = append(s.applications, Application{
			At: s.now(), FaultID: a.ID, Kind: a.Kind, Request: r,
		})
		return &Injection{fault: a.Fault, life: a.life}
	}
	return nil
}

func (f *Fault) matches(r Request) bool {
	return (f.Where == "" || f.Where == r.Endpoint) &&
		(f.Match.ClientID == "" || f.Match.ClientID == r.ClientID) &&
		(f.Match.Path == "" || f.Match.Path == r.Path) &&
		strings.Contains(r.UserAgent, f.Match.UserAgent)
}

func (s *Set) index(id string) int {
	return slices.IndexFunc(s.faults, func(a *active) bool { return a.ID == id })
}
