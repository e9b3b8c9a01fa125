package main

import (
	"github.com/spf13/cobra"

	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/intake"
)

func (c *ctl) envsCommand() *cobra.Command {
	show := func(all []control.Environment, err error) error {
		return c.show(all, err, "NAME ISSUER CLIENT SECRET", func(row func(...any)) {
			for _, e := range all {
				row(e.Name, e.Issuer, e.Clients[0].ID, e.Clients[0].Secret)
			}
		})
	}
	list := func(cmd *cobra.Command, _ []string) error {
		return show(c.api.Environments(cmd.Context()))
	}
	var spec control.Spec
	var file string
	create := command("create NAME", "Create an environment", 1, 1, func(cmd *cobra.Command, args []string) error {
		spec.Name = args[0]
		if file != "" {
			text, err := intake.ReadFile(file, intake.MaxYAML)
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
	flags.StringVar(&spec.Origin, "origin", "",
		"origin of the issuer, which is the URL of a listener; empty means the first one")
	flags.StringVar(&file, "people", "",
		"read users, organizations, connections and clients from this YAML `file`")
	flags.BoolVar(&spec.LinkSameBrowser, "link-same-browser", false, "take a link that was mailed only from the browser that asked for it")
	flags.BoolVar(&spec.LoginPage, "login-page", false, "ask people to sign in")
	flags.BoolVar(&spec.ModularSSO, "modular-sso", false, "use the subject of the connection")
	parent := command("envs", "List, create and delete environments", 0, 0, list)
	parent.AddCommand(command("list", "List the environments", 0, 0, list), create,
		command("delete NAME", "Delete an environment", 1, 1, func(cmd *cobra.Command, args []string) error {
			return c.problem(c.api.Remove(cmd.Context(), args[0]))
		}))
	return parent
}

func (c *ctl) outboxCommand() *cobra.Command {
	return command("outbox", "Show the mail that was sent", 0, 0, func(cmd *cobra.Command, _ []string) error {
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
	add := command("add PROFILE", "Open another port: "+
		profiles(), 1, 1, func(cmd *cobra.Command, args []string) error {
		opened, err := c.api.Listen(cmd.Context(), control.Opening{TLS: args[0], Host: host})
		return show([]control.Listener{opened}, err)
	})
	add.Flags().StringVar(&host, "host", "", "host in its URL; empty means 127.0.0.1")
	var url string
	certify := command("certificate PROFILE", "Give new connections a certificate of another profile", 1, 1, func(cmd *cobra.Command, args []string) error {
		changed, err := c.api.Certify(cmd.Context(), control.Certificate{TLS: args[0], URL: url})
		return show([]control.Listener{changed}, err)
	})
	certify.Flags().StringVar(&url, "url", "", "`URL` of the port; the first one if empty")
	parent := command("listeners", "List and open ports, and change their certificates", 0, 0, func(cmd *cobra.Command, _ []string) error {
		return show(c.api.Listeners(cmd.Context()))
	})
	parent.AddCommand(add, certify)
	return parent
}
