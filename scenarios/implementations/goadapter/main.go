// Command goadapter is an adapter to copy: it lets assay test a verifier in Go
// over standard input and output. The verifier of this module stands in for
// yours; replace what open and reason do with it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/assay-id/assay/scenarios/implementations/goadapter/protocol"
	"github.com/assay-id/assay/verifier"
)

func main() {
	description := protocol.Description{
		Name: "goadapter", Setup: "verifier.New with the policy", Reasons: "reasons", Capabilities: []string{
			"static", "shared", "idp", "clock", "state", "load", "seed", "trap",
			"rs384", "rs512", "ps256", "ps384", "ps512", "es256", "es384", "es512", "eddsa", "ed25519",
		},
	}
	adapter := protocol.Adapter{Description: description, Open: open, Reason: reason}
	if err := protocol.Serve(adapter, os.Stdin, os.Stdout); err != nil {
		os.Stderr.WriteString("goadapter: " + err.Error() + "\n")
		os.Exit(1)
	}
}

func open(ctx context.Context, setup protocol.Setup, now func() time.Time) (protocol.Verify, error) {
	var cfg verifier.Config
	if setup.Policy == "strict" {
		cfg = verifier.Strict()
	}
	cfg.Issuer, cfg.Audience, cfg.Now = setup.Issuer, setup.Audience, now
	cfg.Algorithms = nil
	for _, alg := range setup.AllowedAlgorithms() {
		cfg.Algorithms = append(cfg.Algorithms, verifier.Algorithm(alg))
	}
	cfg.TrustedAudiences, cfg.MaxTokenBytes = setup.TrustedAudiences, setup.MaxTokenBytes
	cfg.MaxLifetime = protocol.Seconds(setup.MaxLifetimeSeconds)
	cfg.Allow.LoopbackHTTP = setup.AllowLoopbackHTTP
	if cfg.Leeway = setup.Leeway(); cfg.Leeway == 0 {
		cfg.Leeway = verifier.NoLeeway
	}
	if setup.JWKSet != "" {
		keys, err := verifier.Static([]byte(setup.JWKSet))
		if err != nil {
			return nil, err
		}
		cfg.Keys = keys
	}
	v, err := verifier.New(cfg)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { v.Close() })
	return func(ctx context.Context, token string, _ protocol.Input) (any, error) {
		verified, err := v.Verify(ctx, token)
		if err != nil {
			return nil, err
		}
		return verifier.Claims[map[string]json.RawMessage](verified)
	}, nil
}

// reason maps what the verifier tells apart.
func reason(err error) string {
	if e, ok := errors.AsType[*verifier.Error](err); ok {
		return string(e.Reason)
	}
	return ""
}
