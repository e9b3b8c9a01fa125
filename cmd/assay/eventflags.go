package main

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios/load"
)

// eventFlags say what happens to the environment during a load.
type eventFlags struct {
	events []string
	faults string
}

func (f *eventFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.events, "event", nil,
		"at this `time` after the warm-up, do this to the environment: 10s=rotate, 20s=outage:5s, 20s=fault:NAME:on, 30s=flood:500/s:10s; may be repeated")
	flags.StringVar(&f.faults, "faults", "", `the faults that --event names, in this JSON `+"`file`"+`, {"faults":[…]}`)
}

// apply sets the events of opts.
func (f *eventFlags) apply(a *app, cmd *cobra.Command, opts *load.Options) error {
	if len(f.events) == 0 {
		return a.refuse(cmd, "--event 10s=fault:ID:5s", "needs --event, which says when a fault is on", "faults")
	}
	if opts.URL != "" && opts.Environment == nil {
		return usageHint("--control http://127.0.0.1:9090, instead of --idp-seed", "--event needs the control API of the environment that the target trusts")
	}
	for _, text := range f.events {
		e, err := load.ParseEvent(text)
		if err != nil {
			return err
		}
		opts.Events = append(opts.Events, e)
	}
	var err error
	opts.Faults, err = readFaults(f.faults)
	return err
}

// readFaults reads the file of --faults, if there is one.
func readFaults(name string) ([]fault.Fault, error) {
	if name == "" {
		return nil, nil
	}
	text, err := intake.ReadFile(name, intake.MaxJSON)
	if err != nil {
		return nil, usage("--faults: %v", err)
	}
	faults, err := control.ParseFaults(name, text)
	if err != nil {
		return nil, usage("--faults: %v", err)
	}
	return faults, nil
}

// steered is an environment of a running assay idp. It implements
// [load.Environment].
type steered struct {
	ctl
	name string
}

// Rotate implements [load.Environment].
func (s *steered) Rotate(ctx context.Context, mode keyring.Mode) (kid string, err error) {
	keys, err := s.api.Rotate(ctx, s.name, control.Turn{Mode: mode})
	return keys.Signing.ID, s.problem(err)
}

// Promote implements [load.Environment].
func (s *steered) Promote(ctx context.Context) (kid string, err error) {
	keys, err := s.api.Promote(ctx, s.name, "")
	return keys.Signing.ID, s.problem(err)
}

// Populate implements [load.Environment].
func (s *steered) Populate(ctx context.Context, f fault.Fault) error {
	_, err := s.api.Populate(ctx, s.name, f)
	return s.problem(err)
}

// RemoveFault implements [load.Environment].
func (s *steered) RemoveFault(ctx context.Context, id string) error {
	return s.problem(s.api.RemoveFault(ctx, s.name, id))
}
