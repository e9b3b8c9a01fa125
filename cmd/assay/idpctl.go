package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/reports"
)

// controlVariable is an environment variable with the URL of the control API.
const controlVariable = "ASSAY_IDP_CONTROL"

// ctl holds what all commands of assay idp ctl share.
type ctl struct {
	app    *app
	api    control.Client
	env    string
	asJSON bool
}

func (a *app) ctlCommand() *cobra.Command {
	c := &ctl{app: a}
	cmd := &cobra.Command{
		Use:   "ctl",
		Short: "Control a running mock environment",
		Long: `Control a mock environment that was started with assay idp --control: inject
faults, rotate keys, see which requests arrived and which faults were applied.

Pass the URL that assay idp prints as --control, or in the environment variable
` + controlVariable + `.`,
		Example: `  assay idp ctl faults add '{"id":"busy","where":"token","kind":"status","attributes":{"status":503},"count":2}'
  assay idp ctl rotate drop-old
  assay idp ctl requests --endpoint keys
  assay idp ctl envs create acme --alg ES256
  assay idp ctl clients set skc_58327482062864390 --redirect-uri https://app.example/callback
  assay idp ctl users set usr_10000000000000002 --active=false
  assay idp ctl organizations set org_10000000000000001 --mfa totp,email`,
		Args: noArgs,
		RunE: helpOnly,
	}
	flags := cmd.PersistentFlags()
	flags.StringVar(&c.api.URL, "control", "",
		"URL of the control API; defaults to $"+controlVariable)
	nameVariable(flags, "control", controlVariable)
	flags.StringVar(&c.env, "env", "",
		"name of the environment; empty means the one at the root URL")
	flags.BoolVar(&c.asJSON, "json", false, "print the response as JSON")
	cmd.PersistentPreRunE = func(*cobra.Command, []string) error { return c.locate() }
	cmd.AddCommand(
		c.faultsCommand(), c.evidenceCommand(), c.requestsCommand(), c.keysCommand(), c.rotateCommand(),
		c.namedKeyCommand("promote", "Sign with a published key", (*control.Client).Promote),
		c.namedKeyCommand("retire", "Remove a key from the JWK Set", (*control.Client).Retire),
		c.scheduleCommand(), c.servingCommand(), c.envsCommand(), c.clientsCommand(), c.usersCommand(), c.organizationsCommand(), c.initiateLoginCommand(), c.resourcesCommand(), c.directoriesCommand(), c.attemptsCommand(), c.outboxCommand(), c.listenersCommand(),
	)
	return cmd
}

// locate finds the URL of the API.
func (c *ctl) locate() error {
	c.api.URL = strings.TrimSuffix(c.api.URL, "/")
	if c.api.URL == "" {
		return usageHint("assay idp --control 127.0.0.1:9090, then assay idp ctl --control http://127.0.0.1:9090",
			"the URL of the control API is unknown")
	}
	if !strings.Contains(c.api.URL, "://") {
		c.api.URL = "http://" + c.api.URL
	}
	return nil
}

// problem turns a refusal by the API into a usage error, and likewise that it
// cannot be reached: then the URL is wrong, or nothing was started there.
func (c *ctl) problem(err error) error {
	if unreachable, ok := errors.AsType[*url.Error](err); ok && !errors.Is(err, context.Canceled) {
		return usageHint("assay idp --control 127.0.0.1:9090 starts an environment with a control API",
			"--control: %s cannot be reached: %v", c.api.URL, unreachable.Err)
	}
	refused := new(control.Problem)
	if errors.As(err, &refused) {
		return usage("%v", refused)
	}
	return err
}

// show prints v as JSON, or the rows that table writes.
func (c *ctl) show(v any, err error, header string, table func(row func(cells ...any))) error {
	if err != nil {
		return c.problem(err)
	}
	if c.asJSON {
		text, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.app.stdout, "%s\n", text)
		return err
	}
	w := tabwriter.NewWriter(c.app.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.ReplaceAll(header, " ", "\t"))
	table(func(cells ...any) {
		for i, cell := range cells {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			text := strings.NewReplacer("\t", " ", "\n", " ").Replace(fmt.Sprint(cell))
			fmt.Fprint(w, cmp.Or(text, "-"))
		}
		fmt.Fprintln(w)
	})
	return w.Flush()
}

// command returns a command that takes from least to most arguments.
func command(
	use, short string, least, most int, do func(cmd *cobra.Command, args []string) error,
) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, RunE: do,
		Args: func(cmd *cobra.Command, args []string) error {
			if cmd.HasSubCommands() {
				return noArgs(cmd, args)
			}
			if len(args) < least || len(args) > most {
				return usageHint("see "+cmd.CommandPath()+" --help", "%s got %s, want %s",
					cmd.CommandPath(), reports.FormatNoun(len(args), "argument"), cmd.Use)
			}
			return nil
		},
	}
}

func (c *ctl) faultsCommand() *cobra.Command {
	list := func(cmd *cobra.Command, _ []string) error {
		faults, err := c.api.Faults(cmd.Context(), c.env)
		return c.showFaults(faults, err)
	}
	parent := command("faults", "List, add and remove faults", 0, 0, list)
	parent.AddCommand(
		command("list", "List the faults that can still apply", 0, 0, list),
		command("add FAULT", `Add faults: a JSON object, {"faults":[…]}, @FILE with one of them, or - for standard input`, 1, 1,
			func(cmd *cobra.Command, args []string) error {
				faults, err := c.readFaults(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				all, err := c.api.Populate(cmd.Context(), c.env, faults...)
				return c.showFaults(all, err)
			}),
		command("remove ID", "Remove one fault", 1, 1, func(cmd *cobra.Command, args []string) error {
			return c.problem(c.api.RemoveFault(cmd.Context(), c.env, args[0]))
		}),
		command("reset", "Remove all faults", 0, 0, func(cmd *cobra.Command, _ []string) error {
			return c.problem(c.api.ResetFaults(cmd.Context(), c.env))
		}),
	)
	return parent
}

// readFaults parses one fault or a list of faults.
func (c *ctl) readFaults(ctx context.Context, arg string) ([]fault.Fault, error) {
	name, text := "argument", []byte(arg)
	if file, isFile := strings.CutPrefix(arg, "@"); isFile || arg == "-" {
		var err error
		name = file
		if text, err = c.app.readInput(ctx, name); err != nil {
			return nil, usage("%v", err)
		}
	}
	faults, err := control.ParseFaults(name, text)
	if err != nil {
		return nil, usageHint(`such as {"id":"busy","where":"token","kind":"status","attributes":{"status":503}}`,
			"%v", err)
	}
	return faults, nil
}

func (c *ctl) showFaults(faults []fault.Fault, err error) error {
	return c.show(faults, err, "ID WHERE KIND COUNT SKIP", func(row func(...any)) {
		for _, f := range faults {
			count := "any"
			if f.Count > 0 {
				count = fmt.Sprint(f.Count)
			}
			row(f.ID, cmp.Or(string(f.Where), "any"), f.Kind, count, f.Skip)
		}
	})
}

func (c *ctl) evidenceCommand() *cobra.Command {
	var f control.Filter
	cmd := command("evidence", "Show which faults were applied", 0, 0, func(cmd *cobra.Command, _ []string) error {
		all, err := c.api.Applications(cmd.Context(), c.env, f)
		return c.show(all, err, "NUMBER AT FAULT KIND ENDPOINT CLIENT TOKEN PROBLEM", func(row func(...any)) {
			for _, a := range all {
				row(a.Number, clockTime(a.At), a.FaultID, a.Kind, a.Endpoint, a.ClientID, a.Token,
					a.Problem)
			}
		})
	})
	filterFlags(cmd, &f)
	return cmd
}

func (c *ctl) requestsCommand() *cobra.Command {
	var f control.Filter
	cmd := command("requests", "Show the requests that arrived", 0, 0, func(cmd *cobra.Command, _ []string) error {
		all, err := c.api.Requests(cmd.Context(), c.env, f)
		return c.show(all, err, "NUMBER AT METHOD PATH STATUS BYTES TOOK FAULT CLIENT ORIGIN USER-AGENT", func(row func(...any)) {
			for _, r := range all {
				row(r.Number, clockTime(r.At), r.Method, r.Path, r.Status, r.Bytes, time.Duration(r.Took).Round(time.Microsecond), r.FaultID,
					r.ClientID, r.Origin, r.UserAgent)
			}
		})
	})
	filterFlags(cmd, &f)
	return cmd
}

func filterFlags(cmd *cobra.Command, f *control.Filter) {
	flags := cmd.Flags()
	flags.Uint64Var(&f.Since, "since", 0, "only entries with a larger number")
	flags.IntVar(&f.Limit, "limit", 0, "only this many of the latest entries; 0 means all")
	flags.StringVar((*string)(&f.Endpoint), "endpoint", "",
		"only requests to this endpoint: "+join(fault.Endpoints()))
	flags.StringVar(&f.ClientID, "client", "", "only requests with this client ID")
	flags.StringVar(&f.FaultID, "fault", "", "only requests that this fault was applied to")
	flags.StringVar(&f.UserAgent, "user-agent", "", "only user agents that contain this string")
}

func clockTime(t time.Time) string { return t.Format("15:04:05.000") }

func (c *ctl) showKeys(keys control.Keys, err error) error {
	return c.show(keys, err, "KID ALG STATE", func(row func(...any)) {
		signs := false
		for _, k := range keys.Published {
			state := "published"
			if k == keys.Signing {
				state, signs = "published, signs", true
			}
			row(k.ID, k.Alg, state)
		}
		if !signs {
			row(keys.Signing.ID, keys.Signing.Alg, "signs, not published")
		}
	})
}

func (c *ctl) keysCommand() *cobra.Command {
	return command("keys", "Show the signing key and the published keys", 0, 0, func(cmd *cobra.Command, _ []string) error {
		keys, err := c.api.Keys(cmd.Context(), c.env)
		if err := c.showKeys(keys, err); err != nil || c.asJSON || len(keys.Decoys) == 0 {
			return err
		}
		return c.app.print(fmt.Sprintf(
			"\nThe JWK Set has %s more that never sign: a verifier must choose by kid. assay idp --decoys=false leaves them out.\n",
			reports.FormatNoun(len(keys.Decoys), "key")))
	})
}

func (c *ctl) rotateCommand() *cobra.Command {
	var alg string
	cmd := command("rotate [MODE]", "Rotate the signing key once: "+
		join(keyring.Modes()), 0, 1, func(cmd *cobra.Command, args []string) error {
		mode := string(keyring.SignAtOnce)
		if len(args) > 0 {
			mode = args[0]
		}
		keys, err := c.api.Rotate(cmd.Context(), c.env, control.Turn{
			Mode: keyring.Mode(mode), Alg: alg,
		})
		return c.showKeys(keys, err)
	})
	cmd.Flags().StringVar(&alg, "alg", "",
		"algorithm of the new key; empty means the same as the old key")
	return cmd
}

// namedKeyCommand returns a command that acts on one key.
func (c *ctl) namedKeyCommand(
	name, short string,
	do func(*control.Client, context.Context, string, string) (control.Keys, error),
) *cobra.Command {
	return command(name+" [KID]", short+
		"; without a KID, the most recently published one", 0, 1, func(cmd *cobra.Command, args []string) error {
		kid := strings.Join(args, "")
		keys, err := do(&c.api, cmd.Context(), c.env, kid)
		return c.showKeys(keys, err)
	})
}

func (c *ctl) scheduleCommand() *cobra.Command {
	var every, overlap time.Duration
	var mode string
	cmd := command("schedule", "Start or stop rotating keys at an interval", 0, 0, func(cmd *cobra.Command, _ []string) error {
		r := control.Rotation{
			Every: control.Duration(every), Overlap: control.Duration(overlap),
			Mode: keyring.Mode(mode),
		}
		if every == 0 {
			if err := c.app.refuse(cmd, "assay idp ctl schedule --every 30s --overlap 10s", "needs --every", "mode", "overlap"); err != nil {
				return err
			}
			r = control.Rotation{}
		}
		keys, err := c.api.Follow(cmd.Context(), c.env, r)
		return c.showKeys(keys, err)
	})
	flags := cmd.Flags()
	flags.DurationVar(&every, "every", 0, "interval between rotations; 0 stops")
	flags.DurationVar(&overlap, "overlap", 0,
		"how long old and new keys are published together, or the fault of the mode lasts")
	flags.StringVar(&mode, "mode", "", "how to rotate; empty means publish-then-sign")
	return cmd
}

func (c *ctl) servingCommand() *cobra.Command {
	var serving control.Serving
	var fields []string
	cmd := command("serving", "Set how the keys are served; what is not set returns to its default", 0, 0, func(cmd *cobra.Command, _ []string) error {
		var err error
		if serving.KeysHeader, err = readHeader("--keys-header", fields); err != nil {
			return err
		}
		return c.problem(c.api.Serve(cmd.Context(), c.env, serving))
	})
	flags := cmd.Flags()
	flags.StringVar((*string)(&serving.WellKnownJWKS), "well-known-jwks", "",
		"how /.well-known/jwks.json responds: alias, not-found or stale")
	flags.StringArrayVar(&fields, "keys-header", nil,
		"send this header `field` with the JWK Set instead of Cache-Control and ETag; may be repeated")
	return cmd
}
