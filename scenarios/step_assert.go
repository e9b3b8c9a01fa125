package scenarios

import "github.com/goccy/go-yaml/ast"

// Assert compares what has happened in the environment with bounds. A zero bound
// is not checked.
type Assert struct {
	JWKSRequests      Count `yaml:"jwks_requests"`
	DiscoveryRequests Count `yaml:"discovery_requests"`
	TokenRequests     Count `yaml:"token_requests"`
	OtherRequests     Count `yaml:"other_requests"` // to everything else, including paths without an endpoint

	// Credentials counts the requests with a cookie, an Authorization or a
	// Referer, UserAgents the different User-Agents.
	Credentials Count `yaml:"credentials"`
	UserAgents  Count `yaml:"user_agents"`

	// NoCache counts the requests that tell caches on the way to ask the
	// provider, Conditional those with an If-None-Match, BadConditional those
	// of them in which it is no list of entity tags. RFC 9110, 8.8.3.
	NoCache        Count `yaml:"no_cache"`
	Conditional    Count `yaml:"conditional"`
	BadConditional Count `yaml:"bad_conditional"`

	// Goroutines counts the goroutines that calls of the implementation
	// started and that still run; needs api.
	Goroutines Count `yaml:"goroutines"`

	// Memory bounds how much more the process keeps in memory than at the
	// previous assertion, or at the start of the case; needs api.
	Memory Size `yaml:"memory"`
}

func (a *Assert) about() about {
	return about{
		key: "assert", environment: true, shareable: true, held: a.Memory != 0,
		goroutines: a.Goroutines.Set,
	}
}

func (a *Assert) check(c *stepChecker, node ast.Node) error {
	c.judged = true
	set := a.Memory != 0
	for _, count := range []Count{
		a.JWKSRequests, a.DiscoveryRequests, a.TokenRequests, a.OtherRequests, a.Credentials, a.UserAgents,
		a.NoCache, a.Conditional, a.BadConditional, a.Goroutines,
	} {
		set = set || count.Set
	}
	if !set {
		return errorAt(node, "the assertion asserts nothing")
	}
	return c.scenario.checkNeeded(node, asked{"goroutines", "api", a.Goroutines.Set},
		asked{"memory", "api", a.Memory != 0})
}
