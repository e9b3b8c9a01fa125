package control

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/assay-id/assay/mockidp"
)

// collector reads the metrics from the environments on each scrape, so that
// nothing remains of an environment that was removed.
type collector struct{ idp *mockidp.Server }

// metric returns the description of a metric whose name begins with
// assay_idp_.
func metric(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("assay_idp_"+name, help, labels, nil)
}

// descriptions returns the descriptions of all metrics.
func descriptions() (requests, applied, generation, published, listeners *prometheus.Desc) {
	return metric("requests_total", "Requests received.", "environment", "endpoint"),
		metric("faults_applied_total", "Requests and tokens that faults have struck.",
			"environment", "kind"),
		metric("key_changes_total", "Changes of the signing key and of the published keys.",
			"environment"),
		metric("published_keys", "Keys in the JWK Set, without decoys.", "environment"),
		metric("listener_connections_total", "Connections accepted.", "url")
}

// Describe implements [prometheus.Collector].
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	requests, applied, generation, published, listeners := descriptions()
	for _, d := range []*prometheus.Desc{requests, applied, generation, published, listeners} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	requests, applied, generation, published, listeners := descriptions()
	counter := func(d *prometheus.Desc, n float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, n, labels...)
	}
	for _, e := range c.idp.Environments() {
		for endpoint, n := range e.Counts() {
			counter(requests, float64(n), e.Name(), string(endpoint))
		}
		for kind, n := range e.Faults().Applied() {
			counter(applied, float64(n), e.Name(), string(kind))
		}
		counter(generation, float64(e.Ring().Generation()), e.Name())
		ch <- prometheus.MustNewConstMetric(published, prometheus.GaugeValue,
			float64(len(e.Ring().Published())), e.Name())
	}
	for _, l := range c.idp.Listeners() {
		counter(listeners, float64(l.Traffic().Connections), l.URL())
	}
}
