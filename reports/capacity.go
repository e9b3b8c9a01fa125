package reports

import "fmt"

// Capacity is the result of a search for the highest rate at which a target
// meets the thresholds.
type Capacity struct {
	// LowPerSecond is the highest rate that held, and HighPerSecond the lowest
	// one above it that did not. Zero if there was none.
	LowPerSecond  float64 `json:"low_per_s,omitempty"`
	HighPerSecond float64 `json:"high_per_s,omitempty"`

	// Limit is what did not hold at the high rate: LimitTarget or
	// LimitGenerator, or empty if that is not known.
	Limit string `json:"limit,omitempty"`

	// Reason says in a sentence why the search stopped.
	Reason string `json:"reason"`

	Steps []CapacityStep `json:"steps"`
}

// The limits of a capacity.
const (
	LimitTarget    = "target"
	LimitGenerator = "generator"
)

// CapacityStep is one trial of a search.
type CapacityStep struct {
	Phase string `json:"phase"`

	// RatePerSecond is what was offered, and AnsweredPerSecond what was
	// answered during that time.
	RatePerSecond     float64 `json:"rate_per_s"`
	AnsweredPerSecond float64 `json:"answered_per_s"`

	// Latency and Service have no counts.
	Latency *Quantiles `json:"latency,omitempty"`
	Service *Quantiles `json:"service,omitempty"`

	Outcome string `json:"outcome"`

	// Why says why it did not hold.
	Why string `json:"why,omitempty"`
}

// The phases of a search.
const (
	PhaseClimb   = "climb"
	PhaseDescend = "descend"
	PhaseBisect  = "bisect"
	PhaseConfirm = "confirm"
)

// The outcomes of a step. StepGenerator means that the generator or its machine
// may be why it did not hold, and StepUndecided that there were too few requests.
const (
	StepHeld      = "held"
	StepExceeded  = "exceeded"
	StepGenerator = "generator"
	StepUndecided = "undecided"
)

// String returns the interval, such as "800.00/s to 860.00/s, 830.00/s ± 3.6 %".
func (c *Capacity) String() string {
	switch {
	case c.LowPerSecond == 0:
		return "not found"
	case c.HighPerSecond == 0:
		return "at least " + FormatRate(c.LowPerSecond)
	case c.Limit != LimitTarget:
		return fmt.Sprintf("at least %s, unknown from %s on", FormatRate(c.LowPerSecond), FormatRate(c.HighPerSecond))
	}
	middle := (c.LowPerSecond + c.HighPerSecond) / 2
	return fmt.Sprintf("%s to %s, %s ± %.1f %%", FormatRate(c.LowPerSecond), FormatRate(c.HighPerSecond),
		FormatRate(middle), 100*(c.HighPerSecond-middle)/middle)
}

// capacityTable has a row for each step of a search.
func (s *Summary) capacityTable() [][]string {
	rows := [][]string{{"step", "phase", "offered", "answered", "p50", "p99", "outcome", "why"}}
	if s.Footer == nil || s.Footer.Capacity == nil {
		return rows
	}
	for i, step := range s.Footer.Capacity.Steps {
		p50, p99 := "–", "–"
		if q := step.Latency; q != nil {
			p50, p99 = FormatNanos(q.P50NS), FormatNanos(q.P99NS)
		}
		rows = append(rows, []string{
			fmt.Sprint(i + 1), Escape(step.Phase), FormatRate(step.RatePerSecond), FormatRate(step.AnsweredPerSecond),
			p50, p99, Escape(step.Outcome), Escape(step.Why),
		})
	}
	return rows
}
