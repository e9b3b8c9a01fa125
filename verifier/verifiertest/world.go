package verifiertest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

// world holds what each clause has for itself: an environment, keys, a clock
// and a verifier.
type world struct {
	env      *mockidp.Environment
	key      *keyring.Key // published; signs the good token
	other    *keyring.Key // not published until a clause does it
	issuer   string
	clientID string
	start    time.Time
	offset   atomic.Int64
	verifier Verifier
}

// newWorld makes a world. Its verifier is given the JWK Set or has to discover
// it.
func (s *stage) newWorld(given bool) (*world, error) {
	keys := s.server.Keys()
	w := &world{
		key: keys.Key("contract", "RS256"), other: keys.Key("other", "RS256"),
		start: time.Now().Truncate(time.Second),
	}
	name := "contract-" + strconv.FormatUint(s.worlds.Add(1), 10)
	var err error
	if w.env, err = s.server.NewEnvironment(name, mockidp.EnvironmentConfig{
		Now: w.now, Signing: []*keyring.Key{w.key},
	}); err != nil {
		return nil, fmt.Errorf("making the environment: %w", err)
	}
	w.issuer, w.clientID = w.env.Issuer(), w.env.Client().ID
	setup := Setup{ClientID: w.clientID, Now: w.now}
	if given {
		w.issuer, setup.JWKSet = "https://contract.example", w.env.JWKSet()
	}
	setup.Issuer = w.issuer
	if w.verifier, err = s.open(setup); err != nil {
		return nil, fmt.Errorf("opening the verifier: %w", err)
	}
	if w.verifier == nil {
		return nil, errors.New("opening the verifier: it is nil")
	}
	return w, nil
}

// in returns a check that makes a world, whose verifier is given the JWK Set or
// discovers it, and runs check there.
func in(given bool, check func(context.Context, *world) error) func(context.Context, *stage) error {
	return func(ctx context.Context, s *stage) (err error) {
		w, err := s.newWorld(given)
		if err != nil {
			return err
		}
		defer closeVerifier(w.verifier, &err)
		return check(ctx, w)
	}
}

// The two ways in which a verifier gets its keys.
const (
	given      = true
	discovered = false
)

func (w *world) now() time.Time { return w.start.Add(time.Duration(w.offset.Load())) }

func (w *world) advance(d time.Duration) { w.offset.Add(int64(d)) }

// draft returns the good token, signed by key. It lives for a day, so that a
// clock that is moved by minutes does not matter to it.
func (w *world) draft(key *keyring.Key) forge.Draft {
	now := w.now().Unix()
	return forge.NewDraft(key, keyring.Object{
		{Name: "iss", Value: w.issuer},
		{Name: "sub", Value: w.env.User().ID},
		{Name: "aud", Value: w.clientID},
		{Name: "exp", Value: now + 24*3600},
		{Name: "iat", Value: now},
	})
}

// mint makes a token that key signs.
func (w *world) mint(key *keyring.Key, change forge.Change) (forge.Token, error) {
	token, err := w.draft(key).Forge(change)
	if err != nil {
		return token, fmt.Errorf("forging the token: %w", err)
	}
	return token, nil
}

// present mints a token of key with a change, gives it to the verifier and
// compares the answer with want.
func (w *world) present(
	ctx context.Context, key *keyring.Key, change forge.Change, want verdict,
) error {
	token, err := w.mint(key, change)
	if err != nil {
		return err
	}
	return present(ctx, w.verifier, token.String(), want)
}

// presentGood presents the good token: what is refused after it is refused for
// its own fault.
func (w *world) presentGood(ctx context.Context) error {
	if err := w.present(ctx, w.key, forge.Change{}, accepted()); err != nil {
		return fmt.Errorf("the good token: %w", err)
	}
	return nil
}
