package tui

import (
	"github.com/assay-id/assay/reports"
)

// series holds the samples of one series.
type series struct {
	name    string
	latest  *reports.Sample
	history history
}

// measurement is what the records of a benchmark or a load say.
type measurement struct {
	header   *reports.Header
	progress *reports.Progress
	footer   *reports.Footer
	summary  reports.Summary
	series   []*series
	capacity *reports.Capacity // of a search, so far

	ending   string // how it came to its end, or ""
	recorded string // when, if it is a recording
}

// recordedMeasurement returns that of a recording.
func recordedMeasurement(run *reports.Recording) *measurement {
	m := &measurement{ending: "incomplete", recorded: run.Header.StartedAt.Format("2006-01-02 15:04")}
	m.apply(reports.Record{Kind: reports.KindHeader, Header: run.Header})
	for _, s := range run.Samples {
		m.apply(reports.Record{Kind: reports.KindSample, Sample: s})
	}
	if run.Progress != nil {
		m.apply(reports.Record{Kind: reports.KindProgress, Progress: run.Progress})
	}
	if run.Footer != nil {
		m.apply(reports.Record{Kind: reports.KindFooter, Footer: run.Footer})
	}
	return m
}

// apply handles one record.
func (m *measurement) apply(rec reports.Record) {
	m.summary.Handle(rec) // never fails
	switch rec.Kind {
	case reports.KindHeader:
		m.header = rec.Header
	case reports.KindProgress:
		m.progress = rec.Progress
		if rec.Progress.Capacity != nil {
			m.capacity = rec.Progress.Capacity
		}
	case reports.KindFooter:
		m.footer = rec.Footer
		if rec.Footer.Capacity != nil {
			m.capacity = rec.Footer.Capacity
		}
	case reports.KindSample:
		m.add(rec.Sample)
	}
}

// add handles one sample. A final one summarizes those before it.
func (m *measurement) add(sample *reports.Sample) {
	s := m.of(sample.Series)
	if s == nil {
		s = &series{name: sample.Series}
		m.series = append(m.series, s)
	}
	s.latest = sample
	switch {
	case sample.Course != nil && len(sample.Course.Windows) > 0:
		s.history.follow(sample.Course)
	case !sample.Final:
		s.history.add(sample)
	}
}

// of returns the series with a name, or nil.
func (m *measurement) of(name string) *series {
	if m == nil {
		return nil
	}
	for _, s := range m.series {
		if s.name == name {
			return s
		}
	}
	return nil
}

// whole returns the sample of the whole load: that of the first series, or of
// the one that a search for the capacity ended with. Nil if there is none.
func (m *measurement) whole() *reports.Sample {
	if m == nil || len(m.series) == 0 {
		return nil
	}
	if m.footer != nil && m.footer.Capacity != nil {
		return m.series[len(m.series)-1].latest
	}
	return m.series[0].latest
}

// events returns those of a load that have begun.
func (m *measurement) events() []reports.Event {
	switch s := m.whole(); {
	case s == nil:
		return nil
	case s.Course != nil:
		return s.Course.Events
	default:
		return s.Events
	}
}

// thresholds returns the verdicts, or those so far.
func (m *measurement) thresholds() []reports.Threshold {
	switch s := m.whole(); {
	case m.footer != nil:
		return m.footer.Thresholds
	case s != nil:
		return s.Thresholds
	}
	return nil
}

// invalid returns in sentences why figures must not be used, each once.
func (m *measurement) invalid() []string {
	if m.footer == nil {
		return nil
	}
	return m.footer.Invalid
}
