package run

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/scenarios"
)

// session holds the result of a login or a refresh.
type session struct {
	idToken, accessToken, refreshToken string

	// Of a login only.
	scope     string
	expiresIn time.Duration
	nonce     *string // nil: none was sent
}

// The redirect URI that every default client of the mock environment has, and
// the scopes of a login that keeps a session alive.
const (
	redirectURI  = "http://127.0.0.1/callback"
	defaultScope = "openid profile email offline_access"
	flowTimeout  = 20 * time.Second
)

// mintInFlow gets a token out of a real flow over HTTP. The changes are made
// to what the environment would have issued, before it issues it.
func (mt *mint) mintInFlow(ctx context.Context, t *scenarios.Token, n int) (minted, error) {
	kind := mockidp.IDToken
	if t.Use == "access_token" || t.Flow == "client-credentials" {
		kind = mockidp.AccessToken
	}
	var m minted
	var mintErr error
	mt.place.env.SetMint(func(_ context.Context, issue mockidp.Minting) (string, error) {
		if issue.Kind != kind {
			return issue.Compact, nil
		}
		key := issue.Key
		if own, err := mt.signer(t.Key, scope{n: n}); err != nil {
			mintErr = err
			return "", err
		} else if own != nil {
			key = own
		}
		m, mintErr = mt.forge(forge.Draft{Header: issue.Header, Claims: issue.Claims, Key: key}, t,
			n)
		return m.compact, mintErr
	})
	defer mt.place.env.SetMint(nil)
	got, err := mt.runFlow(ctx, t)
	switch {
	case mintErr != nil:
		return minted{}, mintErr
	case err != nil:
		return minted{}, err
	}
	m.compact = got.idToken
	if kind == mockidp.AccessToken {
		m.compact = got.accessToken
	}
	return m, nil
}

// runFlow runs the flow that t names.
func (mt *mint) runFlow(ctx context.Context, t *scenarios.Token) (session, error) {
	switch t.Flow {
	case "login":
		return mt.login(ctx, loginRequest{scope: t.Scope})
	case "refresh":
		first, err := mt.login(ctx, loginRequest{scope: t.Scope})
		if err != nil {
			return session{}, err
		}
		return mt.refresh(ctx, first.refreshToken, mt.place.client.ID, mt.place.client.Secret)
	case "client-credentials":
		cfg := clientcredentials.Config{
			ClientID: mt.place.client.ID, ClientSecret: mt.place.client.Secret,
			TokenURL: mt.place.env.Issuer() + "/oauth/token", AuthStyle: oauth2.AuthStyleInParams,
		}
		token, err := cfg.Token(context.WithValue(ctx, oauth2.HTTPClient, mt.place.flowClient()))
		if err != nil {
			return session{}, fmt.Errorf("client credentials: %w", err)
		}
		return session{accessToken: token.AccessToken}, nil
	}
	panic(fmt.Sprintf("run: internal error: no flow %q", t.Flow))
}

// sharedTransport is the connection pool of all flows of a process.
var sharedTransport = sync.OnceValue(func() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: 5 * time.Second}
})

// flowClient returns a client that does not follow redirects: the code is in
// one.
func (p *place) flowClient() *http.Client {
	return &http.Client{
		Transport: p.inside, Timeout: flowTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// loginRequest holds what a login asks for in addition to the usual. The zero
// value asks for nothing, and for the default scope.
type loginRequest struct {
	scope, nonce string
	maxAge       time.Duration
	params       map[string]string
	browser      *cookiejar.Jar // nil for a browser of its own
}

// login runs an authorization code flow with PKCE: OIDC Core 1.0, 3.1; RFC
// 7636. The user signs in without being asked.
func (mt *mint) login(ctx context.Context, l loginRequest) (session, error) {
	cfg := oauth2.Config{
		ClientID: mt.place.client.ID, ClientSecret: mt.place.client.Secret, RedirectURL: redirectURI,
		Scopes: strings.Fields(cmp.Or(l.scope, defaultScope)),
		Endpoint: oauth2.Endpoint{
			AuthURL: mt.place.env.Issuer() +
				"/oauth/authorize", TokenURL: mt.place.env.Issuer() + "/oauth/token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
	verifier := oauth2.GenerateVerifier()
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier)}
	if l.nonce != "" {
		options = append(options, oauth2.SetAuthURLParam("nonce", l.nonce))
	}
	if l.maxAge != 0 {
		options = append(options,
			oauth2.SetAuthURLParam("max_age", fmt.Sprint(int(l.maxAge.Seconds()))))
	}
	const state = "the-state-of-this-login"
	for name, value := range l.params {
		options = append(options, oauth2.SetAuthURLParam(name, value))
	}
	code, err := mt.place.authorize(ctx, l.browser, cfg.AuthCodeURL(state, options...), state)
	if err != nil {
		return session{}, err
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, mt.place.flowClient())
	token, err := cfg.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return session{}, fmt.Errorf("exchanging the code: %w", err)
	}
	s := sessionOf(token)
	if l.nonce != "" {
		s.nonce = &l.nonce
	}
	return s, nil
}

// authorize visits the authorization endpoint and returns the code.
func (p *place) authorize(
	ctx context.Context, browser *cookiejar.Jar, target, state string,
) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return "", err
	}
	client := p.flowClient()
	if browser != nil {
		client.Jar = browser
	}
	res, err := client.Do(req)
	if err != nil {
		return "", fmt.Errorf("authorizing: %w", err)
	}
	defer res.Body.Close()
	// The body is small and not needed; reading it keeps the connection alive.
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20))
	back, err := res.Location()
	if err != nil {
		return "", fmt.Errorf("authorizing: status %d without a redirect", res.StatusCode)
	}
	q := back.Query()
	switch {
	case q.Get("error") != "":
		return "", &flowError{Code: q.Get("error"), Description: q.Get("error_description")}
	case q.Get("state") != state:
		return "", fmt.Errorf("authorizing: state is %q, want %q", q.Get("state"), state)
	}
	return q.Get("code"), nil
}

func sessionOf(token *oauth2.Token) session {
	idToken, _ := token.Extra("id_token").(string)
	scope, _ := token.Extra("scope").(string)
	return session{
		idToken: idToken, accessToken: token.AccessToken, refreshToken: token.RefreshToken,
		scope: scope, expiresIn: time.Duration(token.ExpiresIn) * time.Second,
	}
}

// flowError is an OAuth error. RFC 6749, 4.1.2.1 and 5.2.
type flowError struct {
	Status      int
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

func (e *flowError) Error() string { return e.Code + ": " + e.Description }

// oauthCode returns the OAuth error code of err, or "".
func oauthCode(err error) string {
	if e, ok := errors.AsType[*flowError](err); ok {
		return e.Code
	}
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return e.ErrorCode
	}
	return ""
}

// postForm sends a form to an endpoint of the environment and returns the body
// of a 200. Another status is a *flowError if it has an OAuth error.
func (mt *mint) postForm(ctx context.Context, path string, form url.Values) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, mt.place.env.Issuer()+path,
		strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := mt.place.flowClient().Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusOK {
		return body, nil
	}
	e := &flowError{Status: res.StatusCode}
	if json.Unmarshal(body, e) != nil || e.Code == "" {
		return nil, fmt.Errorf("status %d without an OAuth error", res.StatusCode)
	}
	return nil, e
}

// refresh exchanges a refresh token. RFC 6749, 6.
func (mt *mint) refresh(
	ctx context.Context, refreshToken, clientID, secret string,
) (session, error) {
	body, err := mt.postForm(ctx, "/oauth/token", url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {refreshToken},
		"client_id": {clientID}, "client_secret": {secret},
	})
	if err != nil {
		return session{}, fmt.Errorf("refreshing: %w", err)
	}
	var answer struct {
		IDToken      string `json:"id_token"`
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return session{}, fmt.Errorf("refreshing: %w", err)
	}
	return session{
		idToken: answer.IDToken, accessToken: answer.AccessToken, refreshToken: answer.RefreshToken,
	}, nil
}

// revoke ends a session by its refresh token. RFC 7009, 2.
func (mt *mint) revoke(ctx context.Context, refreshToken string) error {
	_, err := mt.postForm(ctx, "/revoke", url.Values{
		"token": {refreshToken}, "client_id": {mt.place.client.ID}, "client_secret": {mt.place.client.Secret},
	})
	return err
}

// lacks reports which of members the session has although it must not.
func (s session) lacks(members []string) []string {
	has := map[string]bool{
		"id_token": s.idToken != "", "access_token": s.accessToken != "",
		"refresh_token": s.refreshToken != "",
	}
	return slices.DeleteFunc(slices.Clone(members), func(m string) bool { return !has[m] })
}
