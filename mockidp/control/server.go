package control

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/mockidp/internal/loopback"
)

// Config configures a [Server]. The zero value is usable.
type Config struct {
	// Addr is the address to listen on. Empty means 127.0.0.1:0, a free
	// port. It must be a loopback address: there is no flag for another.
	Addr string

	// Logger receives a warning for each request that is refused because of
	// its Host or Origin. Nil discards them.
	Logger *slog.Logger
}

const (
	defaultAddr = "127.0.0.1:0"

	// readTimeout bounds a request, writeTimeout one with its answer.
	// Everything here is small and in memory.
	readTimeout  = 10 * time.Second
	writeTimeout = 30 * time.Second

	// closeTimeout is how long Close waits for running requests.
	closeTimeout = 5 * time.Second

	// maxBody bounds the body of a request in bytes.
	maxBody = intake.MaxJSON
)

// Server serves the API. [Start] makes it.
type Server struct {
	idp    *mockidp.Server
	logger *slog.Logger
	hosts  map[string]bool // that a request may be for
	url    string
	http   http.Server
	closed atomic.Bool
	ending chan struct{} // closed when Close begins
	served chan struct{} // closed when nothing is accepted any longer

	lending sync.Mutex
	loan    *loan // nil: nothing is lent
}

// Start listens and serves the API for the environments of idp. ctx bounds
// the start only. It returns an error if the address is not a loopback
// address or cannot be listened on. The caller must call [Server.Close],
// preferably before closing idp.
func Start(ctx context.Context, idp *mockidp.Server, cfg Config) (*Server, error) {
	addr := cfg.Addr
	if addr == "" {
		addr = defaultAddr
	}
	listener, err := loopback.Listen(ctx, addr)
	if err != nil {
		return nil, err
	}
	bound := listener.Addr().(*net.TCPAddr)
	s := &Server{
		idp:    idp,
		logger: cfg.Logger,
		hosts:  make(map[string]bool),
		url:    "http://" + bound.String(),
		ending: make(chan struct{}),
		served: make(chan struct{}),
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	for _, host := range []string{bound.IP.String(), "localhost"} {
		s.hosts[net.JoinHostPort(host, strconv.Itoa(bound.Port))] = true
	}
	s.http = http.Server{
		Handler:        s.guard(s.routes()),
		ReadTimeout:    readTimeout,
		WriteTimeout:   writeTimeout,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
	go func() {
		defer close(s.served)
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.logger.Error("the control API has stopped listening", "url", s.url, "error", err)
		}
	}()
	return s, nil
}

// URL returns the origin of the API, for instance http://127.0.0.1:40124.
func (s *Server) URL() string { return s.url }

// Close stops listening, ends a loan, lets other requests finish for as long as
// ctx allows, at most 5 s, and then cuts them off. Further calls do nothing and
// return nil.
func (s *Server) Close(ctx context.Context) error {
	if s.closed.Swap(true) {
		return nil
	}
	close(s.ending)
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("requests to %s were cut off: %w", s.url, err)
		_ = s.http.Close() // The listener may already be closed.
	}
	<-s.served
	return err
}

// guard refuses requests that a browser sends on behalf of somebody else. A
// page can make a browser send requests to loopback addresses; it cannot
// choose their Host, and has to name its Origin. If a page's name was rebound
// to a loopback address, both contain that name.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch origin := r.Header.Get("Origin"); {
		case !s.hosts[r.Host]:
			s.logger.Warn("a request for another host was refused", "host", r.Host)
			problem(w, http.StatusForbidden,
				fmt.Errorf("the Host is %q, want the host of %s", r.Host, s.url))
		case origin != "" && origin != "http://"+r.Host:
			s.logger.Warn("a request from another origin was refused", "origin", origin)
			problem(w, http.StatusForbidden,
				fmt.Errorf("the Origin is %q, want none or %s", origin, s.url))
		case r.Header.Get("Sec-Fetch-Site") == "cross-site":
			problem(w, http.StatusForbidden, errors.New("this was sent by a page of another site"))
		default:
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			next.ServeHTTP(w, r)
		}
	})
}
