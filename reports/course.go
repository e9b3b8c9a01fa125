package reports

import (
	"fmt"
	"strconv"
)

// Course is how a load went over time, from the end of its warm-up, in windows
// of the same length.
type Course struct {
	WindowSeconds float64  `json:"window_s"`
	Windows       []Window `json:"windows"`
	Events        []Event  `json:"events,omitempty"` // as they began
}

// Window is one window of a [Course]. Its latency and verdicts are those of the
// operations that were due in it, whenever they ended.
type Window struct {
	// OfferedPerSecond, zero in a closed loop, counts the operations that were
	// due, and RatePerSecond those that ended, with a verdict or without. Ended
	// is their number.
	OfferedPerSecond float64 `json:"offered_per_s"`
	RatePerSecond    float64 `json:"rate_per_s"`
	Ended            uint64  `json:"ended"`

	// Latency is nil if nothing that was due was also sent. It has counts,
	// accurate to 1 %, in a part of a load. In a closed loop it is the service
	// time.
	Latency *Quantiles `json:"latency,omitempty"`

	Wrong  uint64 `json:"wrong,omitempty"`
	Failed uint64 `json:"failed,omitempty"`
}

// Event is something that was done to the environment during a load. Times
// count from the end of the warm-up.
type Event struct {
	Event          string  `json:"event"` // such as outage:5s
	PlannedSeconds float64 `json:"planned_s"`

	// AtSeconds is when the environment had confirmed it, and UntilSeconds when
	// it was over. Zero if it does not end by itself.
	AtSeconds    float64 `json:"at_s"`
	UntilSeconds float64 `json:"until_s,omitempty"`

	// Result says what became of it, and Failure why it was not carried out.
	Result  string `json:"result,omitempty"`
	Failure string `json:"failure,omitempty"`
}

// eventTable has a row for each event.
func eventTable(samples []*Sample) [][]string {
	rows := [][]string{{"no.", "event", "planned", "at", "until", "result"}}
	for _, s := range samples {
		if s.Course == nil {
			continue
		}
		for i, e := range s.Course.Events {
			row := []string{strconv.Itoa(i + 1), Escape(e.Event), FormatMoment(e.PlannedSeconds), "–", "–", Escape(e.Result)}
			if e.Failure != "" {
				row[5] = "FAILED: " + Escape(e.Failure)
			} else {
				row[3] = FormatMoment(e.AtSeconds)
			}
			if e.UntilSeconds > 0 {
				row[4] = FormatMoment(e.UntilSeconds)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// FormatMoment formats a time since the start of a measurement, in seconds.
func FormatMoment(s float64) string { return fmt.Sprintf("%.3f s", s) }
