package verifierprom

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/assay-id/assay/verifier"
)

// Metrics are the metrics of one verifier. Safe for concurrent use.
type Metrics struct {
	registry prometheus.Registerer

	verifications *prometheus.CounterVec
	verifySeconds prometheus.Histogram
	cacheHits     prometheus.Counter
	fetches       *prometheus.CounterVec
	fetchSeconds  prometheus.Histogram
	suppressed    *prometheus.CounterVec
	changes       prometheus.Counter
}

// The buckets of the histograms, in seconds. A verification takes 20 µs, one
// from the cache 1 µs, and one that waits for keys as long as a fetch, which
// times out after four seconds by default.
var (
	verifyBuckets = []float64{1e-6, 5e-6, 2e-5, 5e-5, 1e-4, 2.5e-4, 1e-3, 1e-2, 0.1, 1, 5}
	fetchBuckets  = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5}
)

// New registers the metrics of the verifier for an issuer. The error comes from
// the registry: it cannot have the metrics of one issuer twice.
func New(registry prometheus.Registerer, issuer string) (*Metrics, error) {
	labels := prometheus.Labels{"issuer": issuer}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{
			Name: name, Help: help, ConstLabels: labels,
		})
	}
	vec := func(name, help string, names ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: name, Help: help, ConstLabels: labels,
		},
			names)
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: name, Help: help, ConstLabels: labels, Buckets: buckets,
		})
	}
	m := &Metrics{
		registry: prometheus.WrapRegistererWith(labels, registry),
		verifications: vec("idtoken_verifications_total",
			"ID Tokens verified, by the code and reason of their refusal.", "code", "reason"),
		verifySeconds: histogram("idtoken_verify_seconds",
			"Time of a verification, waiting for keys included.", verifyBuckets),
		cacheHits: counter("idtoken_cache_hits_total",
			"ID Tokens that were found in the cache."),
		fetches: vec("jwks_fetches_total", "Fetches of the JWK Set, by cause and result.",
			"trigger", "result"),
		fetchSeconds: histogram("jwks_fetch_seconds", "Time of a fetch, discovery included.",
			fetchBuckets),
		suppressed: vec("jwks_refetch_suppressed_total",
			"Fetches that a token called for and that were not made.", "trigger"),
		changes: counter("jwks_changes_total", "Changes to another JWK Set."),
	}
	var errs []error
	for _, c := range []prometheus.Collector{
		m.verifications, m.verifySeconds, m.cacheHits, m.fetches, m.fetchSeconds, m.suppressed, m.changes,
	} {
		errs = append(errs, registry.Register(c))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return m, nil
}

// Hooks returns the functions that count. They can be given to any number of
// verifiers for the issuer.
func (m *Metrics) Hooks() *verifier.Hooks {
	return &verifier.Hooks{
		Verified: func(e verifier.VerifiedEvent) {
			code := ""
			if e.Reason != "" {
				code = string(e.Reason.Code())
			}
			m.verifications.WithLabelValues(code, string(e.Reason)).Inc()
			m.verifySeconds.Observe(e.Duration.Seconds())
			if e.Cached {
				m.cacheHits.Inc()
			}
		},
		Fetched: func(e verifier.FetchedEvent) {
			result := "ok"
			if e.Err != nil {
				result = string(verifier.ReasonOf(e.Err))
			}
			m.fetches.WithLabelValues(string(e.Trigger), result).Inc()
			m.fetchSeconds.Observe(e.Duration.Seconds())
		},
		KeysChanged: func(verifier.KeysChangedEvent) { m.changes.Inc() },
		Suppressed: func(e verifier.SuppressedEvent) {
			m.suppressed.WithLabelValues(string(e.Trigger)).Inc()
		},
	}
}

// StatusSource reports the state of a key source, as a [verifier.Verifier] does.
type StatusSource interface {
	Status() (verifier.Status, bool)
}

// Watch registers the gauges of the key source of v, which are read when they
// are collected. The error comes from the registry: only one source can be
// watched.
func (m *Metrics) Watch(v StatusSource) error { return m.registry.Register(&watch{v}) }

// watch is a collector of the gauges.
type watch struct{ source StatusSource }

var (
	descKeys    = prometheus.NewDesc("jwks_keys", "Usable keys of the JWK Set in use.", nil, nil)
	descSkipped = prometheus.NewDesc("jwks_keys_skipped",
		"Keys of the JWK Set in use that cannot be used.", nil, nil)
	descAge = prometheus.NewDesc("jwks_age_seconds", "Time since the JWK Set was confirmed.",
		nil, nil)
	descSuccess = prometheus.NewDesc("jwks_last_success_timestamp_seconds",
		"When the JWK Set was confirmed.", nil, nil)
	descStale = prometheus.NewDesc("jwks_stale", "Whether the JWK Set is past its freshness.",
		nil, nil)
	descReady    = prometheus.NewDesc("jwks_ready", "Whether tokens can be verified.", nil, nil)
	descFailures = prometheus.NewDesc("jwks_consecutive_failures", "Fetches that failed in a row.",
		nil, nil)
)

// Describe implements prometheus.Collector.
func (w *watch) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descKeys, descSkipped, descAge, descSuccess, descStale, descReady, descFailures,
	} {
		out <- d
	}
}

// Collect implements prometheus.Collector. Before the first fetch only
// readiness and failures are known.
func (w *watch) Collect(out chan<- prometheus.Metric) {
	s, ok := w.source.Status()
	if !ok {
		return
	}
	gauge := func(d *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	gauge(descReady, truth(s.Ready))
	gauge(descFailures, float64(s.Failures))
	if s.Generation == 0 {
		return
	}
	gauge(descKeys, float64(s.Usable))
	gauge(descSkipped, float64(len(s.Keys)-s.Usable))
	gauge(descAge, s.Age.Seconds())
	gauge(descSuccess, float64(s.FetchedAt.UnixMilli())/1000)
	gauge(descStale, truth(!s.FetchedAt.Add(s.Age).Before(s.FreshUntil)))
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
