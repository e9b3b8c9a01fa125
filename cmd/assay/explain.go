package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/diagnose"
)

// explainFlags are the flags of assay explain.
type explainFlags struct {
	judging  judgingFlags
	fetch    bool
	response string
	asJSON   bool
	color    string
}

func (a *app) explainCommand() *cobra.Command {
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain [TOKEN | -]",
		Short: "Say why a token is refused, which cause fits, and what to do",
		Long: `Say why a token is refused, which cause fits, and what to do.

Every check of the verifier is made in its order, past the first failure. Pass the
token on standard input to keep it out of the history of the shell. It is never
printed, nor are its signature or any secret.

Without --issuer and --client-id the token is compared with what it claims itself.
The signature is checked with the keys of --jwks, or with --fetch, which asks the
issuer for its keys: the one of --issuer, or the one that the token names. Nothing
else contacts anybody.

--token-response explains an answer of the token endpoint: tokens that are missing,
an error, and when to refresh.

The exit code is 0 if nothing is wrong and 3 if the token is refused.`,
		Example: `  assay explain - --issuer https://acme.scalekit.com --client-id skc_58327482062864390 <token.txt
  pbpaste | assay explain --fetch
  assay forge --shift exp=-2h --jwks keys.json | assay explain --jwks keys.json
  assay explain --token-response answer.json`,
		Args: atMostOneArgument("quote the token if it has spaces, or pass it on standard input: assay explain - <token.txt", "token"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.explain(cmd, f, args) },
	}
	flags := cmd.Flags()
	f.judging.register(flags)
	flags.BoolVar(&f.fetch, "fetch", false, "ask the issuer for its keys, to check the signature")
	flags.StringVar(&f.response, "token-response", "",
		"explain the answer of the token endpoint in this `file`; - is standard input")
	flags.BoolVar(&f.asJSON, "json", false, "print the diagnosis as JSON")
	flags.StringVar(&f.color, "color", "auto", colorHelp)
	return cmd
}

func (a *app) explain(cmd *cobra.Command, f explainFlags, args []string) error {
	colored, err := a.colored(f.color)
	if err != nil {
		return err
	}
	if !f.fetch {
		if err := a.refuse(cmd, "assay explain - --fetch --ca-file ca.pem <token.txt", "needs --fetch: nothing else contacts the issuer", "ca-file"); err != nil {
			return err
		}
	}
	cfg, err := f.judging.config(cmd.Flags())
	if err != nil {
		return err
	}
	// The token first: what writes it to a pipe may write the JWK Set before.
	input, err := a.explained(cmd.Context(), f, args)
	if err != nil {
		return err
	}
	set, err := f.judging.keySet()
	if err != nil {
		return err
	}
	if f.fetch && set != nil {
		return usage("--fetch and --jwks both name the keys, want one of them")
	}
	req := diagnose.Request{Token: input, Config: cfg, Keys: verifier.KeyState{Set: set}}
	if cfg.Now == nil {
		req.Now = time.Now().Truncate(time.Second) // as precise as a token is
	}
	explain := func(ctx context.Context) *diagnose.Diagnosis {
		if f.response != "" {
			return diagnose.DiagnoseResponse(ctx, []byte(input), req)
		}
		return diagnose.Diagnose(ctx, req)
	}
	d := explain(cmd.Context())
	if f.fetch && d.Issuer != "" {
		req.Keys = fetchKeys(cmd.Context(), d.Issuer, cfg)
		d = explain(cmd.Context())
	}
	if cmd.Context().Err() != nil {
		return &exitError{code: exitInterrupted}
	}
	return a.printDiagnosis(d, f.asJSON, colored)
}

// maxExplained bounds what is read to be explained: far above any token.
const maxExplained = 2 << 20

// explained returns the token, or the answer with the token, as it was given.
func (a *app) explained(ctx context.Context, f explainFlags, args []string) (string, error) {
	switch {
	case f.response != "" && len(args) > 0:
		return "", usage("want a token or --token-response, got both")
	case f.response != "" && f.response != "-":
		text, err := intake.ReadFile(f.response, maxExplained)
		if err != nil {
			return "", usage("--token-response: %v", err)
		}
		return withoutNewline(text), nil
	case len(args) == 1 && args[0] != "-":
		if info, err := os.Stat(args[0]); err == nil && info.Mode().IsRegular() {
			return "", usageHint("assay explain - <"+args[0], "%s is a file, want a token", args[0])
		}
		return args[0], nil
	case f.response == "" && len(args) == 0 && isTerminal(a.stdin):
		return "", usageHint("assay explain - <token.txt", "there is no token")
	}
	text, err := intake.Read("standard input", a.input(ctx), maxExplained)
	if err != nil {
		return "", usage("%v", err)
	}
	return withoutNewline(text), nil
}

// withoutNewline returns a text without the newline with which tools end their
// output.
func withoutNewline(text []byte) string {
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
}
