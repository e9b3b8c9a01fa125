package reproduce

import (
	"strings"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/verifier"
)

func audienceRecipes() []Recipe {
	const code = string(verifier.CodeInvalidAudience)
	return []Recipe{
		{Code: code, Cause: "exact", Diagnosed: "audience.exact", play: audienceExact, Title: "the client ID is not configured exactly as the token's aud has it"},
		{Code: code, Cause: "access-token", Diagnosed: "audience.access-token", play: audienceAccessToken, Title: "an access token was sent instead of the ID Token"},
		{Code: code, Cause: "environment", Diagnosed: "audience.environment", play: audienceEnvironment, staging: true, Title: "the client ID belongs to another environment"},
	}
}

func audienceExact(s *stage) {
	cfg := s.config(s.env)
	cfg.Audience = []string{strings.ToUpper(s.env.Client().ID)}
	app := s.application(cfg)
	user := s.signIn(s.env, scopeLogin)
	s.refused(app, idToken, user.idToken, verifier.CodeInvalidAudience, s.recipe.Diagnosed)
	s.fix("configure the client ID as the environment has it: %s", s.env.Client().ID)
	s.accepted(s.application(s.config(s.env)), idToken, user.idToken)
}

func audienceAccessToken(s *stage) {
	app := s.application(s.config(s.env))
	user := s.signIn(s.env, scopeLogin, "audience", apiAudience)
	s.refused(app, accessToken, user.accessToken, verifier.CodeInvalidAudience, s.recipe.Diagnosed)

	// Without an audience the access token is for the client itself, and every
	// documented check passes.
	plain := s.signIn(s.env, scopeLogin)
	s.warned(app, accessToken, plain.accessToken, s.recipe.Diagnosed)
	cfg, strict := s.config(s.env), verifier.Strict()
	cfg.Algorithms, cfg.Leeway, cfg.Require = strict.Algorithms, strict.Leeway, strict.Require
	a := s.present(s.application(cfg), accessToken, plain.accessToken)
	const reason = verifier.ReasonUnsupportedTokenType
	s.add(reports.PhaseNote, a.text("reason") == string(reason), string(reason),
		"the strict policy tells them apart: %d %s", a.status, a.body)

	s.fix("send the id_token of the token endpoint's answer, not its access_token")
	s.accepted(app, idToken, user.idToken)
}

func audienceEnvironment(s *stage) {
	cfg := s.config(s.env)
	cfg.Audience = []string{s.second.Client().ID}
	app := s.application(cfg)
	user := s.signIn(s.env, scopeLogin)
	s.refused(app, idToken, user.idToken, verifier.CodeInvalidAudience, s.recipe.Diagnosed)
	s.fix("configure the client ID of the environment %s: %s", s.env.Issuer(), s.env.Client().ID)
	s.accepted(s.application(s.config(s.env)), idToken, user.idToken)
}
