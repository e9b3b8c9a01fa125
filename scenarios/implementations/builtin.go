package implementations

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/verifier"
)

// Builtin returns the production verifier of this module. It runs in process.
func Builtin() Implementation { return builtin{} }

type builtin struct{}

func (builtin) Describe() Description {
	return Description{
		Name: "builtin", Language: "Go", StrictReasons: true,
		Capabilities: []string{
			StaticKeys, "idp", "tls", virtualClock, "state", "load", "budget", "seed", "trap", "api",
			"flow", "expect", "nonce", "redeem", "max_age", "acr", "amr", "at_hash", "c_hash", "s_hash", "policy", "refresh", "hs256",
			"rs384", "rs512", "ps256", "ps384", "ps512", "es256", "es384", "es512", "eddsa", "ed25519",
		},
	}
}

func (builtin) Close() error { return nil }

func (builtin) Open(_ context.Context, setup Setup) (Verifier, Answer, error) {
	cfg, err := Config(setup)
	if err != nil {
		return nil, Answer{}, err
	}
	cfg.Rule = applicationRule
	v, err := newVerifier(cfg, setup)
	if err != nil {
		return refuseSetup(err)
	}
	if setup.Client == nil {
		return builtinVerifier{v, new(logins)}, Answer{}, nil
	}
	r, err := newRefresher(v, setup, cfg.Remote.Transport)
	if err != nil {
		return refuseSetup(err)
	}
	return r, Answer{}, nil
}

// newVerifier returns the production verifier for cfg, with the JWK Set of
// setup if it has one.
func newVerifier(cfg verifier.Config, setup Setup) (*verifier.Verifier, error) {
	if setup.JWKSet != "" {
		set, err := verifier.ParseKeySet([]byte(setup.JWKSet))
		if err != nil {
			return nil, err
		}
		cfg.Keys = fixedKeys{set}
	}
	return verifier.New(cfg)
}

// Config returns the configuration of the production verifier that a setup
// describes, without its JWK Set.
func Config(setup Setup) (verifier.Config, error) {
	var cfg verifier.Config
	if setup.Policy == "strict" {
		cfg = verifier.Strict()
	}
	cfg.Issuer = setup.Issuer
	cfg.Audience = setup.Audience
	cfg.TrustedAudiences = setup.TrustedAudiences
	cfg.Now = setup.Now
	cfg.MaxLifetime = seconds(setup.MaxLifetimeSeconds)
	cfg.MaxTokenBytes = setup.MaxTokenBytes
	cfg.Cache.Tokens = setup.CacheTokens
	if r := setup.Require; r != nil {
		cfg.Require.Organization, cfg.Require.Organizations = r.Organization, r.Organizations
		cfg.Require.Connections = r.Connections
		cfg.Require.SessionID, cfg.Require.VerifiedEmail = r.SessionID, r.VerifiedEmail
	}
	cfg.Allow.LoopbackHTTP = setup.AllowLoopbackHTTP
	cfg.Remote.FetchTimeout = seconds(setup.FetchTimeoutSeconds)
	if setup.ClientSecret != "" {
		cfg.ClientSecret = []byte(setup.ClientSecret)
	}
	if len(setup.Algorithms) > 0 {
		cfg.Algorithms = nil // those of the policy
	}
	for _, alg := range setup.Algorithms {
		cfg.Algorithms = append(cfg.Algorithms, verifier.Algorithm(alg))
	}
	if setup.LeewaySeconds != nil {
		if cfg.Leeway = seconds(*setup.LeewaySeconds); cfg.Leeway == 0 {
			cfg.Leeway = verifier.NoLeeway
		}
	}
	if setup.CACertificates != "" {
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM([]byte(setup.CACertificates)) {
			return cfg, fmt.Errorf("the setup's CA certificates are not PEM")
		}
		transport := verifier.NewTransport(cfg.Remote)
		transport.TLSClientConfig.RootCAs = roots
		if setup.Dial != nil {
			transport.DialContext, transport.Proxy = setup.Dial, nil
		}
		cfg.Remote.Transport = transport
	}
	return cfg, nil
}

// fixedKeys is a source of one set. Unlike verifier.Static it accepts a set
// without a usable key: a case may be about such a set.
type fixedKeys struct{ set *verifier.KeySet }

func (k fixedKeys) Keys(context.Context, verifier.KeyQuery) (*verifier.KeySet, error) {
	return k.set, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

type builtinVerifier struct {
	v *verifier.Verifier
	*logins
}

func (b builtinVerifier) Close() error { return b.v.Close() }

func (b builtinVerifier) Verify(ctx context.Context, input Input) (Answer, error) {
	token, err := b.v.VerifyWith(withKnown(ctx, input), input.Token, b.inputs(input))
	if err != nil {
		answer := refusal(err)
		if token != nil {
			answer.Claims = claimsOf(token)
		}
		return answer, nil
	}
	return Answer{Verdict: scenarios.Accept, Claims: claimsOf(token)}, nil
}

// refusal turns an error of the verifier into an answer.
func refusal(err error) Answer {
	a := Answer{Verdict: scenarios.Reject, Message: err.Error()}
	if e, ok := errors.AsType[*verifier.Error](err); ok {
		a.Reason = string(e.Reason)
		a.RetryAfterSeconds = e.RetryAfter.Seconds()
	}
	return a
}
