package implementations

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/refresh"
)

// builtinRefresher is the production verifier with the production client.
type builtinRefresher struct {
	builtinVerifier
	client *refresh.Client
	store  refresh.Store

	mu     sync.Mutex
	claims map[string]map[string]json.RawMessage // the claims of the ID Token, by session
}

// newRefresher returns the client for a verifier whose requests transport
// carries. Nil means a transport of the client's own.
func newRefresher(
	v *verifier.Verifier, setup Setup, transport http.RoundTripper,
) (*builtinRefresher, error) {
	r := &builtinRefresher{
		builtinVerifier: builtinVerifier{v, new(logins)}, store: refresh.NewMemoryStore(),
		claims: make(map[string]map[string]json.RawMessage),
	}
	var err error
	r.client, err = refresh.New(refresh.Config{
		Verifier: v, Issuer: setup.Issuer, ClientID: setup.Client.ID, ClientSecret: setup.Client.Secret,
		Store: r.store, Transport: transport, Timeout: seconds(setup.FetchTimeoutSeconds),
		LoopbackHTTP: setup.AllowLoopbackHTTP, Now: setup.Now,
	})
	return r, err
}

func (r *builtinRefresher) Close() error {
	return errors.Join(r.client.Close(), r.builtinVerifier.Close())
}

func (r *builtinRefresher) Begin(ctx context.Context, login Login) (Answer, error) {
	token, err := r.v.VerifyWith(ctx, login.IDToken, verifier.Inputs{
		Nonce: login.Nonce, AccessToken: login.AccessToken,
	})
	if err != nil {
		return refusal(err), nil
	}
	_, err = r.client.Begin(ctx, refresh.Login{
		SessionID: login.Name, Token: token, RawIDToken: login.IDToken,
		AccessToken: login.AccessToken, RefreshToken: login.RefreshToken,
		Scope: login.Scope, ExpiresIn: seconds(login.ExpiresInSeconds),
	})
	if err != nil {
		return refusal(err), nil
	}
	r.remember(login.Name, token)
	return Answer{Verdict: scenarios.Accept}, nil
}

// Refresh continues from the stored session, as every request of an application
// does. A session that has ended is no longer in the store.
func (r *builtinRefresher) Refresh(ctx context.Context, name string) (Answer, error) {
	held, err := r.store.Load(ctx, name)
	if errors.Is(err, refresh.ErrNotFound) {
		return Answer{
			Verdict: scenarios.Reject, Reason: string(verifier.ReasonRefreshFailed),
			Message: refresh.ErrSignInRequired.Error(),
		}, nil
	}
	if err != nil {
		return Answer{}, err
	}
	s, err := r.client.Refresh(ctx, held)
	if err != nil {
		return refusal(err), nil
	}
	return Answer{
		Verdict: scenarios.Accept, Claims: r.remember(name, s.Token),
		Session: &Renewed{AccessToken: s.AccessToken, IDToken: s.IDToken, Scope: s.Scope},
	}, nil
}

// remember returns the claims of the current ID Token of a session: of token,
// or of the previous one if token is nil.
func (r *builtinRefresher) remember(name string, token *verifier.Token) map[string]json.RawMessage {
	r.mu.Lock()
	defer r.mu.Unlock()
	if token != nil {
		r.claims[name] = claimsOf(token)
	}
	return r.claims[name]
}
