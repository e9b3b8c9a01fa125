package reproduce

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/verifier"
)

// stage is where a recipe is played. Its first error is kept, and everything
// that is asked of it afterwards does nothing, so that a recipe reads as a
// list.
type stage struct {
	ctx    context.Context
	recipe Recipe
	opts   Options
	record *reports.Reproduction
	again  []string
	err    error

	server    *mockidp.Server
	env       *mockidp.Environment
	second    *mockidp.Environment // staging; nil without Recipe.staging
	api       *control.Server      // nil unless everything is kept
	transport *http.Transport
	closers   []func()

	passed atomic.Int64 // by how much the clock of all is ahead, in ns
	skew   atomic.Int64 // by how much that of applications is ahead of it
}

// redirectURI is registered for the client of each environment, and apiAudience
// is an API that the client may get access tokens for.
const (
	redirectURI = "http://127.0.0.1/callback"
	apiAudience = "https://api.acme.example"
)

func newStage(ctx context.Context, r Recipe, opts Options) (*stage, error) {
	s := &stage{ctx: ctx, recipe: r, opts: opts}
	s.record = &reports.Reproduction{Name: r.Name(), Title: r.Title}
	cfg := mockidp.Config{Seed: opts.Seed, Now: func() time.Time {
		return time.Now().Add(time.Duration(s.passed.Load()))
	}}
	if r.tls {
		cfg.TLS = mockidp.TLSTrusted
	}
	var err error
	if s.server, err = mockidp.Start(ctx, cfg); err != nil {
		return nil, err
	}
	s.closers = append(s.closers, func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		// An error means that requests were cut off: nobody waits for them now.
		_ = s.server.Close(ending)
	})
	if err := s.open(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// open makes the environments.
func (s *stage) open() error {
	pool := x509.NewCertPool()
	if s.recipe.tls {
		pool.AppendCertsFromPEM(s.server.CA())
	}
	config := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	s.transport = &http.Transport{TLSClientConfig: config}
	s.closers = append(s.closers, s.transport.CloseIdleConnections)
	var err error
	if s.env, err = s.environment("", s.server.URL(), "skc_58327482062864390"); err != nil {
		return err
	}
	if s.recipe.staging {
		// Another name of the same address: environments differ in their host.
		origin := strings.Replace(s.server.URL(), "127.0.0.1", "localhost", 1)
		if s.second, err = s.environment("staging", origin, "skc_18840523971846023"); err != nil {
			return err
		}
	}
	if s.opts.Keep {
		if s.api, err = control.Start(s.ctx, s.server, control.Config{}); err != nil {
			return err
		}
		s.closers = append(s.closers, func() { _ = s.api.Close(context.WithoutCancel(s.ctx)) })
	}
	return nil
}

// environment makes an environment with one client and keys of its own.
func (s *stage) environment(name, origin, clientID string) (*mockidp.Environment, error) {
	env, err := s.server.NewEnvironment(name, mockidp.EnvironmentConfig{
		Origin: origin, KeyName: name,
		Clients: []mockidp.Client{{
			ID: clientID, Secret: "test_secret_of_" + clientID,
			RedirectURIs: []string{redirectURI}, Audiences: []string{apiAudience},
		}},
	})
	if err == nil {
		s.add(reports.PhaseSetUp, true, "", "a mock environment, %s, with the client %s", env.Issuer(), clientID)
	}
	return env, err
}

// close ends everything that was started, the last first.
func (s *stage) close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
}

// add adds a step.
func (s *stage) add(phase reports.Phase, ok bool, want, format string, args ...any) {
	s.addStep(reports.ReproductionStep{Phase: phase, Text: fmt.Sprintf(format, args...), Want: want, OK: ok})
}

func (s *stage) addStep(step reports.ReproductionStep) {
	if step.OK {
		step.Want = ""
	}
	s.record.Steps = append(s.record.Steps, step)
	if s.opts.Step != nil {
		s.opts.Step(step)
	}
}

// fail keeps the first error.
func (s *stage) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// fix says which fix is applied.
func (s *stage) fix(format string, args ...any) { s.add(reports.PhaseFix, true, "", format, args...) }

// note explains something on the way.
func (s *stage) note(format string, args ...any) { s.add(reports.PhaseNote, true, "", format, args...) }

// repeat adds a line for a shell.
func (s *stage) repeat(format string, args ...any) {
	s.again = append(s.again, fmt.Sprintf(format, args...))
}

// pass lets time pass for the environment and the applications.
func (s *stage) pass(d time.Duration) {
	s.passed.Add(int64(d))
	s.note("%s pass", strings.TrimSuffix(d.String(), "0s"))
}

// plant makes the environment misbehave until remove is called.
func (s *stage) plant(f fault.Fault) (remove func()) {
	if s.err != nil {
		return func() {}
	}
	if err := s.env.Faults().Add(f); err != nil {
		s.fail(err)
		return func() {}
	}
	if s.api != nil {
		text, err := f.MarshalJSON()
		if err != nil {
			s.fail(err)
		}
		s.repeat("assay idp ctl --control %s faults add '%s'", s.api.URL(), text)
	}
	return func() {
		s.env.Faults().Remove(f.ID)
		if s.api != nil {
			s.repeat("assay idp ctl --control %s faults remove %s", s.api.URL(), f.ID)
		}
	}
}

// config returns the right configuration of an application for an environment.
func (s *stage) config(env *mockidp.Environment) verifier.Config {
	return verifier.Config{
		Issuer: env.Issuer(), Audience: []string{env.Client().ID},
		Allow:  verifier.Allowances{LoopbackHTTP: true},
		Remote: verifier.RemoteConfig{Transport: s.transport, FetchTimeout: time.Second},
		Now:    s.now,
	}
}

// now is the clock of the applications.
func (s *stage) now() time.Time {
	return time.Now().Add(time.Duration(s.passed.Load() + s.skew.Load()))
}

// application is a service that verifies the tokens it is sent, as assay serve
// does. It has only its configuration if it does not start.
type application struct {
	url  string
	keys *verifier.Remote
	cfg  verifier.Config
}

// application starts an application.
func (s *stage) application(cfg verifier.Config) *application {
	app := &application{cfg: cfg}
	if s.err != nil {
		return app
	}
	what := fmt.Sprintf("an application with the issuer %s and the client ID %s",
		cfg.Issuer, strings.Join(cfg.Audience, ", "))
	remote := cfg.Remote
	remote.LoopbackHTTP, remote.Now = cfg.Allow.LoopbackHTTP, cfg.Now
	keys, err := verifier.NewRemote(cfg.Issuer, remote)
	if err != nil {
		s.fail(fmt.Errorf("%s: %w", what, err))
		return app
	}
	s.closers = append(s.closers, func() { _ = keys.Close() })
	cfg.Keys = keys
	v, err := verifier.New(cfg)
	if err != nil {
		s.fail(fmt.Errorf("%s: %w", what, err))
		return app
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(s.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		s.fail(err)
		return app
	}
	app.keys, app.url = keys, "http://"+listener.Addr().String()
	ctx, stop := context.WithCancel(context.WithoutCancel(s.ctx))
	served := make(chan struct{})
	go func() {
		defer close(served)
		// An error means that requests were cut off: nobody waits for them.
		_ = load.Serve(ctx, listener, load.NewService(v, load.ServiceOptions{}), load.ServeOptions{Grace: time.Second})
	}()
	s.closers = append(s.closers, func() {
		stop()
		<-served
	})
	s.add(reports.PhaseSetUp, true, "", "%s, at %s", what, app.url)
	return app
}
