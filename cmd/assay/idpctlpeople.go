package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/mockidp/control"
)

// memberFlag is the member of a client or user that a flag sets.
type memberFlag struct {
	flag, member string
	value        any
}

// change returns the members whose flags were typed.
func change(cmd *cobra.Command, flags ...memberFlag) (map[string]any, error) {
	out := make(map[string]any)
	for _, f := range flags {
		if cmd.Flags().Changed(f.flag) {
			out[f.member] = f.value
		}
	}
	if len(out) == 0 {
		return nil, usageHint("see "+cmd.CommandPath()+" --help", "%s has nothing to set", cmd.CommandPath())
	}
	return out, nil
}

func (c *ctl) clientsCommand() *cobra.Command {
	show := func(all []control.Party, err error) error {
		return c.show(all, err, "ID SECRET REDIRECT-URIS", func(row func(...any)) {
			for _, p := range all {
				uris := slices.Clone(p.RedirectURIs)
				if p.AnyLocal {
					uris = append(uris, "http://localhost")
				}
				row(p.ID, p.Secret, strings.Join(uris, " "))
			}
		})
	}
	list := func(cmd *cobra.Command, _ []string) error {
		e, err := c.api.Environment(cmd.Context(), c.env)
		return show(e.Clients, err)
	}
	parent := command("clients", "List, register and change clients", 0, 0, list)
	parent.AddCommand(command("list", "List the clients", 0, 0, list), c.setClientCommand(show),
		command("remove ID", "Remove a client", 1, 1, func(cmd *cobra.Command, args []string) error {
			return c.problem(c.api.RemoveClient(cmd.Context(), c.env, args[0]))
		}))
	return parent
}

func (c *ctl) directoriesCommand() *cobra.Command {
	return command("directories", "List where the identity providers of organizations provision users, by SCIM", 0, 0,
		func(cmd *cobra.Command, _ []string) error {
			e, err := c.api.Environment(cmd.Context(), c.env)
			return c.show(e.Directories, err, "ORGANIZATION URL SECRET", func(row func(...any)) {
				for _, d := range e.Directories {
					row(d.OrganizationID, d.URL, d.Secret)
				}
			})
		})
}

func (c *ctl) resourcesCommand() *cobra.Command {
	return command("resources", "List the MCP servers and APIs, and the issuers of their authorization servers", 0, 0,
		func(cmd *cobra.Command, _ []string) error {
			e, err := c.api.Environment(cmd.Context(), c.env)
			return c.show(e.Resources, err, "ID URL ISSUER SCOPES", func(row func(...any)) {
				for _, r := range e.Resources {
					row(r.ID, r.URL, r.Issuer, strings.Join(r.Scopes, " "))
				}
			})
		})
}

func (c *ctl) setClientCommand(show func([]control.Party, error) error) *cobra.Command {
	var secret, initiate string
	var redirects, postLogout []string
	var local, exact bool
	set := command("set ID", "Register a client, or change what the flags name", 1, 1, func(cmd *cobra.Command, args []string) error {
		fields, err := change(cmd,
			memberFlag{"secret", "secret", secret},
			memberFlag{"redirect-uri", "redirect_uris", redirects},
			memberFlag{"post-logout-uri", "post_logout_redirect_uris", postLogout},
			memberFlag{"initiate-login-uri", "initiate_login_uri", initiate},
			memberFlag{"any-local", "any_local", local},
			memberFlag{"exact-ports", "exact_ports", exact})
		if err != nil {
			return err
		}
		p, err := c.api.PatchClient(cmd.Context(), c.env, args[0], fields)
		return show([]control.Party{p}, err)
	})
	flags := set.Flags()
	flags.StringVar(&secret, "secret", "", "secret; empty makes it a public client")
	flags.StringArrayVar(&redirects, "redirect-uri", nil, "redirect `URI`, instead of those registered; may be repeated")
	flags.StringArrayVar(&postLogout, "post-logout-uri", nil, "`URI` to return to after a logout, instead of those registered; may be repeated")
	flags.StringVar(&initiate, "initiate-login-uri", "", "`URI` that starts a login")
	flags.BoolVar(&local, "any-local", false, "register any http URL of localhost, 127.0.0.1 and [::1]")
	flags.BoolVar(&exact, "exact-ports", false, "compare the ports of loopback addresses, too, as Scalekit does")
	return set
}

func (c *ctl) usersCommand() *cobra.Command {
	show := func(all []control.User, err error) error {
		return c.show(all, err, "ID EMAIL ACTIVE PASSWORD TOTP ORGANIZATIONS", func(row func(...any)) {
			for _, u := range all {
				var organizations []string
				for _, m := range u.Organizations {
					organizations = append(organizations, m.OrganizationID)
				}
				row(u.ID, u.Email, u.Active, u.HasPassword, u.HasTOTP, strings.Join(organizations, " "))
			}
		})
	}
	list := func(cmd *cobra.Command, _ []string) error {
		all, err := c.api.Users(cmd.Context(), c.env)
		return show(all, err)
	}
	parent := command("users", "List, add and change who can sign in", 0, 0, list)
	parent.AddCommand(command("list", "List the users", 0, 0, list), c.setUserCommand(show), c.totpCommand(),
		command("remove ID", "Remove a user, with all sessions and tokens", 1, 1, func(cmd *cobra.Command, args []string) error {
			return c.problem(c.api.RemoveUser(cmd.Context(), c.env, args[0]))
		}))
	return parent
}

func (c *ctl) setUserCommand(show func([]control.User, error) error) *cobra.Command {
	var email, name, password, secret string
	var active bool
	var organizations []string
	set := command("set ID", "Add a user, or change what the flags name", 1, 1, func(cmd *cobra.Command, args []string) error {
		memberships, err := memberships(organizations)
		if err != nil {
			return err
		}
		fields, err := change(cmd,
			memberFlag{"email", "email", email},
			memberFlag{"name", "name", name},
			memberFlag{"password", "password", password},
			memberFlag{"totp-secret", "totp_secret", secret},
			memberFlag{"active", "active", active},
			memberFlag{"organization", "organizations", memberships})
		if err != nil {
			return err
		}
		if _, ok := fields["totp_secret"]; ok && secret == "" {
			fields["has_totp"] = false
		}
		u, err := c.api.PatchUser(cmd.Context(), c.env, args[0], fields)
		return show([]control.User{u}, err)
	})
	flags := set.Flags()
	flags.StringVar(&email, "email", "", "e-mail address")
	flags.StringVar(&name, "name", "", "full name")
	flags.StringVar(&password, "password", "", "password for the login page")
	flags.StringVar(&secret, "totp-secret", "", "`SECRET` of an authenticator app, in base32; empty removes the app")
	flags.BoolVar(&active, "active", true, "--active=false ends all sessions of the user, and allows no new one")
	flags.StringArrayVar(&organizations, "organization", nil,
		"`ORGANIZATION[:ROLE,ROLE]` of which the user is a member, instead of those so far; may be repeated")
	return set
}

// memberships parses the values of --organization.
func memberships(texts []string) ([]control.Membership, error) {
	out := []control.Membership{}
	for _, text := range texts {
		id, roles, has := strings.Cut(text, ":")
		m := control.Membership{OrganizationID: id, Roles: []string{}}
		if has {
			m.Roles = strings.Split(roles, ",")
		}
		if id == "" || slices.Contains(m.Roles, "") {
			return nil, usageHint("--organization org_10000000000000001:admin,member",
				"--organization is %q, want an ID, or an ID, a colon and roles", text)
		}
		out = append(out, m)
	}
	return out, nil
}

func (c *ctl) attemptsCommand() *cobra.Command {
	return command("attempts", "Show the log of sign-ins", 0, 0, func(cmd *cobra.Command, _ []string) error {
		all, err := c.api.Attempts(cmd.Context(), c.env)
		return c.show(all, err, "AT STATUS USER CLIENT ORGANIZATION CONNECTION REASON", func(row func(...any)) {
			for _, a := range all {
				row(clockTime(a.At), a.Status, a.User, a.ClientID, a.OrganizationID, a.ConnectionID, a.Reason)
			}
		})
	})
}
