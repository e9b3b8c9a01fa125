package control

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/internal/words"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/mockidp/people"
)

const (
	// maxEnvironments and maxListeners bound what a script that never cleans
	// up can create.
	maxEnvironments = 4096
	maxListeners    = 64
)

// peopleName is the name of the people of a Spec in errors.
const peopleName = "people"

// NewEnvironment makes the environment that spec describes. It returns an
// error if the spec is not valid and when [mockidp.Server.NewEnvironment]
// does.
func NewEnvironment(idp *mockidp.Server, spec Spec) (*mockidp.Environment, error) {
	cfg, err := spec.config()
	if err != nil {
		return nil, err
	}
	e, err := idp.NewEnvironment(spec.Name, cfg)
	if err != nil {
		return nil, err
	}
	if err := spec.apply(e); err != nil {
		idp.Remove(spec.Name)
		return nil, err
	}
	return e, nil
}

func (s Spec) config() (mockidp.EnvironmentConfig, error) {
	cfg := people.Default()
	if s.People != "" {
		var err error
		if cfg, err = people.Parse(peopleName, []byte(s.People)); err != nil {
			return cfg, err
		}
	}
	cfg.Origin = s.Origin
	cfg.Alg, cfg.KeyName = s.Alg, s.KeyName
	cfg.NoDecoys = s.NoDecoys
	cfg.LoginPage, cfg.ModularSSO, cfg.LinkSameBrowser = s.LoginPage, s.ModularSSO, s.LinkSameBrowser
	cfg.IDTokenLifetime = time.Duration(s.IDTokenLifetime)
	cfg.AccessTokenLifetime = time.Duration(s.AccessTokenLifetime)
	cfg.ClientCredentialsLifetime = time.Duration(s.ClientCredentialsLifetime)
	cfg.CodeLifetime = time.Duration(s.CodeLifetime)
	cfg.RefreshTokenLifetime = time.Duration(s.RefreshTokenLifetime)
	cfg.RefreshGrace = time.Duration(s.RefreshGrace)
	if s.Rotation != nil {
		cfg.Rotation = s.Rotation.schedule(nil)
	}
	return cfg, nil
}

func knownAlg(alg string) error {
	if !slices.Contains(keyring.Algs(), alg) {
		return fmt.Errorf("alg is %q, want one of %s", alg, words.Join(keyring.Algs()))
	}
	return nil
}

func (r Rotation) schedule(keys []*keyring.Key) keyring.Schedule {
	return keyring.Schedule{
		Every: time.Duration(r.Every), Overlap: time.Duration(r.Overlap), Mode: r.Mode, Keys: keys,
	}
}

func describe(e *mockidp.Environment) Environment {
	out := Environment{
		Name:      e.Name(),
		Issuer:    e.Issuer(),
		Discovery: e.Issuer() + "/.well-known/openid-configuration",
		JWKSURI:   e.JWKSURI(),
	}
	for _, c := range e.Clients() {
		out.Clients = append(out.Clients, party(c))
	}
	out.Resources = []Resource{}
	for _, r := range e.Resources() {
		out.Resources = append(out.Resources, Resource{
			ID: r.ID, Name: r.Name, URL: e.ResourceURL(r), Issuer: e.ResourceIssuer(r.ID), Scopes: list(r.Scopes),
		})
	}
	out.Directories = []Directory{}
	for _, d := range e.Directories() {
		out.Directories = append(out.Directories, Directory(d))
	}
	return out
}

// list returns an empty list instead of nil, which JSON would show as null.
func list[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

func (s *Server) environments(*http.Request) (any, error) {
	out := struct {
		Environments []Environment `json:"environments"`
	}{[]Environment{}}
	for _, e := range s.idp.Environments() {
		out.Environments = append(out.Environments, describe(e))
	}
	return out, nil
}

func (s *Server) create(r *http.Request) (any, error) {
	var spec Spec
	if err := read(r, &spec); err != nil {
		return nil, err
	}
	if s.idp.Environment(spec.Name) != nil {
		return nil, refuse(http.StatusConflict, "there is already an environment %q", spec.Name)
	}
	if n := len(s.idp.Environments()); n >= maxEnvironments {
		return nil, refuse(http.StatusConflict, "there are %d environments, which is the limit", n)
	}
	e, err := NewEnvironment(s.idp, spec)
	if err != nil {
		return nil, invalid(err)
	}
	return describe(e), nil
}

func environment(_ *http.Request, e *mockidp.Environment) (any, error) { return describe(e), nil }

func (s *Server) remove(_ *http.Request, e *mockidp.Environment) (any, error) {
	s.idp.Remove(e.Name())
	return nil, nil
}

func outbox(_ *http.Request, e *mockidp.Environment) (any, error) {
	out := struct {
		Mails []Mail `json:"mails"`
	}{[]Mail{}}
	for _, m := range e.Outbox() {
		out.Mails = append(out.Mails, Mail{
			At: m.Time, To: m.To, Subject: m.Subject, Code: m.Code, Link: m.Link,
		})
	}
	return out, nil
}

func (s *Server) listeners(*http.Request) (any, error) {
	out := struct {
		Listeners []Listener `json:"listeners"`
	}{[]Listener{}}
	for _, l := range s.idp.Listeners() {
		out.Listeners = append(out.Listeners, listener(l))
	}
	return out, nil
}

func listener(l *mockidp.Listener) Listener {
	seen := l.Traffic()
	return Listener{
		URL: l.URL(), TLS: string(l.Profile()), Connections: seen.Connections, Hellos: seen.Hellos, Requests: seen.Requests,
	}
}

func (s *Server) listen(r *http.Request) (any, error) {
	var asked Opening
	if err := read(r, &asked); err != nil {
		return nil, err
	}
	if n := len(s.idp.Listeners()); n >= maxListeners {
		return nil, refuse(http.StatusConflict, "there are %d listeners, which is the limit", n)
	}
	l, err := s.idp.Listen(r.Context(), mockidp.ListenerConfig{
		TLS: mockidp.TLSProfile(asked.TLS), Host: cmp.Or(asked.Host, "127.0.0.1"),
	})
	if err != nil {
		return nil, invalid(err)
	}
	return listener(l), nil
}

// certify changes the certificate of a listener.
func (s *Server) certify(r *http.Request) (any, error) {
	var asked Certificate
	if err := read(r, &asked); err != nil {
		return nil, err
	}
	for _, l := range s.idp.Listeners() {
		if asked.URL == "" || asked.URL == l.URL() {
			if err := l.ChangeCertificate(mockidp.TLSProfile(asked.TLS)); err != nil {
				return nil, invalid(err)
			}
			return listener(l), nil
		}
	}
	return nil, refuse(http.StatusNotFound, "there is no listener %q", asked.URL)
}
