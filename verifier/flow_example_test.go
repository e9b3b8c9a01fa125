package verifier_test

import (
	"context"
	"fmt"
	"net/http"

	"golang.org/x/oauth2"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/verifier"
)

// A login at the mock environment, from the authorization request to the
// verified ID Token, as an application does it with Scalekit.
func Example_codeFlow() {
	ctx := context.Background()
	server, err := mockidp.Start(ctx, mockidp.Config{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close(ctx)
	env, err := server.NewEnvironment("acme", mockidp.EnvironmentConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := verifier.New(verifier.Config{
		Issuer:   env.Issuer(),
		Audience: []string{env.Client().ID},
		Allow:    verifier.Allowances{LoopbackHTTP: true}, // the mock has no https here
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer v.Close()

	app := oauth2.Config{
		ClientID: env.Client().ID, ClientSecret: env.Client().Secret,
		RedirectURL: "http://127.0.0.1/callback", Scopes: []string{"openid", "profile", "email"},
		Endpoint: oauth2.Endpoint{AuthURL: env.Issuer() + "/oauth/authorize", TokenURL: env.Issuer() + "/oauth/token"},
	}
	pkce := oauth2.GenerateVerifier()
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Get(app.AuthCodeURL("a-state-of-yours", oauth2.S256ChallengeOption(pkce)))
	if err != nil {
		fmt.Println(err)
		return
	}
	res.Body.Close()
	callback, err := res.Location()
	if err != nil {
		fmt.Println(err)
		return
	}
	tokens, err := app.Exchange(ctx, callback.Query().Get("code"), oauth2.VerifierOption(pkce))
	if err != nil {
		fmt.Println(err)
		return
	}

	token, err := v.Verify(ctx, tokens.Extra("id_token").(string))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(token.Subject == env.User().ID, token.OrganizationID != "", token.EmailVerified)
	// Output: true true true
}
