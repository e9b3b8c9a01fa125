package mockidp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"github.com/assay-id/assay/mockidp/internal/port"
)

// ListenerConfig says where a [Server] or a [Listener] listens and what it
// speaks. The zero value is plain HTTP on a free port of 127.0.0.1.
type ListenerConfig struct {
	// Addr is the address to listen on, host and port. Empty means
	// 127.0.0.1:0, a free port. The host must be a loopback address or
	// localhost unless UnsafeAllowNonLoopback is set.
	Addr string

	// Host is the host of the URL, for instance localhost. Empty means the IP
	// address of the listener, or 127.0.0.1 if it listens on all addresses. A
	// trusted certificate is for this name too.
	Host string

	// TLS says whether https is spoken, and how badly. The zero value is
	// plain HTTP.
	TLS TLSProfile

	// HTTP1Only leaves out HTTP/2, both over TLS and with prior knowledge.
	// Faults that break connections only break streams of HTTP/2.
	HTTP1Only bool

	// UnsafeAllowNonLoopback lets the server listen on other addresses.
	// Anyone who can reach it can sign in as anyone. It MUST NOT be set
	// where anything trusts the tokens.
	UnsafeAllowNonLoopback bool
}

// Validate reports an address that must not be listened on, a host that
// cannot be in a URL and an unknown TLS profile.
func (c ListenerConfig) Validate() error {
	var problems []error
	if !hostName.MatchString(c.Host) && net.ParseIP(c.Host) == nil {
		problems = append(problems, fmt.Errorf("host is %q, want a name or an IP address", c.Host))
	}
	if err := c.TLS.validate(); err != nil {
		problems = append(problems, err)
	}
	if c.Addr != "" && !c.UnsafeAllowNonLoopback {
		problems = append(problems, validateLoopback(c.Addr))
	}
	return errors.Join(problems...)
}

func validateLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q: want host:port, for instance 127.0.0.1:0: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("address %q is not a loopback address: use 127.0.0.1, or set UnsafeAllowNonLoopback",
			addr)
	}
	return nil
}

// hostName is a name that a URL and a certificate can have: RFC 1123, 2.1.
var hostName = regexp.MustCompile(`^([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*)?$`)

func (c ListenerConfig) addr() string { return cmp.Or(c.Addr, "127.0.0.1:0") }

// host returns the host of the URL of a listener on address.
func (c ListenerConfig) host(address *net.TCPAddr) string {
	switch {
	case c.Host != "":
		return c.Host
	case address.IP.IsUnspecified():
		return "127.0.0.1"
	}
	return address.IP.String()
}

// origin returns the URL of a listener on address.
func (c ListenerConfig) origin(address *net.TCPAddr) string {
	return c.TLS.scheme() + "://" + net.JoinHostPort(c.host(address), strconv.Itoa(address.Port))
}

// Listener is a port of a [Server], with a certificate and TLS faults of its
// own. Every environment answers on every listener; its issuer names the one
// that [EnvironmentConfig.Origin] selects. [Server.Listen] makes it. It is
// safe for concurrent use.
type Listener struct {
	server      *Server
	profile     TLSProfile
	certificate *certificate // nil: plain HTTP, or no handshake
	port        *port.Port
}

// Listen adds a port to the server. ctx bounds the start only. It returns an
// error if the configuration is not valid, if the address cannot be listened
// on and after [Server.Close], which closes the listener too.
func (s *Server) Listen(ctx context.Context, cfg ListenerConfig) (*Listener, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	bound, err := listen(ctx, cfg)
	if err != nil {
		return nil, err
	}
	l := &Listener{server: s, profile: cfg.TLS}
	config, certificate, err := s.tlsConfig(cfg.TLS, cfg.host(bound.Addr().(*net.TCPAddr)))
	if err != nil {
		bound.Close()
		return nil, err
	}
	l.certificate = certificate
	l.port = port.New(port.Config{
		URL:     cfg.origin(bound.Addr().(*net.TCPAddr)),
		TLS:     config,
		Stall:   cfg.TLS == TLSStalled,
		HTTP2:   !cfg.HTTP1Only && cfg.TLS != TLSVersion11, // RFC 9113, 9.2: TLS 1.2 or later
		Handler: http.HandlerFunc(s.serveHTTP),
		Logger:  s.logger,
	}, bound)
	if err := s.add(l); err != nil {
		bound.Close()
		return nil, err
	}
	go l.port.Run()
	return l, nil
}

// listen binds the address that cfg asks for and nothing else yet.
func listen(ctx context.Context, cfg ListenerConfig) (net.Listener, error) {
	addr := cfg.addr()
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %q: %w", addr, err)
	}
	if ip := listener.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() && !cfg.UnsafeAllowNonLoopback {
		// localhost may be anything.
		listener.Close()
		return nil, fmt.Errorf("address %q is %s, which is not a loopback address", addr, ip)
	}
	return listener, nil
}

// Listeners returns the open listeners in the order in which they were made,
// the one of [Start] first.
func (s *Server) Listeners() []*Listener {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.listeners)
}

// CA returns the certificate of the authority that issues trusted
// certificates, in PEM. It is the same for the same seed.
func (s *Server) CA() []byte { return s.authority().PEM() }

// URL returns the origin of the listener, for instance
// https://127.0.0.1:40123.
func (l *Listener) URL() string { return l.port.URL() }

// Profile returns the TLS profile that the listener was made with.
func (l *Listener) Profile() TLSProfile { return l.profile }

// RotateCertificate gives new connections another certificate of the same
// profile, with its own key, and closes no connection. It returns an
// error if the listener has no certificate.
func (l *Listener) RotateCertificate() error {
	if l.certificate == nil {
		return fmt.Errorf("the listener %s with the TLS profile %q has no certificate",
			l.URL(), l.profile)
	}
	return l.certificate.rotate()
}

// Traffic counts what a listener has seen.
type Traffic struct {
	Connections int // accepted, with and without a request
	Hellos      int // TLS handshakes that a client began
	Requests    int
}

// Traffic returns what the listener has seen until now.
func (l *Listener) Traffic() Traffic {
	connections, hellos, requests := l.port.Counts()
	return Traffic{Connections: connections, Hellos: hellos, Requests: requests}
}

// Close closes the port like [Server.Close]; connections to it are refused
// from then on.
func (l *Listener) Close(ctx context.Context) error {
	l.server.drop(l)
	return l.port.Close(ctx)
}
