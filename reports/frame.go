package reports

import "time"

// Frame emits the records of a stream: header and plan first, the footer last,
// with their times filled in. Start with [Begin]. It is safe for concurrent use
// if emit is.
type Frame struct {
	emit    func(Record) error
	started time.Time
}

// Begin emits h, with SchemaVersion and StartedAt set, and plan. A measurement
// passes the zero plan, which has no cases. Every error of a Frame was returned
// by emit.
func Begin(h Header, plan Plan, emit func(Record) error) (*Frame, error) {
	f := &Frame{emit: emit, started: time.Now()}
	h.SchemaVersion = SchemaVersion
	h.StartedAt = f.started
	if err := emit(Record{Kind: KindHeader, Header: &h}); err != nil {
		return nil, err
	}
	if plan.Cases == nil {
		plan.Cases = []PlannedCase{} // JSON has null for a nil slice
	}
	return f, emit(Record{Kind: KindPlan, Plan: &plan})
}

// Start emits that the case with this ID begins now.
func (f *Frame) Start(id string) error {
	return f.emit(Record{Kind: KindStart, Start: &Start{ID: id, At: time.Now()}})
}

// Case emits the result of a case.
func (f *Frame) Case(c Case) error { return f.emit(Record{Kind: KindCase, Case: &c}) }

// Sample emits figures of a measurement.
func (f *Frame) Sample(s Sample) error { return f.emit(Record{Kind: KindSample, Sample: &s}) }

// Progress emits how far the work has come.
func (f *Frame) Progress(p Progress) error {
	return f.emit(Record{Kind: KindProgress, Progress: &p})
}

// End sets the times of footer and emits it.
func (f *Frame) End(footer *Footer) error {
	footer.EndedAt = time.Now()
	footer.DurationSeconds = footer.EndedAt.Sub(f.started).Seconds()
	return f.emit(Record{Kind: KindFooter, Footer: footer})
}
