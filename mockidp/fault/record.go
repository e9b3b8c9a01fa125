package fault

import (
	"maps"
	"slices"
	"time"
)

const (
	// maxApplications bounds the record. A flood keeps the latest.
	maxApplications = 4096

	// maxEvidence bounds each text of an application, in bytes.
	maxEvidence = 16 << 10
)

// Application is a record of one request or token that was struck.
type Application struct {
	Number  uint64    // 1 for the first one of the set, then one more each time
	At      time.Time // on the clock of the set
	FaultID string
	Kind    Kind
	Request Request

	// Before and After are what would have been sent and what was sent
	// instead, if the kind changes a text: the JSON texts of an Edit, the
	// tokens of a Forge. Of a long text they hold the first 16 KiB. They are
	// empty until the answer is made.
	Before, After string

	// Problem says why an Edit or a Forge could not be carried out, so that
	// the genuine text was sent. It is empty otherwise.
	Problem string
}

// record adds an entry, which belongs to the set.
func (s *Set) record(a Application) *Application {
	a.At = s.now()
	a.Number = 1
	if last := len(s.applications) - 1; last >= 0 {
		a.Number = s.applications[last].Number + 1
	}
	if len(s.applications) == maxApplications {
		s.applications = slices.Delete(s.applications, 0, 1)
	}
	s.applications = append(s.applications, &a)
	s.applied[a.Kind]++
	return &a
}

// evidence is a text before and after it was changed.
type evidence struct {
	before, after string
	err           error // why it was not
}

// noteTo returns a function that adds the evidence to an entry.
func (s *Set) noteTo(entry *Application) func(evidence) {
	return func(e evidence) {
		s.mu.Lock()
		defer s.mu.Unlock()
		entry.Before = e.before[:min(len(e.before), maxEvidence)]
		entry.After = e.after[:min(len(e.after), maxEvidence)]
		if e.err != nil {
			entry.Problem = e.err.Error()
		}
	}
}

// Applications returns the record, oldest first: the last 4,096 requests and
// tokens that were struck.
func (s *Set) Applications() []Application {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Application
	for _, a := range s.applications {
		out = append(out, *a)
	}
	return out
}

// Applied returns how often each kind has struck since the set was made.
func (s *Set) Applied() map[Kind]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.applied)
}
