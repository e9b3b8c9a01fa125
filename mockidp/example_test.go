package mockidp_test

import (
	"context"
	"fmt"
	"net/http"

	"golang.org/x/oauth2"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
)

// A login, before and after the environment has rotated its key in the worst
// moment: the new key is published when it signs for the first time.
func Example() {
	ctx := context.Background()
	server, err := mockidp.Start(ctx, mockidp.Config{Seed: 42})
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

	before, err := signIn(ctx, env)
	if err != nil {
		fmt.Println(err)
		return
	}
	next := server.Keys().Key("next", "ES256")
	if err := env.Ring().Rotate(keyring.SignAtOnce, next); err != nil {
		fmt.Println(err)
		return
	}
	after, err := signIn(ctx, env)
	if err != nil {
		fmt.Println(err)
		return
	}

	fmt.Println("ID Tokens differ:", before != after)
	fmt.Println("keys published, decoys aside:", len(env.Ring().Published()))
	for _, r := range env.Requests() {
		fmt.Println(r.Method, r.Path, r.Status)
	}
	// Output:
	// ID Tokens differ: true
	// keys published, decoys aside: 2
	// GET /oauth/authorize 302
	// POST /oauth/token 200
	// GET /oauth/authorize 302
	// POST /oauth/token 200
}

// signIn does what a Relying Party and its user's browser do.
func signIn(ctx context.Context, env *mockidp.Environment) (rawIDToken string, err error) {
	client := env.Client()
	rp := oauth2.Config{
		ClientID:     client.ID,
		ClientSecret: client.Secret,
		RedirectURL:  "http://127.0.0.1:8080/callback",
		Scopes:       []string{"openid", "email"},
		Endpoint: oauth2.Endpoint{
			AuthURL:  env.Issuer() + "/oauth/authorize",
			TokenURL: env.Issuer() + "/oauth/token",
		},
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	verifier := oauth2.GenerateVerifier()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, rp.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier)), nil)
	if err != nil {
		return "", err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	location, err := response.Location()
	if err != nil {
		return "", err
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: transport})
	token, err := rp.Exchange(ctx, location.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return "", err
	}
	rawIDToken, _ = token.Extra("id_token").(string)
	return rawIDToken, nil
}
