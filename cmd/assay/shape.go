package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-id/assay/scenarios/load"
)

// shapeFlags say when the requests of a load are sent.
type shapeFlags struct {
	rate     string
	stages   string
	swing    string
	arrivals string
	users    string
}

func (f *shapeFlags) register(flags *pflag.FlagSet, opts *load.Options) {
	flags.StringVar(&f.rate, "rate", "200/s", "requests and the time that they are sent in, such as 200/s, 3000/m or 50/100ms")
	flags.DurationVar(&opts.Duration, "duration", 10*time.Second, "how long to send requests")
	flags.StringVar(&f.stages, "stages", "",
		"durations with the rate at the end of each, which changes linearly, from 0 in the first `stages`: 30s:100/s,1m:100/s; in 0s it jumps")
	flags.StringVar(&f.swing, "swing", "",
		"`period` of a sine wave and how far it takes --rate up and down, such as 1m:50/s")
	flags.StringVar(&f.arrivals, "arrivals", string(load.ArrivalsEven),
		"how requests are distributed in time: even, or poisson, which --seed determines")
	flags.StringVar(&f.users, "users", "",
		"`number` of virtual users, each of whom sends a request after the answer to the last one, instead of a rate; or stages such as 30s:10,1m:50")
	flags.BoolVar(&opts.FindCapacity, "find-capacity", false,
		"search for the highest rate that meets every --threshold: --rate is the first one to try, and --duration how long each is tried")
	flags.DurationVar(&opts.Think, "think", 0, "how long a user waits after an answer")
}

// closedLoop sets the users of opts.
func (f *shapeFlags) closedLoop(a *app, cmd *cobra.Command, opts *load.Options) (err error) {
	if err := a.refuse(cmd, "leave out --users for a rate", "contradicts --users, who send a request each after their answer and have a connection each",
		"rate", "stages", "swing", "arrivals", "pace", "connections", "in-flight"); err != nil {
		return err
	}
	if strings.Contains(f.users, ":") {
		if err := a.refuse(cmd, "--users 30s:10,1m:10 takes 1m30s", "contradicts --users with stages, which have durations of their own", "duration"); err != nil {
			return err
		}
	}
	opts.Connections = 0
	opts.Users, err = load.ParseUsers(f.users, opts.Duration)
	return err
}

// apply sets the schedule of opts.
func (f *shapeFlags) apply(a *app, cmd *cobra.Command, opts *load.Options) (err error) {
	opts.Arrivals = load.Arrivals(f.arrivals)
	if f.users != "" {
		return f.closedLoop(a, cmd, opts)
	}
	if err := a.refuse(cmd, "--users 10 --think 100ms", "needs --users", "think"); err != nil {
		return err
	}
	if f.stages != "" {
		if err := a.refuse(cmd, "--stages 0s:100/s,30s:100/s begins with that rate",
			"contradicts --stages, which have rates and durations of their own", "rate", "duration", "swing"); err != nil {
			return err
		}
		opts.Schedule, err = load.ParseStages(f.stages)
		return err
	}
	if err := positive("duration", opts.Duration); err != nil {
		return err
	}
	if opts.RatePerSecond, err = load.ParseRate(f.rate); err != nil || f.swing == "" {
		return err
	}
	period, swing, err := load.ParseSwing(f.swing)
	opts.Schedule = load.Sine(opts.RatePerSecond, swing, period, opts.Duration)
	return err
}
