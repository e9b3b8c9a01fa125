package load_test

import (
	"bytes"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/scenarios/measure/gate"
	"github.com/assay-id/assay/scenarios/measure/latency"
)

// What vegeta reads back from a file of hits has the figures of the report.
func TestHitsAreReadByVegeta(t *testing.T) {
	t.Parallel()
	for format, decoder := range map[string]vegeta.DecoderFactory{
		"gob": vegeta.NewDecoder, "json": vegeta.NewJSONDecoder, "csv": vegeta.NewCSVDecoder,
	} {
		url := target(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Millisecond)
			_, _ = w.Write([]byte("a body that is not repeated"))
		}))
		var file bytes.Buffer
		opts := against(url)
		opts.Warmup = 100 * time.Millisecond
		var err error
		if opts.Hits, err = load.NewHits(&file, format); err != nil {
			t.Fatal(err)
		}
		result, err := load.Run(t.Context(), opts, new(record).emit)
		notMissed(t, err)
		if err := opts.Hits.Close(); err != nil {
			t.Fatal(err)
		}
		read, histogram := 0, latency.New(latency.Fine)
		var hit vegeta.Result
		for decode := decoder(&file); decode.Decode(&hit) == nil; read++ {
			if hit.Code != 200 || hit.URL != url || hit.Method != http.MethodGet || len(hit.Body) > 0 || len(hit.Headers) > 0 || hit.Timestamp.IsZero() {
				t.Fatalf("a hit in %s is %+v", format, hit)
			}
			histogram.Record(hit.Latency)
		}
		want := *result.Samples[0].Latency
		want.Counts = nil
		if diff := cmp.Diff(&want, histogram.Quantiles()); diff != "" || read != 200 {
			t.Errorf("%d hits in %s have other figures (-report +file):\n%s", read, format, diff)
		}
	}
	if _, err := load.NewHits(nil, "xml"); !errors.Is(err, gate.ErrUsage) {
		t.Errorf("NewHits of xml = %v, want an ErrUsage", err)
	}
}
