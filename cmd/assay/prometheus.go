package main

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/load"
)

// metricsServer serves the figures of a load while it runs.
type metricsServer struct {
	metrics *load.Metrics // nil without --prometheus
	stop    context.CancelFunc
	served  chan error
}

// serveMetrics listens on the address of --prometheus, if there is one, and says
// where.
func (a *app) serveMetrics(ctx context.Context, address string) (*metricsServer, error) {
	s := new(metricsServer)
	if address == "" {
		return s, nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil || !implementations.Loopback(host) {
		return nil, usageHint("--prometheus 127.0.0.1:9464", "--prometheus is %q, want an address and a port of this machine alone", address)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, usage("--prometheus: %v", err)
	}
	s.metrics, s.served = load.NewMetrics(), make(chan error, 1)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics)
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	go func() { s.served <- load.Serve(serving, listener, mux, load.ServeOptions{}) }()
	fmt.Fprintf(a.stderr, "metrics: http://%s/metrics\n", listener.Addr())
	return s, nil
}

// Close stops to serve.
func (s *metricsServer) Close() error {
	if s.metrics == nil {
		return nil
	}
	s.stop()
	return <-s.served
}
