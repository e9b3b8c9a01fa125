package load

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/measure/gate"
	"github.com/assay-id/assay/scenarios/measure/latency"
)

// Merge joins the recordings of the parts of one load, judges the thresholds of
// the parts and the given ones, and emits the stream that a single process would
// have emitted, without live samples, with a sample for each part in addition.
//
// It refuses a part that cannot be read, that is there twice or that belongs to
// another load, with a [gate.ErrUsage]. A load of which a part is missing or was
// not carried out is void, and the error is a [gate.ErrInvalid] that names it.
// Nothing is emitted in either case. Otherwise it ends as [Run] does.
func Merge(streams []reports.Stream, thresholds []string, emit func(reports.Record) error) (Result, error) {
	if _, err := gate.ParseAll(thresholds, gate.Load); err != nil {
		return Result{}, err
	}
	m := &merge{}
	for _, s := range streams {
		part, err := readPart(s)
		if err != nil {
			return Result{}, gate.Usage("%w", err)
		}
		m.parts = append(m.parts, part)
	}
	if err := m.check(); err != nil {
		return Result{}, err
	}
	if err := m.join(thresholds); err != nil {
		return Result{}, gate.Usage("%w", err)
	}
	if err := gate.Check(m.thresholds, m.collector.final(m.schedule.duration)); err != nil {
		return Result{}, err
	}
	return m.emit(emit)
}

// partRecording is the recording of a part.
type partRecording struct {
	*reports.Part
	name    string
	header  *reports.Header
	samples []reports.Sample // final
	footer  *reports.Footer
}

func readPart(s reports.Stream) (*partRecording, error) {
	p := &partRecording{name: s.Name}
	for record, err := range s.Records() {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		switch record.Kind {
		case reports.KindHeader:
			p.header = record.Header
		case reports.KindSample:
			if record.Sample.Final {
				p.samples = append(p.samples, *record.Sample)
			}
		case reports.KindFooter:
			p.footer = record.Footer
		}
	}
	if p.Part = p.footer.Part; p.Part == nil {
		return nil, fmt.Errorf("%s records a whole assay %s, want a part of assay load", p.name, reports.Excerpt(p.header.Command, 80))
	}
	if p.Number < 1 || p.Number > p.Of || p.Of > mostParts {
		return nil, fmt.Errorf("%s is %s, want a number from 1 to the count, which is at most %d", p.name, p.Name(), mostParts)
	}
	return p, nil
}

// merge is a load that is put together from its parts.
type merge struct {
	parts      []*partRecording // in the order of their numbers
	schedule   schedule
	warmup     time.Duration
	mix        Mix
	thresholds []gate.Threshold
	collector  *collector
	dropped    uint64
	result     Result
}

// check makes sure that the parts are those of one load, each once.
func (m *merge) check() error {
	if len(m.parts) == 0 {
		return gate.Usage("there is no part to merge")
	}
	slices.SortStableFunc(m.parts, func(a, b *partRecording) int { return cmp.Compare(a.Number, b.Number) })
	first := m.parts[0]
	var problems []string
	for i, p := range m.parts {
		if err := sameLoad(first, p); err != nil {
			return gate.Usage("%w", err)
		}
		if i > 0 && p.Number == m.parts[i-1].Number {
			return gate.Usage("%s is both in %s and in %s", p.Name(), m.parts[i-1].name, p.name)
		}
		if p.Void != "" {
			problems = append(problems, fmt.Sprintf("%s: %s", p.Name(), reports.Excerpt(p.Void, 300)))
		}
	}
	for n := 1; n <= first.Of && len(problems) < mostFailures; n++ {
		if !slices.ContainsFunc(m.parts, func(p *partRecording) bool { return p.Number == n }) {
			missing := reports.Part{Number: n, Of: first.Of}
			problems = append(problems, missing.Name()+" is missing")
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("%w: %s", gate.ErrInvalid, strings.Join(problems, "; "))
	}
	return nil
}

// sameLoad returns an error unless both are parts of one load.
func sameLoad(a, b *partRecording) error {
	was, is := described(a), described(b)
	for i, s := range is {
		if i >= len(was) || was[i] != s {
			return fmt.Errorf("%s of %s is %q, which is another load than that of %s", reports.Excerpt(s.Name, 80), b.name,
				reports.Excerpt(s.Value, 80), a.name)
		}
	}
	if len(is) < len(was) {
		return fmt.Errorf("%s has fewer settings than %s: it is of another load", b.name, a.name)
	}
	return nil
}

// described returns everything in which the parts of a load must agree.
func described(p *partRecording) []reports.Setting {
	w := p.Whole
	return append([]reports.Setting{
		{Name: "tool", Value: p.header.Tool + " " + p.header.ToolVersion},
		{Name: "number of parts", Value: fmt.Sprint(p.Of)},
		{Name: "start", Value: w.StartAt.Format(time.RFC3339Nano)},
		{Name: "schedule", Value: fmt.Sprint(w.Schedule)},
		{Name: "seed of the arrivals", Value: w.PoissonSeed},
		{Name: "warm-up", Value: fmt.Sprint(w.WarmupSeconds, " s")},
		{Name: "mix", Value: w.Mix},
		{Name: "series", Value: w.Series},
		{Name: "thresholds", Value: strings.Join(w.Thresholds, ", ")},
		{Name: "allowance of invalid times", Value: fmt.Sprint(w.AllowInvalid)},
	}, w.Settings...)
}

// join adds the counts of the parts. The thresholds are judged in addition to
// those of the parts.
func (m *merge) join(thresholds []string) error {
	whole := m.parts[0].Whole
	var err error
	// What a scenario is about no longer matters: its answers were judged.
	named := func(name string) (corpus.Case, error) { return corpus.Case{Name: name}, nil }
	if m.mix, err = ParseMixOf(whole.Mix, named); err != nil {
		return err
	}
	if m.thresholds, err = gate.ParseAll(slices.Concat(whole.Thresholds, thresholds), gate.Load); err != nil {
		return err
	}
	var segments []Segment
	for _, s := range whole.Schedule {
		segments = append(segments, Segment{
			From: s.FromPerSecond, To: s.ToPerSecond, Duration: seconds(s.Seconds),
			Swing: s.SwingPerSecond, Period: seconds(s.PeriodSeconds),
		})
	}
	if m.schedule, err = newSchedule(segments); err != nil {
		return err
	}
	if whole.PoissonSeed != "" {
		seed, err := strconv.ParseUint(whole.PoissonSeed, 16, 64)
		if err != nil {
			return fmt.Errorf("the seed of the arrivals is %q", reports.Excerpt(whole.PoissonSeed, 80))
		}
		if m.schedule, err = m.schedule.randomly(seed); err != nil {
			return err
		}
	}
	m.warmup = seconds(whole.WarmupSeconds)
	if m.warmup < 0 || m.warmup > m.schedule.duration {
		return fmt.Errorf("the warm-up of %v is not part of the schedule", m.warmup)
	}
	m.collector = newCollector(whole.Series, m.schedule, m.warmup, m.mix)
	for _, p := range m.parts {
		if err := m.add(p); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// mostWrong is more kinds of wrong answers than a part has.
const mostWrong = 1000

// add adds the counts of a part.
func (m *merge) add(p *partRecording) error {
	c := m.collector
	series := append([]*counts{&c.whole}, pointers(c.parts)...)
	if len(c.parts) == 1 {
		series = series[:1] // its case is the whole
	}
	if len(p.samples) != len(series) {
		return fmt.Errorf("%d final samples, want %d", len(p.samples), len(series))
	}
	for i, s := range p.samples {
		if s.Series != series[i].series {
			return fmt.Errorf("a sample is called %s, want %s", reports.Excerpt(s.Series, 80), series[i].series)
		}
		if err := series[i].restore(s); err != nil {
			return fmt.Errorf("sample %s: %w", series[i].series, err)
		}
	}
	if len(c.parts) == 1 {
		c.parts[0] = c.whole
	}
	whole := p.samples[0]
	due := m.schedule.part(p.Number, p.Of).countBetween(m.warmup, m.schedule.duration)
	if n := whole.Operations; n > due || whole.Dropped != due-n {
		return fmt.Errorf("%d requests were counted and %d dropped, want %d", n, whole.Dropped, due)
	}
	lag, err := restored(whole.Lag)
	if err != nil {
		return fmt.Errorf("lag: %w", err)
	}
	if err := c.course.restore(whole.Course, whole.Operations, whole.Wrong, whole.Failed); err != nil {
		return fmt.Errorf("course: %w", err)
	}
	c.lag.Merge(lag)
	c.last = max(c.last, seconds(p.LastSeconds))
	c.waited += whole.Late
	m.dropped += whole.Dropped
	for _, reason := range slices.Sorted(maps.Keys(whole.Failures)) {
		c.addFailures(reason, whole.Failures[reason])
	}
	for _, w := range whole.WrongAnswers[:min(len(whole.WrongAnswers), mostWrong)] {
		c.addWrong(w)
	}
	return nil
}

// pointers returns pointers to the elements of list.
func pointers(list []counts) []*counts {
	var all []*counts
	for i := range list {
		all = append(all, &list[i])
	}
	return all
}

// restore adds the counts of a final sample.
func (c *counts) restore(s reports.Sample) error {
	response, err := restored(s.Latency)
	if err != nil {
		return fmt.Errorf("latency: %w", err)
	}
	service, err := restored(s.Service)
	if err != nil {
		return fmt.Errorf("service: %w", err)
	}
	judged := s.Failed
	for _, n := range s.Verdicts {
		judged += n
	}
	if n := s.Operations; response.Count() != n || service.Count() != n || judged != n || s.Wrong > n {
		return fmt.Errorf("%d requests, %d latencies, %d service times, %d verdicts and failures, want as many of each",
			n, response.Count(), service.Count(), judged)
	}
	c.response.Merge(response)
	c.service.Merge(service)
	for verdict, n := range s.Verdicts {
		c.verdicts[verdict] += n
	}
	c.wrong += s.Wrong
	c.failed += s.Failed
	return nil
}

// restored returns the histogram that q summarizes.
func restored(q *reports.Quantiles) (*latency.Histogram, error) {
	if q == nil {
		return latency.New(latency.Fine), nil
	}
	return latency.Restore(latency.Fine, q.Counts, time.Duration(q.MaxNS))
}

// seconds returns the duration of s seconds, to the nanosecond: the parts have
// written one.
func seconds(s float64) time.Duration { return time.Duration(math.Round(s * float64(time.Second))) }

// emit judges the whole and emits its stream.
func (m *merge) emit(emit func(reports.Record) error) (Result, error) {
	footer := &m.result.Footer
	series := m.collector.final(m.schedule.duration)
	m.result.Notes = m.notes()
	judgement := m.conditions().judge(m.thresholds, series, footer)
	for _, s := range series {
		m.result.Samples = append(m.result.Samples, s.Sample)
	}
	m.result.Samples = append(m.result.Samples, m.samples()...)

	first := m.parts[0]
	header := *first.header
	header.Shard = ""
	for _, p := range m.parts {
		if p.header.StartedAt.Before(header.StartedAt) {
			header.StartedAt = p.header.StartedAt
		}
		if p.footer.EndedAt.After(footer.EndedAt) {
			footer.EndedAt = p.footer.EndedAt
		}
	}
	footer.DurationSeconds = footer.EndedAt.Sub(header.StartedAt).Seconds()

	records := []reports.Record{
		{Kind: reports.KindHeader, Header: &header},
		{Kind: reports.KindPlan, Plan: &reports.Plan{}},
	}
	for i := range m.result.Samples {
		records = append(records, reports.Record{Kind: reports.KindSample, Sample: &m.result.Samples[i]})
	}
	for _, r := range append(records, reports.Record{Kind: reports.KindFooter, Footer: footer}) {
		if err := emit(r); err != nil {
			return m.result, err
		}
	}
	return m.result, judgement.Conclude(footer.Invalid)
}

// samples returns the sample of each part, without what the whole has.
func (m *merge) samples() []reports.Sample {
	var all []reports.Sample
	for _, p := range m.parts {
		s := p.samples[0]
		s.Series = p.Name()
		s.Verdicts, s.Histogram, s.Course, s.Invalid, s.Notes, s.WrongAnswers, s.Failures = nil, nil, nil, nil, nil, nil, nil
		all = append(all, s)
	}
	return all
}

// conditions returns those of the whole. What delayed one part is a doubt about
// all.
func (m *merge) conditions() conditions {
	c := conditions{notes: m.result.Notes, dropped: m.dropped, allowInvalid: m.parts[0].Whole.AllowInvalid}
	whole := &m.collector.whole
	if n := whole.operations(); n == whole.failed {
		c.unmeasured = []string{"no request got a verdict: " + m.collector.reasons()}
		return c
	}
	if !m.mix.isDefault() {
		c.unmeasured = append(c.unmeasured, m.collector.notPresented()...)
	}
	if m.dropped > 0 {
		c.doubts = []string{fmt.Sprintf("%d requests were not sent: a part was too far behind its schedule and gave up", m.dropped)}
	}
	for _, p := range m.parts {
		for _, why := range p.Crowded[:min(len(p.Crowded), mostFailures)] {
			c.crowded = append(c.crowded, p.Name()+": "+reports.Excerpt(why, 300))
		}
	}
	return c
}

// notes returns what a reader must know about the conditions.
func (m *merge) notes() []string {
	var offsets []string
	for _, p := range m.parts {
		offsets = append(offsets, fmt.Sprintf("%.1f ms", p.FirstSentMillis))
	}
	notes := []string{fmt.Sprintf("%d parts sent their first requests %s after the start at %s, each by its own clock",
		len(m.parts), strings.Join(offsets, ", "), m.parts[0].Whole.StartAt.Format(time.RFC3339Nano))}
	if shape := m.schedule.note(m.warmup); shape != "" {
		notes = append(notes, shape)
	}
	if m.mix.isDefault() {
		notes = append(notes, m.collector.notPresented()...)
	}
	return notes
}
