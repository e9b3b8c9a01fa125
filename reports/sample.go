package reports

// Sample is one measurement of a benchmark or load run: a partial one during
// the run, and one with Final set for each series at its end.
type Sample struct {
	// Series names what is measured, such as "RS256 cold" or "load".
	Series string `json:"series"`
	Final  bool   `json:"final,omitempty"`

	ElapsedSeconds float64 `json:"elapsed_s"`
	Operations     uint64  `json:"operations"`
	RatePerSecond  float64 `json:"rate_per_s"`

	// OfferedPerSecond is the rate that was asked for. Zero in a closed loop.
	OfferedPerSecond float64 `json:"offered_per_s,omitempty"`

	// Latency counts from the intended start of an operation, Service from
	// its actual start. In a closed loop only Service is set.
	Latency *Quantiles `json:"latency,omitempty"`
	Service *Quantiles `json:"service,omitempty"`

	// Lag is how late the generator itself was.
	Lag *Quantiles `json:"lag,omitempty"`

	// Baseline names what Ratio compares with; Ratio is time per operation
	// over the baseline's, so below 1 is faster.
	Baseline string    `json:"baseline,omitempty"`
	Ratio    *Interval `json:"ratio,omitempty"`

	AllocsPerOp float64 `json:"allocs_per_op,omitempty"`
	BytesPerOp  float64 `json:"bytes_per_op,omitempty"`

	// Steps are the shares of the steps of an operation in its time, from a
	// CPU profile. Together they are 1.
	Steps []StepShare `json:"steps,omitempty"`

	// Verdicts counts answers by verdict, such as "accept" or
	// "INVALID_AUDIENCE". Wrong counts unexpected verdicts, Failed operations
	// without any verdict.
	Verdicts map[string]uint64 `json:"verdicts,omitempty"`
	Wrong    uint64            `json:"wrong,omitempty"`
	Failed   uint64            `json:"failed,omitempty"`

	// Failures counts the operations without a verdict by reason.
	Failures map[string]uint64 `json:"failures,omitempty"`

	// WrongAnswers has an example of each kind of wrong verdict.
	WrongAnswers []WrongAnswer `json:"wrong_answers,omitempty"`

	// Dropped counts operations that were due and never began, and Late those
	// that began late because too many were in progress.
	Dropped uint64 `json:"dropped,omitempty"`
	Late    uint64 `json:"late,omitempty"`

	// Course is how a load went over time. Nil for a benchmark and for a live
	// sample.
	Course *Course `json:"course,omitempty"`

	// InFlight, Events and Thresholds are only in a live sample of a load: the
	// requests without an answer, the events that have begun, and what the
	// thresholds would say if the load ended now.
	InFlight   int         `json:"in_flight,omitempty"`
	Events     []Event     `json:"events,omitempty"`
	Thresholds []Threshold `json:"thresholds,omitempty"`

	// Histogram holds counts by upper bound, ascending.
	Histogram []Bucket `json:"histogram,omitempty"`

	// Invalid lists the reasons why the times of a final sample must not be
	// used.
	Invalid []string `json:"invalid,omitempty"`

	// Notes say in sentences under which conditions a final sample was
	// measured.
	Notes []string `json:"notes,omitempty"`
}

// WrongAnswer is the first answer of its kind: the same case with the same
// wrong verdict.
type WrongAnswer struct {
	Case   string `json:"case"`
	Want   string `json:"want"`
	Got    string `json:"got"`
	Count  uint64 `json:"count"`
	Status int    `json:"status"`

	// Body is how the body begins, without secrets.
	Body string `json:"body,omitempty"`
}

// Quantiles are durations in nanoseconds. A quantile that too few samples
// support is zero, and absent from JSON.
type Quantiles struct {
	Count  uint64 `json:"count"`
	MeanNS int64  `json:"mean_ns"`
	P50NS  int64  `json:"p50_ns,omitzero"`
	P90NS  int64  `json:"p90_ns,omitzero"`
	P95NS  int64  `json:"p95_ns,omitzero"`
	P99NS  int64  `json:"p99_ns,omitzero"`
	P999NS int64  `json:"p999_ns,omitzero"`
	MaxNS  int64  `json:"max_ns"`

	// Counts is the whole distribution, in a final sample of a load: durations
	// in nanoseconds, ascending and accurate to 0.1 %, each followed by how
	// often it was measured.
	Counts []int64 `json:"counts,omitempty"`
}

// StepShare is the share of a step in the time of an operation, 0 to 1.
type StepShare struct {
	Step  string  `json:"step"`
	Share float64 `json:"share"`
}

// Interval is an estimate with its 95 % interval.
type Interval struct {
	Estimate float64 `json:"estimate"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// Bucket counts the operations that took at most UpToNS and more than the
// bucket before.
type Bucket struct {
	UpToNS int64  `json:"up_to_ns"`
	Count  uint64 `json:"count"`
}
