package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/charmock"
	"github.com/assay-id/assay/mockidp/fault"
)

// upFlags are the flags of assay up.
type upFlags struct {
	idp     idpFlags
	char    charFlags
	envs    []string
	envFile string
}

func (a *app) upCommand() *cobra.Command {
	var f upFlags
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start a mock Scalekit environment and a mock of Char together",
		Long: `Start a mock Scalekit environment and a mock of Char that trusts it, for tests
only, and print what to put where. Configure your application with the
environment, sign in, and pass the ID Token to Char.

--env-file writes the variables that applications read. --env, repeated, starts
several environments with keys and clients of their own, such as staging and
production; Char trusts the first, so that mixing them up can be seen.

Both run until they are interrupted. The same seed gives the same keys and IDs.`,
		Example: `  assay up --env-file .env
  assay up --env staging --env production
  assay up --client-id skc_58327482062864390 --client-secret test_secret`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.up(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	f.idp.register(flags)
	flags.Lookup("addr").DefValue = idpAddr
	f.idp.network.listener.Addr = idpAddr
	f.char.register(flags, "char-")
	flags.StringArrayVar(&f.envs, "env", nil, "start an environment of this `name`, at /t/NAME; may be repeated. Without it there is one without a name")
	flags.StringVar(&f.envFile, "env-file", "", "write the variables for an application to this `file`, and those of further environments to FILE.NAME")
	f.idp.spec.LoginPage = true
	flags.Lookup("login-page").DefValue = "true"
	return cmd
}

// idpAddr is where the environment of assay up listens unless told otherwise.
const idpAddr = "127.0.0.1:8080"

func (a *app) up(ctx context.Context, f upFlags) error {
	if len(f.envs) == 0 {
		f.envs = []string{""}
	}
	if len(f.envs) > 1 && f.idp.client.id != "" {
		return usageHint("assay up --env staging --env production", "--client-id is for one environment: clients of several have IDs of their own")
	}
	return f.idp.withServer(ctx, func(server *mockidp.Server, faults []fault.Fault) error {
		var made []*mockidp.Environment
		for _, name := range f.envs {
			spec := f.idp.spec
			spec.Name, spec.KeyName = name, name
			env, err := f.idp.newEnvironment(server, spec, faults)
			if err != nil {
				return usageHint("see assay up --help", "%v", err)
			}
			made = append(made, env)
		}
		return a.serveUp(ctx, f, server, made)
	})
}

// serveUp starts Char's side and the control API, and waits for ctx.
func (a *app) serveUp(ctx context.Context, f upFlags, server *mockidp.Server, envs []*mockidp.Environment) error {
	if err := f.idp.network.writeCA(server.CA); err != nil {
		return err
	}
	ca := ""
	if f.idp.network.tls != "" {
		ca = string(server.CA())
	}
	first := envs[0]
	char, err := a.startChar(ctx, f.char, charmock.Settings{
		Provider: charmock.CustomOIDC, Issuer: first.Issuer(), ClientIDs: []string{first.Client().ID},
	}, ca)
	if err != nil {
		return err
	}
	defer char.Close()
	return f.idp.withControl(ctx, server, func(api string) error {
		if err := f.writeEnvFiles(char, envs); err != nil {
			return err
		}
		if err := a.print(f.describe(char, envs, api)); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
}

// variables are what an application of an environment reads.
func variables(char *charmock.Server, env *mockidp.Environment) string {
	client := env.Client()
	var b strings.Builder
	for _, v := range []struct{ name, value string }{
		{"SCALEKIT_ENVIRONMENT_URL", env.Issuer()},
		{"SCALEKIT_CLIENT_ID", client.ID},
		{"SCALEKIT_CLIENT_SECRET", client.Secret},
		{"CHAR_API_BASE", char.URL()},
		{"CHAR_PUBLISHABLE_KEY", publishableKey},
	} {
		if v.value != "" {
			fmt.Fprintf(&b, "%s=%s\n", v.name, v.value)
		}
	}
	return b.String()
}

// envFileHead marks the files that assay up may overwrite.
const envFileHead = "# Written by assay up, for tests only.\n"

// writeEnvFiles writes the files of --env-file.
func (f *upFlags) writeEnvFiles(char *charmock.Server, envs []*mockidp.Environment) error {
	if f.envFile == "" {
		return nil
	}
	for i, env := range envs {
		name := f.envFile
		if i > 0 {
			name += "." + env.Name()
		}
		if err := writeEnvFile(name, envFileHead+variables(char, env)); err != nil {
			return usage("--env-file: %v", err)
		}
	}
	return nil
}

// writeEnvFile writes a file that does not exist or that assay has written.
func writeEnvFile(name, text string) error {
	old, err := os.ReadFile(name)
	if err == nil && !strings.HasPrefix(string(old), envFileHead) {
		return fmt.Errorf("%s exists and was not written by assay up: name another file", name)
	}
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	file, err := createFile(name, true)
	if err != nil {
		return err
	}
	if _, err := file.WriteString(text); err != nil {
		file.discard()
		return err
	}
	return file.Close()
}

// describe says what to put where.
func (f *upFlags) describe(char *charmock.Server, envs []*mockidp.Environment, api string) string {
	var b strings.Builder
	b.WriteString("A mock Scalekit environment and a mock of Char, for tests only.\n\n")
	for i, env := range envs {
		fmt.Fprintf(&b, "Your application%s reads:\n\n", named(" in ", env.Name()))
		for line := range strings.Lines(variables(char, env)) {
			b.WriteString("  " + line)
		}
		switch {
		case i == 0:
			client := env.Client()
			fmt.Fprintf(&b, "\nIts redirect URI: %s\n", client.Registered())
			b.WriteString("Char trusts this environment and this client ID.\n\n")
		default:
			b.WriteString("\nChar does not trust it: its tokens are refused.\n\n")
		}
	}
	row := func(name, value string) { fmt.Fprintf(&b, "%-28s%s\n", name, value) }
	row("Char's configuration", char.URL()+"/")
	row("the agent, and what it saw", char.URL()+"/agent")
	row("mail for users", envs[0].Issuer()+"/outbox")
	if api != "" {
		row("assay idp ctl --control", api)
	}
	b.WriteString(embedding(char) + "\nStop both with ctrl+c.\n")
	return b.String()
}

// named returns prefix and name, or nothing without a name.
func named(prefix, name string) string {
	if name == "" {
		return ""
	}
	return prefix + name
}
