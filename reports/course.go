package reports

// Course is how a load went over time, from the end of its warm-up, in windows
// of the same length.
type Course struct {
	WindowSeconds float64  `json:"window_s"`
	Windows       []Window `json:"windows"`
}

// Window is one window of a [Course]. Its latency and verdicts are those of the
// operations that were due in it, whenever they ended.
type Window struct {
	// OfferedPerSecond, zero in a closed loop, counts the operations that were due, and RatePerSecond
	// those that ended, with a verdict or without. Ended is their number.
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
