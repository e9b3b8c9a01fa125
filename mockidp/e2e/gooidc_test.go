package e2e

import (
	"context"
	"errors"
	"net/http"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/assay-id/assay/mockidp"
)

// goClient is coreos/go-oidc with golang.org/x/oauth2, set up as its
// documentation says: the caller compares the nonce.
type goClient struct {
	ctx      context.Context
	browser  *http.Client
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
}

// newGoClient reads the metadata of an environment. The application uses c,
// its user the browser.
func newGoClient(
	ctx context.Context, c, browser *http.Client, e *mockidp.Environment, config oidc.Config,
) (*goClient, error) {
	ctx = oidc.ClientContext(ctx, c)
	provider, err := oidc.NewProvider(ctx, e.Issuer())
	if err != nil {
		return nil, err
	}
	client := e.Client()
	config.ClientID = client.ID
	return &goClient{
		ctx:     ctx,
		browser: browser,
		oauth: oauth2.Config{
			ClientID: client.ID, ClientSecret: client.Secret, RedirectURL: callback, Endpoint: provider.Endpoint(),
			Scopes: []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
		},
		verifier: provider.Verifier(&config),
	}, nil
}

// login goes through the code flow and returns the verified ID Token.
func (g *goClient) login() (*oidc.IDToken, *oauth2.Token, error) {
	nonce, verifier := oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	back, _, err := follow(g.ctx, g.browser, g.oauth.AuthCodeURL("state", oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), "", nil)
	if err != nil {
		return nil, nil, err
	}
	if back.Query().Get("state") != "state" {
		return nil, nil, errors.New("the state is another one")
	}
	token, err := g.oauth.Exchange(g.ctx, back.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, nil, err
	}
	id, err := g.verify(token)
	if err == nil && id.Nonce != nonce {
		err = errors.New("the nonce is another one")
	}
	return id, token, err
}

// verify checks the ID Token of an answer.
func (g *goClient) verify(token *oauth2.Token) (*oidc.IDToken, error) {
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return nil, errors.New("there is no ID Token")
	}
	return g.verifier.Verify(g.ctx, raw)
}
