package versus

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/bench/paired"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/measure"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// Options say what to compare.
type Options struct {
	// Sides are at least two: builtin, which is Self, what
	// [implementations.Open] reads, or the path of a build. The others are
	// compared with the first.
	Sides []string

	// Self is the path of this program, and Echo the command of an adapter
	// that runs [Echo].
	Self string
	Echo []string

	// Env is the environment of the builds.
	Env []string

	Alg    string // of the tokens, an RFC 7518 name; empty means RS256
	Tokens int    // how many distinct tokens; zero means 256

	// Ratio configures the comparison. Its Seed, Now, Sleep, Collect and
	// SkipSelfCheck are set by Run.
	Ratio paired.Options

	// Thresholds are conditions in the grammar of package gate. A series has
	// the name of its side, see [Names].
	Thresholds []string

	// Seed determines the keys, the tokens and the order of the slices.
	Seed uint64

	// Header is that of the stream as far as the caller knows it.
	Header reports.Header
}

// The further series of a comparison.
const (
	protocolSeries = "protocol"        // the adapter that verifies nothing
	withProtocol   = ", with protocol" // after the name of an adapter
	withCollector  = " with GC"        // after the name of a build
)

// Names returns the names of the series of the sides: the sides themselves, and
// with a number if one is given again.
func Names(sides []string) []string {
	var names []string
	for _, side := range sides {
		name := reports.Redact(side)
		for n := 2; slices.Contains(names, name); n++ {
			name = fmt.Sprintf("%s (%d)", reports.Redact(side), n)
		}
		names = append(names, name)
	}
	return names
}

// isBuild reports whether a side runs as a worker.
func isBuild(side string) bool { return side == "builtin" || implementations.Check(side) != nil }

// plan checks o. The error is a [gate.ErrUsage].
func (o *Options) plan() ([]gate.Threshold, error) {
	o.Alg, o.Tokens = cmp.Or(o.Alg, "RS256"), cmp.Or(o.Tokens, 256)
	switch {
	case len(o.Sides) < 2:
		return nil, gate.Usage("want two sides or more to compare, got %d", len(o.Sides))
	case !slices.Contains(keyring.Algs(), o.Alg):
		return nil, gate.Usage("alg is %q, want one of %s", o.Alg, strings.Join(keyring.Algs(), ", "))
	case o.Tokens < 1 || o.Tokens > 1<<16:
		return nil, gate.Usage("tokens is %d, want 1 to 65536", o.Tokens)
	case o.Ratio.Epochs != 0 && o.Ratio.Epochs < paired.FewestEpochs:
		return nil, gate.Usage("epochs is %d, want at least %d", o.Ratio.Epochs, paired.FewestEpochs)
	}
	for _, side := range o.Sides {
		var err error
		switch {
		case strings.HasPrefix(side, "exec:") || !isBuild(side):
			err = implementations.Check(side)
		case side != "builtin":
			_, err = exec.LookPath(side) // before anything is measured
		}
		if err != nil {
			return nil, gate.Usage("%w", err)
		}
	}
	thresholds, err := gate.ParseAll(o.Thresholds, gate.Bench)
	if err != nil {
		return nil, err
	}
	var planned []gate.Series
	for i, name := range Names(o.Sides) {
		planned = append(planned, series(reports.Sample{Series: name}, o.Alg, i == 0))
	}
	return thresholds, gate.Check(thresholds, planned)
}

// Validate reports the first mistake in o, as [Run] would.
func (o Options) Validate() error {
	_, err := o.plan()
	return err
}

// series is what thresholds select a sample by.
func series(s reports.Sample, alg string, aside bool) gate.Series {
	return gate.Series{
		Labels: map[string]string{gate.LabelSeries: s.Series, gate.LabelAlg: alg, gate.LabelMode: "compare"},
		Sample: s, Aside: aside,
	}
}

// Run compares the sides and emits the records of a stream. The error is like
// that of a benchmark: [gate.ErrUsage], [gate.ErrMissed], [gate.ErrInvalid], the
// cause of ctx, or a failure of the harness, such as a side that does not start.
func Run(ctx context.Context, opts Options, emit func(reports.Record) error) error {
	thresholds, err := opts.plan()
	if err != nil {
		return err
	}
	job, stop, err := opts.environment(ctx)
	if err != nil {
		return err
	}
	defer stop()
	header := opts.Header
	header.Implementation.Name = "builds and adapters"
	out, err := reports.Begin(measure.Header(header, reports.CommandBench, opts.Seed), reports.Plan{}, emit)
	if err != nil {
		return err
	}
	m := &match{Options: opts, names: Names(opts.Sides), job: job, out: out}
	defer m.close()
	err = m.run(ctx)
	if err != nil && ctx.Err() == nil {
		return err
	}
	judgement := gate.Judge(thresholds, m.judged)
	footer := reports.Footer{Thresholds: judgement.Thresholds, Interrupted: ctx.Err() != nil}
	for _, s := range m.judged {
		for _, why := range s.Sample.Invalid {
			footer.Invalid = append(footer.Invalid, s.Sample.Series+": "+why)
		}
	}
	if err := out.End(&footer); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return judgement.Conclude(footer.Invalid)
}

// environment starts a mock environment and makes the tokens of it.
func (o *Options) environment(ctx context.Context) (job, func(), error) {
	idp, err := mockidp.Start(ctx, mockidp.Config{Seed: cmp.Or(o.Seed, 1)}) // zero means a random one there
	if err != nil {
		return job{}, nil, fmt.Errorf("starting the mock environment: %w", err)
	}
	stop := func() { _ = idp.Close(context.Background()) }
	j, err := o.job(ctx, idp)
	if err != nil {
		stop()
	}
	return j, stop, err
}

func (o *Options) job(ctx context.Context, idp *mockidp.Server) (job, error) {
	key := idp.Keys().Key("bench", o.Alg)
	env, err := idp.NewEnvironment("bench", mockidp.EnvironmentConfig{Signing: []*keyring.Key{key}})
	if err != nil {
		return job{}, err
	}
	provider := corpus.Provider{Issuer: env.Issuer(), ClientID: env.Client().ID, Key: key}
	tokens, err := provider.Tokens(ctx, corpus.Batch{
		Count: o.Tokens, Seed: o.Seed, IssuedAt: time.Now(), Lifetime: 24 * time.Hour,
	})
	if err != nil {
		return job{}, err
	}
	keys, err := json.Marshal(keyring.JWKSet{key.JWK()})
	return job{Issuer: provider.Issuer, ClientID: provider.ClientID, Keys: keys, Tokens: tokens}, err
}

// open starts a side.
func (o *Options) open(ctx context.Context, spec string, j job) (side, error) {
	if !isBuild(spec) {
		return openAdapter(ctx, func(ctx context.Context) (implementations.Implementation, error) {
			return implementations.Open(ctx, spec, implementations.ExecOptions{})
		}, j)
	}
	b := &build{path: spec, env: o.Env, job: j}
	if spec == "builtin" {
		b.path = o.Self
	}
	if err := b.start(ctx); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// errRefused reports a side that does not verify what it is measured with.
var errRefused = errors.New("it refuses good tokens")
