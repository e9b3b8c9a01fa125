package implementations

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/assay-id/assay/verifier"
)

// logins holds what an application keeps next to its verifier: the nonces that
// were redeemed. The zero value is ready.
type logins struct{ redeemed sync.Map }

// inputs returns what an input says about the login.
func (l *logins) inputs(input Input) verifier.Inputs {
	in := verifier.Inputs{
		Nonce: input.Nonce, ACRValues: input.ACR, AMR: input.AMR, ResponseType: input.ResponseType,
		AccessToken: text(input.AccessToken), Code: text(input.Code), State: text(input.State), Subject: text(input.Subject),
	}
	if input.MaxAgeSeconds != nil {
		age := seconds(*input.MaxAgeSeconds)
		in.MaxAge = &age
	}
	if input.Redeem {
		in.Redeem = l.redeem
	}
	return in
}

func (l *logins) redeem(_ context.Context, nonce string) error {
	if _, again := l.redeemed.LoadOrStore(nonce, true); again {
		return errors.New("the login was finished before")
	}
	return nil
}

// text returns the string that s points to, or the empty string.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// knownKey is the context key of what the application knows.
type knownKey struct{}

// withKnown returns a context for applicationRule.
func withKnown(ctx context.Context, input Input) context.Context {
	if len(input.EndedSessions) == 0 && input.Objection == nil {
		return ctx
	}
	return context.WithValue(ctx, knownKey{}, input)
}

// applicationRule is the rule of an application that learns of logouts and that
// has errors of its own.
func applicationRule(ctx context.Context, t *verifier.Token) error {
	input, _ := ctx.Value(knownKey{}).(Input)
	if slices.Contains(input.EndedSessions, t.SessionID) {
		return errors.New("the session was logged out")
	}
	if input.Objection != nil {
		return errors.New(*input.Objection)
	}
	return nil
}
