package reproduce

import (
	"strings"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/verifier"
)

func issuerRecipes() []Recipe {
	const code = string(verifier.CodeInvalidIssuer)
	return []Recipe{
		{Code: code, Cause: "exact", Diagnosed: "issuer.exact", play: issuerExact, Title: "the issuer is not configured exactly as the token has it"},
		{Code: code, Cause: "https", Diagnosed: "issuer.https", play: issuerHTTPS, tls: true, Title: "the issuer is configured without https://"},
		{Code: code, Cause: "environment", Diagnosed: "issuer.environment", play: issuerEnvironment, staging: true, Title: "the token comes from another environment"},
	}
}

func issuerExact(s *stage) {
	cfg := s.config(s.env)
	cfg.Issuer += "/"
	app := s.application(cfg)
	user := s.signIn(s.env, scopeLogin)
	s.refused(app, idToken, user.idToken, verifier.CodeInvalidIssuer, s.recipe.Diagnosed)
	s.fix("configure the issuer as the environment has it, without the slash: %s", s.env.Issuer())
	s.accepted(s.application(s.config(s.env)), idToken, user.idToken)
}

func issuerHTTPS(s *stage) {
	cfg := s.config(s.env)
	_, cfg.Issuer, _ = strings.Cut(s.env.Issuer(), "://")
	_, err := verifier.New(cfg)
	s.add(reports.PhaseError, verifier.ReasonOf(err) == verifier.ReasonConfigInvalid,
		"CONFIG_INVALID", "without any scheme the application does not start: %v", err)
	cfg.Issuer = "http://" + cfg.Issuer
	app := s.application(cfg)
	user := s.signIn(s.env, scopeLogin)
	s.refused(app, idToken, user.idToken, verifier.CodeInvalidIssuer, s.recipe.Diagnosed)
	s.fix("configure the full environment URL: %s", s.env.Issuer())
	s.accepted(s.application(s.config(s.env)), idToken, user.idToken)
}

func issuerEnvironment(s *stage) {
	app := s.application(s.config(s.env))
	user := s.signIn(s.second, scopeLogin)
	s.refused(app, idToken, user.idToken, verifier.CodeInvalidIssuer, s.recipe.Diagnosed)
	s.fix("sign in at the environment that is configured: %s", s.env.Issuer())
	s.accepted(app, idToken, s.signIn(s.env, scopeLogin).idToken)
}
