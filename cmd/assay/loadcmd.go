package main

import (
	"cmp"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/scenarios/load"
)

// loadFlags are the flags of assay load.
type loadFlags struct {
	output outputFlags
	opts   load.Options
	mix    string
	pace   string
	seed   string
	shape  shapeFlags
	target targetFlags
	part   partFlags
	events eventFlags
	hits   string

	prometheus string

	targets, expect string

	kubernetes kubernetesFlags
}

func (a *app) loadCommand() *cobra.Command {
	var f loadFlags
	cmd := &cobra.Command{
		Use:   "load [URL]",
		Short: "Send good and malformed tokens to a service at a set rate",
		Long: `Send good and malformed tokens to a service at a set rate, and report how long
the answers took, counted from the moment each request was due, and whether the
verdicts were right.

"wrong == 0", "errors == 0" (every request got a verdict) and "dropped == 0"
(every request was sent) are always thresholds, unless --threshold says another
one about the same. Verdicts decide the exit code on any machine. Times do not:
on a busy one, a threshold on times ends with exit code 4.

--find-capacity searches for the highest rate at which every threshold is met, and
the target answers as much as is sent: it doubles --rate until one does not hold,
and halves the distance until the interval is at most ± 5 %. The report has each
trial and says why the search stopped. If the generator, and not the target, was
the limit, it says so and ends with exit code 4. --threshold 'capacity >= 500/s'
judges the interval itself.

--abort 'errors > 50%' ends the load early if that holds over a sliding window of
--abort-window, with exit code 3 as for a threshold, or 4 if it is about a time
that is not valid. It has the grammar of --threshold, without labels. A percentile
needs 10 requests beyond it in a window: 1000 for p99, 200 for p95.

The rate is the same all the time, or follows --stages: "30s:100/s,1m:100/s" rises
from 0 to 100/s in 30 s and stays there for a minute, and "0s:500/s" jumps. --swing
1m:50/s lets --rate rise and fall by 50/s, once a minute, as a sine wave. Requests
come at equal distances or, with --arrivals poisson, at random.

With --users 50, fifty virtual users send a request each, wait for the answer and
--think, and send the next: a closed loop. It offers no rate, and a slow target
gets fewer requests, so the times are service times. The report says so.

--event changes the environment during the load: 10s=rotate and 10s=rotate:drop-old
rotate its key as assay idp ctl does, 10s=promote signs with a published one,
20s=outage:5s has it give no answers for 5 s, 20s=fault:NAME:on, :off and :5s turn a
fault of --faults on and off, or one of a kind such as hang, and 30s=flood:500/s:10s
sends tokens with unknown kids besides the load.

Without a URL it starts a mock environment and the service of assay serve.
A URL must belong to a service that trusts a running assay idp: pass its issuer
and its seed, from which the signing key is derived, or --control, which has the
assay idp make the tokens, whatever its keys and clients are.

With --part, several machines share one load: part 2/4 sends request 1, 5, 9 and so
on, counted from 0, so that all parts together send what a single process would.
Give each the same flags and write its part with -o FILE.part, or with -o part:-
into its log; assay load merge joins them, judges the thresholds, and says if the
load is void: a part that is late sends nothing and ends with exit code 4.

The cases of --mix are
  ` + join(caseNames()) + `,
and the ID of any scenario that is a single token for a service as it is, such as
aud.prefix: --mix good=95,aud.prefix=3,sig.payload-tampered=2. The answer must be
the one that the scenario expects.`,
		Example: `  assay load --rate 2000/s --duration 10s --threshold 'p99<5ms'
  assay load --stages 30s:100/s,1m:100/s,0s:1000/s,5s:1000/s,0s:100/s,30s:100/s --arrivals poisson
  assay load --find-capacity --threshold 'p99 < 50ms' --duration 5s
  assay load --users 30s:20,1m:20 --think 100ms
  assay load --rate 500/s --duration 10m --abort 'errors > 5%' --abort 'p95 > 2s' --abort-window 10s
  assay load --rate 500/s --duration 1m --event 10s=rotate --event 20s=outage:10s --event 40s=flood:500/s:10s -o load.html
  assay load http://127.0.0.1:8081/verify --issuer http://127.0.0.1:8080 --idp-seed 7f3a
  assay load https://api.internal/me --i-own-this-service --control http://127.0.0.1:9090 --present 'cookie:session={{token}}'
  assay load http://192.0.2.7:8081/verify --issuer http://192.0.2.1:8080 --idp-seed 7f3a --i-own-this-service \
    --seed 1 --part 1/3 --start-at 2026-01-31T12:00:00Z -o 1.part`,
		Args: atMostOneArgument("assay load http://127.0.0.1:8081/verify", "URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				f.opts.URL = args[0]
			}
			if f.kubernetes.image != "" {
				return a.loadManifest(cmd, f)
			}
			return a.load(cmd, f)
		},
	}
	f.output.register(cmd)
	flags := cmd.Flags()
	f.shape.register(flags, &f.opts)
	flags.DurationVar(&f.opts.Warmup, "warmup", time.Second,
		"how long to warm up first, which is not counted; 0 means not at all")
	flags.StringVar(&f.mix, "mix", load.DefaultMix, "cases, or IDs of scenarios, with their weights")
	flags.IntVar(&f.opts.Connections, "connections", 64, "number of connections to the target")
	flags.IntVar(&f.opts.InFlight, "in-flight", 0,
		"how many requests may be in flight; 0 means one per connection")
	flags.DurationVar(&f.opts.Timeout, "timeout", 5*time.Second, "how long a request may take")
	flags.StringVar(&f.opts.Alg, "alg", "",
		"algorithm of the tokens; with a URL, the one of assay idp --alg; empty means RS256")
	flags.StringVar(&f.pace, "pace", "auto",
		"how to wait for the next request: auto, sleep or precise")
	flags.StringArrayVar(&f.opts.Thresholds, "threshold", nil,
		thresholdHelp+"'p99<5ms' or 'errors share < 0.1%'; may be repeated")
	flags.StringArrayVar(&f.opts.Aborts, "abort", nil,
		"`condition` that ends the load as soon as it holds over --abort-window, such as 'errors > 50%' or 'p95 > 2s'; may be repeated")
	flags.DurationVar(&f.opts.AbortWindow, "abort-window", 0, "time over which --abort is judged; 0 means 5s, or all of a shorter load")
	flags.BoolVar(&f.opts.AllowInvalid, "allow-invalid", false,
		"let thresholds on times decide the exit code even if the times are not valid, as on a shared CI runner")
	flags.StringVar(&f.seed, "seed", "",
		"derive the tokens and their order from this `seed`; random if empty")
	f.target.register(flags)
	f.part.register(flags)
	f.events.register(flags)
	flags.StringVar(&f.hits, "hits", "",
		"write each request to this `file` in an encoding of vegeta, for its report, plot and encode: .gob, .json or .csv")
	flags.StringVar(&f.targets, "targets", "",
		"send the requests in this `file`, in turn, instead of tokens: in vegeta's formats http or json; - is standard input")
	flags.StringVar(&f.expect, "expect", "none", "verdict that the requests of --targets must get: accept, reject, a code, or none")
	flags.StringVar(&f.prometheus, "prometheus", "",
		"serve metrics with native histograms at this `address` of this machine while the load runs, such as 127.0.0.1:9464")
	f.kubernetes.register(flags, "load")
	cmd.AddCommand(a.loadMergeCommand())
	return cmd
}

func (a *app) load(cmd *cobra.Command, f loadFlags) error {
	ctx, opts := cmd.Context(), f.opts
	err := cmp.Or(
		positive("timeout", opts.Timeout),
		positive("connections", opts.Connections),
	)
	if err == nil && f.targets == "" {
		err = a.refuse(cmd, "--targets requests.txt --expect accept", "needs --targets", "expect")
	}
	if err == nil && opts.URL == "" && f.targets == "" {
		err = a.refuse(cmd, "assay load http://127.0.0.1:8081/verify", "needs the URL of a target; without one, assay load starts a service and a provider of its own", f.target.names...)
	}
	if err != nil {
		return err
	}
	if err := f.shape.apply(a, cmd, &opts); err != nil {
		return ended(ctx, err)
	}
	if f.targets == "" {
		if opts.Mix, err = load.ParseMixOf(f.mix, scenarioCase); err != nil {
			return ended(ctx, err)
		}
	} else if err = f.target.fromFile(a, cmd, f.targets, f.expect, &opts); err != nil {
		return ended(ctx, err)
	}
	if opts.Seed, err = parseSeed(f.seed); err != nil {
		return err
	}
	if opts.Warmup == 0 {
		opts.Warmup = load.NoWarmup
	}
	if f.pace != "auto" {
		opts.Pace = load.Pace(f.pace)
	}
	if opts.URL != "" {
		if err := f.target.apply(ctx, a, cmd, &opts); err != nil {
			return err
		}
	}
	if err := f.events.apply(a, cmd, &opts); err != nil {
		return ended(ctx, err)
	}
	opts.Header = a.header()
	if err := f.part.apply(a, f.seed, &opts); err != nil {
		return err
	}
	if err := opts.Validate(); err != nil {
		return ended(ctx, err)
	}
	hits, err := openHits(f.hits)
	if err != nil {
		return err
	}
	opts.Hits = hits.hits
	metrics, err := a.serveMetrics(ctx, f.prometheus)
	if err != nil {
		hits.discard()
		return err
	}
	opts.Metrics = metrics.metrics
	handler, _, err := a.open(f.output)
	if err != nil {
		hits.discard()
		return errors.Join(err, metrics.Close())
	}
	_, err = load.Run(ctx, opts, handler.Handle)
	if closeErr := errors.Join(handler.Close(), hits.Close(), metrics.Close()); closeErr != nil && err == nil {
		err = closeErr
	}
	return ended(ctx, err)
}
