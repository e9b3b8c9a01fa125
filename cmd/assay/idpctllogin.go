package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/mockidp/control"
)

// initiateLoginCommand prints a URL alone, for scripts.
func (c *ctl) initiateLoginCommand() *cobra.Command {
	var start control.LoginStart
	var from control.IdPStart
	var idp bool
	var query []string
	cmd := command("initiate-login", "Print the URL that starts a login at an application, from a bookmark or at an identity provider", 0, 0,
		func(cmd *cobra.Command, _ []string) error {
			if idp {
				if err := c.app.refuse(cmd, "assay idp ctl initiate-login --idp --user usr_10000000000000003", "is for bookmarks", "query"); err != nil {
					return err
				}
				start.IdP = &from
			} else if err := c.app.refuse(cmd, "assay idp ctl initiate-login --idp --user usr_10000000000000003", "needs --idp", "user", "connection", "relay-state"); err != nil {
				return err
			}
			start.Query = make(map[string]string)
			for _, pair := range query {
				name, value, ok := strings.Cut(pair, "=")
				if !ok || name == "" {
					return usageHint("--query theme=dark", "--query is %q, want NAME=VALUE", pair)
				}
				start.Query[name] = value
			}
			to, err := c.api.StartLogin(cmd.Context(), c.env, start)
			if err != nil {
				return c.problem(err)
			}
			return c.app.print(to + "\n")
		})
	cmd.Long = `Print the URL to which the environment sends a browser when a login starts
elsewhere than at the application: its initiate-login URI, with the query of a
bookmark or, with --idp, with a JWT in idp_initiated_login that names
organization, connection and user, and lives for five minutes. Open it in a
browser: the application must start a login of its own.`
	cmd.Example = `  assay idp ctl clients set skc_58327482062864390 --initiate-login-uri http://localhost:3000/login
  assay idp ctl initiate-login --query theme=dark
  assay idp ctl initiate-login --idp --user usr_10000000000000003 --relay-state /reports`
	flags := cmd.Flags()
	flags.StringVar(&start.ClientID, "client", "", "client ID of the application; empty means the first one that has an initiate-login URI")
	flags.StringArrayVar(&query, "query", nil, "`NAME=VALUE` that the bookmark had; may be repeated")
	flags.BoolVar(&idp, "idp", false, "start at the identity provider of an organization")
	flags.StringVar(&from.UserID, "user", "", "user who opens the application; empty means the first one")
	flags.StringVar(&from.ConnectionID, "connection", "", "enterprise connection; empty means that of the user's first organization")
	flags.StringVar(&from.RelayState, "relay-state", "", "what the application gets back as relay_state")
	return cmd
}
