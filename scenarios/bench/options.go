package bench

import (
	"cmp"
	"path"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/bench/paired"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// Options say what to measure and how long. The zero value measures every
// series and takes about a minute.
type Options struct {
	// Series are globs for the names of the series to measure, see
	// [SeriesNames]. Empty means all but those of [Series.Named].
	Series []string

	// Sweep replaces each of these series by variants: "keys=1,10,100",
	// "size=1024,4096" in bytes, "workers=1,2". Several give all combinations.
	Sweep []string

	// Duration is how long the closed loop of each series measures. Zero
	// means 3 s.
	Duration time.Duration

	// Warmup is how long the loop runs before that. Zero means 500 ms.
	Warmup time.Duration

	// Interval is the time between two live samples, and between two checks
	// whether the context has ended. Zero means 200 ms.
	Interval time.Duration

	// Workers is how many goroutines the loop has. Zero means GOMAXPROCS,
	// which is also the most: with more, percentiles would measure the
	// scheduler.
	Workers int

	// Tokens is how many distinct tokens the corpus has, from 256, which zero
	// means, to 65,536.
	Tokens int

	// Ratio configures the comparison with the bare signature check. Its
	// Seed, SkipSelfCheck and Progress are set by Run.
	Ratio paired.Options

	// SkipRatio leaves out the comparison, which takes most of the time.
	SkipRatio bool

	// Steps adds, from a CPU profile, which share of the time of an operation
	// each step of a verification takes. The profile is taken after the closed
	// loop and for as long.
	Steps bool

	// Thresholds are conditions in the grammar of package gate, such as
	// "ratio{series=RS256 cold} < 0.72".
	Thresholds []string

	// Against, unless nil, is an earlier benchmark. A ratio that is more than
	// Margin above the one there, such as 0.03, is worse, which counts as a
	// missed threshold; one whose interval has the margin in it is undecided.
	Against *Baseline
	Margin  float64

	// Seed determines the keys, the tokens and the order of the comparison.
	// Zero is a seed like any other.
	Seed uint64

	// Header is the header of the stream as far as the caller knows it: the
	// tool, its version and arguments. Run fills in the rest.
	Header reports.Header
}

const (
	// fewestTokens is the size from which a corpus no longer fits branch
	// predictors and caches.
	fewestTokens = 256

	// mostTokens is a corpus of about 60 MB, whose signatures take a minute.
	mostTokens = 1 << 16

	// mostEpochs of the default length take five minutes for each ratio.
	mostEpochs = 1000

	// mostSeries are hours.
	mostSeries = 200
)

// plan holds Options that were checked and whose zero values were replaced.
type plan struct {
	Options
	series     []Series
	thresholds []gate.Threshold
	issued     time.Time // iat of all tokens, so that a baseline has the same bytes
}

// Validate reports the first mistake in o, as Run would: a [gate.ErrUsage]. It
// is for callers that want to know before they open a stream.
func (o Options) Validate() error {
	_, err := o.plan()
	return err
}

// plan checks o. The error is a [gate.ErrUsage].
func (o Options) plan() (plan, error) {
	p := plan{Options: o, issued: time.Now()}
	for _, d := range []struct {
		name  string
		field *time.Duration
		zero  time.Duration
	}{
		{"duration", &p.Duration, 3 * time.Second},
		{"warm-up", &p.Warmup, 500 * time.Millisecond},
		{"interval", &p.Interval, 200 * time.Millisecond},
	} {
		if *d.field < 0 {
			return p, gate.Usage("%s is %v, want more than 0", d.name, *d.field)
		}
		if *d.field == 0 {
			*d.field = d.zero
		}
	}
	if p.Workers == 0 {
		p.Workers = runtime.GOMAXPROCS(0)
	}
	if p.Workers < 1 || p.Workers > runtime.GOMAXPROCS(0) {
		return p, gate.Usage("workers is %d, want 1 to %d (GOMAXPROCS): more would measure the scheduler",
			p.Workers, runtime.GOMAXPROCS(0))
	}
	if e := p.Ratio.Epochs; e != 0 && (e < paired.FewestEpochs || e > mostEpochs) {
		return p, gate.Usage("epochs is %d, want %d to %d", e, paired.FewestEpochs, mostEpochs)
	}
	if p.Tokens == 0 {
		p.Tokens = fewestTokens
	}
	if p.Tokens < fewestTokens {
		return p, gate.Usage("tokens is %d, want at least %d: fewer would be unrealistically fast",
			p.Tokens, fewestTokens)
	}
	if p.Tokens > mostTokens {
		return p, gate.Usage("tokens is %d, want at most %d: more would take minutes to sign",
			p.Tokens, mostTokens)
	}
	var err error
	if p.series, err = choose(o.Series); err != nil {
		return p, err
	}
	if p.series, err = sweep(p.series, o.Sweep); err != nil {
		return p, err
	}
	for i := range p.series {
		s := &p.series[i]
		if s.Workers = cmp.Or(s.Workers, p.Workers); s.Workers > runtime.GOMAXPROCS(0) {
			return p, gate.Usage("%s: more workers than GOMAXPROCS, %d, would measure the scheduler", s.Name, runtime.GOMAXPROCS(0))
		}
	}
	if p.thresholds, err = gate.ParseAll(o.Thresholds, gate.Bench); err != nil {
		return p, err
	}
	if err := p.planAgainst(); err != nil {
		return p, err
	}
	for _, t := range p.thresholds {
		if p.SkipRatio && t.Metric() == "ratio" {
			return p, gate.Usage("threshold %q needs the ratio, which is to be skipped", t)
		}
	}
	return p, gate.Check(p.thresholds, planned(p.series, p.SkipRatio))
}

// planAgainst checks the comparison with an earlier benchmark, and asks for
// intervals that are narrow enough to decide it.
func (p *plan) planAgainst() error {
	if p.Against == nil {
		return nil
	}
	if p.SkipRatio {
		return gate.Usage("a comparison with %s needs the ratio, which is to be skipped", p.Against.Name)
	}
	if p.Margin <= 0 {
		return gate.Usage("margin is %v, want more than 0", p.Margin)
	}
	if p.Ratio.Precision == 0 {
		p.Ratio.Precision = p.Margin / 3
	}
	return p.Against.covers(p.series)
}

// choose returns the series whose names match one of globs, in the order of
// AllSeries.
func choose(globs []string) ([]Series, error) {
	if len(globs) == 0 {
		return slices.DeleteFunc(AllSeries(), func(s Series) bool { return s.Named }), nil
	}
	var chosen []Series
	for _, glob := range globs {
		fits := func(s Series) bool {
			ok, err := path.Match(glob, s.Name)
			return ok && err == nil
		}
		if !slices.ContainsFunc(AllSeries(), fits) {
			return nil, gate.Usage("no series matches %q, want one of %s",
				glob, strings.Join(SeriesNames(), ", "))
		}
	}
	for _, s := range AllSeries() {
		if slices.ContainsFunc(globs, func(glob string) bool {
			ok, _ := path.Match(glob, s.Name)
			return ok
		}) {
			chosen = append(chosen, s)
		}
	}
	return chosen, nil
}

// planned returns the series that thresholds can be about.
func planned(series []Series, skipRatio bool) []gate.Series {
	var list []gate.Series
	for _, s := range series {
		list = append(list, s.measured())
		if s.Baseline != "" && !skipRatio {
			list = append(list, s.collected())
		}
	}
	return list
}
