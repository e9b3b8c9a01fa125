package refresh_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/refresh"
)

// demo is an application with the environment that its users log in at.
type demo struct {
	server *mockidp.Server
	env    *mockidp.Environment
	tokens *verifier.Verifier
	client *refresh.Client
	later  time.Duration // how far the clock of client is ahead
}

// startDemo starts both. The examples have no caller to return an error to.
func startDemo() *demo {
	d := &demo{server: must(mockidp.Start(context.Background(), mockidp.Config{Seed: 1}))}
	d.env = must(d.server.NewEnvironment("acme", mockidp.EnvironmentConfig{}))
	d.tokens = must(verifier.New(verifier.Config{
		Issuer: d.env.Issuer(), Audience: []string{d.env.Client().ID},
		Allow: verifier.Allowances{LoopbackHTTP: true},
	}))
	d.client = must(refresh.New(refresh.Config{
		Verifier: d.tokens, Issuer: d.env.Issuer(), LoopbackHTTP: true,
		ClientID: d.env.Client().ID, ClientSecret: d.env.Client().Secret,
		Store: refresh.NewMemoryStore(),
		Now:   func() time.Time { return time.Now().Add(d.later) },
	}))
	return d
}

func (d *demo) Close() {
	d.client.Close()
	d.tokens.Close()
	d.server.Close(context.Background())
}

// login logs a user in by the authorization code flow.
func (d *demo) login(id string) refresh.Login {
	app := oauth2.Config{
		ClientID: d.env.Client().ID, ClientSecret: d.env.Client().Secret,
		RedirectURL: "http://127.0.0.1/callback", Scopes: []string{"openid", "offline_access"},
		Endpoint: oauth2.Endpoint{AuthURL: d.env.Issuer() + "/oauth/authorize", TokenURL: d.env.Issuer() + "/oauth/token"},
	}
	pkce := oauth2.GenerateVerifier()
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res := must(browser.Get(app.AuthCodeURL("a-state-of-yours", oauth2.S256ChallengeOption(pkce))))
	res.Body.Close()
	got := must(app.Exchange(context.Background(), must(res.Location()).Query().Get("code"), oauth2.VerifierOption(pkce)))
	http.DefaultClient.CloseIdleConnections()
	raw := got.Extra("id_token").(string)
	return refresh.Login{
		SessionID: id, Token: must(d.tokens.Verify(context.Background(), raw)), RawIDToken: raw,
		AccessToken: got.AccessToken, RefreshToken: got.RefreshToken, ExpiresIn: time.Until(got.Expiry),
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A session from its login to its end. The refresh happens when the tokens are
// about to expire, and the application notices nothing of it.
func ExampleClient_Begin() {
	app := startDemo()
	defer app.Close()
	ctx := context.Background()
	first := must(app.client.Begin(ctx, app.login("5fGq"))) // the ID goes into a cookie

	same := must(app.client.Current(ctx, "5fGq"))
	fmt.Println("at once:", same.AccessToken == first.AccessToken)

	app.later = time.Until(first.RefreshAt)
	renewed := must(app.client.Current(ctx, "5fGq"))
	fmt.Println("minutes later:", renewed.AccessToken != first.AccessToken, renewed.RefreshToken != first.RefreshToken)
	fmt.Println("the same user:", renewed.Token.Subject == first.First.Subject)

	if err := app.client.End(ctx, "5fGq"); err != nil {
		fmt.Println(err)
	}
	_, err := app.client.Current(ctx, "5fGq")
	fmt.Println("after the logout:", errors.Is(err, refresh.ErrNotFound))
	// Output:
	// at once: true
	// minutes later: true true
	// the same user: true
	// after the logout: true
}

// A process that holds one session for long.
func ExampleClient_KeepAlive() {
	app := startDemo()
	defer app.Close()
	ctx, stop := context.WithCancel(context.Background())
	session := must(app.client.Begin(ctx, app.login("worker")))
	app.later = time.Until(session.RefreshAt) // so that the example need not wait

	err := app.client.KeepAlive(ctx, "worker", func(s *refresh.Session, err error) {
		fmt.Println("refreshed:", s.Generation, err)
		stop() // once will do here
	})
	fmt.Println(err)
	// Output:
	// refreshed: 1 <nil>
	// context canceled
}

// When the provider ends a session, refreshing it says so, and the user has to
// sign in again.
func ExampleClient_Refresh() {
	app := startDemo()
	defer app.Close()
	ctx := context.Background()
	login := app.login("5fGq")
	login.RefreshToken = "one that was revoked"
	session := must(app.client.Begin(ctx, login))

	_, err := app.client.Refresh(ctx, session)
	fmt.Println(verifier.ReasonOf(err), errors.Is(err, refresh.ErrSignInRequired))
	answer, _ := errors.AsType[*refresh.OAuthError](err)
	fmt.Println(answer.Code)
	// Output:
	// REFRESH_FAILED true
	// invalid_grant
}

// What is sealed for one purpose cannot be passed off as something else.
func ExampleSealer() {
	sealer := must(refresh.NewSealer(bytes.Repeat([]byte{7}, refresh.KeyBytes))) // a key of yours
	sealed := sealer.Seal([]byte("rt_1"), "session 5fGq")

	text, _, err := sealer.Open(sealed, "session 5fGq")
	fmt.Println(string(text), err)
	_, _, err = sealer.Open(sealed, "session of somebody else")
	fmt.Println(err)
	// Output:
	// rt_1 <nil>
	// it was sealed with another key, for another purpose, or was changed
}

func ExampleReadCookie() {
	r := must(http.NewRequest(http.MethodGet, "https://app.example/", nil))
	r.AddCookie(&http.Cookie{Name: "__Host-session", Value: "5fGq"})
	fmt.Println(refresh.ReadCookie(r, "session"))

	// Two of one name: a neighbour on the same domain has set one.
	r.AddCookie(&http.Cookie{Name: "__Host-session", Value: "of somebody else"})
	fmt.Println(refresh.ReadCookie(r, "session"))
	// Output:
	// 5fGq true
	//  false
}

func ExampleExpireCookie() {
	fmt.Println(refresh.ExpireCookie("session"))
	// Output: __Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict
}
