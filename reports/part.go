package reports

import (
	"strconv"
	"time"
)

// Part is one part of a distributed load: what it shares with the other parts,
// and what the whole needs to know of it besides its samples.
type Part struct {
	Number int       `json:"number"` // from 1
	Of     int       `json:"of"`
	Whole  WholeLoad `json:"whole"`

	// Void says why the part was not carried out: it was late, for instance.
	// It makes the whole load void.
	Void string `json:"void,omitempty"`

	// Crowded lists why its machine may have delayed requests.
	Crowded []string `json:"crowded,omitempty"`

	// FirstSentMillis is how long after the common start its first request was
	// sent, by its own clock.
	FirstSentMillis float64 `json:"first_sent_ms"`

	// LastSeconds is when its last answer was read, since the common start.
	LastSeconds float64 `json:"last_s"`
}

// Name returns the name of the part, such as "part 2/4".
func (p *Part) Name() string {
	return "part " + strconv.Itoa(p.Number) + "/" + strconv.Itoa(p.Of)
}

// WholeLoad describes the load that parts share. It is the same in each.
type WholeLoad struct {
	StartAt       time.Time `json:"start_at"`
	Schedule      []Segment `json:"schedule"`               // with the warm-up
	PoissonSeed   string    `json:"poisson_seed,omitempty"` // hexadecimal; empty if requests are at equal distances
	WarmupSeconds float64   `json:"warmup_s"`
	Mix           string    `json:"mix"`
	Series        string    `json:"series"` // the name of the samples of the whole
	Thresholds    []string  `json:"thresholds,omitempty"`
	AllowInvalid  bool      `json:"allow_invalid,omitempty"`
	Settings      []Setting `json:"settings"` // whatever else must be the same
}

// Segment is a part of a schedule in which the offered rate changes linearly,
// with a sine wave on top if it has a swing.
type Segment struct {
	FromPerSecond float64 `json:"from_per_s"`
	ToPerSecond   float64 `json:"to_per_s"`
	Seconds       float64 `json:"s"`

	SwingPerSecond float64 `json:"swing_per_s,omitempty"`
	PeriodSeconds  float64 `json:"period_s,omitempty"`
}

// Setting is an option of a load, by the name that messages use.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
