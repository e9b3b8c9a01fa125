package stream

import (
	"strconv"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/bench/machine"
)

// Stream is the stream of one measurement. It is not safe for concurrent use,
// and neither is the function behind it.
type Stream struct {
	emit  func(reports.Record) error
	begin time.Time
}

// Open emits the header and a plan without cases. h is the header as far as the
// caller knows it, with Command; Open sets SchemaVersion, Seed, Policy, Host
// and StartedAt, and Implementation to the builtin one if it has no name. An
// error here and everywhere is that of emit.
func Open(h reports.Header, seed uint64, emit func(reports.Record) error) (*Stream, error) {
	s := &Stream{emit: emit, begin: time.Now()}
	h.SchemaVersion = reports.SchemaVersion
	h.Seed = strconv.FormatUint(seed, 16)
	h.Policy = "char"
	h.Host = machine.Host()
	h.StartedAt = s.begin
	if h.Implementation.Name == "" {
		h.Implementation = reports.Implementation{Name: "builtin", Language: "go"}
	}
	if err := emit(reports.Record{Kind: reports.KindHeader, Header: &h}); err != nil {
		return nil, err
	}
	return s, emit(reports.Record{Kind: reports.KindPlan, Plan: &reports.Plan{Cases: []reports.PlannedCase{}}})
}

// Sample emits a sample.
func (s *Stream) Sample(sample reports.Sample) error {
	return s.emit(reports.Record{Kind: reports.KindSample, Sample: &sample})
}

// Progress emits where the measurement stands.
func (s *Stream) Progress(p reports.Progress) error {
	return s.emit(reports.Record{Kind: reports.KindProgress, Progress: &p})
}

// Close sets the times of f and emits it.
func (s *Stream) Close(f *reports.Footer) error {
	f.EndedAt = time.Now()
	f.DurationSeconds = f.EndedAt.Sub(s.begin).Seconds()
	return s.emit(reports.Record{Kind: reports.KindFooter, Footer: f})
}
