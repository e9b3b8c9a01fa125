package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/net/http/httpguts"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/mockidp/people"
	"github.com/assay-id/assay/scenarios/run"
)

// idpFlags are the flags of assay idp.
type idpFlags struct {
	server      mockidp.Config
	spec        control.Spec
	seed        string
	network     networkFlags
	client      clientFlags
	lifetimes   lifetimeFlags
	people      string
	printPeople bool
	decoys      bool
	faults      string
	control     string
	keysHeader  []string
	every       time.Duration
	overlap     time.Duration
	mode        string
	grace       time.Duration
}

func (a *app) idpCommand() *cobra.Command {
	var f idpFlags
	cmd := &cobra.Command{
		Use:   "idp",
		Short: "Run the mock Scalekit environment on its own",
		Long: `Run the mock Scalekit environment on its own, for tests only: it signs in anyone
without a password unless it has a login page, and anyone who knows the seed has
its private keys.

It prints its URLs, the client ID and secret, and curl commands for a login, and
runs until it is interrupted. The same seed gives the same keys and IDs.

With --control it can be controlled while it runs: with assay idp ctl, or by any
program through the HTTP API that /openapi.yaml describes. assay run can borrow
it, to test a deployed service that is configured with it.`,
		Example: `  assay idp --login-page
  assay idp --client-id skc_58327482062864390 --redirect-uri https://app.example/callback
  assay idp --rotate-every 30s --overlap 10s
  assay idp --print-people > people.yaml && assay idp --people people.yaml
  assay idp --tls --ca-file ca.pem --addr 127.0.0.1:8443
  assay idp --addr 127.0.0.1:8080 --external-url https://auth.example.com/tenant
  assay idp --control 127.0.0.1:9090`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.idp(cmd, f) },
	}
	f.register(cmd.Flags())
	cmd.Flags().BoolVar(&f.printPeople, "print-people", false, "print the default file for --people, as a starting point, and exit")
	cmd.AddCommand(a.ctlCommand())
	return cmd
}

// register adds the flags of an environment.
func (f *idpFlags) register(flags *pflag.FlagSet) {
	f.network.register(flags, "")
	flags.StringVar(&f.network.tls, "tls", "", "serve https with this `profile`; trusted if no value is given, every other one has one fault: "+profiles())
	flags.Lookup("tls").NoOptDefVal = string(mockidp.TLSTrusted)
	flags.StringVar(&f.seed, "seed", "", "derive keys and IDs from this `seed`; random if empty")
	flags.StringVar(&f.spec.Alg, "alg", "RS256", "algorithm of the signing keys: "+strings.Join(keyring.Algs(), ", "))
	flags.DurationVar(&f.every, "rotate-every", 0, "interval at which the signing key is rotated; 0 means never")
	flags.DurationVar(&f.overlap, "overlap", 0, "how long old and new keys are published together, or the fault of the mode lasts")
	flags.StringVar(&f.mode, "rotate-mode", string(keyring.PublishThenSign), fmt.Sprintf("how to rotate: %s", join(keyring.Modes())))
	flags.StringArrayVar(&f.keysHeader, "keys-header", nil, "send this header `field` with the JWK Set, such as 'Cache-Control: max-age=5', instead of Cache-Control and ETag; may be repeated")
	flags.StringVar((*string)(&f.spec.WellKnownJWKS), "well-known-jwks", string(mockidp.WellKnownAlias), "how /.well-known/jwks.json responds: alias, not-found or stale")
	f.client.register(flags)
	f.lifetimes.register(flags)
	flags.StringVar(&f.people, "people", "", "read users, organizations, connections and clients from this YAML `file`")
	flags.BoolVar(&f.decoys, "decoys", true, "publish keys that never sign, of several kinds; some libraries discard the whole set for one of them")
	flags.BoolVar(&f.spec.LinkSameBrowser, "link-same-browser", false, "take a link that was mailed only from the browser that asked for it")
	flags.BoolVar(&f.spec.LoginPage, "login-page", false, "ask people to sign in; mail appears at /outbox")
	flags.BoolVar(&f.spec.ModularSSO, "modular-sso", false, "use the subject of the connection, as modular single sign-on does")
	flags.DurationVar(&f.grace, "refresh-grace", 0, "how long a used refresh token may be reused")
	flags.StringVar(&f.faults, "faults", "", `inject the faults in this JSON `+"`file`"+`, {"faults":[…]}`)
	flags.StringVar(&f.control, "control", "", "serve the control API on this loopback `address`, such as 127.0.0.1:9090")
}

// profiles returns the names of the TLS profiles.
func profiles() string { return join(mockidp.TLSProfiles()[1:]) }

func join[T ~string](names []T) string {
	var out []string
	for _, n := range names {
		out = append(out, string(n))
	}
	return strings.Join(out, ", ")
}

func (a *app) idp(cmd *cobra.Command, f idpFlags) error {
	ctx := cmd.Context()
	if err := a.refuseIdle(cmd, f); err != nil {
		return err
	}
	if f.printPeople {
		_, err := a.stdout.Write(people.DefaultText())
		return err
	}
	return f.withServer(ctx, func(server *mockidp.Server, faults []fault.Fault) error {
		return a.serveIdP(ctx, f, server, faults)
	})
}

// withServer starts a server as the flags say, and closes it after use.
func (f *idpFlags) withServer(ctx context.Context, use func(*mockidp.Server, []fault.Fault) error) error {
	faults, err := f.complete()
	if err != nil {
		return err
	}
	server, err := mockidp.Start(ctx, f.server)
	if err != nil {
		return f.network.listening(err)
	}
	return errors.Join(use(server, faults), closeSoon(server.Close))
}

// closeSoon closes a server, whose running requests get a few seconds to end.
func closeSoon(end func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return end(ctx)
}

// refuseIdle refuses flags that would do nothing without others.
func (a *app) refuseIdle(cmd *cobra.Command, f idpFlags) error {
	if f.printPeople {
		return a.refuseOthers(cmd, "assay idp --print-people >people.yaml",
			"has no effect with --print-people, which prints a file and exits", "print-people")
	}
	if f.every == 0 {
		return a.refuse(cmd, "assay idp --rotate-every 30s --overlap 10s", "needs --rotate-every", "rotate-mode", "overlap")
	}
	return nil
}

// complete parses the flags and reads the files that they name.
func (f *idpFlags) complete() ([]fault.Fault, error) {
	var err error
	if f.server.Seed, err = parseSeed(f.seed); err != nil {
		return nil, err
	}
	if !slices.Contains(keyring.Algs(), f.spec.Alg) {
		return nil, usage("--alg is %q, want one of %s", f.spec.Alg, join(keyring.Algs()))
	}
	if f.server.ListenerConfig, err = f.network.config(); err != nil {
		return nil, err
	}
	if f.every > 0 {
		f.spec.Rotation = &control.Rotation{
			Every: control.Duration(f.every), Overlap: control.Duration(f.overlap), Mode: keyring.Mode(f.mode),
		}
	} else if f.every < 0 {
		return nil, usage("--rotate-every is %v, want 0 or more", f.every)
	}
	if err := f.lifetimes.complete(&f.spec); err != nil {
		return nil, err
	}
	f.spec.NoDecoys = !f.decoys
	f.spec.RefreshGrace = control.Duration(f.grace)
	if f.spec.KeysHeader, err = readHeader("--keys-header", f.keysHeader); err != nil {
		return nil, err
	}
	if f.people != "" {
		text, err := intake.ReadFile(f.people, intake.MaxYAML)
		if err != nil {
			return nil, usage("--people: %v", err)
		}
		if _, err := people.Parse(f.people, text); err != nil {
			return nil, usageHint("assay idp --print-people shows a file that works", "--people: %v", err)
		}
		f.spec.People = string(text)
	}
	return readFaults(f.faults)
}

// readHeader parses the header fields of a flag. Without fields it returns nil.
func readHeader(flag string, fields []string) (http.Header, error) {
	var header http.Header
	for _, field := range fields {
		name, value, ok := strings.Cut(field, ":")
		name = textproto.TrimString(name)
		if !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, usageHint(flag+" 'Cache-Control: max-age=5'", "%s is %q, want a name, a colon and a value", flag, field)
		}
		if header == nil {
			header = make(http.Header)
		}
		header.Add(name, textproto.TrimString(value))
	}
	return header, nil
}

// serveIdP makes the environment at the root of server and waits for ctx.
func (a *app) serveIdP(ctx context.Context, f idpFlags, server *mockidp.Server, faults []fault.Fault) error {
	env, err := f.newEnvironment(server, f.spec, faults)
	if err != nil {
		return usageHint("see assay idp --help", "%v", err)
	}
	if err := f.network.writeCA(server.CA); err != nil {
		return err
	}
	return f.withControl(ctx, server, func(api string) error {
		if err := a.print(describeIdP(server, env, api)); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
}

// newEnvironment makes an environment with the client and the faults of the
// flags.
func (f *idpFlags) newEnvironment(server *mockidp.Server, spec control.Spec, faults []fault.Fault) (*mockidp.Environment, error) {
	env, err := control.NewEnvironment(server, spec)
	if err != nil {
		return nil, err
	}
	return env, errors.Join(f.client.apply(env), env.Faults().Populate(faults...))
}

// withControl serves the control API during use, which gets its URL, or nothing
// if the flags do not ask for one.
func (f *idpFlags) withControl(ctx context.Context, server *mockidp.Server, use func(url string) error) error {
	if f.control == "" {
		return use("")
	}
	api, err := control.Start(ctx, server, control.Config{Addr: f.control})
	if err != nil {
		return usageHint("a loopback address works, such as 127.0.0.1:0", "--control: %v", err)
	}
	return errors.Join(use(api.URL()), closeSoon(api.Close))
}

// describeIdP returns the URLs and credentials, and how to log in by hand.
func describeIdP(server *mockidp.Server, env *mockidp.Environment, api string) string {
	issuer, client := env.Issuer(), env.Client()
	var lines strings.Builder
	lines.WriteString("A mock Scalekit environment, for tests only.\n\n")
	row := func(name, value string) { fmt.Fprintf(&lines, "%-13s  %s\n", name, value) }
	row("issuer", issuer)
	if l := server.Listeners()[0]; !strings.HasSuffix(l.URL(), "://"+l.Addr().String()) {
		row("listens on", l.Addr().String())
	}
	row("discovery", issuer+"/.well-known/openid-configuration")
	row("keys", env.JWKSURI())
	row("authorize", issuer+"/oauth/authorize")
	row("token", issuer+"/oauth/token")
	row("outbox", issuer+"/outbox")
	row("client ID", client.ID)
	if !client.Public() {
		row("client secret", client.Secret)
	}
	row("redirect URI", client.Registered())
	row("seed", run.FormatSeed(server.Seed()))
	if api != "" {
		row("control", api)
	}
	lines.WriteByte('\n')
	describeLogin(&lines, issuer, client)
	lines.WriteString("Stop it with ctrl+c.\n")
	return lines.String()
}

// codeVerifier and codeChallenge are from RFC 7636, appendix B.
const (
	codeVerifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	codeChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// loginURL returns the URL at which a login of a client begins, which must have
// a redirect URI. The parameters in more are added.
func loginURL(issuer string, client mockidp.Client, more url.Values) string {
	query := url.Values{
		"response_type": {"code"}, "client_id": {client.ID}, "redirect_uri": {client.RedirectURIs[0]},
		"scope": {"openid profile email offline_access"}, "state": {"a-state-of-yours"},
		"code_challenge": {codeChallenge}, "code_challenge_method": {"S256"},
	}
	maps.Copy(query, more)
	return issuer + "/oauth/authorize?" + query.Encode()
}

// describeLogin adds the curl commands of an authorization code flow.
func describeLogin(b *strings.Builder, issuer string, client mockidp.Client) {
	if len(client.RedirectURIs) == 0 {
		return
	}
	authorize := loginURL(issuer, client, url.Values{"assay_login": {"auto"}})
	secret := ""
	if !client.Public() {
		secret = " -d client_secret=" + client.Secret
	}
	fmt.Fprintf(b, `Log in by hand. The code is in the Location header of the first response:

  curl -si '%s' | grep -i ^location

  curl -s %s/oauth/token -d grant_type=authorization_code -d code=CODE \
    -d client_id=%s%s \
    -d redirect_uri=%s -d code_verifier=%s

`, authorize, issuer, client.ID, secret, client.RedirectURIs[0], codeVerifier)
}

// readInput reads a file of JSON, or standard input if its name is "-".
func (a *app) readInput(ctx context.Context, name string) ([]byte, error) {
	if name == "-" {
		return intake.Read("standard input", a.input(ctx), intake.MaxJSON)
	}
	return intake.ReadFile(name, intake.MaxJSON)
}
