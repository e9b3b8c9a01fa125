package reproduce

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/assay-id/assay/mockidp/charmock"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/doctor"
)

func keysRecipes() []Recipe {
	const code = string(verifier.CodeJWKSFetchFailed)
	return []Recipe{
		{Code: code, Cause: "url", Diagnosed: "keys.url", play: keysURL, Title: "the environment URL is wrong"},
		{Code: code, Cause: "inactive", Diagnosed: "keys.inactive", play: keysInactive, Title: "the environment is not active"},
		{Code: code, Cause: "unreachable", Diagnosed: "keys.unreachable", play: keysUnreachable, Title: "the keys cannot be reached; Test Connection shows it"},
	}
}

func keysURL(s *stage) {
	cfg := s.config(s.env)
	cfg.Issuer += "/t/acme-typo"
	app := s.application(cfg)
	s.readiness(app, reports.PhaseError, http.StatusServiceUnavailable)
	s.testConnection(cfg.Issuer, reports.PhaseError, false)
	s.examine(cfg.Issuer, "discovery")
	user := s.signIn(s.env, scopeLogin)
	s.note("a genuine token is refused before any key is looked for, because its issuer is another one")
	s.refused(app, idToken, user.idToken, verifier.CodeInvalidIssuer, s.recipe.Diagnosed)
	s.fix("configure the environment URL of the dashboard: %s", s.env.Issuer())
	s.testConnection(s.env.Issuer(), reports.PhaseSuccess, true)
	right := s.application(s.config(s.env))
	s.readiness(right, reports.PhaseSuccess, http.StatusOK)
	s.accepted(right, idToken, user.idToken)
}

func keysInactive(s *stage) {
	user := s.signIn(s.env, scopeLogin)
	activate := s.plant(fault.Fault{
		ID: "inactive", Where: fault.Discovery, Kind: fault.Status,
		Attributes: fault.Attributes{Status: http.StatusGone},
	})
	s.add(reports.PhaseSetUp, true, "",
		"the environment is deactivated: its discovery document is gone")
	app := s.application(s.config(s.env))
	s.refused(app, idToken, user.idToken, verifier.CodeJWKSFetchFailed, s.recipe.Diagnosed)
	s.examine(s.env.Issuer(), "discovery")
	s.fix("activate the environment in the dashboard")
	activate()
	s.accepted(app, idToken, user.idToken)
}

func keysUnreachable(s *stage) {
	user := s.signIn(s.env, scopeLogin)
	repair := s.plant(fault.Fault{ID: "unreachable", Where: fault.Keys, Kind: fault.Hang})
	s.add(reports.PhaseSetUp, true, "",
		"something between the application and %s swallows the answers", s.env.JWKSURI())
	app := s.application(s.config(s.env))
	s.refused(app, idToken, user.idToken, verifier.CodeJWKSFetchFailed, s.recipe.Diagnosed)
	s.testConnection(s.env.Issuer(), reports.PhaseError, false)
	s.examine(s.env.Issuer(), "jwks")
	s.fix("let the application reach %s, and try Test Connection", s.env.JWKSURI())
	repair()
	s.testConnection(s.env.Issuer(), reports.PhaseSuccess, true)
	s.accepted(app, idToken, user.idToken)
}

// readiness asks an application whether it has keys, as assay serve does when
// it starts.
func (s *stage) readiness(app *application, phase reports.Phase, want int) {
	a := s.get(app.url+"/readyz", "")
	s.repeat("curl -si %s/readyz", app.url)
	ok := a.status == want &&
		(want == http.StatusOK || a.text("code") == string(verifier.CodeJWKSFetchFailed))
	s.add(phase, ok, http.StatusText(want), "the start of the application, GET /readyz: %d %s",
		a.status, a.body)
}

// doctor examines an issuer as an application sees it.
func (s *stage) doctor(ctx context.Context, issuer string) doctor.Report {
	return doctor.Examine(ctx, doctor.Options{
		Issuer: issuer, LoopbackHTTP: true, Timeout: time.Second, RootCAs: s.transport.TLSClientConfig.RootCAs, Now: s.now,
	})
}

// examine says which check of the doctor fails.
func (s *stage) examine(issuer, want string) {
	if s.err != nil {
		return
	}
	report := s.doctor(s.ctx, issuer)
	for _, c := range report.Checks {
		if c.Verdict == doctor.Fail {
			s.add(reports.PhaseWhy, c.Name == want, "the check "+want,
				"assay doctor fails %s: %s; %s", c.Name, c.Found, c.Do)
			s.repeat("assay doctor --issuer %s --allow-loopback-http", issuer)
			return
		}
	}
	s.add(reports.PhaseWhy, false, "the check "+want, "assay doctor finds nothing")
}

// testConnection asks Char's side to test an issuer.
func (s *stage) testConnection(issuer string, phase reports.Phase, want bool) {
	if s.err != nil {
		return
	}
	char, err := charmock.Start(s.ctx, charmock.Config{
		Verify: func(context.Context, string) (charmock.Identity, error) {
			return charmock.Identity{}, nil
		},
		Probe: func(ctx context.Context, issuer string) (charmock.Connection, error) {
			report := s.doctor(ctx, issuer)
			return charmock.Connection{Issuer: report.Issuer, JWKSURI: report.JWKSURI}, report.Err
		},
	})
	if err != nil {
		s.fail(err)
		return
	}
	s.closers = append(s.closers, func() { _ = char.Close() })
	body, err := json.Marshal(map[string]string{"idp_type": "custom_oidc", "idp_issuer": issuer})
	if err != nil {
		s.fail(err)
		return
	}
	const path = "/api/identity-providers/test"
	a := s.post(char.URL()+path, "application/json", string(body))
	s.repeat("curl -s %s%s -H 'Content-Type: application/json' -d '%s'", char.URL(), path, body)
	success, _ := a.members["success"].(bool)
	s.add(phase, success == want, "success to be the opposite", "Test Connection of %s: %d %s",
		issuer, a.status, a.body)
}
