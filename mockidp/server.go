package mockidp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/mockidp/certs"
	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/page"
	"github.com/assay-id/assay/mockidp/keyring"
)

// errClosed is returned when something is added to a closed server.
var errClosed = errors.New("the server is closed")

// Server serves any number of environments on one port, and on additional
// ones on request. [Start] makes it. It is safe for concurrent use.
type Server struct {
	seed      uint64
	now       func() time.Time
	logger    *slog.Logger
	keys      *keyring.Source
	authority func() *certs.Authority // made for the first listener with TLS
	leaves    atomic.Int64            // certificates that were issued
	hosts     []string                // that the authority may certify
	first     *Listener
	pages     page.Renderer

	mu           sync.RWMutex
	environments map[string]*Environment // nil: the server is closed
	listeners    []*Listener
}

// Start listens and serves. ctx bounds the start only. It returns an error if
// the configuration is not valid or the address cannot be listened on. The
// caller must call [Server.Close].
func Start(ctx context.Context, cfg Config) (*Server, error) {
	s := newServer(cfg)
	first, err := s.Listen(ctx, cfg.ListenerConfig)
	if err != nil {
		return nil, err
	}
	s.first = first
	return s, nil
}

func newServer(cfg Config) *Server {
	s := &Server{
		seed:         cfg.Seed,
		now:          cfg.Now,
		logger:       cfg.Logger,
		hosts:        cfg.hosts(),
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
	s.authority = sync.OnceValue(func() *certs.Authority { return s.newAuthority("assay test CA") })
	return s
}

// URL returns the origin of the server, for instance http://127.0.0.1:40123.
// A server that listens on all addresses names the loopback one.
func (s *Server) URL() string { return s.first.URL() }

// Seed returns the seed from which everything is derived: Config.Seed, or a
// random one.
func (s *Server) Seed() uint64 { return s.seed }

// Keys returns the source of the keys of all environments.
func (s *Server) Keys() *keyring.Source { return s.keys }

// NewEnvironment adds an environment. Its issuer is the URL of the server, or
// [EnvironmentConfig.Origin], followed by "/t/" and the name; the empty name
// is the environment at the URL itself. It returns an error if the name is
// taken or does not fit into a path segment, if the configuration is not
// valid, and after [Server.Close].
func (s *Server) NewEnvironment(name string, cfg EnvironmentConfig) (*Environment, error) {
	if err := errors.Join(validateName(name), cfg.Validate()); err != nil {
		return nil, err
	}
	e := s.newEnvironment(name, cfg)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.environments == nil {
		return nil, errClosed
	}
	if s.environments[name] != nil {
		return nil, fmt.Errorf("there is already an environment %q", name)
	}
	s.environments[name] = e
	return e, nil
}

// ReplaceEnvironment is like [Server.NewEnvironment], but the environment with
// the name, if there is one, ends at the same moment: each request gets an
// answer of the one or the other.
func (s *Server) ReplaceEnvironment(name string, cfg EnvironmentConfig) (*Environment, error) {
	if err := errors.Join(validateName(name), cfg.Validate()); err != nil {
		return nil, err
	}
	e := s.newEnvironment(name, cfg)
	s.mu.Lock()
	if s.environments == nil {
		s.mu.Unlock()
		return nil, errClosed
	}
	old := s.environments[name]
	s.environments[name] = e
	s.mu.Unlock()
	if old != nil {
		old.faults.Reset()
	}
	return e, nil
}

// Environment returns the environment with the name, or nil if there is none.
func (s *Server) Environment(name string) *Environment {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.environments[name]
}

// Environments returns all environments, sorted by name.
func (s *Server) Environments() []*Environment {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.SortedFunc(maps.Values(s.environments), func(a, b *Environment) int {
		return strings.Compare(a.name, b.name)
	})
}

// Remove removes the environment, whose URLs answer 404 from then on, and
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

// Close closes every listener: it stops listening, ends faults that
// wait, lets other requests finish for as long as ctx allows, at most 5 s,
// and then cuts them off. It returns when every goroutine of the server has
// ended, with an error if requests were cut off. Further calls do nothing and
// return nil.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.environments = nil
	listeners := s.listeners
	s.listeners = nil
	s.mu.Unlock()
	problems := make([]error, len(listeners))
	var closing sync.WaitGroup
	for i, l := range listeners {
		closing.Go(func() { problems[i] = l.stop(ctx) })
	}
	closing.Wait()
	return errors.Join(problems...)
}

// add registers a listener to be closed with the server.
func (s *Server) add(l *Listener) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.environments == nil {
		return errClosed
	}
	s.listeners = append(s.listeners, l)
	return nil
}

// drop forgets a listener.
func (s *Server) drop(l *Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = slices.DeleteFunc(s.listeners, func(other *Listener) bool { return other == l })
}

// healthPath answers 200 while the server has an environment, and 503 before
// that. Such requests are not logged, nor struck by faults.
const healthPath = "/healthz"

func (s *Server) serveHealth(w http.ResponseWriter) {
	if len(s.Environments()) == 0 {
		answer.Error(w, http.StatusServiceUnavailable, "temporarily_unavailable", "there is no environment yet")
		return
	}
	answer.JSON(w, map[string]string{"status": "ok"})
}

// handler serves the requests of a listener whose URL has the path base: it
// finds the environment of each.
func (s *Server) handler(base string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := withoutBase(collapse(r.URL.Path), base)
		if path == healthPath {
			s.serveHealth(w)
			return
		}
		name := ""
		if rest, ok := strings.CutPrefix(path, environmentPrefix); ok {
			name, path, _ = strings.Cut(rest, "/")
			path = "/" + path
		}
		if at, ok := insertedName(path); ok {
			name = at
		}
		e := s.Environment(name)
		if e == nil {
			answer.Error(w, http.StatusNotFound, "not_found",
				fmt.Sprintf("there is no environment %q", name))
			return
		}
		e.serve(w, r, path)
	})
}
