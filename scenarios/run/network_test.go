package run_test

import (
	"context"
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

// wantReached runs cases that need an environment, and fails t for each that
// neither passes nor is skipped for one of the reasons: those of a few groups,
// or all in a long test. Left out are those that a slower network fails on a
// clock that does not wait for it.
func wantReached(t *testing.T, opts run.Options, reasons ...string) {
	t.Helper()
	patterns := []string{"disc", "tkt", "refresh.happy", "refresh.concurrent", "rot.just-before-signing"}
	if longtest.Wanted() {
		patterns = nil
	}
	selected, err := runtest.Catalogue(t).Select(patterns...)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range selected {
		if (s.Has("idp") || s.Has("tls") || s.Has("trap")) && !s.Has("clock") && !s.Waits && !s.Timed() && !s.MeasuresMemory() {
			opts.Scenarios = append(opts.Scenarios, s)
		}
	}
	cases, _ := runtest.Record(t, opts)
	skipped := make(map[string]int)
	passed := 0
	for _, c := range cases {
		for _, value := range []string{opts.Network.Addr, opts.Network.Host, opts.Network.ExternalURL} {
			if !strings.Contains(c.Repeat, value) {
				t.Errorf("%s is repeated by %q, want a flag with %q", c.ID, c.Repeat, value)
			}
		}
		switch c.Outcome {
		case reports.OutcomePass:
			passed++
		case reports.OutcomeSkip:
			reason, _, _ := strings.Cut(c.Why, ",")
			skipped[reason]++
		default:
			t.Errorf("%s", runtest.Describe(c))
		}
	}
	for _, reason := range reasons {
		if skipped[reason] == 0 {
			t.Errorf("no case is skipped because it %s", reason)
		}
		delete(skipped, reason)
	}
	if len(skipped) > 0 || passed < len(cases)/2 {
		t.Errorf("%d of %d cases passed, and were skipped: %v", passed, len(cases), skipped)
	}
}

const (
	needsTrap     = "needs a trap on a port of its own"
	needsTLS      = "needs TLS on a port of its own"
	needsLoopback = "gives 127.0.0.1 another name"
)

func TestNetwork(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		network mockidp.ListenerConfig
		reasons []string
	}{
		{"another address", mockidp.ListenerConfig{Addr: "127.0.0.2:0"}, []string{needsLoopback}},
		{"a name and TLS", mockidp.ListenerConfig{Host: "localhost", TLS: mockidp.TLSTrusted}, []string{needsLoopback}},
		{"a fixed address", mockidp.ListenerConfig{Addr: freeAddress(t)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantReached(t, run.Options{Implementation: implementations.Builtin(), Seed: 11, Network: tt.network}, tt.reasons...)
		})
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := runtest.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// trusting is the builtin implementation in a place where a CA of its own is
// trusted.
type trusting struct {
	implementations.Implementation
	ca string
}

func (i trusting) Open(
	ctx context.Context, setup implementations.Setup,
) (implementations.Verifier, implementations.Answer, error) {
	setup.CACertificates = i.ca
	return i.Implementation.Open(ctx, setup)
}

// TestExternalURL has an implementation that reaches the environments through
// a proxy that ends TLS, below the path of a real issuer.
func TestExternalURL(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	target := &url.URL{Scheme: "http", Host: address}
	proxy := httptest.NewTLSServer(&httputil.ReverseProxy{
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorLog: log.New(io.Discard, "", 0), // of the faults of the environments
	})
	t.Cleanup(proxy.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: proxy.Certificate().Raw})
	wantReached(t, run.Options{
		Implementation: trusting{implementations.Builtin(), string(ca)}, Seed: 12,
		Network: mockidp.ListenerConfig{Addr: address, ExternalURL: proxy.URL + "/tenant"},
	}, needsTrap, needsTLS, needsLoopback)
}
