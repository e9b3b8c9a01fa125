package main

import (
	"context"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/tui"
	"github.com/assay-id/assay/verifier/doctor"
)

// idpTexts returns what a user may want to copy of an environment.
func idpTexts(env *mockidp.Environment) []tui.IdPText {
	client := env.Client()
	texts := []tui.IdPText{
		{Name: "issuer", Text: env.Issuer()},
		{Name: "client ID", Text: client.ID},
	}
	if !client.Public() {
		texts = append(texts, tui.IdPText{Name: "client secret", Text: client.Secret})
	}
	texts = append(texts,
		tui.IdPText{Name: "metadata URL", Text: env.Issuer() + "/.well-known/openid-configuration"},
		tui.IdPText{Name: "JWK Set URL", Text: env.JWKSURI()})
	if len(client.RedirectURIs) > 0 {
		texts = append(texts, tui.IdPText{Name: "login URL", Text: loginURL(env.Issuer(), client, nil)})
	}
	return texts
}

// headerOf returns the header fields of a request that the log keeps. Of
// credentials it knows only that they were sent.
func headerOf(r mockidp.Request) []tui.HeaderField {
	var fields []tui.HeaderField
	add := func(sent bool, name, value string) {
		if sent {
			fields = append(fields, tui.HeaderField{Name: name, Value: value})
		}
	}
	const hidden = "(not kept)"
	add(r.HasAuthorization, "Authorization", hidden)
	add(r.HasCookie, "Cookie", hidden)
	add(r.IfNoneMatch != "", "If-None-Match", r.IfNoneMatch)
	add(r.CacheControl != "", "Cache-Control", r.CacheControl)
	return fields
}

// Checkup examines the environment as assay doctor does.
func (v *idpView) Checkup(ctx context.Context) (*reports.Checkup, error) {
	report := doctor.Examine(ctx, doctor.Options{
		Issuer: v.env.Issuer(), ClientIDs: []string{v.env.Client().ID}, LoopbackHTTP: true,
	})
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return checkup(report), nil
}

// Control returns the URL of the control API.
func (v *idpView) Control(ctx context.Context) (string, error) { return v.control(ctx) }
