package run

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/scenarios"
)

// inside sends what the run itself asks the environments to a port of loopback.
// Their issuers may have a name, a proxy or a certificate that only the
// implementation can use.
type inside struct {
	outside string   // the URL of the server
	port    *url.URL // that of a listener on loopback
}

// newInside returns how the run reaches its environments.
func (r *runner) newInside(ctx context.Context) (http.RoundTripper, error) {
	if r.opts.Network == (mockidp.ListenerConfig{}) {
		return sharedTransport(), nil
	}
	l, err := r.server.Listen(ctx, mockidp.ListenerConfig{})
	if err != nil {
		return nil, fmt.Errorf("starting the mock environment: %w", err)
	}
	port, err := url.Parse(l.URL())
	return inside{outside: r.server.URL(), port: port}, err
}

// RoundTrip implements [http.RoundTripper].
func (in inside) RoundTrip(req *http.Request) (*http.Response, error) {
	rest, ok := strings.CutPrefix(req.URL.String(), in.outside)
	if ok && strings.HasPrefix(rest, "/") {
		u, err := in.port.Parse(rest)
		if err != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.URL = u
	}
	return sharedTransport().RoundTrip(req)
}

// nextTo returns where a case has a port of its own: the host of cfg, and
// plain HTTP on a free port.
func nextTo(cfg mockidp.ListenerConfig) mockidp.ListenerConfig {
	if host, _, err := net.SplitHostPort(cfg.Addr); err == nil {
		cfg.Addr = net.JoinHostPort(host, "0")
	}
	cfg.TLS, cfg.ExternalURL = mockidp.TLSNone, ""
	return cfg
}

// elsewhere returns why an implementation cannot run s with environments that
// it reaches as cfg says, or "" if it can.
func elsewhere(s *scenarios.Scenario, cfg mockidp.ListenerConfig, issuer string) string {
	switch {
	case cfg.ExternalURL != "" && s.Has("trap"):
		return "needs a trap on a port of its own, and what is behind the external URL is one port"
	case cfg.ExternalURL != "" && s.Environment.TLS != "":
		return "needs TLS on a port of its own, and what is behind the external URL is one port"
	case s.Loopback && (cfg.ExternalURL != "" || !strings.Contains(issuer, "127.0.0.1")):
		return fmt.Sprintf("gives 127.0.0.1 another name, and the environments are at %s", issuer)
	}
	return ""
}
