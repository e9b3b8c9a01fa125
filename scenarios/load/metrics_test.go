package load_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/assay-id/assay/scenarios/load"
)

// scrape returns the metrics at a URL as Prometheus reads them if it asks for
// native histograms.
func scrape(t *testing.T, url string) map[string]*dto.MetricFamily {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	// What Prometheus 3 sends with scrape_native_histograms.
	r.Header.Set("Accept", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,text/plain;version=0.0.4;q=0.2")
	answer, err := client(t).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	all := make(map[string]*dto.MetricFamily)
	decoder := expfmt.NewDecoder(answer.Body, expfmt.ResponseFormat(answer.Header))
	for {
		family := new(dto.MetricFamily)
		if err := decoder.Decode(family); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[family.GetName()] = family
	}
}

// native returns how many observations a native histogram has.
func native(h *dto.Histogram) (n int64) {
	var count int64 // of a bucket, as the difference to the one before
	for _, d := range h.GetPositiveDelta() {
		count += d
		n += count
	}
	return n + int64(h.GetZeroCount())
}

// A scrape during a load sees what has ended so far, as native histograms.
func TestMetricsOfARunningLoad(t *testing.T) {
	t.Parallel()
	m := load.NewMetrics()
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	enough, release := make(chan struct{}), make(chan struct{})
	var served atomic.Int64
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if served.Add(1) == 21 { // 20, and the one that looks whether the target is there
			close(enough)
			<-release
		}
	})
	o := against(target(t, handler))
	o.Metrics, o.Connections, o.Mix, o.Seed = m, 1, mix("good=3,expired=1"), 3
	ended := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() {
		_, err := load.Run(ctx, o, new(record).emit)
		ended <- err
	}()
	<-enough
	during := scrape(t, server.URL)
	close(release)
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "wrong == 0") {
		t.Errorf("Run = %v, want wrong verdicts: the service accepts everything", err)
	}
	for _, name := range []string{"assay_load_latency_seconds", "assay_load_service_seconds"} {
		h := during[name].GetMetric()[0].GetHistogram()
		if n := native(h); n < 18 || n > 20 || h.GetSampleCount() != uint64(n) || h.GetSchema() < 3 || len(h.GetBucket()) == 0 {
			t.Errorf("%s has %d of %d observations in native buckets of schema %d, and %d classic ones, want about 20 in both",
				name, n, h.GetSampleCount(), h.GetSchema(), len(h.GetBucket()))
		}
	}
	if v := during["assay_load_in_flight"].GetMetric()[0].GetGauge().GetValue(); v < 0 || v > 1 {
		t.Errorf("%v requests are in flight, want at most 1", v)
	}

	after := scrape(t, server.URL)
	h := after["assay_load_latency_seconds"].GetMetric()[0].GetHistogram()
	if n := native(h); n != 200 || h.GetSampleCount() != 200 {
		t.Errorf("at the end there are %d of %d observations, want 200", n, h.GetSampleCount())
	}
	counted := make(map[string]float64)
	for _, c := range after["assay_load_requests_total"].GetMetric() {
		key := ""
		for _, l := range c.GetLabel() {
			key += l.GetName() + "=" + l.GetValue() + " "
		}
		counted[key] = c.GetCounter().GetValue()
	}
	expired := after["assay_load_wrong_total"].GetMetric()[0].GetCounter().GetValue()
	if good := counted["case=good verdict=accept "]; good+expired != 200 || expired < 20 || counted["case=expired verdict=accept "] != expired {
		t.Errorf("%v were counted and %v of them wrong, want 200, the expired ones wrong", counted, expired)
	}
}

// Without native histograms there are classic ones, in text.
func TestMetricsAsText(t *testing.T) {
	t.Parallel()
	answer := httptest.NewRecorder()
	load.NewMetrics().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if got := answer.Body.String(); !strings.Contains(got, `assay_load_latency_seconds_bucket{le="0.001"} 0`) || answer.Code != http.StatusOK {
		t.Errorf("the metrics are %d %s", answer.Code, got)
	}
}
