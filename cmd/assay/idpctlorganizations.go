package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
)

func (c *ctl) organizationsCommand() *cobra.Command {
	show := func(all []control.Organization, err error) error {
		return c.show(all, err, "ID NAME CONNECTION MFA", func(row func(...any)) {
			for _, o := range all {
				row(o.ID, o.Name, o.ConnectionID, join(o.MFA))
			}
		})
	}
	list := func(cmd *cobra.Command, _ []string) error {
		all, err := c.api.Organizations(cmd.Context(), c.env)
		return show(all, err)
	}
	parent := command("organizations", "List and change organizations, and require a second factor", 0, 0, list)
	parent.AddCommand(command("list", "List the organizations", 0, 0, list), c.setOrganizationCommand(show))
	return parent
}

func (c *ctl) setOrganizationCommand(show func([]control.Organization, error) error) *cobra.Command {
	var name, mfa string
	set := command("set ID", "Change what the flags name", 1, 1, func(cmd *cobra.Command, args []string) error {
		factors := []string{}
		if mfa != "" {
			factors = strings.Split(mfa, ",")
		}
		fields, err := change(cmd, memberFlag{"name", "name", name}, memberFlag{"mfa", "mfa", factors})
		if err != nil {
			return err
		}
		o, err := c.api.PatchOrganization(cmd.Context(), c.env, args[0], fields)
		return show([]control.Organization{o}, err)
	})
	set.Flags().StringVar(&name, "name", "", "name, for the login page")
	set.Flags().StringVar(&mfa, "mfa", "", fmt.Sprintf(
		"second factors of which members must use one, separated by commas: %s, %s; empty asks only those who have enrolled an app",
		mockidp.FactorTOTP, mockidp.FactorEmail))
	return set
}

// totpCommand prints the code of an authenticator app alone, for scripts.
func (c *ctl) totpCommand() *cobra.Command {
	return command("totp ID", "Print the code that the authenticator app of a user shows", 1, 1, func(cmd *cobra.Command, args []string) error {
		code, err := c.api.TOTP(cmd.Context(), c.env, args[0])
		if err != nil {
			return c.problem(err)
		}
		return c.app.print(code + "\n")
	})
}
