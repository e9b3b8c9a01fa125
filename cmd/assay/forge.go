package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios/run"
)

// forgeFlags are the flags of assay forge.
type forgeFlags struct {
	control string // URL of the control API; empty means a key of its own
	env     string
	jwks    string
	seed    string

	issuer   string
	clientID string
	user     string
	org      string
	nonce    string
	kind     string

	variant int
	change  changeFlags
}

func (a *app) forgeCommand() *cobra.Command {
	var f forgeFlags
	cmd := &cobra.Command{
		Use:   "forge [ID]",
		Short: "Print one token, good or malformed",
		Long: `Print one token, good or malformed, so that any refusal can be repeated in a shell.

With the ID of a scenario it prints the token of that scenario, otherwise a good
ID Token with the changes that the flags ask for, in this order: members are left
out, set and moved, the token is signed, and members are set after signing.

A value is JSON if it can be, and a string otherwise: --set aud=x --set exp=0.

With --control the token comes from a running assay idp, which publishes its keys.
Otherwise the key is made from the seed: --jwks writes the JWK Set that verifies
it, and standard error says with which configuration.`,
		Example: `  assay forge --jwks keys.json --set aud=skc_other
  assay forge --shift exp=-2h --unset nbf --sign-with other
  assay forge --set-header alg=none --sign-alg none
  assay forge --change '{"signature":["flip"],"encoding":{"payload":"padded"}}'
  assay forge sig.payload-tampered --jwks keys.json
  assay forge --jwks keys.json --shift exp=-2h | assay explain --jwks keys.json
  assay forge --control http://127.0.0.1:9090 --kind access_token`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageHint("assay forge aud.prefix",
					"want the ID of at most one scenario, got %d arguments", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.forge(cmd, f, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.control, "control", "",
		"URL of the control API of a running assay idp, which makes the token; defaults to $"+controlVariable)
	nameVariable(flags, "control", controlVariable)
	flags.StringVar(&f.env, "env", "",
		"name of its environment; empty means the one at the root URL")
	flags.StringVar(&f.jwks, "jwks", "", "write the JWK Set that verifies the token to this `file`")
	flags.StringVar(&f.seed, "seed", "",
		"derive the key and the IDs from this `seed`; random if empty")
	flags.StringVar(&f.issuer, "issuer", "",
		"issuer of the token; with --control, defaults to the issuer of the environment")
	flags.StringVar(&f.clientID, "client-id", "",
		"client that the token is for; empty means "+forgedClientID+", or the first of the environment")
	flags.StringVar(&f.user, "user", "",
		"mail address or ID of the user, with --control; empty means the first one")
	flags.StringVar(&f.org, "organization", "", "organization of the user, with --control")
	flags.StringVar(&f.nonce, "nonce", "", "nonce of the login")
	flags.StringVar(&f.kind, "kind", string(mockidp.IDToken), "id_token or access_token")
	flags.IntVar(&f.variant, "variant", 1, "which variant of the scenario, counted from 1")
	f.change.register(flags)
	return cmd
}

func (a *app) forge(cmd *cobra.Command, f forgeFlags, args []string) error {
	if len(args) == 1 {
		return a.forgeScenario(cmd, f, args[0])
	}
	if err := a.refuse(cmd, "assay forge alg.none-case --variant 2", "needs the ID of a scenario", "variant"); err != nil {
		return err
	}
	change, err := f.change.change()
	if err != nil {
		return err
	}
	if f.issuer != "" {
		// The flags about claims come later and win.
		change.Claims.Set = append(keyring.Object{{Name: "iss", Value: f.issuer}}, change.Claims.Set...)
	}
	if f.control != "" {
		return a.forgeRemotely(cmd.Context(), f, change)
	}
	return a.forgeHere(cmd.Context(), f, change)
}

// request returns the parameters of the login that the token is about.
func (f *forgeFlags) request() map[string]string {
	request := make(map[string]string)
	for name, value := range map[string]string{
		"client_id": f.clientID, "login_hint": f.user, "organization_id": f.org, "nonce": f.nonce,
	} {
		if value != "" {
			request[name] = value
		}
	}
	return request
}

// forgeRemotely has a running environment make the token.
func (a *app) forgeRemotely(ctx context.Context, f forgeFlags, change forge.Change) error {
	if f.jwks != "" || f.seed != "" {
		return usageHint("leave out --control and $"+controlVariable+" for a key of its own",
			"--jwks and --seed are for a key of its own; the environment at %s publishes its keys",
			f.control)
	}
	c := ctl{app: a, env: f.env, api: control.Client{URL: f.control}}
	if err := c.locate(); err != nil {
		return err
	}
	token, err := c.api.Forge(ctx, f.env, control.Order{
		Kind: mockidp.TokenKind(f.kind), Request: f.request(), Change: change,
	})
	if err != nil {
		return c.problem(err)
	}
	return a.print(token + "\n")
}

// The issuer and the client ID of a token for which none are given.
const (
	forgedIssuer   = "https://assay.example"
	forgedClientID = "skc_10000000000000000"
)

// forgeHere makes the token with a key of its own. The environment that makes
// it is never asked over the network.
func (a *app) forgeHere(ctx context.Context, f forgeFlags, change forge.Change) error {
	if f.env != "" {
		return usageHint("assay forge --control http://127.0.0.1:9090 --env staging",
			"--env needs --control")
	}
	seed, err := parseSeed(f.seed)
	if err != nil {
		return err
	}
	server, err := mockidp.Start(ctx, mockidp.Config{Seed: seed})
	if err != nil {
		return err
	}
	defer closeServer(server)
	client := cmp.Or(f.clientID, forgedClientID)
	env, err := server.NewEnvironment("", mockidp.EnvironmentConfig{
		Origin: forgedIssuer, Clients: []mockidp.Client{{
			ID: client, Secret: "unused", RedirectURIs: []string{"http://127.0.0.1/callback"},
		}},
	})
	if err != nil {
		return usage("%v", err)
	}
	request := make(url.Values)
	for name, value := range f.request() {
		request.Set(name, value)
	}
	token, err := env.Forge(mockidp.TokenKind(f.kind), request, change)
	if err != nil {
		return usageHint("see assay forge --help", "%v", err)
	}
	return a.printForged(f.jwks, forged{
		token: token.String(), jwks: env.JWKSet(), issuer: cmp.Or(f.issuer,
			forgedIssuer), clientID: client, seed: seed,
	})
}

// closeServer ends a server that is no longer used.
func closeServer(server *mockidp.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	// An error means that requests were cut off, and nothing waits for them.
	_ = server.Close(ctx)
}

// forgeScenario prints the token of a scenario.
func (a *app) forgeScenario(cmd *cobra.Command, f forgeFlags, id string) error {
	others := []string{"control", "env", "issuer", "client-id", "user", "organization", "nonce", "kind"}
	for _, other := range append(others, changeFlagNames()...) {
		if a.typed(cmd, other) {
			return usageHint("assay forge "+id+" --jwks keys.json",
				"--%s changes a token, and %s is the token of a scenario", other, id)
		}
	}
	s, err := a.scenario(nil, id)
	if err != nil {
		return err
	}
	seed, err := parseSeed(f.seed)
	if err != nil {
		return err
	}
	exporter, err := run.NewExporter(cmd.Context(), seed)
	if err != nil {
		return err
	}
	defer exporter.Close()
	list, err := exporter.Export(cmd.Context(), s)
	if errors.Is(err, run.ErrNeedsEnvironment) {
		return usageHint("assay show "+id,
			"%s is more than a token: it needs a running environment", id)
	}
	if err != nil {
		return err
	}
	if f.variant < 1 || f.variant > len(list) {
		return usage("--variant is %d, want 1 to %d", f.variant, len(list))
	}
	e := list[f.variant-1]
	return a.printForged(f.jwks, forged{
		token: string(e.Token), jwks: e.JWKSet, issuer: e.Case.Setup.Issuer, clientID: strings.Join(e.Case.Setup.Audience,
			", "),
		at: time.Unix(e.Case.Now,
			0).UTC().Format(time.RFC3339), policy: e.Case.Setup.Policy, want: e.Case.Expect, seed: seed,
	})
}

// forged is a token with what a verifier needs for it.
type forged struct {
	token            string
	jwks             []byte
	issuer, clientID string
	at, policy, want string // of a scenario only
	seed             uint64
}

// printForged prints the token to standard output and the configuration for it
// to standard error.
func (a *app) printForged(jwksFile string, t forged) error {
	if jwksFile != "" {
		if err := os.WriteFile(jwksFile, t.jwks, 0o644); err != nil {
			return usage("--jwks: %v", err)
		}
	}
	if err := a.print(t.token + "\n"); err != nil {
		return err
	}
	for _, row := range [...]struct{ name, value string }{
		{"issuer", t.issuer}, {"client ID", t.clientID}, {"at", t.at}, {"policy", t.policy}, {"want", t.want},
		{"JWK Set", jwksFile}, {"seed", run.FormatSeed(t.seed)},
	} {
		if row.value != "" {
			fmt.Fprintf(a.stderr, "%-9s  %s\n", row.name, row.value)
		}
	}
	return nil
}
