package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp/charmock"
)

// publishableKey is the key of the mock of Char that every page of this machine
// may use.
const publishableKey = "pk_test_0123456789abcdefghij"

// charAddr is where Char's side listens unless told otherwise.
const charAddr = "127.0.0.1:4000"

// charFlags are the flags of Char's side.
type charFlags struct {
	addr    string
	origins []string
}

// register adds the flags. prefix begins the names of those that would otherwise
// read as if they were about the command itself.
func (f *charFlags) register(flags *pflag.FlagSet, prefix string) {
	flags.StringVar(&f.addr, prefix+"addr", charAddr, "loopback address on which Char's side listens; port 0 means a free one")
	flags.StringArrayVar(&f.origins, "origin", nil,
		"`origin` whose pages may use the publishable key, such as https://app.example; those of this machine may anyway; may be repeated")
}

func (a *app) charCommand() *cobra.Command {
	var f charFlags
	var settings charmock.Settings
	var caFile string
	cmd := &cobra.Command{
		Use:   "char",
		Short: "Serve a mock of Char, to which applications pass ID Tokens",
		Long: `Serve a mock of Char, to which applications pass ID Tokens, for tests only.

It has the page on which Char is configured (Settings, Integration, SSO
configuration, with Test Connection), the API that exchanges ID Tokens for
tickets, a stand-in for the embedded agent that says who the user is, and a page
that shows the latest connections. Tokens are verified as Char documents. A
refusal has Char's code and, for the developer, the causes that fit.

assay up starts it together with a mock Scalekit environment.`,
		Example: `  assay char --issuer https://acme.scalekit.com --client-id skc_58327482062864390
  assay char --issuer http://127.0.0.1:8080 --client-id skc_… --addr 127.0.0.1:4001`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ca, err := readCA(caFile)
			if err != nil {
				return err
			}
			char, err := a.startChar(cmd.Context(), f, settings, ca)
			if err != nil {
				return err
			}
			defer char.Close()
			if err := a.print(describeChar(char)); err != nil {
				return err
			}
			<-cmd.Context().Done()
			return nil
		},
	}
	settings.Provider = charmock.CustomOIDC
	flags := cmd.Flags()
	f.register(flags, "")
	flags.StringVar(&settings.Issuer, "issuer", "", "Issuer Identifier, the environment URL; empty means that the page configures it")
	flags.StringArrayVar(&settings.ClientIDs, "client-id", nil, "allowed client ID; may be repeated")
	flags.StringVar(&caFile, "ca-file", "", "trust the CA certificates in this PEM `file` instead of the system's")
	return cmd
}

// startChar starts Char's side. ca has certificates to trust instead of the
// system's.
func (a *app) startChar(ctx context.Context, f charFlags, s charmock.Settings, ca string) (*charmock.Server, error) {
	for _, origin := range f.origins {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || origin != u.Scheme+"://"+u.Host {
			return nil, usageHint("--origin https://app.example", "--origin is %q, want a scheme and a host", origin)
		}
	}
	side := charSide{ca: ca, logger: slog.New(slog.NewTextHandler(a.stderr, nil))}
	char, err := charmock.Start(ctx, charmock.Config{
		Addr: f.addr, Settings: s, Configure: side.configure, Probe: side.probe,
		Keys: []charmock.PublishableKey{{
			Key: publishableKey, Organization: "org_of_the_key", Origins: append([]string{"http://localhost:3000"}, f.origins...),
		}},
	})
	if err != nil {
		return nil, usageHint("see assay char --help; port 0 is a free one", "%s", err)
	}
	return char, nil
}

// describeChar says what Char's side has, and how an application uses it.
func describeChar(char *charmock.Server) string {
	return fmt.Sprintf(`A mock of Char, for tests only.

configuration    %[1]s/
embedded agent   %[1]s/agent
publishable key  %[2]s
%[3]s
Stop it with ctrl+c.
`, char.URL(), publishableKey, embedding(char))
}

// embedding says what a developer has to write to pass tokens to Char.
func embedding(char *charmock.Server) string {
	return fmt.Sprintf(`
In a page of your application:

  <script type="module" src="%[1]s/char-agent.js"></script>
  <char-agent api-base="%[1]s"></char-agent>

and, with the ID Token of the user or with what POST %[1]s/api/auth/ticket
returned to your server for it:

  document.querySelector("char-agent").connect({ publishableKey: "%[2]s", idToken })
  document.querySelector("char-agent").connect({ ticketAuth })
`, char.URL(), publishableKey)
}
