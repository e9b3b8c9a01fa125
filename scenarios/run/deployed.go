package run

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// DeployedOptions say which environment a deployed service trusts. The zero
// value is the one at the URL of the server, with a client ID of its own.
type DeployedOptions struct {
	// Name is the name of the environment: the issuer is the URL of the
	// server, followed by "/t/" and the name if there is one.
	Name string

	// ClientID is the audience of the tokens. Empty means one that is derived
	// from the seed of the server.
	ClientID string

	// NoDecoys leaves the keys that never sign out of the JWK Set, for a service
	// that discards a set with one of a kind that it does not know. Cases that
	// place such keys themselves are skipped.
	NoDecoys bool

	// Borrowed says that the environment replaces one of another process, which
	// [Options.Flags] name: the command that repeats a case borrows it again,
	// and does not say where to listen.
	Borrowed bool

	// Settle is how long the service may need until it fetches keys again: its
	// cooldown, or how long it caches them. Cases that need that are skipped if
	// it is zero and the service cannot be restarted.
	Settle time.Duration
}

// Prepare makes the environment that a deployed service trusts and returns it,
// so that the service can be configured before [Run] asks it anything.
func (o DeployedOptions) Prepare(server *mockidp.Server) (*mockidp.Environment, error) {
	env, err := server.ReplaceEnvironment(o.Name, mockidp.EnvironmentConfig{NoDecoys: o.NoDecoys})
	if err != nil || o.ClientID == "" {
		return env, err
	}
	clients := env.Clients()
	clients[0].ID = o.ClientID
	return server.ReplaceEnvironment(o.Name, mockidp.EnvironmentConfig{NoDecoys: o.NoDecoys, Clients: clients})
}

// Waiting returns how many of the scenarios wait for Settle, as far as that is
// known before the service was asked anything.
func (o DeployedOptions) Waiting(list []*scenarios.Scenario, service implementations.Deployed) int {
	if o.Settle == 0 || service.CanRestart() {
		return 0
	}
	d := &deployment{service: service, opts: o, discovers: true}
	n := 0
	for _, s := range list {
		if !lasting(s) && !needsNewService(s) && len(service.Describe().Missing(s.Needs)) == 0 && d.unfit(s) == "" {
			n++
		}
	}
	return n
}

// deployment is a deployed service with the one environment that it trusts.
// Cases have it one after the other: each finds it as if it were new, with the
// same issuer, client and signing key, and the next one takes its place.
type deployment struct {
	service implementations.Deployed
	opts    DeployedOptions
	clients []mockidp.Client

	// discovers says that the service reads the provider metadata, instead of
	// being configured with the place of the keys.
	discovers bool

	dirty   bool                   // whether the service may remember what a case has published
	unheard map[fault.Endpoint]int // how often an endpoint was not fetched in time

	accepted  atomic.Bool // whether a token was accepted since that was last asked
	held      []unvouched // results that wait for that
	unvouched int         // those that are no skips
	lost      string      // why the service can no longer be asked, or ""

	coverage reports.Coverage
}

func newDeployment(service implementations.Deployed, opts DeployedOptions, server *mockidp.Server) (*deployment, error) {
	env, err := opts.Prepare(server)
	if err != nil {
		return nil, fmt.Errorf("making the environment: %w", err)
	}
	return &deployment{
		service: service, opts: opts, clients: env.Clients(), unheard: make(map[fault.Endpoint]int),
	}, nil
}

// ordered returns the scenarios in the order in which they disturb the service
// least: first those for which it need not fetch anything, then those for which
// it must fetch again, and last those with steps.
func ordered(list []*scenarios.Scenario) []*scenarios.Scenario {
	var out []*scenarios.Scenario
	for _, rank := range []func(*scenarios.Scenario) bool{
		lasting,
		func(s *scenarios.Scenario) bool { return !lasting(s) && len(s.Steps) == 0 },
		func(s *scenarios.Scenario) bool { return len(s.Steps) > 0 },
	} {
		for _, s := range list {
			if rank(s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// lasting reports whether a service that has the keys of the environment can be
// asked at once: the case presents one token and publishes nothing of its own.
func lasting(s *scenarios.Scenario) bool {
	return len(s.Steps) == 0 && !s.Has("idp") && !ownKeys(s)
}

// ownKeys reports whether a case chooses the keys that the environment
// publishes.
func ownKeys(s *scenarios.Scenario) bool {
	_, ownKey := s.Keys[scenarios.DefaultKey]
	return s.JWKS != nil || ownKey
}

// ownEnvironment reports whether a case changes what the environment publishes
// from the start.
func ownEnvironment(s *scenarios.Scenario) bool {
	e := s.Environment
	return ownKeys(s) || e.KeysType != "" || e.KeysHeaders != nil || e.WellKnown != "" ||
		len(e.Faults) > 0 || ownMetadata(s)
}

// ownMetadata reports whether a case changes the provider metadata.
func ownMetadata(s *scenarios.Scenario) bool {
	e := s.Environment
	if e.Discovery != nil || e.MetadataAt != "" || e.JWKSPath != "" {
		return true
	}
	for _, f := range e.Faults {
		if f.Where == scenarios.FaultEndpoint(fault.Discovery) {
			return true
		}
	}
	return false
}

// longest returns how long one case may take longer than one of another
// implementation.
func (d *deployment) longest() time.Duration {
	if d == nil {
		return 0
	}
	return 2*d.opts.Settle + time.Minute // to start the service
}

// prepare brings the service to where a new verifier would be in the
// environment of the case. The error is a [implementations.UnfitError] if that
// is impossible.
func (c *caseRun) prepare(ctx context.Context) error {
	d, s := c.place.deployment, c.place.scenario
	if d == nil {
		return nil
	}
	c.verifiers[scenarios.DefaultVerifier] = witness{c.verifiers[scenarios.DefaultVerifier], d}
	last := lasting(s)
	if last && !d.dirty {
		return nil
	}
	if d.service.CanRestart() {
		d.dirty = !last
		c.verifiers[scenarios.DefaultVerifier] = &restarting{Verifier: c.verifiers[scenarios.DefaultVerifier], c: c}
		return nil
	}
	switch {
	case d.opts.Settle == 0 && !last:
		return &implementations.UnfitError{Why: "the service would have to fetch the keys again: --service or --restart restarts it, --settle waits for it"}
	case !last && needsNewService(s):
		return &implementations.UnfitError{Why: "the case begins with a service that remembers nothing: --service or --restart restarts it"}
	}
	d.dirty = true
	if ownEnvironment(s) {
		return c.refetched(ctx)
	}
	return c.rested(ctx)
}

// restarting is a deployed service that is started again for its first token,
// and not before: one that fetches keys at its start gets those of that moment,
// as one that waits for a token does.
type restarting struct {
	implementations.Verifier
	c    *caseRun
	once sync.Once
	err  error // why it did not start
}

func (v *restarting) Verify(ctx context.Context, input implementations.Input) (implementations.Answer, error) {
	v.once.Do(func() { v.err = v.c.restart(ctx) })
	if v.err != nil {
		return implementations.Answer{}, v.err
	}
	return v.Verifier.Verify(ctx, input)
}

// restart starts the service again and notes what it has fetched by itself.
func (c *caseRun) restart(ctx context.Context) error {
	err := c.place.deployment.service.Restart(ctx)
	if err != nil && ctx.Err() == nil {
		return c.notStarted(ctx, err)
	}
	if err != nil || !c.place.scenario.Asserts() {
		return err
	}
	err = pause(ctx, startTime)
	c.judge.unasked = c.place.counts()
	return err
}

// notStarted finds out why the service did not start: if it starts while the
// provider is well, the case is not for it, and otherwise the run ends.
func (c *caseRun) notStarted(ctx context.Context, err error) error {
	d := c.place.deployment
	if _, err := d.opts.Prepare(c.place.server); err != nil {
		return err
	}
	d.dirty = true
	again := d.service.Restart(ctx)
	switch {
	case ctx.Err() != nil:
		return err
	case again != nil:
		d.lost = fmt.Sprintf("The service no longer starts: %v.", again)
		return fmt.Errorf("%w: it does not start: %v", implementations.ErrNoVerdict, again)
	}
	return &implementations.UnfitError{Why: "the service does not start while the provider is like this"}
}

// startTime is how long after its first answer a service may still fetch what
// it fetches at its start.
const startTime = 200 * time.Millisecond

// needsNewService reports whether a case counts what a verifier does from its
// start on, or lets it fail at once.
func needsNewService(s *scenarios.Scenario) bool {
	for _, f := range s.Environment.Faults {
		if f.Count > 0 {
			return true
		}
	}
	return s.Asserts()
}

// rested waits until a pause of the service between two fetches is over, and it
// accepts a good token.
func (c *caseRun) rested(ctx context.Context) error {
	d := c.place.deployment
	deadline := time.Now().Add(2 * d.opts.Settle)
	for wait := d.opts.Settle; ; wait = time.Second {
		if err := pause(ctx, wait); err != nil {
			return err
		}
		good, err := c.mint.token(ctx, nil, 0)
		if err != nil {
			return err
		}
		answer, err := c.verifiers[scenarios.DefaultVerifier].Verify(ctx, implementations.Input{Token: good.compact})
		if err == nil && answer.Verdict == scenarios.Accept {
			d.dirty = !lasting(c.place.scenario)
			return nil
		}
		if time.Now().After(deadline) {
			return &implementations.UnfitError{Why: fmt.Sprintf("the service still refused a good token after %v", 2*d.opts.Settle)}
		}
	}
}

// maxUnheard is how often the run waits in vain for the service to fetch from an
// endpoint.
const maxUnheard = 2

// refetched makes the service fetch what the case publishes: it presents tokens
// with unknown key IDs until the environment is asked.
func (c *caseRun) refetched(ctx context.Context) error {
	d := c.place.deployment
	endpoint := fault.Keys
	if ownMetadata(c.place.scenario) {
		endpoint = fault.Discovery
	}
	unheard := &implementations.UnfitError{Why: fmt.Sprintf("the service does not fetch from the endpoint %s again within %v: --service or --restart restarts it", endpoint, d.opts.Settle)}
	if d.unheard[endpoint] >= maxUnheard {
		return unheard
	}
	deadline := time.Now().Add(d.opts.Settle)
	for n := 0; c.place.env.Counts()[endpoint] == 0; n++ {
		if time.Now().After(deadline) {
			d.unheard[endpoint]++
			return unheard
		}
		stray, err := c.place.stray(n)
		if err != nil {
			return err
		}
		// The answer does not matter, not even if there is none.
		_, _ = c.verifiers[scenarios.DefaultVerifier].Verify(ctx, implementations.Input{Token: stray})
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// stray returns a token whose key the environment does not publish.
func (p *place) stray(n int) (string, error) {
	draft := (&mint{place: p}).goodToken(p.keys[scenarios.DefaultKey].WithID(p.keyID(fmt.Sprint("stray ", n))))
	token, err := draft.Forge(forge.Change{})
	return token.String(), err
}

// pause waits unless ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
