package reproduce

import (
	"time"

	"github.com/assay-id/assay/verifier"
)

func expiryRecipes() []Recipe {
	const code = string(verifier.CodeTokenExpired)
	return []Recipe{
		{Code: code, Cause: "session", Diagnosed: "expired.session", play: expiredSession, Title: "the session was not refreshed, so an old ID Token was sent again"},
		{Code: code, Cause: "kept", Diagnosed: "expired.kept", play: expiredKept, Title: "the session was refreshed, and the first ID Token was kept"},
		{Code: code, Cause: "clock", Diagnosed: "expired.clock", play: expiredClock, Title: "the clock of this machine is ahead by more than the leeway"},
	}
}

func expiredSession(s *stage) {
	app := s.application(s.config(s.env))
	user := s.signIn(s.env, scopeOffline)
	s.accepted(app, idToken, user.idToken)
	s.pass(32 * time.Minute)
	s.refused(app, idToken, user.idToken, verifier.CodeTokenExpired, s.recipe.Diagnosed)
	s.fix("refresh the session before exp, and pass on the ID Token of the answer")
	s.accepted(app, idToken,
		s.renews(s.refresh(s.env, refreshToken, user.refreshToken, s.env.Client().Secret)).idToken)
}

func expiredKept(s *stage) {
	app := s.application(s.config(s.env))
	user := s.signIn(s.env, scopeOffline)
	s.pass(29 * time.Minute)
	renewed := s.renews(s.refresh(s.env, refreshToken, user.refreshToken, s.env.Client().Secret))
	s.pass(3 * time.Minute)
	s.refused(app, idToken, user.idToken, verifier.CodeTokenExpired, s.recipe.Diagnosed)
	s.fix("pass on the ID Token of the refresh; some SDKs drop it")
	s.accepted(app, idToken, renewed.idToken)
}

func expiredClock(s *stage) {
	app := s.application(s.config(s.env))
	user := s.signIn(s.env, scopeLogin)
	s.skew.Store(int64(32 * time.Minute))
	s.note("the clock of the application is 32 minutes ahead")
	s.refused(app, idToken, user.idToken, verifier.CodeTokenExpired, s.recipe.Diagnosed)
	s.examine(s.env.Issuer(), "clock")
	s.fix("set the clock of the machine by NTP")
	s.skew.Store(0)
	s.accepted(app, idToken, user.idToken)
}
