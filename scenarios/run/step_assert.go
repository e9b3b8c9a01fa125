package run

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/scenarios"
)

// settle is how long an assertion waits for requests that are on their way: an
// implementation may fetch in the background.
const settle = 2 * time.Second

// stepAssert compares the requests that the environment has seen with the
// counts. A count that is too low may still grow; one that is too high never
// shrinks.
func (c *caseRun) stepAssert(ctx context.Context, a *scenarios.Assert) outcome {
	deadline := time.Now().Add(settle)
	for {
		o, grows := c.judge.compareCounts(a)
		if o.ok || !grows || time.Now().After(deadline) || ctx.Err() != nil {
			for endpoint, n := range c.place.counts() {
				c.judge.marks[endpoint] = n
			}
			if c.place.scenario.MeasuresHeldMemory() {
				c.judge.held = held()
			}
			return o
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// compareCounts compares once. grows reports whether waiting can help.
func (j *judge) compareCounts(a *scenarios.Assert) (o outcome, grows bool) {
	o = outcome{do: "count requests", ok: true}
	counts := j.place.counts()
	var wants, gots []string
	for _, check := range []struct {
		name     string
		endpoint fault.Endpoint
		count    scenarios.Count
	}{
		{"JWK Set", fault.Keys, a.JWKSRequests},
		{"discovery", fault.Discovery, a.DiscoveryRequests},
		{"token", fault.Token, a.TokenRequests},
		{"other", other, a.OtherRequests},
		{"with credentials", credentials, a.Credentials},
		{"User-Agents", userAgents, a.UserAgents},
		{"with no-cache", noCache, a.NoCache},
		{"with If-None-Match", conditional, a.Conditional},
		{"with a malformed If-None-Match", badConditional, a.BadConditional},
	} {
		if !check.count.Set {
			continue
		}
		n := counts[check.endpoint]
		switch {
		case check.count.More:
			n -= j.marks[check.endpoint]
		case check.count.High == 0: // no token may cause a request
			n -= j.unasked[check.endpoint]
		}
		wants = append(wants, fmt.Sprintf("%s: %s", check.name, check.count))
		gots = append(gots, fmt.Sprintf("%s: %d", check.name, n))
		if !check.count.Allows(n) {
			o.ok = false
			grows = grows || n < check.count.Low
		}
	}
	if a.Goroutines.Set {
		n := j.place.goroutines()
		wants = append(wants, "goroutines left: "+a.Goroutines.String())
		gots = append(gots, fmt.Sprintf("goroutines left: %d", n))
		if !a.Goroutines.Allows(n) {
			o.ok, grows = false, true // they may be about to end
		}
	}
	if a.Memory != 0 {
		more := held() - j.held
		wants = append(wants, fmt.Sprintf("at most %d more bytes in memory", a.Memory))
		gots = append(gots, fmt.Sprintf("%d more bytes in memory", more))
		o.ok = o.ok && more <= a.Memory
	}
	o.want, o.got = strings.Join(wants, ", "), strings.Join(gots, ", ")
	return o, grows
}

// What is counted besides the requests to single endpoints: those to every
// endpoint that an assertion does not name, those with some header fields, and
// the User-Agents that there are.
const (
	other       fault.Endpoint = "others"
	credentials fault.Endpoint = "credentials"
	userAgents  fault.Endpoint = "user agents"
	noCache     fault.Endpoint = "no-cache"
	conditional fault.Endpoint = "conditional"

	badConditional fault.Endpoint = "bad conditional"
)

// entityTags matches the value of If-None-Match. RFC 9110, 8.8.3 and 13.1.2.
var entityTags = regexp.MustCompile(`^(\*|(W/)?"[^"]*"([ \t]*,[ \t]*(W/)?"[^"]*")*)$`)

// counts returns the requests that the environment has seen.
func (p *place) counts() map[fault.Endpoint]int {
	counts := p.env.Counts()
	sum := 0
	for endpoint, n := range counts {
		if endpoint != fault.Discovery && endpoint != fault.Keys && endpoint != fault.Token {
			sum += n
		}
	}
	counts[other] = sum
	agents := make(map[string]bool)
	for _, r := range p.env.Requests() {
		agents[r.UserAgent] = true
		if r.HasAuthorization || r.HasCookie || r.HasReferer {
			counts[credentials]++
		}
		if strings.Contains(strings.ToLower(r.CacheControl), "no-cache") {
			counts[noCache]++
		}
		if r.IfNoneMatch != "" {
			counts[conditional]++
			if !entityTags.MatchString(r.IfNoneMatch) {
				counts[badConditional]++
			}
		}
	}
	counts[userAgents] = len(agents)
	return counts
}

// fetches returns how many requests for metadata and keys the environment has
// received.
func (p *place) fetches() int {
	counts := p.env.Counts()
	return counts[fault.Discovery] + counts[fault.Keys]
}
