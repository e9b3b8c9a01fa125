package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// HDRLog is a [Handler] that writes the distributions of a load as a log of
// HdrHistogram, for the tools that plot such logs. Each series has a line for its
// latency and one for its service time, in nanoseconds, with both names as the
// tag. Series without their whole distribution, such as those of a benchmark,
// are left out. It is written by Close.
type HDRLog struct {
	w       io.Writer
	text    bytes.Buffer
	started int64 // in milliseconds since 1970
	err     error
}

// NewHDRLog returns an HDRLog to w.
func NewHDRLog(w io.Writer) *HDRLog { return &HDRLog{w: w} }

// Handle adds r.
func (l *HDRLog) Handle(r Record) error {
	log := hdrhistogram.NewHistogramLogWriter(&l.text)
	switch {
	case l.err != nil:
	case r.Kind == KindHeader:
		l.started = r.Header.StartedAt.UnixMilli()
		for _, write := range []func() error{
			log.OutputLogFormatVersion,
			func() error { return log.OutputStartTime(l.started) },
			func() error { return log.OutputBaseTime(l.started) },
			log.OutputLegend,
		} {
			if l.err == nil {
				l.err = write()
			}
		}
	case r.Kind == KindSample && r.Sample.Final:
		s := r.Sample
		for _, clock := range []struct {
			name string
			q    *Quantiles
		}{{"latency", s.Latency}, {"service", s.Service}} {
			if l.err == nil && clock.q != nil && len(clock.q.Counts) > 0 {
				l.err = l.write(log, s, clock.name, clock.q.Counts)
			}
		}
	}
	return l.err
}

// write adds a line.
func (l *HDRLog) write(log *hdrhistogram.HistogramLogWriter, s *Sample, clock string, counts []int64) error {
	const longest = 24 * 60 * 60 * 1e9 // far beyond what a load counts apart
	h := hdrhistogram.New(1, longest, 3)
	for i := 0; i+1 < len(counts); i += 2 {
		if err := h.RecordValues(counts[i], counts[i+1]); err != nil {
			return fmt.Errorf("series %s: %w", Excerpt(s.Series, maxQuoted), err)
		}
	}
	// A tag ends with a comma.
	h.SetTag(strings.NewReplacer(",", "_", " ", "_").Replace(Escape(s.Series) + ":" + clock))
	h.SetStartTimeMs(l.started)
	h.SetEndTimeMs(l.started + int64(1000*s.ElapsedSeconds))
	log.SetBaseTime(l.started)
	return log.OutputIntervalHistogram(h)
}

// Close writes the log.
func (l *HDRLog) Close() error {
	if l.err != nil {
		return l.err
	}
	_, err := l.w.Write(l.text.Bytes())
	return err
}
