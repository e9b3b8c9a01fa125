package charmock

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Settings are what an administrator of Char enters under Settings, Integration,
// SSO configuration.
type Settings struct {
	Provider  string   // as the API names it, such as custom_oidc
	Issuer    string   // the issuer URL
	ClientIDs []string // the allowed client IDs
}

// CustomOIDC is the provider type of Scalekit and of every other provider that
// Char has no type for.
const CustomOIDC = "custom_oidc"

// Providers returns the provider types of Char's API.
func Providers() []string {
	return []string{CustomOIDC, "okta", "azure", "auth0", "google", "workos", "firebase", "onelogin", "logto"}
}

// Verifier verifies ID Tokens. It must be safe for concurrent use.
type Verifier interface {
	// Verify returns whom an ID Token is about. A *[Refusal] says that it is not
	// accepted; any other error is a failure of the verifier itself.
	Verify(ctx context.Context, idToken string) (Identity, error)

	// Close releases what the verifier holds. Verify is not called afterwards.
	Close()
}

// configured holds the settings and their verifier. It is safe for concurrent
// use.
type configured struct {
	configure func(Settings) (Verifier, error)

	mu       sync.RWMutex
	settings Settings
	verifier Verifier
}

func newConfigured(cfg Config) (*configured, error) {
	c := &configured{configure: cfg.Configure}
	return c, c.save(cfg.Settings)
}

// save verifies with other settings from now on. An error changes nothing.
func (c *configured) save(s Settings) error {
	v, err := c.configure(s)
	if err != nil {
		return err
	}
	c.mu.Lock()
	old := c.verifier
	c.settings, c.verifier = s, v
	c.mu.Unlock()
	if old != nil {
		old.Close()
	}
	return nil
}

func (c *configured) current() Settings {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.settings
}

func (c *configured) verify(ctx context.Context, idToken string) (Identity, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.verifier.Verify(ctx, idToken)
}

func (s *Server) closeSettings() {
	if s.settings != nil {
		s.settings.mu.Lock()
		defer s.settings.mu.Unlock()
		s.settings.verifier.Close()
	}
}

// verify verifies an ID Token and logs what came of it.
func (s *Server) verify(ctx context.Context, way, idToken string) (Identity, error) {
	verify := s.cfg.Verify
	if s.settings != nil {
		verify = s.settings.verify
	}
	identity, err := verify(ctx, idToken)
	s.log.add(connection{at: s.cfg.Now(), way: way, identity: identity, err: err})
	return identity, err
}

// wireSettings are the settings as Char's API writes them.
type wireSettings struct {
	Type             string   `json:"idp_type"`
	AllowedAudiences []string `json:"allowed_audiences"`
	Domain           *string  `json:"idp_domain"`
	Issuer           *string  `json:"idp_issuer"`
	AllowedDomains   []string `json:"allowed_domains"`
}

// configuration is GET /api/identity-providers/config.
func (s *Server) configuration(*http.Request) (any, error) {
	now := s.settings.current()
	return wireSettings{
		Type: now.Provider, AllowedAudiences: append([]string{}, now.ClientIDs...), Issuer: &now.Issuer,
		AllowedDomains: []string{},
	}, nil
}

// reconfigure is PATCH /api/identity-providers/config.
func (s *Server) reconfigure(r *http.Request) (any, error) {
	now := s.settings.current()
	asked := wireSettings{Type: now.Provider, AllowedAudiences: now.ClientIDs, Issuer: &now.Issuer}
	if err := readBody(r, &asked); err != nil {
		return nil, err
	}
	next := Settings{Provider: asked.Type, ClientIDs: asked.AllowedAudiences}
	if asked.Issuer != nil {
		next.Issuer = *asked.Issuer
	}
	if err := s.settings.save(next.tidy()); err != nil {
		return nil, &failure{http.StatusBadRequest, "VALIDATION_ERROR", err.Error()}
	}
	return s.configuration(r)
}

// tidy returns the settings without what nobody means to enter: spaces around a
// value, and client IDs twice. The issuer must be exact and stays as it is
// otherwise.
func (s Settings) tidy() Settings {
	s.Issuer = strings.TrimSpace(s.Issuer)
	ids := strings.Fields(strings.Join(s.ClientIDs, " "))
	s.ClientIDs = nil
	for _, id := range ids {
		if !slices.Contains(s.ClientIDs, id) {
			s.ClientIDs = append(s.ClientIDs, id)
		}
	}
	return s
}

// connection is one attempt to connect with an ID Token.
type connection struct {
	at       time.Time
	way      string
	identity Identity
	err      error
}

// refusal returns the refusal of the connection, or nil.
func (c *connection) refusal() *Refusal {
	if refusal, ok := errors.AsType[*Refusal](c.err); ok {
		return refusal
	}
	if c.err != nil {
		return &Refusal{Code: "INTERNAL_ERROR", Message: "the verifier gave no verdict"}
	}
	return nil
}

// maxConnections bounds the connections that are shown.
const maxConnections = 20

// connections are the latest attempts to connect. It is safe for concurrent use.
type connections struct {
	mu   sync.Mutex
	kept []connection // the oldest first
}

func (l *connections) add(c connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, c)
	l.kept = slices.Delete(l.kept, 0, max(0, len(l.kept)-maxConnections))
}

// latest returns them, the latest first.
func (l *connections) latest() []connection {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := slices.Clone(l.kept)
	slices.Reverse(out)
	return out
}
