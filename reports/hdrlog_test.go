package reports_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/assay-id/assay/reports"
)

// The reader of HdrHistogram finds the counts of each clock.
func TestHDRLogIsReadBack(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	log := reports.NewHDRLog(&text)
	started := time.Unix(1_700_000_000, 0)
	quantiles := func(counts ...int64) *reports.Quantiles { return &reports.Quantiles{Counts: counts} }
	for _, r := range []reports.Record{
		{Kind: reports.KindHeader, Header: &reports.Header{StartedAt: started}},
		{Kind: reports.KindSample, Sample: &reports.Sample{Series: "live", Latency: quantiles(5, 1)}},
		{Kind: reports.KindSample, Sample: &reports.Sample{Series: "load, all", Final: true, ElapsedSeconds: 2.5, Latency: quantiles(1_000_000, 3, 2_000_000, 1), Service: quantiles(900_000, 4)}},
		{Kind: reports.KindSample, Sample: &reports.Sample{Series: "bench", Final: true, Service: &reports.Quantiles{Count: 4}}},
	} {
		if err := log.Handle(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	reader := hdrhistogram.NewHistogramLogReader(strings.NewReader(text.String()))
	for _, want := range []struct {
		tag        string
		count, max int64
	}{{"load__all:latency", 4, 2_000_000}, {"load__all:service", 4, 900_000}} {
		h, err := reader.NextIntervalHistogram()
		if err != nil || h == nil {
			t.Fatalf("the log has no line for %s: %v\n%s", want.tag, err, text.String())
		}
		if h.Tag() != want.tag || h.TotalCount() != want.count || h.Max()/1000 != want.max/1000 || h.EndTimeMs()-h.StartTimeMs() != 2500 {
			t.Errorf("a line has %s, %d counts, the maximum %d and %d ms, want %+v and 2500 ms", h.Tag(), h.TotalCount(), h.Max(), h.EndTimeMs()-h.StartTimeMs(), want)
		}
	}
	if h, err := reader.NextIntervalHistogram(); h != nil || err != nil {
		t.Errorf("the log continues with %v, %v", h, err)
	}
}
