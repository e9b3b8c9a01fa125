package run

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"sync/atomic"

	"github.com/assay-id/assay/mockidp"
)

// network is what a case has between its verifiers and the environment besides
// plain HTTP on loopback. The zero value is nothing.
type network struct {
	listener *mockidp.Listener
	keys     *mockidp.Listener // where the metadata say that the JWK Set is; nil with everything else
	lookups  atomic.Int64      // how many lookups of a name there were
}

// listen opens the port of an environment that speaks TLS, and returns the
// origin of its issuer, empty for the server's own.
func (p *place) listen() (string, error) {
	e := p.scenario.Environment
	if e.TLS == "" {
		return "", nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), flowTimeout)
	defer cancel()
	cfg := nextTo(p.listens)
	cfg.TLS, cfg.Host = mockidp.TLSProfile(e.TLS), cmp.Or(e.Host, cfg.Host)
	l, err := p.server.Listen(ctx, cfg)
	if err != nil {
		return "", fmt.Errorf("opening a port with TLS: %w", err)
	}
	p.network.listener = l
	if e.KeysTLS != "" {
		cfg.TLS = mockidp.TLSProfile(e.KeysTLS)
		if p.network.keys, err = p.server.Listen(ctx, cfg); err != nil {
			return "", fmt.Errorf("opening a port for the JWK Set: %w", err)
		}
	}
	if e.Host != "" {
		return "https://" + e.Host, nil
	}
	return l.URL(), nil
}

// closeNetwork closes the ports. It waits for no request: the verifiers are
// closed, and a connection with HTTP/2 would otherwise end after a second.
func (p *place) closeNetwork() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, l := range []*mockidp.Listener{p.network.listener, p.network.keys} {
		if l != nil {
			// The error is that requests were cut off.
			_ = l.Close(ctx)
		}
	}
}

// moveKeys makes the metadata say that the JWK Set is on its own port, if it
// has one.
func (p *place) moveKeys() error {
	if p.network.keys == nil {
		return nil
	}
	u, err := url.Parse(p.env.JWKSURI())
	if err != nil {
		return err
	}
	return p.env.Publish(func(published *mockidp.Publication) {
		published.EditMetadata = func(doc *mockidp.Document) {
			doc.Set("jwks_uri", p.network.keys.URL()+u.Path)
		}
	})
}

// newCertificate gives the environment another certificate.
func (p *place) newCertificate() error {
	if p.network.listener == nil {
		return fmt.Errorf("the environment speaks no TLS")
	}
	return p.network.listener.RotateCertificate()
}

// dial connects to an environment whose issuer has a name, which it resolves
// itself, to whatever port. The first lookups fail as the scenario says. An
// address on loopback is dialled as it is, so that a trap can tell.
func (p *place) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	if ip := net.ParseIP(host); ip.IsLoopback() || host == "localhost" {
		return d.DialContext(ctx, network, address)
	}
	if host != p.scenario.Environment.Host ||
		p.network.lookups.Add(1) <= int64(p.scenario.Environment.LostLookups) {
		return nil, &net.OpError{
			Op: "dial", Net: network,
			Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true},
		}
	}
	return d.DialContext(ctx, network, p.network.listener.Addr().String())
}
