package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
)

// controlVariable is an environment variable with the URL of the control API.
const controlVariable = "ASSAY_IDP_CONTROL"

// ctl is what all commands of assay idp ctl have in common.
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
		Short: "Steer a mock environment that runs",
		Long: `Steer a mock environment that runs with assay idp --control: plant faults,
rotate keys, see what was asked and what went wrong.

Give the URL that assay idp prints as --control, or in the environment variable
` + controlVariable + `.`,
		Example: `  assay idp ctl faults add '{"id":"busy","where":"token","kind":"status","attributes":{"status":503},"count":2}'
  assay idp ctl rotate drop-old
  assay idp ctl requests --endpoint keys
  assay idp ctl envs create acme --alg ES256`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return errors.Join(noArgs(cmd, args), cmd.Help()) },
	}
	flags := cmd.PersistentFlags()
	flags.StringVar(&c.api.URL, "control", "", "URL of the control API; without it "+controlVariable)
	flags.StringVar(&c.env, "env", "", "name of the environment; empty means the one at the root")
	flags.BoolVar(&c.asJSON, "json", false, "print the answer as JSON")
	cmd.PersistentPreRunE = func(*cobra.Command, []string) error { return c.locate() }
	cmd.AddCommand(
		c.faultsCommand(), c.evidenceCommand(), c.requestsCommand(), c.keysCommand(), c.rotateCommand(),
		c.namedKeyCommand("promote", "Sign with a published key", (*control.Client).Promote),
		c.namedKeyCommand("retire", "Take a key out of the JWK Set", (*control.Client).Retire),
		c.scheduleCommand(), c.servingCommand(), c.envsCommand(), c.usersCommand(), c.outboxCommand(), c.listenersCommand(),
	)
	return cmd
}

// locate finds the URL of the API.
func (c *ctl) locate() error {
	for _, variable := range c.app.env {
		if value, ok := strings.CutPrefix(variable, controlVariable+"="); ok && c.api.URL == "" {
			c.api.URL = value
		}
	}
	c.api.URL = strings.TrimSuffix(c.api.URL, "/")
	if c.api.URL == "" {
		return usageHint("assay idp --control 127.0.0.1:9090, then assay idp ctl --control http://127.0.0.1:9090", "the URL of the control API is not known")
	}
	if !strings.Contains(c.api.URL, "://") {
		c.api.URL = "http://" + c.api.URL
	}
	return nil
}

// judge turns a refusal into a usage error.
func (c *ctl) judge(err error) error {
	refused := new(control.Problem)
	if errors.As(err, &refused) {
		return usage("%v", refused)
	}
	return err
}

// show prints v as JSON, or as the rows that table makes.
func (c *ctl) show(v any, err error, header string, table func(row func(cells ...any))) error {
	if err != nil {
		return c.judge(err)
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

// command returns a command that takes n arguments at least and at most.
func command(use, short string, least, most int, do func(cmd *cobra.Command, args []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, RunE: do,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) < least || len(args) > most {
				return usageHint("see "+cmd.CommandPath()+" --help", "%s was given %d arguments: want %s", cmd.CommandPath(), len(args), cmd.Use)
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
		command("list", "List the faults that can still strike", 0, 0, list),
		command("add FAULT", `Add faults: a JSON object, {"faults":[…]}, @FILE with one of them, or - for standard input`, 1, 1,
			func(cmd *cobra.Command, args []string) error {
				faults, err := c.readFaults(args[0])
				if err != nil {
					return err
				}
				all, err := c.api.Populate(cmd.Context(), c.env, faults...)
				return c.showFaults(all, err)
			}),
		command("remove ID", "Remove one fault", 1, 1, func(cmd *cobra.Command, args []string) error {
			return c.judge(c.api.RemoveFault(cmd.Context(), c.env, args[0]))
		}),
		command("reset", "Remove all faults", 0, 0, func(cmd *cobra.Command, _ []string) error {
			return c.judge(c.api.ResetFaults(cmd.Context(), c.env))
		}),
	)
	return parent
}

// readFaults reads one fault or a list of them.
func (c *ctl) readFaults(arg string) ([]fault.Fault, error) {
	text := []byte(arg)
	if name, isFile := strings.CutPrefix(arg, "@"); isFile || arg == "-" {
		var err error
		if text, err = c.app.readInput(name); err != nil {
			return nil, usage("%v", err)
		}
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err == nil && members["faults"] == nil {
		text = fmt.Appendf(nil, `{"faults":[%s]}`, text)
	}
	faults, err := control.ParseFaults(text)
	if err != nil {
		return nil, usageHint(`such as {"id":"busy","where":"token","kind":"status","attributes":{"status":503}}`, "%v", err)
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
	cmd := command("evidence", "Show what faults have struck", 0, 0, func(cmd *cobra.Command, _ []string) error {
		all, err := c.api.Applications(cmd.Context(), c.env, f)
		return c.show(all, err, "NUMBER AT FAULT KIND ENDPOINT CLIENT TOKEN PROBLEM", func(row func(...any)) {
			for _, a := range all {
				row(a.Number, clockTime(a.At), a.FaultID, a.Kind, a.Endpoint, a.ClientID, a.Token, a.Problem)
			}
		})
	})
	filterFlags(cmd, &f)
	return cmd
}

func (c *ctl) requestsCommand() *cobra.Command {
	var f control.Filter
	cmd := command("requests", "Show what was asked", 0, 0, func(cmd *cobra.Command, _ []string) error {
		all, err := c.api.Requests(cmd.Context(), c.env, f)
		return c.show(all, err, "NUMBER AT METHOD PATH STATUS BYTES FAULT CLIENT USER-AGENT", func(row func(...any)) {
			for _, r := range all {
				row(r.Number, clockTime(r.At), r.Method, r.Path, r.Status, r.Bytes, r.FaultID, r.ClientID, r.UserAgent)
			}
		})
	})
	filterFlags(cmd, &f)
	return cmd
}

func filterFlags(cmd *cobra.Command, f *control.Filter) {
	flags := cmd.Flags()
	flags.Uint64Var(&f.Since, "since", 0, "only those with a larger number")
	flags.IntVar(&f.Limit, "limit", 0, "only the latest so many; 0 means all that are kept")
	flags.StringVar((*string)(&f.Endpoint), "endpoint", "", "only of this endpoint: "+join(fault.Endpoints()))
	flags.StringVar(&f.ClientID, "client", "", "only of this client ID")
	flags.StringVar(&f.FaultID, "fault", "", "only what this fault has struck")
	flags.StringVar(&f.UserAgent, "user-agent", "", "only of user agents with this in their name")
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
	return command("keys", "Show what signs and what is published", 0, 0, func(cmd *cobra.Command, _ []string) error {
		keys, err := c.api.Keys(cmd.Context(), c.env)
		return c.showKeys(keys, err)
	})
}

func (c *ctl) rotateCommand() *cobra.Command {
	var alg string
	cmd := command("rotate [MODE]", "Rotate the signing key once: "+join(keyring.Modes()), 0, 1, func(cmd *cobra.Command, args []string) error {
		mode := string(keyring.SignAtOnce)
		if len(args) > 0 {
			mode = args[0]
		}
		keys, err := c.api.Rotate(cmd.Context(), c.env, control.Turn{Mode: keyring.Mode(mode), Alg: alg})
		return c.showKeys(keys, err)
	})
	cmd.Flags().StringVar(&alg, "alg", "", "algorithm of the new key; empty means that of the old one")
	return cmd
}

// namedKeyCommand returns a command that does something to one key.
func (c *ctl) namedKeyCommand(name, short string, do func(*control.Client, context.Context, string, string) (control.Keys, error)) *cobra.Command {
	return command(name+" [KID]", short+"; without a KID the one that was published last", 0, 1, func(cmd *cobra.Command, args []string) error {
		kid := strings.Join(args, "")
		keys, err := do(&c.api, cmd.Context(), c.env, kid)
		return c.showKeys(keys, err)
	})
}

func (c *ctl) scheduleCommand() *cobra.Command {
	var every, overlap time.Duration
	var mode string
	cmd := command("schedule", "Rotate again and again as time passes, or stop that", 0, 0, func(cmd *cobra.Command, _ []string) error {
		r := control.Rotation{Every: control.Duration(every), Overlap: control.Duration(overlap), Mode: keyring.Mode(mode)}
		if every == 0 {
			r = control.Rotation{}
		}
		keys, err := c.api.Follow(cmd.Context(), c.env, r)
		return c.showKeys(keys, err)
	})
	flags := cmd.Flags()
	flags.DurationVar(&every, "every", 0, "rotate so often; 0 stops")
	flags.DurationVar(&overlap, "overlap", 0, "how long the sets of keys overlap, or the trouble of the mode lasts")
	flags.StringVar(&mode, "mode", "", "how to rotate; empty means publish-then-sign")
	return cmd
}

func (c *ctl) servingCommand() *cobra.Command {
	var serving control.Serving
	var fields []string
	cmd := command("serving", "Say how the keys are served; what no flag says returns to the default", 0, 0, func(cmd *cobra.Command, _ []string) error {
		var err error
		if serving.KeysHeader, err = readHeader(fields); err != nil {
			return err
		}
		return c.judge(c.api.Serve(cmd.Context(), c.env, serving))
	})
	flags := cmd.Flags()
	flags.StringVar((*string)(&serving.WellKnownJWKS), "well-known-jwks", "", "what /.well-known/jwks.json answers: alias, not-found or stale")
	flags.StringArrayVar(&fields, "keys-header", nil, "send this `field` with the JWK Set in the place of Cache-Control and ETag; may be repeated")
	return cmd
}

func (c *ctl) envsCommand() *cobra.Command {
	show := func(all []control.Environment, err error) error {
		return c.show(all, err, "NAME ISSUER CLIENT SECRET", func(row func(...any)) {
			for _, e := range all {
				row(e.Name, e.Issuer, e.Clients[0].ID, e.Clients[0].Secret)
			}
		})
	}
	list := func(cmd *cobra.Command, _ []string) error { return show(c.api.Environments(cmd.Context())) }
	var spec control.Spec
	var file string
	create := command("create NAME", "Make an environment", 1, 1, func(cmd *cobra.Command, args []string) error {
		spec.Name = args[0]
		if file != "" {
			text, err := os.ReadFile(file)
			if err != nil {
				return usage("--people: %v", err)
			}
			spec.People = string(text)
		}
		made, err := c.api.Create(cmd.Context(), spec)
		return show([]control.Environment{made}, err)
	})
	flags := create.Flags()
	flags.StringVar(&spec.Alg, "alg", "", "algorithm of the signing key; empty means RS256")
	flags.StringVar(&spec.Origin, "origin", "", "origin of the issuer, the URL of a listener; empty means the first one")
	flags.StringVar(&file, "people", "", "read who is there from this YAML `file`")
	flags.BoolVar(&spec.LoginPage, "login-page", false, "ask people to sign in")
	flags.BoolVar(&spec.ModularSSO, "modular-sso", false, "subjects of connections")
	parent := command("envs", "List, make and remove environments", 0, 0, list)
	parent.AddCommand(command("list", "List the environments", 0, 0, list), create,
		command("delete NAME", "Take an environment away", 1, 1, func(cmd *cobra.Command, args []string) error {
			return c.judge(c.api.Remove(cmd.Context(), args[0]))
		}))
	return parent
}

func (c *ctl) usersCommand() *cobra.Command {
	return command("users", "Show who can sign in", 0, 0, func(cmd *cobra.Command, _ []string) error {
		all, err := c.api.Users(cmd.Context(), c.env)
		return c.show(all, err, "ID EMAIL ACTIVE PASSWORD ORGANIZATIONS", func(row func(...any)) {
			for _, u := range all {
				var organizations []string
				for _, m := range u.Organizations {
					organizations = append(organizations, m.OrganizationID)
				}
				row(u.ID, u.Email, u.Active, u.HasPassword, strings.Join(organizations, " "))
			}
		})
	})
}

func (c *ctl) outboxCommand() *cobra.Command {
	return command("outbox", "Show what was mailed", 0, 0, func(cmd *cobra.Command, _ []string) error {
		all, err := c.api.Outbox(cmd.Context(), c.env)
		return c.show(all, err, "AT TO CODE LINK", func(row func(...any)) {
			for _, m := range all {
				row(clockTime(m.At), m.To, m.Code, m.Link)
			}
		})
	})
}

func (c *ctl) listenersCommand() *cobra.Command {
	show := func(all []control.Listener, err error) error {
		return c.show(all, err, "URL TLS CONNECTIONS HELLOS REQUESTS", func(row func(...any)) {
			for _, l := range all {
				row(l.URL, l.TLS, l.Connections, l.Hellos, l.Requests)
			}
		})
	}
	var host string
	add := command("add PROFILE", "Open one more port: "+profiles(), 1, 1, func(cmd *cobra.Command, args []string) error {
		opened, err := c.api.Listen(cmd.Context(), control.Opening{TLS: args[0], Host: host})
		return show([]control.Listener{opened}, err)
	})
	add.Flags().StringVar(&host, "host", "", "host of its URL; empty means 127.0.0.1")
	parent := command("listeners", "List and open ports", 0, 0, func(cmd *cobra.Command, _ []string) error {
		return show(c.api.Listeners(cmd.Context()))
	})
	parent.AddCommand(add)
	return parent
}
