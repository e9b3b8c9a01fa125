package load

import (
	"cmp"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/implementations/present"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/measure/gate"
	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Options say what to load and how. The zero value starts a service and loads it
// with 200 requests a second for ten seconds.
type Options struct {
	// URL is the target, http or https. Empty starts a mock environment and
	// a service on loopback in this process, which then shares the machine
	// with the generator.
	URL string

	// Provider signs the tokens. It must be the one that the target trusts.
	// Required with URL and not allowed without it.
	Provider *corpus.Provider

	// Targets, unless empty, are sent in turn instead of requests with tokens;
	// see [ReadTargets]. They have URLs of their own. Expect is the verdict that
	// each of them must get: accept, reject or a documented code. If it is empty,
	// every answer is right, and its status is its verdict.
	Targets []vegeta.Target
	Expect  string

	// Connection says how to reach the target.
	Connection Connection

	// Present says where a request has the token, Method is GET or what suits
	// Present if it is empty, and Fields are further header fields.
	Present present.Template
	Method  string
	Fields  http.Header

	// RatePerSecond is the offered rate. Zero means 200.
	RatePerSecond float64

	// Duration is how long that rate is offered. Zero means 10 s.
	Duration time.Duration

	// Schedule, unless empty, replaces RatePerSecond and Duration: see
	// [Ramp], [Steps], [Sine] and [ParseStages].
	Schedule []Segment

	// Users, unless empty, are virtual users, each of whom sends a request
	// when the last one was answered and Think is over: a closed loop, which
	// offers no rate. They replace RatePerSecond, Duration, Connections and
	// InFlight. See [ParseUsers].
	Users []Crowd
	Think time.Duration

	// FindCapacity searches for the highest rate at which the thresholds are
	// met, and the target keeps up; those on the capacity itself are judged at
	// the end. RatePerSecond is the first rate that is
	// tried, and Duration how long a trial takes, or longer if percentiles of
	// thresholds need more requests. Footer.Capacity has the result.
	FindCapacity bool

	// Arrivals is how requests are distributed in time. Empty means
	// ArrivalsEven.
	Arrivals Arrivals

	// Part makes this process one of several that share the schedule. The zero
	// value is the whole load. It needs a URL, and the same options in each
	// process; Thresholds are judged by [Merge].
	Part Part

	// Warmup is how long the first rate of the schedule is offered before the
	// schedule begins, while connections are opened and keys are fetched. If
	// that is 0, the first requests of the schedule open connections.
	// Requests whose intended start is in the warm-up are not counted. Zero
	// means 1 s, NoWarmup none.
	Warmup time.Duration

	// Connections is how many connections are kept to the target. Zero means
	// 64.
	Connections int

	// InFlight is how many requests may wait for their answer at a time.
	// Zero means Connections, which is also the minimum. With more, the
	// service time includes the wait for a connection.
	InFlight int

	// Timeout is how long a request may take. Zero means 5 s.
	Timeout time.Duration

	// MaxBehind is how far behind its schedule the load may fall before it
	// stops: against a target that is far too slow it would take too long to
	// end. Zero means as long as the schedule takes.
	MaxBehind time.Duration

	// Pace is how to wait for the intended start of a request. The zero
	// value is PaceAuto.
	Pace Pace

	// Mix says how often each case is presented. The zero value is
	// DefaultMix; see [ParseMix].
	Mix Mix

	// Tokens is how many distinct tokens there are in all cases together. Zero
	// means 512; fewer than 256 would be unrealistically fast and are refused.
	Tokens int

	// Alg is the algorithm of the tokens if Run starts the service: RS256 or
	// ES256. Empty means RS256.
	Alg string

	// Thresholds are conditions in the grammar of package gate, such as
	// "p99 < 5ms".
	Thresholds []string

	// Aborts are conditions, in the grammar of package gate, that end the load
	// as soon as one holds over the last AbortWindow, such as "errors > 50%".
	// It then ends as if a threshold was missed. The warm-up is not judged.
	// A window of zero means 5 s, or the whole of a shorter load.
	Aborts      []string
	AbortWindow time.Duration

	// Events happen during the load, to the environment of a service that Run
	// starts, or else to Environment. Faults are those that they name. A fault
	// that still lasts at the end of the load is then removed.
	Events      []Event
	Faults      []fault.Fault
	Environment Environment

	// AllowInvalid lets thresholds on times decide even if the times are not
	// valid.
	AllowInvalid bool

	// Reading says what the answers mean. Without a path of the reason, the
	// JSON of a refusal has its code in the member code.
	Reading present.Reading

	// Hits, unless nil, gets every request that is counted. The caller closes
	// it after Run.
	Hits *Hits

	// Metrics, unless nil, are kept up to date during the load.
	Metrics *Metrics

	// Interval is the time between two live samples. Zero means 250 ms.
	Interval time.Duration

	// Seed determines the tokens and their order, and the keys and identifiers
	// of a service that Run starts. Zero is a seed like any other.
	Seed uint64

	// Header is the header of the stream as far as the caller knows it: the
	// tool, its version and arguments. Run fills in the rest.
	Header reports.Header
}

// NoWarmup, as Options.Warmup, counts every request.
const NoWarmup = time.Duration(-1)

// plan holds Options that were checked and whose zero values were replaced.
type plan struct {
	Options
	mix        Mix
	schedule   schedule         // with the warm-up
	thresholds []gate.Threshold // without those on the capacity
	capacity   []gate.Threshold
	aborts     []gate.Threshold
	issued     time.Time
	lifetime   time.Duration
}

// The limits of options: what sockets and memory allow a process.
const (
	mostConnections = 20_000
	mostInFlight    = 100_000
	fewestTokens    = 256
	mostTokens      = 1 << 20
)

// Validate reports the first mistake in o, as Run would: a [gate.ErrUsage]. It
// is for callers that want to know before they open a stream.
func (o Options) Validate() error {
	_, err := o.plan()
	return err
}

// plan checks o. The error is a [gate.ErrUsage].
func (o Options) plan() (plan, error) {
	p := plan{Options: o, mix: o.Mix, issued: time.Now()}
	for _, step := range []func() error{
		p.setDurations, p.setNumbers, p.setTargets, p.setWords, p.setCapacity, p.setSchedule, p.setUsers, p.setThresholds, p.setAborts, p.setPart, p.setEvents,
	} {
		if err := step(); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (p *plan) setDurations() error {
	if p.Warmup == NoWarmup {
		p.Warmup = 0
	} else if p.Warmup == 0 {
		p.Warmup = time.Second
	}
	for _, d := range []struct {
		name  string
		field *time.Duration
		zero  time.Duration
	}{
		{"duration", &p.Duration, 10 * time.Second},
		{"warm-up", &p.Warmup, 0},
		{"timeout", &p.Timeout, 5 * time.Second},
		{"behind limit", &p.MaxBehind, 0},
		{"interval", &p.Interval, 250 * time.Millisecond},
	} {
		if *d.field < 0 {
			return gate.Usage("%s is %v, want 0 or more", d.name, *d.field)
		}
		if *d.field == 0 {
			*d.field = d.zero
		}
	}
	return nil
}

func (p *plan) setNumbers() error {
	if p.RatePerSecond == 0 {
		p.RatePerSecond = 200
	}
	if !(p.RatePerSecond > 0) || math.IsInf(p.RatePerSecond, 0) {
		return gate.Usage("rate is %v/s, want more than 0", p.RatePerSecond)
	}
	for _, n := range []struct {
		name        string
		field       *int
		zero        int
		least, most int
	}{
		{"connections", &p.Connections, 64, 1, mostConnections},
		{"requests in flight", &p.InFlight, 0, 0, mostInFlight},
		{"tokens", &p.Tokens, 512, fewestTokens, mostTokens},
	} {
		if *n.field == 0 {
			*n.field = n.zero
		}
		if *n.field < n.least || *n.field > n.most {
			return gate.Usage("%s is %d, want %d to %d", n.name, *n.field, n.least, n.most)
		}
	}
	if p.InFlight == 0 {
		p.InFlight = p.Connections
	}
	if p.InFlight < p.Connections {
		return gate.Usage("requests in flight is %d, want at least the number of connections, %d",
			p.InFlight, p.Connections)
	}
	return nil
}

func (p *plan) setWords() error {
	p.Arrivals = cmp.Or(p.Arrivals, ArrivalsEven)
	p.Method = cmp.Or(p.Method, p.Present.Method())
	if p.Alg == "" {
		p.Alg = "RS256"
	}
	switch {
	case !slices.Contains(Methods(), p.Method):
		return gate.Usage("method is %q, want one of %s", p.Method, strings.Join(Methods(), ", "))
	case !slices.Contains(keyring.Algs(), p.Alg):
		return gate.Usage("alg is %q, want one of %s", p.Alg, strings.Join(keyring.Algs(), ", "))
	case !slices.Contains([]Pace{PaceAuto, PaceSleep, PacePrecise}, p.Pace):
		return gate.Usage("pace is %q, want %q or %q, or nothing", p.Pace, PaceSleep, PacePrecise)
	case !slices.Contains([]Arrivals{ArrivalsEven, ArrivalsPoisson}, p.Arrivals):
		return gate.Usage("arrivals is %q, want %q or %q", p.Arrivals, ArrivalsEven, ArrivalsPoisson)
	case p.Pace == PacePrecise && !canNap:
		return gate.Usage("pace %q is not known on this system", p.Pace)
	case p.URL == "" && p.Provider != nil:
		return gate.Usage("a provider of tokens needs the URL of a target that trusts it")
	case p.URL != "" && p.Provider == nil && len(p.Targets) == 0:
		return gate.Usage("target %q needs the provider that it trusts: issuer, client ID and signing key",
			p.URL)
	}
	p.Reading.Reason = cmp.Or(p.Reading.Reason, "code")
	if err := p.Reading.Complete(); err != nil {
		return gate.Usage("%v", err)
	}
	if len(p.mix.shares) == 0 {
		var err error
		if p.mix, err = ParseMix(DefaultMix); err != nil {
			return err
		}
	}
	return cmp.Or(checkTarget(p.URL), p.Connection.check(p.URL))
}

// Methods lists the methods that a request can have.
func Methods() []string {
	return []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	}
}

// checkTarget returns an error if a URL cannot be a target.
func checkTarget(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return gate.Usage("target %q is not a URL", text)
	case u.Scheme != "http" && u.Scheme != "https":
		return gate.Usage("target %q is neither http nor https, want a URL such as http://127.0.0.1:8080/verify",
			text)
	case u.Hostname() == "":
		return gate.Usage("target %q has no host", text)
	case u.User != nil:
		return gate.Usage("target %q has credentials, and the Authorization header is for the token",
			u.Redacted())
	case strings.Contains(text, "#"):
		return gate.Usage("target %q has a fragment", text)
	}
	return nil
}

// setSchedule puts the warm-up before the schedule.
func (p *plan) setSchedule() error {
	segments := p.Schedule
	if len(segments) == 0 {
		segments = Constant(p.RatePerSecond, p.Duration)
	}
	if p.Warmup > 0 {
		segments = slices.Concat(Constant(segments[0].From, p.Warmup), segments)
	}
	var err error
	if p.schedule, err = newSchedule(segments); err != nil {
		return err
	}
	if p.Arrivals == ArrivalsPoisson {
		if p.schedule, err = p.schedule.randomly(p.Seed); err != nil {
			return err
		}
	}
	if p.MaxBehind == 0 {
		p.MaxBehind = p.schedule.duration
	}
	// exp must be after the last answer, even if the load falls behind.
	p.lifetime = p.schedule.duration + p.MaxBehind + p.Timeout + time.Hour
	if p.FindCapacity {
		p.lifetime = searchLifetime
	}
	return nil
}

// precise reports whether waits are precise.
func (p *plan) precise() bool {
	peak := p.schedule.peak / float64(p.schedule.step)
	return p.Pace == PacePrecise || p.Pace == PaceAuto && canNap && peak <= mostPrecise
}

func (p *plan) setThresholds() error {
	kind := p.schedule.kind()
	if p.FindCapacity {
		kind = gate.Search
	}
	all, err := gate.ParseAll(p.Thresholds, kind)
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.Metric() == gate.MetricCapacity {
			p.capacity = append(p.capacity, t)
		} else {
			p.thresholds = append(p.thresholds, t)
		}
	}
	return gate.Check(p.thresholds,
		newCollector(p.series(), p.schedule, p.Warmup, p.mix).final(p.schedule.duration))
}
