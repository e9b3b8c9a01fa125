package mockidp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/keyring"
)

const (
	// headerTimeout bounds how long a request header may take to arrive.
	headerTimeout = 10 * time.Second

	// idleTimeout closes connections that nobody uses. Longer than the 90 s
	// after which Go's client closes them, so that the client is first.
	idleTimeout = 2 * time.Minute

	// maxHeader bounds a request header, as most servers do.
	maxHeader = 64 << 10

	// closeTimeout is the patience of Close for requests that are running,
	// unless its context ends sooner. Faults that wait are ended at once.
	closeTimeout = 5 * time.Second
)

// Server serves any number of environments on one port. [Start] makes it. It
// is safe for concurrent use.
type Server struct {
	url    string
	seed   uint64
	now    func() time.Time
	logger *slog.Logger
	keys   *keyring.Source

	http   http.Server
	stop   context.CancelFunc // ends the context of all requests
	served chan struct{}      // closed when nothing is accepted any more
	conns  connections

	mu           sync.RWMutex
	environments map[string]*Environment
}

// Start listens and serves. ctx bounds the start only. It returns an error if
// the configuration is not valid or the address cannot be listened on. The
// caller must call [Server.Close].
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", cmp.Or(cfg.Addr, "127.0.0.1:0"))
	if err != nil {
		return nil, fmt.Errorf("listening on %q: %w", cfg.Addr, err)
	}
	address := listener.Addr().(*net.TCPAddr)
	if !address.IP.IsLoopback() && !cfg.UnsafeAllowNonLoopback {
		// localhost may be anything.
		listener.Close()
		return nil, fmt.Errorf("address %q is %s, which is not a loopback address", cfg.Addr, address.IP)
	}
	s := newServer(cfg, address)
	base, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.http = http.Server{
		Handler:           http.HandlerFunc(s.serveHTTP),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ConnState:         s.conns.track,
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
	go s.run(listener)
	return s, nil
}

// run serves until the server is closed.
func (s *Server) run(listener net.Listener) {
	defer close(s.served)
	if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		s.logger.Error("the server has stopped listening", "error", err)
	}
}

func newServer(cfg Config, address *net.TCPAddr) *Server {
	s := &Server{
		seed:         cfg.Seed,
		now:          cfg.Now,
		logger:       cfg.Logger,
		served:       make(chan struct{}),
		environments: make(map[string]*Environment),
	}
	for s.seed == 0 {
		s.seed = rand.Uint64()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	s.keys = keyring.NewSource(s.seed)
	host := *address
	if host.IP.IsUnspecified() {
		host.IP = net.IPv4(127, 0, 0, 1)
	}
	s.url = "http://" + host.String()
	return s
}

// URL returns the origin of the server, for instance http://127.0.0.1:40123.
// A server that listens on all addresses names the loopback one.
func (s *Server) URL() string { return s.url }

// Seed returns what everything is derived from: Config.Seed, or the random
// one that took its place.
func (s *Server) Seed() uint64 { return s.seed }

// Keys returns the source of the keys of all environments.
func (s *Server) Keys() *keyring.Source { return s.keys }

// NewEnvironment adds an environment. Its issuer is the URL of the server
// with "/t/" and the name; the empty name is the environment at the URL
// itself. It returns an error if the name is taken or does not fit into a
// path segment, if the configuration is not valid, and after [Server.Close].
func (s *Server) NewEnvironment(name string, cfg EnvironmentConfig) (*Environment, error) {
	if err := errors.Join(validateName(name), cfg.Validate()); err != nil {
		return nil, err
	}
	e := s.newEnvironment(name, cfg)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.environments == nil {
		return nil, errors.New("the server is closed")
	}
	if s.environments[name] != nil {
		return nil, fmt.Errorf("there is an environment %q already", name)
	}
	s.environments[name] = e
	return e, nil
}

// Remove takes the environment away, whose URLs answer 404 from then on, and
// ends its faults. It does nothing if there is no such environment.
func (s *Server) Remove(name string) {
	s.mu.Lock()
	e := s.environments[name]
	delete(s.environments, name)
	s.mu.Unlock()
	if e != nil {
		e.faults.Reset()
	}
}

// Close stops listening, ends faults that wait, lets other requests finish
// for as long as ctx allows, at most 5 s, and then cuts them off. It returns
// when every goroutine of the server has ended, with an error if requests
// were cut off. Further calls do nothing and return nil.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	closed := s.environments == nil
	s.environments = nil
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.stop()
	s.conns.closeNew()
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("requests were cut off: %w", err)
		_ = s.http.Close() // Closing a listener twice is no news.
	}
	<-s.served
	s.conns.wait()
	return err
}

// serveHTTP finds the environment of a request.
func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.conns.hold()()
	path := collapse(r.URL.Path)
	name := ""
	if rest, ok := strings.CutPrefix(path, environmentPrefix); ok {
		name, path, _ = strings.Cut(rest, "/")
		path = "/" + path
	}
	s.mu.RLock()
	e := s.environments[name]
	s.mu.RUnlock()
	if e == nil {
		writeError(w, http.StatusNotFound, "not_found", fmt.Sprintf("there is no environment %q", name))
		return
	}
	e.serve(w, r, path)
}
