package main

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/verifier"
)

// judgingFlags say against what explain and verify judge a token.
type judgingFlags struct {
	setup  implementations.Setup
	leeway time.Duration
	at     string
	jwks   string
	caFile string
}

func (f *judgingFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.setup.Issuer, "issuer", "", "Issuer Identifier, the environment URL")
	flags.StringArrayVar(&f.setup.Audience, "client-id", nil,
		"client ID that aud must include; may be repeated")
	flags.StringVar(&f.setup.Policy, "policy", "char", "char or strict")
	flags.StringSliceVar(&f.setup.Algorithms, "algorithms", nil,
		"allowed algorithms; empty means those of the policy")
	flags.DurationVar(&f.leeway, "leeway", 0,
		"tolerated clock skew; defaults to that of the policy")
	flags.StringVar(&f.at, "at", "",
		"judge as of this `time`, RFC 3339 or seconds since 1970; empty means now")
	flags.StringVar(&f.jwks, "jwks", "", "check the signature with the JWK Set in this `file`")
	flags.BoolVar(&f.setup.AllowLoopbackHTTP, "allow-loopback-http", false,
		"allow http:// to loopback hosts, for use with a mock environment")
	flags.StringVar(&f.caFile, "ca-file", "",
		"trust the CA certificates in this PEM `file` instead of those of the system")
}

// config returns the configuration that the flags describe. It does not
// validate it.
func (f *judgingFlags) config(flags *pflag.FlagSet) (verifier.Config, error) {
	if f.setup.Policy != "char" && f.setup.Policy != "strict" {
		return verifier.Config{}, usage("--policy is %q, want char or strict", f.setup.Policy)
	}
	if flags.Changed("leeway") {
		seconds := f.leeway.Seconds()
		f.setup.LeewaySeconds = &seconds
	}
	if f.at != "" {
		at, err := parseTime(f.at)
		if err != nil {
			return verifier.Config{}, err
		}
		f.setup.Now = func() time.Time { return at }
	}
	var err error
	if f.setup.CACertificates, err = readCA(f.caFile); err != nil {
		return verifier.Config{}, err
	}
	return implementations.Config(f.setup)
}

// parseTime reads the value of --at.
func parseTime(text string) (time.Time, error) {
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, usageHint("such as --at 2026-03-26T08:00:00Z or --at 1774512000",
			"--at is not a time, want RFC 3339 or seconds since 1970")
	}
	return at, nil
}

// keySet reads the file of --jwks. It returns nil if none is given.
func (f *judgingFlags) keySet() (*verifier.KeySet, error) {
	if f.jwks == "" {
		return nil, nil
	}
	data, err := intake.ReadFile(f.jwks, intake.MaxJSON)
	if err != nil {
		return nil, usage("--jwks: %v", err)
	}
	set, err := verifier.ParseKeySet(data)
	if err == nil {
		return set, nil
	}
	// The verifier does not say where. A key set may have secrets in it, so no
	// excerpt is shown.
	if at, ok := errors.AsType[*intake.Error](intake.JSON(f.jwks, data, new(any))); ok {
		return nil, usage("--jwks: %s", at.Brief())
	}
	return nil, usage("--jwks: %s: %v", f.jwks, err)
}

// fetchKeys asks the issuer for its keys, once.
func fetchKeys(ctx context.Context, issuer string, cfg verifier.Config) verifier.KeyState {
	remote := cfg.Remote
	remote.LoopbackHTTP = cfg.Allow.LoopbackHTTP
	source, err := verifier.NewRemote(issuer, remote)
	if err != nil {
		return verifier.KeyState{} // a mistake in the issuer, which is diagnosed
	}
	defer source.Close()
	set, err := source.Keys(ctx, verifier.KeyQuery{})
	if e, ok := errors.AsType[*verifier.Error](err); ok && e.Reason == verifier.ReasonKeyNotFound {
		set, err = verifier.ParseKeySet([]byte(`{"keys":[]}`))
	}
	return verifier.KeyState{Set: set, Err: err}
}
