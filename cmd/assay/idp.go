package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios/run"
)

// idpFlags are the flags of assay idp.
type idpFlags struct {
	addr   string
	unsafe bool
	seed   string
	alg    string
}

func (a *app) idpCommand() *cobra.Command {
	var f idpFlags
	cmd := &cobra.Command{
		Use:   "idp",
		Short: "Run the mock Scalekit environment alone",
		Long: `Run the mock Scalekit environment alone, for tests and nothing else: it signs
anybody in without a password, and whoever knows the seed has its private keys.

It prints its URLs, the client ID and secret and a login to try with curl, and
runs until it is interrupted. The same seed gives the same keys and IDs.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.idp(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.addr, "addr", "127.0.0.1:0", "address to listen on; port 0 means a free one")
	flags.BoolVar(&f.unsafe, "unsafe-allow-non-loopback", false, "listen on an address that others can reach: they can sign in as anybody")
	flags.StringVar(&f.seed, "seed", "", "keys and IDs follow from this `seed`; random if empty")
	flags.StringVar(&f.alg, "alg", "RS256", "algorithm of the signing key")
	return cmd
}

func (a *app) idp(ctx context.Context, f idpFlags) error {
	seed, err := parseSeed(f.seed)
	if err != nil {
		return err
	}
	server, err := mockidp.Start(ctx, mockidp.Config{Addr: f.addr, UnsafeAllowNonLoopback: f.unsafe, Seed: seed})
	if err != nil {
		return usageHint("a loopback address works, such as 127.0.0.1:0", "%v", err)
	}
	env, err := idpEnvironment(server, f.alg)
	if err == nil {
		a.printIdP(server, env)
		<-ctx.Done()
	}
	closing, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(err, server.Close(closing))
}

// idpEnvironment makes the environment at the root of server.
func idpEnvironment(server *mockidp.Server, alg string) (*mockidp.Environment, error) {
	var cfg mockidp.EnvironmentConfig
	if alg != "RS256" {
		known := false
		for _, name := range keyring.Algs() {
			known = known || name == alg
		}
		if !known {
			return nil, usage("--alg is %q, want one of %q", alg, keyring.Algs())
		}
		cfg.Signing = []*keyring.Key{server.Keys().Key("", alg)}
	}
	return server.NewEnvironment("", cfg)
}

// printIdP says where everything is, and how to log in by hand.
func (a *app) printIdP(server *mockidp.Server, env *mockidp.Environment) {
	issuer, client := env.Issuer(), env.Client()
	// RFC 7636, appendix B: a verifier and its challenge.
	const verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	const callback = "http://127.0.0.1/callback"
	authorize := issuer + "/oauth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {client.ID}, "redirect_uri": {callback},
		"scope": {"openid profile email offline_access"}, "state": {"a-state-of-yours"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}.Encode()
	fmt.Fprintf(a.stdout, `A mock Scalekit environment, for tests and nothing else.

issuer         %[1]s
discovery      %[1]s/.well-known/openid-configuration
keys           %[2]s
authorize      %[1]s/oauth/authorize
token          %[1]s/oauth/token
client ID      %[3]s
client secret  %[4]s
redirect URI   %[5]s
seed           %[6]s

Log in by hand. The code is in the Location of the first answer:

  curl -si '%[7]s' | grep -i ^location

  curl -s %[1]s/oauth/token -d grant_type=authorization_code -d code=CODE \
    -d client_id=%[3]s -d client_secret=%[4]s \
    -d redirect_uri=%[5]s -d code_verifier=%[8]s

Stop it with ctrl+c.
`, issuer, env.JWKSURI(), client.ID, client.Secret, callback, run.FormatSeed(server.Seed()), authorize, verifier)
}
