package reproduce

import (
	"net/http"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/verifier"
)

func refreshRecipes() []Recipe {
	const code = "REFRESH"
	return []Recipe{
		{Code: code, Cause: "offline-access", Diagnosed: "response.no-offline-access", play: refreshOfflineAccess, Title: "offline_access was not requested, so there is no refresh token"},
		{Code: code, Cause: "storage", Diagnosed: "response.refresh-token", play: refreshStorage, Title: "the newest refresh token was not stored, and an old one was sent again"},
		{Code: code, Cause: "secret", Diagnosed: "response.client-secret", play: refreshSecret, Title: "the client secret is wrong"},
	}
}

// refuses records a refresh that must fail with an OAuth error.
func (s *stage) refuses(a answer, status int, code string) {
	s.add(reports.PhaseError, a.status == status && a.text("error") == code, code,
		"POST /oauth/token, grant_type=refresh_token: %s", a.brief())
}

// renews records a refresh that must succeed, and stores what it brings.
func (s *stage) renews(a answer) session {
	s.keepAnswer()
	s.add(reports.PhaseSuccess, a.status == http.StatusOK, "200",
		"POST /oauth/token, grant_type=refresh_token: %s", a.brief())
	return sessionOf(a)
}

func refreshOfflineAccess(s *stage) {
	secret := s.env.Client().Secret
	app := s.application(s.config(s.env))
	user := s.signIn(s.env, scopeLogin)
	s.diagnoseAnswer(user.answer, s.recipe.Diagnosed)
	s.pass(32 * time.Minute)
	s.refused(app, idToken, user.idToken, verifier.CodeTokenExpired, "expired.session")
	a := s.refresh(s.env, refreshToken, user.refreshToken, secret)
	s.refuses(a, http.StatusBadRequest, "invalid_request")
	s.fix("request the scope offline_access when the user signs in")
	user = s.signIn(s.env, scopeOffline)
	s.pass(32 * time.Minute)
	user = s.renews(s.refresh(s.env, refreshToken, user.refreshToken, secret))
	s.accepted(app, idToken, user.idToken)
}

func refreshStorage(s *stage) {
	secret := s.env.Client().Secret
	app := s.application(s.config(s.env))
	first := s.signIn(s.env, scopeOffline)
	s.pass(20 * time.Minute)
	newest := sessionOf(s.refresh(s.env, refreshToken, first.refreshToken, secret))
	s.keepMember(newestToken, "refresh_token")
	s.note("a refresh spends the refresh token and brings a new one (%s), which the application does not store",
		newest.answer.brief())
	s.pass(20 * time.Minute)
	a := s.refresh(s.env, refreshToken, first.refreshToken, secret)
	s.refuses(a, http.StatusBadRequest, "invalid_grant")
	s.diagnoseAnswer(a, s.recipe.Diagnosed)
	s.note("the provider treats the old token as stolen and ends the session: the new one no longer works either")
	a = s.refresh(s.env, newestToken, newest.refreshToken, secret)
	s.refuses(a, http.StatusBadRequest, "invalid_grant")
	s.fix("let the user sign in again, and store the refresh token of every answer, on the server and encrypted")
	user := s.signIn(s.env, scopeOffline)
	for range 2 {
		s.pass(20 * time.Minute)
		user = s.renews(s.refresh(s.env, refreshToken, user.refreshToken, secret))
	}
	s.accepted(app, idToken, user.idToken)
}

func refreshSecret(s *stage) {
	app := s.application(s.config(s.env))
	user := s.signIn(s.env, scopeOffline)
	s.pass(20 * time.Minute)
	a := s.refresh(s.env, refreshToken, user.refreshToken, "test_secret_of_another_client")
	s.refuses(a, http.StatusUnauthorized, "invalid_client")
	s.diagnoseAnswer(a, s.recipe.Diagnosed)
	s.fix("configure the client secret of the dashboard, not its ID (sks_…) and not that of another environment")
	user = s.renews(s.refresh(s.env, refreshToken, user.refreshToken, s.env.Client().Secret))
	s.accepted(app, idToken, user.idToken)
}
