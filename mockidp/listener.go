package mockidp

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"github.com/assay-id/assay/mockidp/internal/port"
	"github.com/assay-id/assay/mockidp/internal/words"
)

// ListenerConfig says where a [Server] or a [Listener] listens and what it
// speaks. The zero value is plain HTTP on a free port of 127.0.0.1.
type ListenerConfig struct {
	// Addr is the address to listen on, host and port. Empty means
	// 127.0.0.1:0, a free port. The host must be a loopback address or
	// localhost unless UnsafeAllowNonLoopback is set.
	//
	// If it is localhost, or Host is and it is one of these addresses,
	// 127.0.0.1 and ::1 are listened on, on the same port: clients choose
	// either. On a machine without ::1 it is the other one alone.
	Addr string

	// Host is the host of the URL, for instance localhost. Empty means the name
	// in Addr, unless that is localhost, or the IP address of the listener, or
	// 127.0.0.1 if it listens on all addresses. A trusted certificate is for
	// this name too.
	Host string

	// ExternalURL is the URL of the listener for clients that reach it through
	// something else, such as a proxy that ends TLS or a port that is mapped:
	// scheme, host, port and path. Requests may come with that path, or without it
	// where a proxy takes it away. A trusted certificate is for its host. Empty
	// means that clients connect to the listener. It excludes Host.
	ExternalURL string

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
		problems = append(problems, fmt.Errorf("host is %q, want a name or an IP address alone", c.Host))
	}
	if err := validateBase(c.ExternalURL); err != nil {
		problems = append(problems, fmt.Errorf("external URL %w", err))
	}
	if c.ExternalURL != "" && c.Host != "" {
		problems = append(problems, fmt.Errorf("host is %q and the external URL %q, want one of them", c.Host, c.ExternalURL))
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

// url returns the URL of a listener on address.
func (c ListenerConfig) url(address *net.TCPAddr) *url.URL {
	if c.ExternalURL != "" {
		u, err := url.Parse(c.ExternalURL)
		if err != nil {
			panic(fmt.Sprintf("mockidp: internal error: a URL that was validated: %v", err))
		}
		return u
	}
	host := cmp.Or(c.Host, c.name())
	if host == "" && address.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	host = cmp.Or(host, address.IP.String())
	return &url.URL{Scheme: c.TLS.scheme(), Host: net.JoinHostPort(host, strconv.Itoa(address.Port))}
}

// name returns the host of Addr if it is a name and not localhost, which is
// only another way of asking for loopback.
func (c ListenerConfig) name() string {
	host, _, _ := net.SplitHostPort(c.Addr)
	if host == "localhost" || net.ParseIP(host) != nil {
		return ""
	}
	return host
}

// hosts returns the host of the URL as far as c tells, for the authority to
// certify: nothing if that is loopback, which it always may.
func (c ListenerConfig) hosts() []string {
	host, _, _ := net.SplitHostPort(c.Addr)
	host = cmp.Or(c.Host, host)
	if u, err := url.Parse(c.ExternalURL); err == nil {
		host = cmp.Or(u.Hostname(), host)
	}
	if ip := net.ParseIP(host); host == "" || host == "localhost" || ip.IsLoopback() || ip.IsUnspecified() {
		return nil
	}
	return []string{host}
}

// Listener is a port of a [Server], with a certificate and TLS faults of its
// own. Every environment answers on every listener; its issuer names the one
// that [EnvironmentConfig.Origin] selects. [Server.Listen] makes it. It is
// safe for concurrent use.
type Listener struct {
	server      *Server
	cfg         ListenerConfig // with the port that is listened on
	url         string
	base        string // the path of url
	address     *net.TCPAddr
	tls         *tls.Config
	certificate *certificate // nil: plain HTTP, or no handshake

	mu      sync.Mutex
	profile TLSProfile
	port    *port.Port // closed while the address is yielded
	yielded bool
	closed  bool
	before  Traffic // of the ports before this one
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
	address := bound[0].Addr().(*net.TCPAddr)
	u := cfg.url(address)
	config, certificate, err := s.tlsConfig(cfg.TLS, u.Hostname())
	if err != nil {
		closeAll(bound)
		return nil, err
	}
	l := &Listener{
		server: s, cfg: cfg.at(address), url: u.String(), base: u.Path, address: address, tls: config, certificate: certificate, profile: cfg.TLS,
	}
	first := l.newPort(bound)
	l.port = first
	if err := s.add(l); err != nil {
		closeAll(bound)
		return nil, err
	}
	go first.Run()
	return l, nil
}

// newPort returns a port that serves the environments, and does not run yet.
func (l *Listener) newPort(bound []net.Listener) *port.Port {
	return port.New(port.Config{
		URL:     l.url,
		TLS:     l.tls.Clone(),
		Stall:   l.cfg.TLS == TLSStalled,
		HTTP2:   !l.cfg.HTTP1Only && l.cfg.TLS != TLSVersion11, // RFC 9113, 9.2: TLS 1.2 or later
		Handler: l.server.handler(l.base),
		Logger:  l.server.logger,
	}, bound...)
}

// listen binds the addresses that cfg asks for and nothing else yet.
func listen(ctx context.Context, cfg ListenerConfig) ([]net.Listener, error) {
	const attempts = 10 // to find a port that is free in both families
	for attempt := 1; ; attempt++ {
		bound, err := listenOnce(ctx, cfg)
		_, port, _ := net.SplitHostPort(cfg.addr())
		if port != "0" || attempt == attempts || !errors.Is(err, syscall.EADDRINUSE) {
			return bound, err
		}
	}
}

func listenOnce(ctx context.Context, cfg ListenerConfig) ([]net.Listener, error) {
	first, err := listenOn(ctx, cfg)
	if err != nil {
		return nil, err
	}
	other, ok := cfg.otherFamily(first.Addr().(*net.TCPAddr))
	if !ok {
		return []net.Listener{first}, nil
	}
	second, err := new(net.ListenConfig).Listen(ctx, "tcp", other)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		first.Close()
		return nil, fmt.Errorf("listening on %q, which localhost is too: %w", other, err)
	case err != nil:
		return []net.Listener{first}, nil // the machine has one family only
	}
	return []net.Listener{first, second}, nil
}

// listenOn binds the first address of cfg.
func listenOn(ctx context.Context, cfg ListenerConfig) (net.Listener, error) {
	addr := cfg.addr()
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %q: %w", addr, err)
	}
	if ip := l.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() && !cfg.UnsafeAllowNonLoopback {
		l.Close() // localhost may be anything
		return nil, fmt.Errorf("address %q is %s, which is not a loopback address", addr, ip)
	}
	return l, nil
}

// otherFamily returns the address that localhost is in the other family than
// that of address, if cfg asks for both.
func (c ListenerConfig) otherFamily(address *net.TCPAddr) (other string, ok bool) {
	host, _, _ := net.SplitHostPort(c.addr())
	if host != "localhost" && c.Host != "localhost" {
		return "", false
	}
	port := strconv.Itoa(address.Port)
	switch {
	case address.IP.Equal(net.IPv4(127, 0, 0, 1)):
		return net.JoinHostPort("::1", port), true
	case address.IP.Equal(net.IPv6loopback):
		return net.JoinHostPort("127.0.0.1", port), true
	}
	return "", false
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		l.Close()
	}
}

// Listeners returns the open listeners in the order in which they were made,
// the one of [Start] first.
func (s *Server) Listeners() []*Listener {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.listeners)
}

// CA returns the certificate of the authority that issues trusted
// certificates, in PEM. It is the same for the same seed and host, and permits
// only that host besides loopback and names that are reserved for tests.
func (s *Server) CA() []byte { return s.authority().PEM() }

// CA returns what [Server.CA] returns for a server with cfg, whose seed must not
// be zero.
func CA(cfg Config) []byte { return newServer(cfg).CA() }

// URL returns the URL of the listener, for instance https://127.0.0.1:40123, or
// the external one.
func (l *Listener) URL() string { return l.url }

// Addr returns the address that is listened on: what URL does not tell if it
// has a name or is an external one.
func (l *Listener) Addr() net.Addr { return l.address }

// Profile returns the TLS profile of the listener: that of its certificate now.
func (l *Listener) Profile() TLSProfile {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.profile
}

// RotateCertificate gives new connections another certificate of the same
// profile, with its own key, and closes no connection. It returns an
// error if the listener has no certificate.
func (l *Listener) RotateCertificate() error {
	if l.certificate == nil {
		return fmt.Errorf("the listener %s with the TLS profile %q has no certificate",
			l.URL(), l.Profile())
	}
	return l.certificate.rotate()
}

// ChangeCertificate gives new connections a certificate of another profile, and
// closes no connection. It returns an error if the listener has no certificate,
// or if the profile differs in more than the certificate.
func (l *Listener) ChangeCertificate(p TLSProfile) error {
	switch {
	case p.validate() != nil:
		return p.validate()
	case l.certificate == nil:
		return fmt.Errorf("the listener %s speaks plain HTTP and has no certificate", l.URL())
	case !p.certifies() || !l.Profile().certifies():
		return fmt.Errorf("TLS profile is %q, want one that differs in the certificate only: %s", p, words.Join(certifying()))
	}
	if err := l.certificate.change(func() (tls.Certificate, error) { return l.server.issue(p, l.host()) }); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.profile = p
	return nil
}

// host returns the host that certificates are for.
func (l *Listener) host() string {
	u, err := url.Parse(l.url)
	if err != nil {
		panic(fmt.Sprintf("mockidp: internal error: the URL of a listener: %v", err))
	}
	return u.Hostname()
}

// Traffic counts what a listener has seen.
type Traffic struct {
	Connections int // accepted, with and without a request
	Hellos      int // TLS handshakes that a client began
	Requests    int
}

// Traffic returns what the listener has seen until now.
func (l *Listener) Traffic() Traffic {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.traffic()
}

func (l *Listener) traffic() Traffic {
	connections, hellos, requests := l.port.Counts()
	return Traffic{
		Connections: l.before.Connections + connections,
		Hellos:      l.before.Hellos + hellos,
		Requests:    l.before.Requests + requests,
	}
}

// Close closes the port like [Server.Close]; connections to it are refused
// from then on.
func (l *Listener) Close(ctx context.Context) error {
	l.server.drop(l)
	return l.stop(ctx)
}

// stop closes the port for good.
func (l *Listener) stop(ctx context.Context) error {
	l.mu.Lock()
	l.closed = true
	open := l.port
	l.mu.Unlock()
	return open.Close(ctx)
}
