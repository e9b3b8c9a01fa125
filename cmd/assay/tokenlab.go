package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/tui"
	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/diagnose"
)

// forgery is what the Token screen works on: a token as the environment issues
// it, and the latest one that was made of it.
type forgery struct {
	issued mockidp.Minting
	token  string
}

// Changes lists what is often wrong with tokens, as flags of assay forge.
func (e *engine) Changes() []tui.TokenChange {
	return []tui.TokenChange{
		{Title: "expired two hours ago", Flags: "--shift exp=-2h"},
		{Title: "not valid before the year 2100", Flags: "--set nbf=4102444800"},
		{Title: "for another client", Flags: "--set aud=skc_other"},
		{Title: "for this client and another one", Flags: `--set 'aud=["skc_other"]'`},
		{Title: "from another issuer", Flags: "--set iss=https://staging.example"},
		{Title: "without sub", Flags: "--unset sub"},
		{Title: "without exp", Flags: "--unset exp"},
		{Title: "exp is a string", Flags: `--set 'exp="tomorrow"'`},
		{Title: "another user, set after signing", Flags: "--tamper sub=usr_other"},
		{Title: "one bit of the signature flipped", Flags: "--signature flip"},
		{Title: "without a signature", Flags: "--signature empty"},
		{Title: "unsigned: alg is none", Flags: "--set-header alg=none --sign-alg none"},
		{Title: "signed with another key", Flags: "--sign-with other"},
		{Title: "a kid that is not published", Flags: "--set-header kid=unknown"},
		{Title: "without kid", Flags: "--unset-header kid"},
		{Title: "an access token by its typ", Flags: "--set-header typ=at+jwt"},
	}
}

// Forge returns an ID Token of the environment of the UI: a fresh one without
// changes, and otherwise the one before with all changes.
func (e *engine) Forge(_ context.Context, changes string) (string, error) {
	change, err := parseChange(changes)
	if err != nil {
		return "", err
	}
	view, err := e.environment()
	if err != nil {
		return "", err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if changes == "" || e.forgery.token == "" {
		if e.forgery.issued, err = view.env.Sample(mockidp.IDToken, nil); err != nil {
			return "", err
		}
	}
	token, err := view.env.Change(e.forgery.issued, change)
	if err != nil {
		return "", err
	}
	e.forgery.token = token.String()
	return e.forgery.token, nil
}

// parseChange reads flags of assay forge.
func parseChange(text string) (forge.Change, error) {
	if text == "" {
		return forge.Change{}, nil
	}
	words, err := implementations.SplitCommand(text)
	if err != nil {
		return forge.Change{}, err
	}
	var f changeFlags
	flags := pflag.NewFlagSet("forge", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	f.register(flags)
	if err := flags.Parse(words); err != nil {
		return forge.Change{}, fmt.Errorf("%w; want flags such as --set aud=x, --shift exp=-2h, --sign-with other", err)
	}
	if flags.NArg() > 0 {
		return forge.Change{}, fmt.Errorf("%q is not a flag; want flags such as --set aud=x, --shift exp=-2h, --sign-with other", flags.Arg(0))
	}
	return f.change()
}

// Examine explains a token without asking anybody.
func (e *engine) Examine(ctx context.Context, token string, itself bool) (*tui.TokenReport, error) {
	if len(token) > maxExplained {
		return nil, fmt.Errorf("the token has %s bytes, want at most %s",
			reports.FormatCount(uint64(len(token))), reports.FormatCount(maxExplained))
	}
	req := diagnose.Request{Token: token, Now: time.Now().Truncate(time.Second)}
	if !itself {
		view, err := e.environment()
		if err != nil {
			return nil, err
		}
		set, err := verifier.ParseKeySet(view.env.JWKSet())
		if err != nil {
			return nil, err
		}
		req.Config.Issuer = view.env.Issuer()
		req.Config.Audience = []string{view.env.Client().ID}
		req.Config.Allow.LoopbackHTTP = true
		req.Keys = verifier.KeyState{Set: set}
	}
	e.mu.Lock()
	var unchanged *reports.Token
	if token == e.forgery.token {
		unchanged = decoded(e.forgery.issued.Compact)
	}
	e.mu.Unlock()
	d := diagnosisRecord(diagnose.Diagnose(ctx, req))
	if ctx.Err() != nil {
		return nil, errors.New("interrupted")
	}
	return &tui.TokenReport{Token: reports.TokenDetails(unchanged, decoded(token)), Diagnosis: d}, nil
}

// decoded returns the parts of a token as texts, as far as it is one. It leaves
// out the token itself.
func decoded(token string) *reports.Token {
	parts := strings.SplitN(token, ".", 4)
	for len(parts) < 3 {
		parts = append(parts, "")
	}
	text := func(part string) string {
		b, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return reports.Excerpt(part, reports.MaxTokenText)
		}
		return reports.Excerpt(string(b), reports.MaxTokenText)
	}
	return &reports.Token{
		Header: text(parts[0]), Payload: text(parts[1]),
		Signature: reports.Excerpt(parts[2], reports.MaxTokenText), Bytes: len(token),
	}
}
