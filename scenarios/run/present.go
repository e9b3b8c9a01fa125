package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios"
)

// Issuer is a provider whose tokens a service trusts, for [Exporter.Present].
type Issuer struct {
	URL, ClientID string
	Key           *keyring.Key
}

// Presentable returns why a service that is already running cannot be asked for
// the verdict of a scenario over and over, or nil: it needs more than a token,
// another configuration, or another JWK Set, or its verdict depends on when the
// token comes.
func Presentable(s *scenarios.Scenario) error {
	config := ownConfig(s.Config)
	switch {
	case len(s.Steps) > 0:
		return errors.New("it takes several steps")
	case s.Has("idp") || s.Has("tls") || s.Has("trap"):
		return ErrNeedsEnvironment
	case len(s.Needs) > 0:
		return fmt.Errorf("it needs a service that can do %s", s.Needs[0])
	case s.Policy == "strict":
		return errors.New("it is about the strict policy")
	case len(config) > 0:
		return fmt.Errorf("it needs a service with its own %s", config[0])
	case s.JWKS != nil:
		return errors.New("it needs a JWK Set of its own")
	case s.Token != nil && s.Token.Flow != "":
		return errors.New("its token comes from a login")
	case !s.Expect.Only(scenarios.Accept) && !s.Expect.Only(scenarios.Reject):
		return fmt.Errorf("it expects %q, and a load judges each answer: want accept or reject", s.Expect)
	case s.Token == nil:
		return nil
	case s.Expect.Only(scenarios.Accept) && (s.Token.PayloadText != nil || s.Token.Compact != nil || sets(s.Token, "exp", "nbf", "iat")):
		return errors.New("its token is accepted for a while only")
	case sets(s.Token, "nbf", "iat"):
		return errors.New("its token is refused for a while only")
	}
	return nil
}

// sets reports whether a token sets one of some claims.
func sets(t *scenarios.Token, claims ...string) bool {
	return slices.ContainsFunc(t.Claims, func(m scenarios.Member) bool { return slices.Contains(claims, m.Name.String()) })
}

// PresentedCode returns the documented code with which a service must refuse the
// token of a scenario, or the empty string if that is open.
func PresentedCode(s *scenarios.Scenario) string {
	if len(s.Expect.Reasons()) != 1 {
		return ""
	}
	return s.Code
}

// Present makes count distinct tokens of a scenario, as a provider would issue
// them at a time, good for lifetime unless the scenario says otherwise. They take
// turns at its variants. The error is what [Presentable] says.
func (x *Exporter) Present(
	ctx context.Context, s *scenarios.Scenario, issuer Issuer, at time.Time, lifetime time.Duration, count int,
) ([]string, error) {
	if err := Presentable(s); err != nil {
		return nil, fmt.Errorf("%s: %w", s.ID, err)
	}
	tokens := make([]string, count)
	variants := max(1, len(s.AllVariants()))
	for v := range min(variants, count) {
		c, err := x.runner.newCase(s, v)
		if err != nil {
			return nil, err
		}
		c.place.issuer, c.place.client.ID = issuer.URL, issuer.ClientID
		c.place.keys[scenarios.DefaultKey] = issuer.Key
		c.place.clock.start = at.Truncate(time.Second)
		c.mint.lifetime = lifetime
		for n := v; n < count && err == nil; n += variants {
			c.mint.serial = fmt.Sprint(n)
			var m minted
			m, err = c.mint.token(ctx, s.Token, n)
			tokens[n] = m.compact
		}
		if err = errors.Join(err, c.close()); err != nil {
			return nil, fmt.Errorf("%s: %w", s.ID, err)
		}
	}
	return tokens, nil
}
