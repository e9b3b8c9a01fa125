package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/doctor"
)

// doctorFlags are the flags of assay doctor.
type doctorFlags struct {
	opts          doctor.Options
	configuration string
	caFile        string
	asJSON        bool
	color         string
}

func (a *app) doctorCommand() *cobra.Command {
	var f doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Examine the connection to an environment: Test Connection, and beyond",
		Long: `Examine the connection to an environment, as Char's Test Connection does, and
beyond: name resolution, TCP, TLS, the provider metadata, the JWK Set and each
key, algorithms, caching, redirects, the clock and the latency. Each problem
comes with what to do about it. It sends at most three requests, needs no token,
and says what it cannot check.

--configuration reads Char's identity provider configuration from a JSON file
with idp_type, idp_issuer and allowed_audiences, checks its fields, and examines
the issuer in it.

--json prints an object that begins like the answer of Test Connection, with
success, issuer, jwks_uri and error. The exit code is 3 if a check failed.`,
		Example: `  assay doctor --issuer https://acme.scalekit.com --client-id skc_58327482062864390
  assay doctor --configuration idp.json --json
  assay doctor --issuer http://127.0.0.1:8080 --allow-loopback-http`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.opts.Issuer, "issuer", "",
		"Issuer Identifier, the environment URL (required without --configuration)")
	flags.StringArrayVar(&f.opts.ClientIDs, "client-id", nil,
		"client ID, to check for typing errors; may be repeated")
	flags.StringVar(&f.configuration, "configuration", "",
		"check Char's configuration in this JSON `file` first; - is standard input")
	flags.StringVar(&f.caFile, "ca-file", "",
		"trust the CA certificates in this PEM `file` instead of the system's")
	flags.DurationVar(&f.opts.Timeout, "timeout", verifier.DefaultFetchTimeout,
		"how long the provider may take for its metadata and keys together; at most a minute")
	flags.BoolVar(&f.opts.LoopbackHTTP, "allow-loopback-http", false,
		"allow http:// to loopback hosts, for use with a mock environment")
	flags.BoolVar(&f.asJSON, "json", false, "print the result as JSON")
	flags.StringVar(&f.color, "color", "auto", colorHelp)
	return cmd
}

func (a *app) doctor(cmd *cobra.Command, f doctorFlags) error {
	colored, err := a.colored(f.color)
	if err != nil {
		return err
	}
	if err := positive("timeout", f.opts.Timeout); err != nil {
		return err
	}
	if f.opts.Timeout > time.Minute {
		return usage("--timeout is %v, want at most 1m0s", f.opts.Timeout)
	}
	if f.opts.RootCAs, err = readRootCAs(f.caFile); err != nil {
		return err
	}
	checks, err := a.lintConfiguration(cmd.Context(), &f)
	if err != nil {
		return err
	}
	report := doctor.Examine(cmd.Context(), f.opts)
	if cmd.Context().Err() != nil {
		return &exitError{code: exitInterrupted}
	}
	report.Checks = slices.Concat(checks, report.Checks)
	if err := a.printCheckup(checkup(report), f.asJSON, colored); err != nil {
		return err
	}
	if report.Worst() == doctor.Fail {
		return &exitError{code: exitNonconform}
	}
	return nil
}

// lintConfiguration checks the file of --configuration, and examines the
// issuer and the client IDs that it has unless flags name others.
func (a *app) lintConfiguration(ctx context.Context, f *doctorFlags) ([]doctor.Check, error) {
	if f.configuration == "" {
		if f.opts.Issuer == "" {
			return nil, usageHint("assay doctor --issuer https://acme.scalekit.com --client-id skc_…",
				"--issuer is missing")
		}
		return nil, nil
	}
	var r io.Reader
	if f.configuration == "-" {
		r = a.input(ctx)
	} else {
		file, err := intake.Open(f.configuration)
		if err != nil {
			return nil, usage("--configuration: %v", err)
		}
		defer file.Close()
		r = file
	}
	c, err := doctor.ParseConfiguration(r)
	if err != nil {
		return nil, usageHint(`such as {"idp_type":"custom_oidc","idp_issuer":"https://acme.scalekit.com","allowed_audiences":["skc_58327482062864390"]}`,
			"--configuration: %s: %v", f.configuration, err)
	}
	if f.opts.Issuer == "" {
		f.opts.Issuer = c.Issuer
	}
	if len(f.opts.ClientIDs) == 0 {
		f.opts.ClientIDs = c.AllowedAudiences
	}
	return c.Lint(), nil
}

// checkup returns the record of a report.
func checkup(r doctor.Report) *reports.Checkup {
	c := &reports.Checkup{Success: r.Success, Verdict: string(r.Worst()), CannotSee: r.CannotSee}
	known := func(text string) *string {
		if text == "" {
			return nil
		}
		return &text
	}
	c.Issuer, c.JWKSURI = known(r.Issuer), known(r.JWKSURI)
	if r.Err != nil {
		c.Error = known(flagged(r.Err.Error()))
	}
	for _, check := range r.Checks {
		c.Checks = append(c.Checks, reports.Check{
			Name: check.Name, Verdict: string(check.Verdict), Found: flagged(check.Found), Do: check.Do,
		})
	}
	return c
}

func (a *app) printCheckup(c *reports.Checkup, asJSON, colored bool) error {
	if !asJSON {
		return reports.WriteCheckup(a.stdout, c, colored)
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return a.print(fmt.Sprintf("%s\n", text))
}
