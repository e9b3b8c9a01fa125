package charmock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/internal/loopback"
	"github.com/assay-id/assay/mockidp/internal/page"
)

// The codes that Char documents for the exchange, in addition to those for ID
// Tokens.
const (
	CodeInvalidBody      = "INVALID_BODY"
	CodeInvalidKey       = "INVALID_KEY"
	CodeOriginNotAllowed = "ORIGIN_NOT_ALLOWED"

	// CodeInvalidTicket is not documented.
	CodeInvalidTicket = "INVALID_TICKET"
)

// DefaultTicketLifetime is how long Char's tickets live.
const DefaultTicketLifetime = 60 * time.Second

// Identity is the user that a ticket is for. All but the first are empty if the
// token does not say them.
type Identity struct {
	UserID         string
	OrganizationID string
	Email, Name    string
}

// Refusal says that an ID Token is not accepted. It is the error that Config.Verify
// returns; any other error is a failure of the verifier itself.
type Refusal struct {
	Code    string // one of the codes that Char documents
	Message string // never the token

	// Causes are what may have led to it, the likeliest first. Char does not
	// tell them; the answers have them for the developer.
	Causes []Cause
}

// Cause is something that leads to a refusal, and what to do about it.
type Cause struct {
	Text string `json:"text"`
	Do   string `json:"do,omitempty"`
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Message }

// PublishableKey is a key that a page sends with its requests. Each is bound
// to origins.
type PublishableKey struct {
	Key          string   // pk_live_ or pk_test_ and at least 16 letters or digits
	Organization string   // whose key it is
	Origins      []string // exact, with their scheme; at least one
	Revoked      bool
}

// Connection describes what Test Connection found at an issuer.
type Connection struct {
	Issuer, JWKSURI string

	// Checks and CannotSee are for the settings page, also beside an error.
	Checks    []Check
	CannotSee []string // what a token may be refused for all the same
}

// Check is one thing that Test Connection has checked.
type Check struct{ Name, Verdict, Found, Do string }

// Config says what Char's side trusts.
type Config struct {
	// Addr is the loopback address to listen on. Empty means a free port of
	// 127.0.0.1.
	Addr string

	// Verify verifies an ID Token. Required unless there is Configure. It must
	// be safe for concurrent use.
	Verify func(ctx context.Context, idToken string) (Identity, error)

	// Configure returns what verifies ID Tokens under settings: first Settings,
	// and then those that somebody saves on the settings page, who sees its
	// error. Nil means that there are no pages.
	Configure func(Settings) (Verifier, error)
	Settings  Settings

	// Probe discovers an issuer for Test Connection. Nil means that every test
	// fails.
	Probe func(ctx context.Context, issuer string) (Connection, error)

	Keys []PublishableKey

	// TicketLifetime is how long a ticket can connect. Zero means
	// DefaultTicketLifetime.
	TicketLifetime time.Duration

	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

var (
	keyPattern    = regexp.MustCompile(`^pk_(live|test)_[A-Za-z0-9]{16,}$`)
	originPattern = regexp.MustCompile(`^https?://[^/?#\s]+$`)
)

func (c *Config) validate() error {
	var problems []error
	if c.Verify == nil && c.Configure == nil {
		problems = append(problems,
			errors.New("the function Verify is missing: charmock verifies nothing itself"))
	}
	if c.TicketLifetime < 0 {
		problems = append(problems,
			fmt.Errorf("TicketLifetime is %v, want 0 or more", c.TicketLifetime))
	}
	for _, k := range c.Keys {
		if !keyPattern.MatchString(k.Key) {
			problems = append(problems,
				fmt.Errorf("publishable key %q, want pk_live_ or pk_test_ and at least 16 letters or digits",
					k.Key))
		}
		if len(k.Origins) == 0 {
			problems = append(problems, fmt.Errorf("publishable key %q has no origin", k.Key))
		}
		for _, origin := range k.Origins {
			if !originPattern.MatchString(origin) {
				problems = append(problems,
					fmt.Errorf("origin %q, want a scheme and a host, such as https://app.example",
						origin))
			}
		}
	}
	return errors.Join(problems...)
}

// Server is Char's side on a loopback port. It is safe for concurrent use.
type Server struct {
	cfg      Config
	settings *configured // nil without pages
	log      connections
	pages    page.Renderer
	url      string
	http     *http.Server
	done     chan struct{}

	mu      sync.Mutex
	tickets map[string]*ticket
	order   []string // the tickets, oldest first
}

// maxTickets bounds the tickets that are kept. They live for a minute.
const maxTickets = 10_000

// Start serves on a loopback port of its own until Close. Its error lists all
// mistakes in cfg.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if cfg.TicketLifetime == 0 {
		cfg.TicketLifetime = DefaultTicketLifetime
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Keys = slices.Clone(cfg.Keys)
	s := &Server{cfg: cfg, done: make(chan struct{}), tickets: make(map[string]*ticket)}
	if cfg.Configure != nil {
		var err error
		if s.settings, err = newConfigured(cfg); err != nil {
			return nil, err
		}
	}
	listener, err := loopback.Listen(ctx, cmp.Or(cfg.Addr, "127.0.0.1:0"))
	if err != nil {
		s.closeSettings()
		return nil, err
	}
	s.url = "http://" + listener.Addr().String()
	s.http = &http.Server{
		Handler: s.routes(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
	}
	go func() {
		defer close(s.done)
		// Serve returns http.ErrServerClosed after Close, and nothing else on
		// a listener that nobody else closes.
		_ = s.http.Serve(listener)
	}()
	return s, nil
}

// URL returns the origin of the server, without a trailing slash.
func (s *Server) URL() string { return s.url }

// Close cuts off all connections and waits until nothing is served any
// longer.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.done
	s.closeSettings()
	return err
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/auth/ticket", s.handle(s.ticketForBearer))
	mux.HandleFunc("POST /api/auth/pk-ticket", s.handle(s.ticketForKey))
	mux.HandleFunc("POST /api/connect", s.handle(s.connect))
	mux.HandleFunc("POST /api/identity-providers/test", s.handle(s.testConnection))
	mux.HandleFunc("OPTIONS /api/", s.preflight)
	mux.HandleFunc("GET /char-agent.js", serveComponent)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	if s.settings != nil {
		s.addPages(mux)
	}
	return mux
}
