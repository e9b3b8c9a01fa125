package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/verifier/diagnose"
)

// serveFlags are the flags of assay serve.
type serveFlags struct {
	addr   string
	setup  implementations.Setup
	leeway time.Duration
	caFile string
	grace  time.Duration

	explain bool
}

func (a *app) serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the verifier over HTTP",
		Long: `Serve the verifier over HTTP: GET or POST /verify with an ID Token as a Bearer
token returns 200 with its claims, 401 with code and reason, or 503 while the
keys are unavailable. /healthz is 200 while the process lives, /readyz while it
has keys. It listens until it is interrupted and then finishes open requests.

Each refusal is logged in one line: code, reason, what was wanted and what came,
and a hint, but never the token. --explain puts a diagnosis into the answer as
well, as assay explain --json prints it.`,
		Example: `  assay serve --issuer https://acme.scalekit.com --client-id skc_58327482062864390
  assay serve --issuer http://127.0.0.1:8080 --client-id skc_… --allow-loopback-http
  assay serve --issuer https://idp:8443 --client-id skc_… --ca-file ca.pem`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8081", "address to listen on")
	flags.StringVar(&f.setup.Issuer, "issuer", "", "Issuer Identifier, the environment URL (required)")
	flags.StringArrayVar(&f.setup.Audience, "client-id", nil, "client ID that aud must include (required); may be repeated")
	flags.StringVar(&f.setup.Policy, "policy", "char", "char or strict")
	flags.StringSliceVar(&f.setup.Algorithms, "algorithms", nil, "allowed algorithms; the policy's if empty")
	flags.DurationVar(&f.leeway, "leeway", 0, "tolerated clock skew; defaults to the policy's")
	flags.BoolVar(&f.setup.AllowLoopbackHTTP, "allow-loopback-http", false, "allow http:// to loopback hosts, for use with a mock environment")
	flags.StringVar(&f.caFile, "ca-file", "", "trust the CA certificates in this PEM `file` instead of the system's")
	flags.BoolVar(&f.explain, "explain", false, "say in each answer why the token is refused, to any caller; for development")
	flags.DurationVar(&f.grace, "grace", load.DefaultGrace, "how long open requests may take to finish after an interrupt")
	return cmd
}

func (a *app) serve(cmd *cobra.Command, f serveFlags) error {
	ctx := cmd.Context()
	if f.setup.Policy != "char" && f.setup.Policy != "strict" {
		return usage("--policy is %q, want char or strict", f.setup.Policy)
	}
	if cmd.Flags().Changed("leeway") {
		seconds := f.leeway.Seconds()
		f.setup.LeewaySeconds = &seconds
	}
	var err error
	if f.setup.CACertificates, err = readCA(f.caFile); err != nil {
		return err
	}
	cfg, err := implementations.Config(f.setup)
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(a.stderr, nil))
	refusals, err := newRefusals(cfg, logger, f.explain)
	if err != nil {
		hint := "see assay serve --help"
		if strings.HasPrefix(f.setup.Issuer, "http://") && !f.setup.AllowLoopbackHTTP {
			hint = "--allow-loopback-http allows http:// to a mock environment on this machine"
		}
		return usageHint(hint, "%s", diagnose.Redact(err.Error()))
	}
	v := refusals.verifier
	defer v.Close()
	listener, err := net.Listen("tcp", f.addr)
	if err != nil {
		return usage("--addr: %v", err)
	}
	err = a.print(fmt.Sprintf("verify   http://%s%s\nhealth   http://%s/healthz\nready    http://%s/readyz\n",
		listener.Addr(), load.VerifyPath, listener.Addr(), listener.Addr()))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	var warming sync.WaitGroup
	defer warming.Wait()
	warming.Go(func() { a.warm(ctx, v, logger) })
	service := load.NewService(v, load.ServiceOptions{Refused: refusals.refused})
	return load.Serve(ctx, listener, service, load.ServeOptions{Grace: f.grace, Logger: logger})
}

// warm loads the keys and logs a warning if they are unavailable.
func (a *app) warm(ctx context.Context, v load.Verifier, logger *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := v.Ready(ctx); err != nil && ctx.Err() == nil {
		attributes := []any{"error", err}
		if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
			attributes = append(attributes, "hint", "--ca-file FILE trusts the authority of a mock environment")
		}
		logger.Warn("keys are not loaded yet", attributes...)
	}
}
