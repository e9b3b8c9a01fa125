package load

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// Part says which part of a load this process is. Request n of the schedule
// belongs to part n mod Of, counted from 0, so that the parts together send
// what a single process would: the same tokens at the same times.
type Part struct {
	Number int // from 1
	Of     int // how many parts there are; 0 means that this is the whole

	// StartAt is when the schedule begins, on the clock of each machine. A part
	// that is not ready by then sends nothing.
	StartAt time.Time
}

// mostParts is more machines than a load needs, and few enough to list.
const mostParts = 1000

// setPart takes the part out of the schedule. The schedule was checked as a
// whole.
func (p *plan) setPart() error {
	part := p.Part
	switch {
	case part == Part{}:
		return nil
	case part.Number < 1 || part.Number > part.Of || part.Of > mostParts:
		return gate.Usage("part is %d/%d, want a number and a count such as 1/4, at most %d", part.Number, part.Of, mostParts)
	case p.schedule.closed:
		return gate.Usage("virtual users cannot be shared among parts: when they send a request depends on the answers, and not on a schedule")
	case len(p.aborts) > 0:
		return gate.Usage("a part cannot abort the load: it sees only its own answers")
	case p.URL == "":
		return gate.Usage("a part needs the URL of a target, which the other parts load too")
	case part.StartAt.IsZero():
		return gate.Usage("a part needs the time at which all parts start")
	case uint64(part.Of) > p.schedule.count:
		return gate.Usage("the schedule has %d requests for %d parts, want one or more for each", p.schedule.count, part.Of)
	}
	p.schedule = p.schedule.part(part.Number, part.Of)
	// The tokens must be the same in each part.
	p.issued = part.StartAt
	return nil
}

// whole describes the load that p is a part of.
func (p *plan) whole() reports.WholeLoad {
	w := reports.WholeLoad{
		StartAt: p.Part.StartAt.UTC(), WarmupSeconds: p.Warmup.Seconds(), Mix: p.mix.String(),
		Series: p.series(), Thresholds: p.Thresholds, AllowInvalid: p.AllowInvalid,
	}
	for _, s := range p.schedule.segments {
		w.Schedule = append(w.Schedule, reports.Segment{
			FromPerSecond: s.From, ToPerSecond: s.To, Seconds: s.Duration.Seconds(),
			SwingPerSecond: s.Swing, PeriodSeconds: s.Period.Seconds(),
		})
	}
	if p.schedule.poisson {
		w.PoissonSeed = strconv.FormatUint(p.Seed, 16)
	}
	var provider corpus.Provider // that of targets of a file is unknown
	if p.Provider != nil {
		provider = *p.Provider
	}
	kid := ""
	if provider.Key != nil { // otherwise the environment signs
		kid = provider.Key.ID()
	}
	for _, s := range [][2]string{
		{"target", reports.Redact(p.URL)},
		{"request", p.fingerprint()},
		{"method", p.Method},
		{"seed", strconv.FormatUint(p.Seed, 16)},
		{"issuer", provider.Issuer},
		{"client ID", provider.ClientID},
		{"kid", kid},
		{"tokens", strconv.Itoa(p.Tokens)},
		{"connections", strconv.Itoa(p.Connections)},
		{"in flight", strconv.Itoa(p.InFlight)},
		{"timeout", p.Timeout.String()},
		{"pace", string(p.Pace)},
	} {
		w.Settings = append(w.Settings, reports.Setting{Name: s[0], Value: s[1]})
	}
	return w
}

// fingerprint returns a hash of what a request looks like, how it is sent and what
// its answer means. These have secrets, so a part does not repeat them.
func (p *plan) fingerprint() string {
	c, sum := p.Connection, sha256.New()
	fmt.Fprint(sum, p.Present, p.Fields, p.Reading,
		c.Protocol, c.RootCAs != nil, c.Certificate != nil, c.InsecureSkipVerify, c.Address, c.NoKeepAlive)
	for _, t := range p.Targets {
		fmt.Fprintf(sum, "%q %q %q %q %q", p.Expect, t.Method, t.URL, t.Header, t.Body)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// lead is how long before the start of the schedule the wait for it ends. The
// first request waits the rest, precisely.
const lead = 5 * time.Millisecond

// await waits for the start of the schedule and returns it, on the monotonic
// clock: a wall clock that is set afterwards changes nothing. late is how much
// too late it is already.
func (r *runner) await() (start time.Time, late time.Duration) {
	now := time.Now()
	if r.Part.Of == 0 {
		return now, 0
	}
	ahead := r.Part.StartAt.Sub(now.Round(0))
	if ahead < 0 {
		return now, -ahead
	}
	return now.Add(ahead), 0
}

// void says why the part was not carried out, or returns the empty string.
func (r *runner) void() string {
	switch {
	case r.late > 0:
		return fmt.Sprintf("it was ready %v after the start at %s and sent nothing: start the parts later",
			r.late.Round(time.Millisecond), r.Part.StartAt.UTC().Format(time.RFC3339Nano))
	case r.unreachable != "":
		return "it cannot reach the target: " + r.unreachable
	case !r.complete:
		return "it was interrupted"
	}
	return ""
}

// part returns what the footer of a part says about it, or nil for a whole load.
func (r *runner) part(crowded []string) *reports.Part {
	if r.Part.Of == 0 {
		return nil
	}
	return &reports.Part{
		Number: r.Part.Number, Of: r.Part.Of, Whole: r.whole(), Void: r.void(), Crowded: crowded,
		FirstSentMillis: float64(r.firstSent) / float64(time.Millisecond),
		LastSeconds:     r.collector.last.Seconds(),
	}
}
