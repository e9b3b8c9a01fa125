package reports

import (
	"fmt"
	"slices"
	"time"
)

// RunState tells from the records of a run how far it is. The zero value is ready
// to use. It is not safe for concurrent use.
type RunState struct {
	// Planned, Judged, Skipped and Bad count cases. The skipped ones count as
	// judged.
	Planned, Judged, Skipped, Bad int

	running []Running
	began   time.Time
}

// Running is a case that has begun and is not judged yet.
type Running struct {
	ID    string
	Since time.Time
}

// Handle takes a record that arrives now.
func (s *RunState) Handle(r Record, now time.Time) {
	switch r.Kind {
	case KindPlan:
		s.Planned, s.began = len(r.Plan.Cases), now
	case KindStart:
		s.running = append(s.running, Running{r.Start.ID, now})
	case KindCase:
		s.Judged++
		switch {
		case r.Case.Outcome.Bad():
			s.Bad++
		case r.Case.Outcome == OutcomeSkip:
			s.Skipped++
		}
		s.running = slices.DeleteFunc(s.running, func(x Running) bool { return x.ID == r.Case.ID })
	}
}

// Running returns the cases that have begun, the oldest first. It belongs to s.
func (s *RunState) Running() []Running { return s.running }

// Rate returns how many cases are judged per second, 0 if that cannot be told
// yet.
func (s *RunState) Rate(now time.Time) float64 {
	elapsed := now.Sub(s.began).Seconds()
	if s.Judged < leastJudged || elapsed < 1 {
		return 0
	}
	return float64(s.Judged) / elapsed
}

// leastJudged is how many cases a rate rests on at least.
const leastJudged = 10

// Left estimates from the rate how long the rest will take. Ok is false if
// there is no rate yet or nothing left.
func (s *RunState) Left(now time.Time) (left time.Duration, ok bool) {
	rate := s.Rate(now)
	if rate == 0 || s.Judged >= s.Planned {
		return 0, false
	}
	return time.Duration(float64(s.Planned-s.Judged) / rate * float64(time.Second)), true
}

// Pace says in words how fast the run is and how long the rest will take, such
// as "38/s, about 6 s left", or nothing if that cannot be told.
func (s *RunState) Pace(now time.Time) string {
	rate := s.Rate(now)
	if rate == 0 {
		return ""
	}
	text := fmt.Sprintf("%.0f/s", rate)
	if rate < 10 {
		text = fmt.Sprintf("%.1f/s", rate)
	}
	if left, ok := s.Left(now); ok {
		text += fmt.Sprintf(", about %d s left", int(left.Seconds())+1)
	}
	return text
}
