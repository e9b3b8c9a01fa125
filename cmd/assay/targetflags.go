package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/run"
)

// targetFlags are the flags of assay load about the target: which provider it
// trusts, how it is reached, and how a request looks.
type targetFlags struct {
	issuer, idpSeed, clientID, control string

	request           requestFlags
	caFile, cert, key string
	protocol          string
	connection        load.Connection
	own               bool

	names []string // of these flags

	steered *steered // the environment of --control, once it is found
}

func (f *targetFlags) register(flags *pflag.FlagSet) {
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	own.StringVar(&f.issuer, "issuer", "", "`URL` of the environment that the target trusts")
	own.StringVar(&f.idpSeed, "idp-seed", "", "`seed` that assay idp printed, from which the signing key is derived")
	own.StringVar(&f.control, "control", "",
		"have the assay idp with this `URL` of the control API make the tokens, instead of --idp-seed; defaults to $"+controlVariable)
	nameVariable(own, "control", controlVariable)
	own.StringVar(&f.clientID, "client-id", "", "audience that the target expects; the first client of the environment if empty")
	f.request.register(own, strings.Join(load.Methods(), ", "))
	own.StringVar(&f.caFile, "ca-file", "", "trust the CA certificates in this PEM `file` instead of the system's, for an https URL")
	own.StringVar(&f.cert, "cert", "", "identify with the certificate in this PEM `file`, for an https URL")
	own.StringVar(&f.key, "key", "", "PEM `file` with the private key of --cert")
	own.BoolVar(&f.connection.InsecureSkipVerify, "unsafe-skip-tls-verify", false, "accept any certificate of the target: anyone on the way can read the tokens")
	own.StringVar(&f.protocol, "protocol", string(load.HTTP1), "http1, http2 (over TLS), or h2c (HTTP/2 without TLS)")
	own.StringVar(&f.connection.Address, "connect-to", "", "connect to this `address` instead of the host of the URL: HOST:PORT, or unix:PATH of a socket")
	own.BoolVar(&f.connection.NoKeepAlive, "no-keepalive", false, "open a connection for each request")
	registerOwn(own, &f.own)
	own.VisitAll(func(flag *pflag.Flag) { f.names = append(f.names, flag.Name) })
	flags.AddFlagSet(own)
}

// apply fills in what opts say about the target.
func (f *targetFlags) apply(ctx context.Context, a *app, cmd *cobra.Command, opts *load.Options) (err error) {
	if err = owned(f.dialled(opts.URL), f.own); err != nil {
		return err
	}
	if f.control != "" && f.idpSeed != "" {
		if err = a.refuse(cmd, "leave one of them out", "contradicts --idp-seed: either the assay idp makes the tokens, or its seed does", "control"); err != nil {
			return err
		}
	}
	if opts.Provider, err = f.provider(ctx, a, opts.Alg); err != nil {
		return err
	}
	if f.steered != nil {
		opts.Environment = f.steered
	}
	opts.Method, opts.Reading = f.request.method, f.request.reading
	if opts.Present, opts.Fields, err = f.request.parse(); err != nil {
		return err
	}
	return f.connect(opts)
}

// connect fills in how the target is reached.
func (f *targetFlags) connect(opts *load.Options) (err error) {
	opts.Connection = f.connection
	opts.Connection.Protocol = load.Protocol(f.protocol)
	if opts.Connection.RootCAs, err = readRootCAs(f.caFile); err != nil {
		return err
	}
	opts.Connection.Certificate, err = f.certificate()
	return err
}

// fromFile has the targets of a file sent.
func (f *targetFlags) fromFile(a *app, cmd *cobra.Command, name, expect string, opts *load.Options) (err error) {
	if opts.URL != "" {
		return usageHint("leave the URL out", "--targets has URLs of its own")
	}
	if err = a.refuse(cmd, "leave it out", "is about tokens and requests that assay makes, and --targets has its own",
		"mix", "alg", "issuer", "idp-seed", "control", "client-id", "present", "method", "header"); err != nil {
		return err
	}
	if name == "-" {
		opts.Targets, err = load.ReadTargetsFrom("standard input", a.input(cmd.Context()))
	} else {
		opts.Targets, err = load.ReadTargets(name)
	}
	if err != nil {
		return err
	}
	if opts.Expect = expect; expect == "none" {
		opts.Expect = ""
	}
	for _, t := range opts.Targets {
		if err = owned(f.dialled(t.URL), f.own); err != nil {
			return err
		}
	}
	opts.Reading = f.request.reading
	return f.connect(opts)
}

// dialled returns a URL of the machine that is connected to.
func (f *targetFlags) dialled(url string) string {
	switch address := f.connection.Address; {
	case address == "":
		return url
	case strings.HasPrefix(address, "unix:"):
		return ""
	default:
		return "tcp://" + address
	}
}

// certificate reads the files of --cert and --key.
func (f *targetFlags) certificate() (*tls.Certificate, error) {
	switch {
	case f.cert == "" && f.key == "":
		return nil, nil
	case f.cert == "" || f.key == "":
		return nil, usageHint("--cert client.pem --key client-key.pem", "--cert and --key need each other")
	}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return nil, usage("--cert and --key: %v", err)
	}
	return &pair, nil
}

// errNoProvider is the mistake of naming a target, but not the provider that
// it trusts.
var errNoProvider = errors.New("the tokens must come from a provider that the target trusts")

// provider returns the provider that signs the tokens for a target: the
// environment of a running assay idp, which makes them or whose client and key
// are derived from its seed.
func (f *targetFlags) provider(ctx context.Context, a *app, alg string) (*corpus.Provider, error) {
	const hint = "pass --issuer and --idp-seed as assay idp printed them, or --control"
	switch {
	case f.control != "" && f.idpSeed == "":
		return f.remoteProvider(ctx, a)
	case f.issuer == "" || f.idpSeed == "":
		return nil, usageHint(hint, "%v", errNoProvider)
	}
	seed, err := run.ParseSeed(f.idpSeed)
	if err != nil {
		return nil, usageHint(hint, "--idp-seed: %v", err)
	}
	if alg != "" && !slices.Contains(keyring.Algs(), alg) {
		return nil, usage("--alg is %q, want one of %s", alg, join(keyring.Algs()))
	}
	server, err := mockidp.Start(ctx, mockidp.Config{Seed: seed})
	if err != nil {
		return nil, err
	}
	defer server.Close(ctx)
	env, err := server.NewEnvironment("", mockidp.EnvironmentConfig{Alg: alg})
	if err != nil {
		return nil, err
	}
	return &corpus.Provider{
		Issuer: f.issuer, ClientID: cmp.Or(f.clientID, env.Client().ID), Key: env.Ring().Signing(),
	}, nil
}

// remoteProvider returns the environment at --issuer, or the one at the root, of
// the assay idp that --control names.
func (f *targetFlags) remoteProvider(ctx context.Context, a *app) (*corpus.Provider, error) {
	// One connection for all tokens, each of which is made within the timeout.
	client := &http.Client{Transport: &http.Transport{IdleConnTimeout: time.Second}, Timeout: 10 * time.Second}
	c := ctl{app: a, api: control.Client{URL: f.control, HTTP: client}}
	if err := c.locate(); err != nil {
		return nil, err
	}
	env, err := c.environment(ctx, f.issuer)
	if err != nil {
		return nil, err
	}
	f.steered = &steered{c, env.Name}
	clientID := env.Clients[0].ID
	request := map[string]string{"client_id": clientID}
	return &corpus.Provider{
		Issuer: env.Issuer, ClientID: cmp.Or(f.clientID, clientID),
		Forge: func(ctx context.Context, change forge.Change) (string, error) {
			token, err := c.api.Forge(ctx, env.Name, control.Order{Request: request, Change: change})
			return token, c.problem(err)
		},
	}, nil
}
