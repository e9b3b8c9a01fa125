package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/appcheck"
	"github.com/assay-id/assay/scenarios/appcheck/browser"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
)

// appFlags are the flags of assay app check.
type appFlags struct {
	output outputFlags

	script, browser string
	issuer, seed    string
	client          appcheck.ProviderConfig // the fields about the client
	timeout, wait   time.Duration
	life, grace     time.Duration
	list, own       bool

	command []string // that runs the application; nil if it runs already
}

func (a *app) appCommand() *cobra.Command {
	cmd := command("app", "Test an application that signs its users in", 0, 0, helpOnly)
	cmd.AddCommand(a.appCheckCommand())
	return cmd
}

func (a *app) appCheckCommand() *cobra.Command {
	var f appFlags
	cmd := &cobra.Command{
		Use:   "check URL [pattern...] [-- COMMAND...]",
		Short: "Judge from outside whether an application signs its users in securely",
		Long: `Judge from outside whether an application signs its users in securely.

A mock environment is the provider, and Chromium, which must be installed, the
user. It signs in as the script says and then does what an attacker or a broken
provider does: it changes callbacks, injects codes, forges ID Tokens, copies
cookies and ends the account. Each check cites its clause. What cannot be decided
is skipped, with the reason. --list shows the checks; a pattern selects some.

After -- comes the command that runs the application. It gets the variables that
assay up --env-file writes, and PORT, and is ended afterwards. Without a command
the application runs already: --issuer says which URL of this machine it trusts,
and the client it must be configured with is printed.

The script is a YAML file. All of it is optional:

  start: /                     the page that shows whether one is signed in
  login:                       steps: open, click, fill, wait
    - click: Sign in
  signed-in: Sign out          what the start page then shows
  logout:
    - click: Sign out
  switch:                      enters another organization
    - fill: { in: Organization, with: org_10000000000000002 }
    - click: Switch
  return-to:                   paths that begin a login and say where it leads
    - /login?next={{url}}

What is sought is words that a person sees, with | between alternatives, or css:
and a selector. The user is not asked for a password.`,
		Example: `  assay app check http://localhost:3000 -- go -C mockidp/examples/go run .
  assay app check http://localhost:3000 --script app.yaml --issuer http://127.0.0.1:8080 --client-id skc_1
  assay app check http://localhost:3000 'app.cookie-*' -o junit.xml -- npm start
  assay app check --list`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if at := cmd.ArgsLenAtDash(); at >= 0 {
				args, f.command = args[:at], args[at:]
			}
			return a.appCheck(cmd, f, args)
		},
	}
	f.register(cmd)
	return cmd
}

func (f *appFlags) register(cmd *cobra.Command) {
	f.output.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.script, "script", "", "YAML `file` that says how to use the application; without it, links and buttons with the usual words are guessed")
	flags.StringVar(&f.browser, "browser", "", "`path` of Chromium or Chrome; empty means the one that is installed")
	flags.StringVar(&f.issuer, "issuer", "", "issuer that the application trusts: a `URL` of this machine, where the mock environment listens; a free port if empty")
	flags.StringVar(&f.client.ClientID, "client-id", "", "client ID of the application; derived from --seed if empty")
	flags.StringVar(&f.client.ClientSecret, "client-secret", "", "client secret of the application; derived from --seed if empty")
	flags.BoolVar(&f.client.Public, "public", false, "the application is a client without a secret, such as one that runs in the browser")
	flags.StringVar(&f.seed, "seed", "", "derive keys and IDs from this `seed`; random if empty")
	flags.DurationVar(&f.timeout, "timeout", appcheck.DefaultTimeout, "how long one step in the browser may take")
	flags.DurationVar(&f.wait, "wait", 30*time.Second, "how long the application may take to answer at all")
	flags.DurationVar(&f.life, "token-lifetime", appcheck.DefaultTokenLife, "how long tokens live in checks of what happens when they expire; at most 4m0s")
	flags.DurationVar(&f.grace, "grace", appcheck.DefaultGrace, "how much longer than its tokens the session of a deprovisioned user may last")
	flags.BoolVar(&f.list, "list", false, "list the checks, or those that the patterns select, and exit")
	registerOwn(flags, &f.own)
}

// maxTokenLife is below the life of access tokens, which is shortened.
const maxTokenLife = 4 * time.Minute

func (a *app) appCheck(cmd *cobra.Command, f appFlags, args []string) error {
	if f.list {
		return a.listChecks(args)
	}
	if len(args) == 0 {
		return usageHint("assay app check http://localhost:3000 -- npm start", "the URL of the application is missing")
	}
	checks, err := selectChecks(args[1:])
	if err != nil {
		return err
	}
	opts, err := f.options(args[0])
	if err != nil {
		return err
	}
	opts.Checks, opts.Header = checks, a.header()
	opts.Repeat = f.repeat(cmd.Flags(), args[0])
	return a.checkApp(cmd.Context(), f, opts)
}

func selectChecks(patterns []string) ([]appcheck.Check, error) {
	checks, unmatched := appcheck.Select(patterns)
	if unmatched == "" {
		return checks, nil
	}
	return nil, usageHint(hintNear("assay app check --list shows the checks", unmatched, checkNames()), "no check matches %q", unmatched)
}

func checkNames() []string {
	var names []string
	for _, c := range appcheck.Checks() {
		names = append(names, c.ID)
	}
	return names
}

func (a *app) listChecks(patterns []string) error {
	checks, err := selectChecks(patterns)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, c := range checks {
		fmt.Fprintf(&b, "%-23s  %-9s  %s (%s)\n", c.ID, c.Level, c.Title, strings.Join(c.Spec, "; "))
	}
	return a.print(b.String())
}

// options checks the flags and reads the script.
func (f *appFlags) options(target string) (appcheck.Options, error) {
	opts := appcheck.Options{Timeout: f.timeout, TokenLife: f.life, Grace: f.grace}
	var err error
	if opts.URL, err = url.Parse(target); err != nil || opts.URL.Scheme != "http" && opts.URL.Scheme != "https" || opts.URL.Host == "" {
		return opts, usageHint("assay app check http://localhost:3000", "the URL of the application is %q, want http or https and a host", target)
	}
	if err := owned(target, f.own); err != nil {
		return opts, err
	}
	for flag, value := range map[string]time.Duration{"timeout": f.timeout, "wait": f.wait, "token-lifetime": f.life} {
		if err := positive(flag, value); err != nil {
			return opts, err
		}
	}
	switch {
	case f.life < time.Second || f.life > maxTokenLife:
		return opts, usage("--token-lifetime is %v, want 1s to %v", f.life, maxTokenLife)
	case f.grace < 0:
		return opts, usage("--grace is %v, want 0 or more", f.grace)
	case f.client.Public && f.client.ClientSecret != "":
		return opts, usage("--public means a client without a secret, and --client-secret is set")
	case f.command != nil && len(f.command) == 0:
		return opts, usageHint("assay app check http://localhost:3000 -- npm start", "the command after -- is missing")
	}
	if opts.Script, err = readAppScript(f.script); err != nil {
		return opts, err
	}
	f.client.Addr, f.client.Host, err = f.listen(opts.URL)
	return opts, err
}

// readAppScript reads the file of --script, or guesses without one.
func readAppScript(name string) (*appcheck.Script, error) {
	if name == "" {
		return appcheck.GuessedScript(), nil
	}
	text, err := intake.ReadFile(name, intake.MaxYAML)
	if err != nil {
		return nil, usage("--script: %v", err)
	}
	script, err := appcheck.ParseScript(name, text)
	if err != nil {
		return nil, usageHint("assay app check --help shows a script", "--script: %v", err)
	}
	return script, nil
}

// listen returns where the provider listens, and the host of its issuer. Without
// an issuer that is another name than the application has, so that their cookies
// do not meet.
func (f *appFlags) listen(application *url.URL) (addr, host string, err error) {
	if f.issuer == "" {
		if application.Hostname() == "127.0.0.1" {
			return "127.0.0.1:0", "localhost", nil
		}
		return "127.0.0.1:0", "", nil
	}
	u, err := url.Parse(f.issuer)
	if err != nil || u.Scheme != "http" || u.Port() == "" || !implementations.Loopback(u.Hostname()) || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", "", usageHint("--issuer http://127.0.0.1:8080 makes the mock environment listen there",
			"--issuer is %q, want http, a loopback host and a port", f.issuer)
	}
	return u.Host, u.Hostname(), nil
}

// repeat returns what makes the command that does one check again.
func (f *appFlags) repeat(flags *pflag.FlagSet, target string) func(id string) string {
	var typed []string
	flags.Visit(func(flag *pflag.Flag) {
		switch {
		case slices.Contains([]string{"format", "output", "verbose", "quiet", "color", "list"}, flag.Name):
		case flag.NoOptDefVal == flag.Value.String():
			typed = append(typed, "--"+flag.Name)
		case flag.Name == "client-secret":
			typed = append(typed, "--client-secret=REDACTED")
		default:
			typed = append(typed, "--"+flag.Name+"="+redact(flag.Value.String()))
		}
	})
	return func(id string) string {
		words := slices.Concat([]string{"assay", "app", "check", redact(target), id}, typed)
		if f.command != nil {
			words = append(append(words, "--"), strings.Fields(redact(strings.Join(f.command, " ")))...)
		}
		for i, word := range words {
			words[i] = reports.ShellQuote(word)
		}
		return strings.Join(words, " ")
	}
}

// checkApp starts what the checks need, does them, and ends everything.
func (a *app) checkApp(ctx context.Context, f appFlags, opts appcheck.Options) error {
	path := f.browser
	if path == "" {
		var err error
		if path, err = browser.Find(); err != nil {
			return usageHint("install chromium, or say with --browser where it is", "%v", err)
		}
	}
	var err error
	if f.client.Seed, err = parseSeed(f.seed); err != nil {
		return err
	}
	opts.Header.Seed = run.FormatSeed(f.client.Seed)
	if opts.Provider, err = appcheck.StartProvider(ctx, f.client); err != nil {
		if _, ok := errors.AsType[*net.OpError](err); ok {
			return usageHint("end what listens there, or leave --issuer out for a free port", "--issuer: %v", err)
		}
		return err
	}
	defer opts.Provider.Close()
	end, err := a.startApp(ctx, f, opts)
	if err != nil {
		return err
	}
	defer end()
	if opts.Browser, err = browser.Start(ctx, path); err != nil {
		return err
	}
	defer opts.Browser.Close()
	handler, summary, err := a.open(f.output)
	if err != nil {
		return err
	}
	if !f.output.quiet {
		handler = a.withProgress(handler)
	}
	_, err = appcheck.Run(ctx, opts, handler.Handle)
	if err = closed(handler, err); err != nil {
		if e, ok := errors.AsType[*appcheck.NotReadyError](err); ok {
			return &exitError{code: exitNoAnswers, err: e, hint: e.Do}
		}
		return err
	}
	return green(summary)
}
