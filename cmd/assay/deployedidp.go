package main

import (
	"context"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
)

// startIdP starts the server whose environment the service trusts: one of its
// own, or one that replaces that of a running assay idp.
func (a *app) startIdP(ctx context.Context, d *deployed, f runFlags) error {
	var cfg mockidp.Config
	var err error
	if f.deployed.control == "" {
		if cfg, err = f.deployed.listener(&d.opts, d.network); err == nil {
			cfg.Seed, err = parseSeed(f.deployed.idpSeed)
		}
	} else {
		cfg, err = a.borrow(ctx, d, f.deployed)
	}
	if err != nil {
		return err
	}
	cfg.HTTP1Only = true // because the faults of some cases are about its connections
	if d.server, err = mockidp.Start(ctx, cfg); err != nil && f.deployed.issuer != "" {
		return usageHint("if an assay idp listens there, start it with --control, and let --control of the run borrow its environment; otherwise end what listens there", "--issuer: %v", err)
	}
	return f.network.listening(err)
}

// borrow makes a running assay idp hand over its address and the environment
// that the service trusts.
func (a *app) borrow(ctx context.Context, d *deployed, f deployedFlags) (mockidp.Config, error) {
	const hint = "leave out --control and $" + controlVariable + " for an environment of the run's own"
	if d.network != (mockidp.ListenerConfig{}) || f.idpSeed != "" {
		return mockidp.Config{}, usageHint(hint,
			"the running assay idp that --control names decides where the environment listens, and its seed")
	}
	c := ctl{app: a, api: control.Client{URL: f.control}}
	if err := c.locate(); err != nil {
		return mockidp.Config{}, err
	}
	env, err := c.environment(ctx, f.issuer)
	if err != nil {
		return mockidp.Config{}, err
	}
	if d.borrowed, err = c.api.Borrow(ctx, env.Name); err != nil {
		return mockidp.Config{}, c.problem(err)
	}
	cfg, err := d.borrowed.Config()
	if err != nil {
		return mockidp.Config{}, err
	}
	d.network = cfg.ListenerConfig
	d.opts.Borrowed, d.opts.Name = true, env.Name
	d.opts.NoDecoys = d.opts.NoDecoys || d.borrowed.NoDecoys
	if d.opts.ClientID == "" {
		d.opts.ClientID = d.borrowed.Environment.Clients[0].ID
	}
	return cfg, nil
}

// environment returns the environment with the issuer. Without an issuer it is
// the one at the root.
func (c *ctl) environment(ctx context.Context, issuer string) (control.Environment, error) {
	all, err := c.api.Environments(ctx)
	if err != nil {
		return control.Environment{}, c.problem(err)
	}
	var issuers []string
	for _, e := range all {
		if e.Issuer == issuer || issuer == "" && e.Name == "" {
			return e, nil
		}
		issuers = append(issuers, e.Issuer)
	}
	return control.Environment{}, usageHint("leave --issuer out for the environment at the root",
		"--issuer is %q, and the assay idp that --control names has %s", issuer, strings.Join(issuers, ", "))
}

// returnTime is how long a running assay idp may take to listen again.
const returnTime = 10 * time.Second

// giveBack lets the running assay idp listen again.
func (d *deployed) giveBack() {
	if d.borrowed == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), returnTime)
	defer cancel()
	// If this fails, the assay idp has ended, or it listens again as soon as it
	// can: the loan is over in any case.
	_ = d.borrowed.Return(ctx)
	d.borrowed = nil
}

// listener returns where the environment listens, and sets its name: on the
// network that the flags describe, or at the issuer.
func (f *deployedFlags) listener(
	opts *run.DeployedOptions, network mockidp.ListenerConfig,
) (mockidp.Config, error) {
	const hint = "--issuer http://127.0.0.1:9000 makes the mock environment listen there"
	elsewhere := network != (mockidp.ListenerConfig{})
	if elsewhere && f.issuer != "" {
		return mockidp.Config{}, usageHint("--external-url, or --idp-addr and --idp-host, say what the issuer is: leave --issuer out",
			"--issuer is %q, and other flags say where the environment listens", f.issuer)
	}
	if elsewhere {
		return mockidp.Config{ListenerConfig: network}, nil
	}
	if f.issuer == "" {
		if f.service == "" {
			return mockidp.Config{}, usageHint(hint, "a deployed service trusts an issuer that it is configured with: --issuer is missing")
		}
		return mockidp.Config{}, nil
	}
	u, err := url.Parse(f.issuer)
	if err != nil || u.Scheme != "http" || u.Port() == "" || !implementations.Loopback(u.Hostname()) || u.RawQuery != "" || u.Fragment != "" {
		return mockidp.Config{}, usageHint(hint, "--issuer is %q, want http, a loopback host and a port", f.issuer)
	}
	name, ok := strings.CutPrefix(u.Path, "/t/")
	if !ok && u.Path != "" {
		return mockidp.Config{}, usageHint(hint, "--issuer has the path %q, want none or /t/NAME", u.Path)
	}
	opts.Name = name
	cfg := mockidp.Config{ListenerConfig: mockidp.ListenerConfig{Addr: u.Host}}
	if net.ParseIP(u.Hostname()) == nil {
		cfg.Host = u.Hostname()
	}
	return cfg, nil
}
