package load

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are the figures of a load for Prometheus, while it runs: histograms
// of the latency, the service time and the lag of the generator, native ones for
// a server that asks for them and classic ones for others, and counters of the
// verdicts. Requests of the warm-up are left out. Start with [NewMetrics]. It is
// an [http.Handler], and safe for concurrent use.
type Metrics struct {
	http.Handler

	latency, service, lag prometheus.Histogram
	requests, wrong       *prometheus.CounterVec
	offered, inFlight     prometheus.Gauge
}

// bucketFactor bounds how much larger each bucket of a native histogram is than
// the one before: quantiles are accurate to 5 %.
const bucketFactor = 1.1

// mostNativeBuckets is more than durations from 10 µs to a minute need.
const mostNativeBuckets = 200

// noVerdict is the verdict of a request without one, as a label.
const noVerdict = "none"

// NewMetrics returns Metrics that begin at zero.
func NewMetrics() *Metrics {
	registry := prometheus.NewPedanticRegistry()
	histogram := func(name, help string) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "assay_load_" + name, Help: help,
			Buckets:                        prometheus.ExponentialBuckets(0.0005, 2, 14),
			NativeHistogramBucketFactor:    bucketFactor,
			NativeHistogramMaxBucketNumber: mostNativeBuckets,
		})
		registry.MustRegister(h)
		return h
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "assay_load_" + name, Help: help}, labels)
		registry.MustRegister(c)
		return c
	}
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "assay_load_" + name, Help: help})
		registry.MustRegister(g)
		return g
	}
	return &Metrics{
		Handler:  promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
		latency:  histogram("latency_seconds", "Time from the intended start of a request to the end of its answer."),
		service:  histogram("service_seconds", "Time from the actual start of a request to the end of its answer."),
		lag:      histogram("lag_seconds", "How late the generator itself was."),
		requests: counter("requests_total", "Requests that ended, by verdict, which is none without one.", "case", "verdict"),
		wrong:    counter("wrong_total", "Requests that got a wrong verdict.", "case"),
		offered:  gauge("offered_per_second", "Requests per second that the schedule offers now."),
		inFlight: gauge("in_flight", "Requests that wait for their answer."),
	}
}

// add counts a hit of the named case. A nil Metrics counts nothing.
func (m *Metrics) add(name string, h hit, closed bool) {
	if m == nil {
		return
	}
	m.service.Observe((h.ended - h.started).Seconds())
	if !closed {
		m.latency.Observe((h.ended - h.intended).Seconds())
		if !h.waited {
			m.lag.Observe(max(h.started-h.intended, 0).Seconds())
		}
	}
	verdict := noVerdict
	if h.judged {
		verdict = h.verdict
	}
	m.requests.WithLabelValues(name, verdict).Inc()
	if h.judged && !expected(h.want, h.verdict) {
		m.wrong.WithLabelValues(name).Inc()
	}
}

// now sets what changes by itself.
func (m *Metrics) now(s schedule, at time.Duration, inFlight int64) {
	if m != nil {
		m.offered.Set(s.rate(at))
		m.inFlight.Set(float64(inFlight))
	}
}
