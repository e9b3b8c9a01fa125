package main

import (
	"context"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/refresh"
)

//go:embed page.html
var files embed.FS

var page = template.Must(template.ParseFS(files, "page.html"))

// app is the application. Its users' tokens are in the session store, and their
// browsers have nothing but the random name of their session.
type app struct {
	cfg      config
	oauth    oauth2.Config
	verifier *verifier.Verifier
	sessions *refresh.Client
	http     *http.Client

	mu      sync.Mutex
	pending map[string]pendingLogin // by state
}

// pendingLogin is a login whose callback has not come yet.
type pendingLogin struct {
	nonce, verifier string
	began           time.Time

	// Of a switch: the organization, and the user, who must stay the same.
	organization, subject string
}

func newApp(cfg config) (*app, error) {
	settings := verifier.Config{Issuer: cfg.issuer, Audience: []string{cfg.clientID}}
	settings.Allow.LoopbackHTTP = cfg.loopbackHTTP
	v, err := verifier.New(settings)
	if err != nil {
		return nil, err
	}
	sealer, err := refresh.NewSealer(cfg.key)
	if err != nil {
		return nil, err
	}
	store, err := refresh.OpenFileStore(cfg.sessions, sealer)
	if err != nil {
		return nil, err
	}
	sessions, err := refresh.New(refresh.Config{
		Verifier: v, Issuer: cfg.issuer, ClientID: cfg.clientID, ClientSecret: cfg.secret,
		Store: store, LoopbackHTTP: cfg.loopbackHTTP,
	})
	if err != nil {
		return nil, err
	}
	return &app{
		cfg: cfg, verifier: v, sessions: sessions, http: &http.Client{Timeout: 10 * time.Second},
		pending: make(map[string]pendingLogin),
		oauth: oauth2.Config{
			ClientID: cfg.clientID, ClientSecret: cfg.secret, RedirectURL: cfg.url + "/auth/callback",
			Scopes: []string{"openid", "profile", "email", "offline_access"}, // without the last there is no refresh token
			Endpoint: oauth2.Endpoint{
				AuthURL: cfg.issuer + "/oauth/authorize", TokenURL: cfg.issuer + "/oauth/token", AuthStyle: oauth2.AuthStyleInParams,
			},
		},
	}, nil
}

func (a *app) close() {
	_ = a.sessions.Close() // always nil
	a.verifier.Close()
}

func (a *app) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("GET /login", a.login)
	mux.HandleFunc("GET /auth/callback", a.callback)
	mux.HandleFunc("POST /switch", a.switchOrganization)
	mux.HandleFunc("POST /logout", a.logout)
	mux.HandleFunc("POST /char-ticket", a.charTicket)
	// An API for other programs, which send the ID Token of their user.
	mux.Handle("GET /api/me", verifier.Middleware(a.verifier, verifier.MiddlewareConfig{})(http.HandlerFunc(me)))
	// No other site can make the browser of a user send a form to this one.
	return http.NewCrossOriginProtection().Handler(mux)
}

// The names of the two cookies.
const (
	stateCookie   = "login"
	sessionCookie = "session"
)

// login sends the browser to Scalekit.
func (a *app) login(w http.ResponseWriter, r *http.Request) { a.begin(w, r, pendingLogin{}) }

// switchOrganization signs a user who is signed in into another organization.
func (a *app) switchOrganization(w http.ResponseWriter, r *http.Request) {
	session, err := a.session(r)
	if err != nil {
		status, text := without(err)
		a.fail(w, status, text, err)
		return
	}
	a.begin(w, r, pendingLogin{organization: r.PostFormValue("organization"), subject: session.First.Subject})
}

// begin starts a login. State, nonce and PKCE tie its answer to this browser.
func (a *app) begin(w http.ResponseWriter, r *http.Request, login pendingLogin) {
	login.nonce, login.verifier, login.began = oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), time.Now()
	state := oauth2.GenerateVerifier()
	a.mu.Lock()
	for old, p := range a.pending {
		if time.Since(p.began) > refresh.StateLife {
			delete(a.pending, old)
		}
	}
	a.pending[state] = login
	a.mu.Unlock()
	http.SetCookie(w, refresh.StateCookie(stateCookie, state))
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(login.verifier), oauth2.SetAuthURLParam("nonce", login.nonce),
	}
	if login.organization != "" {
		options = append(options,
			oauth2.SetAuthURLParam("prompt", "select_account"), oauth2.SetAuthURLParam("organization_id", login.organization),
			oauth2.SetAuthURLParam("login_hint", login.subject))
	}
	http.Redirect(w, r, a.oauth.AuthCodeURL(state, options...), http.StatusSeeOther)
}

// callback finishes a login.
func (a *app) callback(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	begun, ok := refresh.ReadCookie(r, stateCookie)
	if !ok || begun != query.Get("state") {
		a.fail(w, http.StatusBadRequest, "This login did not begin in this browser. Sign in again.", nil)
		return
	}
	a.mu.Lock()
	login, ok := a.pending[begun]
	delete(a.pending, begun)
	a.mu.Unlock()
	http.SetCookie(w, refresh.ExpireCookie(stateCookie))
	if !ok {
		a.fail(w, http.StatusBadRequest, "This login has ended. Sign in again.", nil)
		return
	}
	if iss := query.Get("iss"); iss != "" && iss != a.cfg.issuer {
		a.fail(w, http.StatusBadRequest, "This answer is from another provider. Sign in again.", nil)
		return
	}
	if code := query.Get("error"); code != "" {
		a.fail(w, http.StatusForbidden, "The provider has not signed you in.", errors.New(code+": "+query.Get("error_description")))
		return
	}
	ctx := context.WithValue(r.Context(), oauth2.HTTPClient, a.http)
	token, err := a.oauth.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(login.verifier))
	if err != nil {
		a.fail(w, http.StatusBadGateway, "The provider has not exchanged the code.", err)
		return
	}
	if err := a.signIn(r.Context(), w, login, token); err != nil {
		a.fail(w, http.StatusForbidden, "The ID Token was refused.", err)
		return
	}
	// The session cookie is SameSite=Strict. A browser does not send it with a
	// redirect that began at the provider, but it does from this page.
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, `<!doctype html><html lang="en"><title>Signed in</title><meta http-equiv="refresh" content="0; url=/"><p><a href="/">Continue</a></p>`)
}

// signIn verifies the ID Token and stores the session under a new name, so that
// nobody can know it from before the login.
func (a *app) signIn(ctx context.Context, w http.ResponseWriter, login pendingLogin, token *oauth2.Token) error {
	raw, _ := token.Extra("id_token").(string)
	verified, err := a.verifier.VerifyWith(ctx, raw, verifier.Inputs{
		Nonce: &login.nonce, AccessToken: token.AccessToken, Organization: login.organization, Subject: login.subject,
	})
	if err != nil {
		return err
	}
	scope, _ := token.Extra("scope").(string)
	id := oauth2.GenerateVerifier()
	if _, err := a.sessions.Begin(ctx, refresh.Login{
		SessionID: id, Token: verified, RawIDToken: raw, AccessToken: token.AccessToken, RefreshToken: token.RefreshToken,
		Scope: scope, ExpiresIn: time.Until(token.Expiry),
	}); err != nil {
		return err
	}
	now := time.Now()
	http.SetCookie(w, refresh.SessionCookie(sessionCookie, id, now.Add(30*24*time.Hour), now))
	return nil
}

// session returns the session of a request, refreshed if that is due.
func (a *app) session(r *http.Request) (*refresh.Session, error) {
	id, ok := refresh.ReadCookie(r, sessionCookie)
	if !ok {
		return nil, refresh.ErrNotFound
	}
	return a.sessions.Current(r.Context(), id)
}

// signedOut reports whether an error means that the user has to sign in.
func signedOut(err error) bool {
	return errors.Is(err, refresh.ErrNotFound) || errors.Is(err, refresh.ErrSignInRequired)
}

// without returns the answer to a request that needs a session and has none: the
// user has to sign in, or it cannot be renewed at the moment and stays.
func without(err error) (status int, text string) {
	if signedOut(err) {
		return http.StatusUnauthorized, "Sign in first."
	}
	return http.StatusServiceUnavailable, "Your session cannot be renewed at the moment."
}

// user is what the page shows.
type user struct {
	Subject, Email, Name, Organization string
	Roles                              []string
	CharBase                           string
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	session, err := a.session(r)
	switch {
	case signedOut(err):
		render(w, http.StatusOK, nil)
		return
	case err != nil:
		status, text := without(err)
		a.fail(w, status, text, err)
		return
	}
	shown := user{Subject: session.First.Subject, CharBase: a.cfg.charBase}
	if token, err := a.verifier.Verify(r.Context(), session.IDToken); err == nil {
		if claims, err := verifier.Claims[struct {
			Email        string `json:"email"`
			Name         string `json:"name"`
			Organization string `json:"oid"`
		}](token); err == nil {
			shown.Email, shown.Name, shown.Organization = claims.Email, claims.Name, claims.Organization
		}
	}
	shown.Roles = roles(session.AccessToken)
	render(w, http.StatusOK, &shown)
}

// roles reads the roles of the user, which are in the access token and never in
// the ID Token. It came from the provider over a connection of this server, so
// that it need not be verified again.
func roles(accessToken string) []string {
	parts := strings.Split(accessToken, ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	var claims struct{ Roles []string }
	if json.Unmarshal(payload, &claims) != nil {
		return nil
	}
	return claims.Roles
}

// charTicket exchanges the ID Token for a ticket, so that no page ever has the
// token.
func (a *app) charTicket(w http.ResponseWriter, r *http.Request) {
	session, err := a.session(r)
	if err != nil {
		status, text := without(err)
		http.Error(w, text, status)
		return
	}
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, a.cfg.charBase+"/api/auth/ticket", nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	request.Header.Set("Authorization", "Bearer "+session.IDToken)
	answer, err := a.http.Do(request)
	if err != nil {
		http.Error(w, "Char cannot be reached", http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, io.LimitReader(answer.Body, 64<<10))
}

// logout ends the session here and at the provider.
func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	query := url.Values{"post_logout_redirect_uri": {a.cfg.url + "/"}, "client_id": {a.cfg.clientID}}
	if id, ok := refresh.ReadCookie(r, sessionCookie); ok {
		if session, err := a.sessions.Current(r.Context(), id); err == nil {
			query.Set("id_token_hint", session.IDToken)
		}
		if err := a.sessions.End(r.Context(), id); err != nil {
			a.fail(w, http.StatusServiceUnavailable, "You could not be signed out.", err)
			return
		}
	}
	http.SetCookie(w, refresh.ExpireCookie(sessionCookie))
	http.Redirect(w, r, a.cfg.issuer+"/oidc/logout?"+query.Encode(), http.StatusSeeOther)
}

// me answers a program whose ID Token the middleware has verified.
func me(w http.ResponseWriter, r *http.Request) {
	token, _ := verifier.FromContext(r.Context())
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"sub": token.Subject})
}

// fail shows what went wrong, with the reason for the developer.
func (a *app) fail(w http.ResponseWriter, status int, text string, err error) {
	why := text
	if e, ok := errors.AsType[*verifier.Error](err); ok {
		why = fmt.Sprintf("%s %s: %s", text, e.Code(), e)
	} else if err != nil {
		why = text + " " + err.Error()
	}
	render(w, status, why)
}

// render shows the page of a user, of somebody who is signed out (nil), or of a
// failure (a string).
func render(w http.ResponseWriter, status int, what any) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	view := struct {
		User    *user
		Problem string
	}{}
	switch what := what.(type) {
	case *user:
		view.User = what
	case string:
		view.Problem = what
	}
	_ = page.Execute(w, view) // The browser may have left.
}
