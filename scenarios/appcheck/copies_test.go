package appcheck_test

// edit is a replacement in a file of the sample application.
type edit struct{ file, old, new string }

// copies are faulty copies of the sample application in Go. The check that the
// name says must fail for each, and no other.
func copies() map[string][]edit {
	app := func(old, new string) edit { return edit{"app.go", old, new} }
	page := func(old, new string) edit { return edit{"page.html", old, new} }
	const (
		compared   = `if !ok || begun != query.Get("state") {`
		begun      = `begun, ok := refresh.ReadCookie(r, stateCookie)`
		setSession = `http.SetCookie(w, refresh.SessionCookie(sessionCookie, id, now.Add(30*24*time.Hour), now))`
		landing    = `_, _ = io.WriteString(w, ` + "`" + `<!doctype html><html lang="en"><title>Signed in</title><meta http-equiv="refresh" content="0; url=/"><p><a href="/">Continue</a></p>` + "`)"
		current    = `return a.sessions.Current(r.Context(), id)`
		shown      = `shown.Roles = roles(session.AccessToken)`
	)
	cookie := func(change string) edit {
		return app(setSession, `c := refresh.SessionCookie(sessionCookie, id, now.Add(30*24*time.Hour), now); `+change+`; http.SetCookie(w, c)`)
	}
	// tolerates accepts an ID Token that the verifier refuses for a reason.
	tolerates := func(reason string) []edit {
		return []edit{app(`	if err != nil {
		return err
	}
	scope, _ :=`, `	if e, ok := errors.AsType[*verifier.Error](err); ok && e.Reason == verifier.`+reason+` {
		var claims map[string]any
		text, _ := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
		_ = json.Unmarshal(text, &claims)
		verified, err = verifier.UnverifiedToken(claims)
		verified.Expiry = time.Now().Add(time.Hour)
	}
	if err != nil {
		return err
	}
	scope, _ :=`)}
	}
	return map[string][]edit{
		"app.state-missing": {app(compared, `if s := query.Get("state"); !ok || s != "" && begun != s {`)},
		"app.state-wrong":   {app(compared, `if !ok || query.Get("state") == "" {`)},
		"app.state-foreign": {app(begun, `begun, ok := query.Get("state"), query.Has("state")`)},
		"app.code-injection": {
			app(`a.pending[state] = login`, `a.pending[state], a.pending["latest"] = login, login`),
			app(`login, ok := a.pending[begun]`, `_, ok = a.pending[begun]; login := a.pending["latest"]`),
		},
		"app.fresh": {app(`login.nonce, login.verifier, login.began = oauth2.GenerateVerifier(),`, `login.nonce, login.verifier, login.began = "always-the-same-nonce",`)},
		"app.pkce": {
			app(`oauth2.S256ChallengeOption(login.verifier), `, ``),
			app(`, oauth2.VerifierOption(login.verifier))`, `)`),
		},
		"app.issuer":             {app(`iss != "" && iss != a.cfg.issuer`, `iss == "nobody"`)},
		"app.nonce":              {app(`Nonce: &login.nonce, `, ``)},
		"app.id-token-iss":       tolerates("ReasonInvalidIssuer"),
		"app.id-token-aud":       tolerates("ReasonInvalidAudience"),
		"app.id-token-exp":       tolerates("ReasonTokenExpired"),
		"app.id-token-unsigned":  tolerates("ReasonAlgNotAllowed"),
		"app.id-token-signature": tolerates("ReasonInvalidSignature"),
		"app.tokens-url": {
			cookie(`c.SameSite = http.SameSiteLaxMode`), // which comes with the redirect
			app(landing, `raw, _ := token.Extra("id_token").(string); http.Redirect(w, r, "/?token="+raw, http.StatusSeeOther); _ = io.EOF`),
		},
		"app.tokens-storage": {
			app(`CharBase                           string`, `CharBase, Token                    string`),
			app(shown, `shown.Token = session.IDToken; `+shown),
			page(`<dl>`, `<script>localStorage.setItem("token", "{{.Token}}")</script><dl>`),
		},
		"app.tokens-page": {
			app(`CharBase                           string`, `CharBase, Token                    string`),
			app(shown, `shown.Token = session.AccessToken; `+shown),
			page(`<dl>`, `<dl data-token="{{.Token}}">`),
		},
		"app.referrer": {app(landing, `fmt.Fprintf(w, "<!doctype html><meta name=referrer content=unsafe-url><title>Signed in</title><img src='%s/pixel.png' alt=''><meta http-equiv=refresh content='1; url=/'>", a.cfg.charBase); _ = io.EOF`)},
		"app.open-redirect": {
			app(`nonce, verifier string`, `nonce, verifier, next string`),
			app(`{ a.begin(w, r, pendingLogin{}) }`, `{ a.begin(w, r, pendingLogin{next: r.FormValue("return_to")}) }`),
			app(landing, `if login.next != "" { http.Redirect(w, r, login.next, http.StatusSeeOther); return }; `+landing),
		},
		"app.cookie-httponly": {cookie(`c.HttpOnly = false`)},
		"app.cookie-secure": {
			cookie(`c.Name, c.Secure = "plain", false`),
			app(`	id, ok := refresh.ReadCookie(r, sessionCookie)
	if !ok {
		return nil, refresh.ErrNotFound
	}`, `	c, err := r.Cookie("plain")
	if err != nil {
		return nil, refresh.ErrNotFound
	}
	id := c.Value`),
			app(`if id, ok := refresh.ReadCookie(r, sessionCookie); ok {`, `if c, err := r.Cookie("plain"); err == nil {
		id := c.Value`),
		},
		"app.cookie-samesite": {cookie(`c.SameSite = http.SameSiteNoneMode`)},
		"app.session-fixation": {
			app(`nonce, verifier string`, `nonce, verifier, session string`),
			app(`state := oauth2.GenerateVerifier()`, `state := oauth2.GenerateVerifier(); login.session, _ = refresh.ReadCookie(r, sessionCookie)`),
			app(`id := oauth2.GenerateVerifier()`, `id := login.session; if id == "" { id = oauth2.GenerateVerifier() }`),
		},
		"app.logout-session":  {app(`if err := a.sessions.End(r.Context(), id); err != nil {`, `if err := error(nil); err != nil {`)},
		"app.logout-provider": {app(`http.Redirect(w, r, a.cfg.issuer+"/oidc/logout?"+query.Encode(), http.StatusSeeOther)`, `http.Redirect(w, r, "/", http.StatusSeeOther)`)},
		"app.refresh-replay": {
			app(current, `s, err := a.sessions.Current(r.Context(), id)
	if err == nil {
		if old, ok := latest.Swap(id, s.RefreshToken); ok && old != s.RefreshToken {
			res, err := a.http.PostForm(a.cfg.issuer+"/oauth/token", url.Values{
				"grant_type": {"refresh_token"}, "refresh_token": {old.(string)}, "client_id": {a.cfg.clientID}, "client_secret": {a.cfg.secret},
			})
			if err == nil {
				res.Body.Close()
			}
		}
	}
	return s, err`),
			app(`// signedOut reports`, `var latest sync.Map

// signedOut reports`),
		},
		"app.deprovisioned": {
			app(current, `s, err := a.sessions.Current(r.Context(), id)
	if err == nil {
		latest.Store(id, s)
	} else if old, ok := latest.Load(id); ok {
		return old.(*refresh.Session), nil
	}
	return s, err`),
			app(`if err := a.sessions.End(r.Context(), id); err != nil {`, `latest.Delete(id)
		if err := a.sessions.End(r.Context(), id); err != nil {`),
			app(`// signedOut reports`, `var latest sync.Map

// signedOut reports`),
		},
	}
}
