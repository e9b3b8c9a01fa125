package mockidp

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/request"
)

// TrapConfig configures a [Trap]. The zero value is usable.
type TrapConfig struct {
	// ListenerConfig says where the trap listens.
	ListenerConfig

	// Handler answers, with the JWK Set of an attacker for instance. Nil
	// means 404 to everything. It must be safe for concurrent use.
	Handler http.Handler
}

// Trap is a port where nobody has any business: the host of a jku header
// parameter, the target of a redirect. It records who comes all the same, a
// connection without a request included. [Server.NewTrap] makes it. It is
// safe for concurrent use.
type Trap struct {
	listener *Listener
	now      func() time.Time

	mu       sync.Mutex
	requests []TrappedRequest
}

// TrappedRequest is one request that came to a trap.
type TrappedRequest struct {
	Time       time.Time // by the clock of the server
	Method     string
	Host       string
	Target     string // as sent: path and query
	Header     http.Header
	Parameters []string // the names of those in the query and the form, sorted
}

// NewTrap opens a trap. ctx bounds the start only. It returns an error if the
// configuration is not valid, if the address cannot be listened on and after
// [Server.Close], which closes the trap too.
func (s *Server) NewTrap(ctx context.Context, cfg TrapConfig) (*Trap, error) {
	t := &Trap{now: s.now}
	handler := cfg.Handler
	if handler == nil {
		handler = http.HandlerFunc(answer.NotFound)
	}
	l, err := s.open(ctx, &Listener{trap: true}, cfg.ListenerConfig, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.record(w, r)
		handler.ServeHTTP(w, r)
	}))
	if err != nil {
		return nil, err
	}
	t.listener = l
	return t, nil
}

// record notes a request before it is answered.
func (t *Trap) record(w http.ResponseWriter, r *http.Request) {
	_ = request.ParseForm(w, r) // A malformed form is a request all the same.
	trapped := TrappedRequest{
		Time:       t.now(),
		Method:     r.Method,
		Host:       r.Host,
		Target:     r.RequestURI,
		Header:     r.Header.Clone(),
		Parameters: slices.Sorted(maps.Keys(r.Form)),
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.requests) == maxRequests {
		t.requests = slices.Delete(t.requests, 0, 1)
	}
	t.requests = append(t.requests, trapped)
}

// URL returns the origin of the trap, for instance http://127.0.0.1:40123.
func (t *Trap) URL() string { return t.listener.URL() }

// Requests returns what came, oldest first: the last 4,096 requests.
func (t *Trap) Requests() []TrappedRequest {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := slices.Clone(t.requests)
	for i := range out {
		out[i].Header = out[i].Header.Clone()
		out[i].Parameters = slices.Clone(out[i].Parameters)
	}
	return out
}

// Connections returns how many connections were made before the call, with
// and without a request. It waits until the trap has accepted all of them, and
// returns an error if ctx ends before that.
func (t *Trap) Connections(ctx context.Context) (int, error) {
	if err := t.listener.front.accepted.sync(ctx); err != nil {
		return 0, err
	}
	return t.listener.front.accepted.accepted(), nil
}

// Close closes the port like [Server.Close]. The record stays.
func (t *Trap) Close(ctx context.Context) error { return t.listener.Close(ctx) }
