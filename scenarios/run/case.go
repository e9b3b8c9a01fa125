package run

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http/cookiejar"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// caseRun is one execution of a scenario: a case, or one of its variants.
type caseRun struct {
	runner   *runner
	scenario *scenarios.Scenario
	variant  map[string]string
	label    string // names this execution, also in environment names

	clock   *clock
	env     *mockidp.Environment
	client  mockidp.Client
	issuer  string
	static  bool // keys are given, not discovered
	keys    map[string]*keyring.Key
	lazy    sync.Mutex           // guards what is made when it is asked for
	other   *mockidp.Environment // with the key other
	trap    *trap
	char    *charSide
	network network
	opened  time.Time      // in real time, for the times of requests
	held    scenarios.Size // in memory at the last assertion, where that is measured

	browser *cookiejar.Jar // of the logins that share one

	verifiers map[string]implementations.Verifier
	tokens    map[string]string
	sessions  map[string]session
	marks     map[fault.Endpoint]int // counts at the last assert

	fillers sync.Pool // of *filler

	issueErr error // of changing a token that was issued; guarded by lazy

	evidence evidence
	names    []string // of the environments to remove
}

// newCase makes the environment of one execution.
func (r *runner) newCase(s *scenarios.Scenario, index int) (*caseRun, error) {
	d := r.opts.Implementation.Describe()
	c := &caseRun{
		runner: r, scenario: s,
		label:     fmt.Sprintf("%s.%d", s.ID, index),
		clock:     newClock(d.Can("clock")),
		static:    !s.Has("idp") && !s.Has("tls") && d.Can(implementations.StaticKeys),
		keys:      make(map[string]*keyring.Key),
		verifiers: make(map[string]implementations.Verifier),
		tokens:    make(map[string]string),
		sessions:  make(map[string]session),
		marks:     make(map[fault.Endpoint]int),
		opened:    time.Now(),
	}
	if len(s.Variants) > 0 {
		c.variant = s.Variants[index]
	}
	if err := c.makeKeys(); err != nil {
		return nil, err
	}
	if err := c.makeEnvironment(); err != nil {
		c.closeNetwork()
		return nil, err
	}
	if err := c.configureEnvironment(s.Environment); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// digest returns hexadecimal digits that depend on the seed, the execution and
// what they are for.
func (c *caseRun) digest(purpose string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", FormatSeed(c.runner.opts.Seed), c.label, purpose))
	return hex.EncodeToString(sum[:])
}

// keyID returns an ID in Scalekit's form for the key called name.
func (c *caseRun) keyID(name string) string { return "snk_" + c.digits("kid "+name) }

// digits returns decimal digits, as many as an identifier of Scalekit has.
func (c *caseRun) digits(purpose string) string {
	var b strings.Builder
	for _, digit := range c.digest(purpose)[:17] {
		b.WriteByte('0' + byte(strings.IndexRune("0123456789abcdef", digit))%10)
	}
	return b.String()
}

// makeKeys makes the keys that the case names, k1 among them. The material is
// the same for every case of a run, because an RSA key takes a tenth of a
// second; the IDs are not. An ID that is given may refer to the keys without
// one, so these come first.
func (c *caseRun) makeKeys() error {
	named := map[string]scenarios.Key{scenarios.DefaultKey: {}}
	maps.Copy(named, c.scenario.Keys)
	for name, spec := range named {
		c.keys[name] = c.makeKey(name, spec).WithID(c.keyID(name))
	}
	for name, spec := range named {
		if spec.KID.String() == "" {
			continue
		}
		id, err := c.render(spec.KID, scope{})
		if err != nil {
			return err
		}
		c.keys[name] = c.keys[name].WithID(id)
	}
	return nil
}

// makeKey makes the material of one key.
func (c *caseRun) makeKey(name string, spec scenarios.Key) *keyring.Key {
	alg := string(cmp.Or(spec.Alg, "RS256"))
	source := c.runner.server.Keys()
	switch {
	case spec.Shape == "roca":
		return source.ROCA(name, alg)
	case spec.Shape == "zero-x":
		return source.ZeroX(name, alg)
	case spec.Exponent != 0:
		return source.RSAExponent(name, alg, int64(spec.Exponent))
	case spec.Bits != 0:
		return source.RSA(name, alg, spec.Bits)
	}
	return source.Key(name, alg)
}

// makeEnvironment makes the mock environment and says what the issuer is.
func (c *caseRun) makeEnvironment() error {
	origin, err := c.listen()
	if err != nil {
		return err
	}
	cfg := mockidp.EnvironmentConfig{Signing: []*keyring.Key{c.keys[scenarios.DefaultKey]}, Origin: origin}
	if list := c.scenario.Environment.Organizations; list != nil {
		cfg.Organizations, cfg.Users = c.membersOf(list)
	}
	env, err := c.newEnvironment("", cfg)
	if err != nil {
		return err
	}
	if c.browser, err = cookiejar.New(nil); err != nil {
		return err
	}
	c.env, c.client = env, env.Client()
	c.issuer = env.Issuer()
	if c.static {
		c.issuer = "https://env-" + c.digest("issuer")[:12] + ".scalekit.com"
	}
	return nil
}

// membersOf returns organizations and the one user, who is in all of them and
// an administrator of the first.
func (c *caseRun) membersOf(list []string) ([]mockidp.Organization, []mockidp.User) {
	organizations := make([]mockidp.Organization, len(list))
	user := mockidp.User{
		ID: "usr_" + c.digits("user"), Name: "John Doe", Email: "john.doe@example.com", EmailVerified: true,
	}
	for i, id := range list {
		organizations[i].ID = id
		m := mockidp.Membership{OrganizationID: id, Roles: []string{"member"}}
		if i == 0 {
			m.Roles = []string{"admin"}
		}
		user.Memberships = append(user.Memberships, m)
	}
	return organizations, []mockidp.User{user}
}

// newEnvironment adds an environment for this execution. Its path cannot be
// guessed.
func (c *caseRun) newEnvironment(purpose string, cfg mockidp.EnvironmentConfig) (*mockidp.Environment, error) {
	cfg.Now = c.clock.now
	name := strings.ReplaceAll(c.scenario.ID, ".", "-") + "-" + c.digest("environment " + purpose)[:10]
	env, err := c.runner.server.NewEnvironment(name, cfg)
	if err != nil {
		return nil, fmt.Errorf("making the environment: %w", err)
	}
	c.names = append(c.names, name)
	return env, nil
}

// otherEnvironment returns a second environment with a key of its own.
func (c *caseRun) otherEnvironment() (*mockidp.Environment, error) {
	c.lazy.Lock()
	defer c.lazy.Unlock()
	if c.other == nil {
		key := c.runner.server.Keys().Key("other", "RS256").WithID(c.keyID("other"))
		env, err := c.newEnvironment("other", mockidp.EnvironmentConfig{Signing: []*keyring.Key{key}})
		if err != nil {
			return nil, &harnessError{err}
		}
		c.other, c.keys["other"] = env, key
	}
	return c.other, nil
}

// configureEnvironment applies what the scenario says of its environment.
func (c *caseRun) configureEnvironment(e scenarios.Environment) error {
	if c.scenario.JWKS != nil {
		if err := c.publish(*c.scenario.JWKS, e.KeysType); err != nil {
			return err
		}
	}
	if e.JWKSPath != "" {
		if err := c.env.SetJWKSPath(e.JWKSPath); err != nil {
			return c.mistake(scenarios.Place{}, err)
		}
	}
	if e.WellKnown != "" {
		if err := c.env.SetWellKnownJWKS(mockidp.WellKnownMode(e.WellKnown)); err != nil {
			return err
		}
	}
	if err := c.env.SetMetadataPlace(mockidp.MetadataPlace(e.MetadataAt)); err != nil {
		return err
	}
	if e.KeysHeaders != nil {
		h, err := c.headers(e.KeysHeaders)
		if err != nil {
			return err
		}
		c.env.SetKeysHeaders(h)
	}
	if e.Discovery != nil {
		if err := c.setDiscovery(*e.Discovery); err != nil {
			return err
		}
	}
	for _, f := range e.Faults {
		if err := c.addFault(f); err != nil {
			return err
		}
	}
	return nil
}

// publish serves a template as the JWK Set. The empty string returns to the
// ring.
func (c *caseRun) publish(t scenarios.Template, contentType string) error {
	if t.String() == "" {
		c.env.SetJWKSet(nil, "")
		return nil
	}
	body, err := c.render(t, scope{})
	if err != nil {
		return err
	}
	c.env.SetJWKSet([]byte(body), contentType)
	return nil
}

// setDiscovery changes the provider metadata.
func (c *caseRun) setDiscovery(d scenarios.Document) error {
	if d.Text != nil {
		body, err := c.render(*d.Text, scope{})
		if err != nil {
			return err
		}
		c.env.SetDiscoveryBody([]byte(body), d.Type)
		return nil
	}
	set, err := c.object(d.Set, scope{})
	if err != nil {
		return err
	}
	c.env.SetDiscovery(func(doc *mockidp.Document) {
		doc.Drop(d.Without...)
		for _, m := range set {
			doc.Set(m.Name, m.Value)
		}
	})
	return nil
}

// open makes the verifier called name. A refused configuration is an answer.
func (c *caseRun) open(ctx context.Context, name string, cfg scenarios.Config) (implementations.Answer, error) {
	v, answer, err := c.newVerifier(ctx, cfg)
	if err != nil || v == nil {
		return answer, err
	}
	c.verifiers[name] = v
	return implementations.Answer{Verdict: scenarios.Accept}, nil
}

// newVerifier makes a verifier. The caller closes it.
func (c *caseRun) newVerifier(ctx context.Context, cfg scenarios.Config) (implementations.Verifier, implementations.Answer, error) {
	setup, err := c.setup(cfg)
	if err != nil {
		return nil, implementations.Answer{}, err
	}
	return c.runner.opts.Implementation.Open(ctx, setup)
}

// close ends the verifiers and removes the environments.
func (c *caseRun) close() {
	for _, v := range c.verifiers {
		// A verifier that cannot be closed has shown its fault in an answer.
		_ = v.Close()
	}
	for _, name := range c.names {
		c.runner.server.Remove(name)
	}
	if c.trap != nil {
		c.trap.close()
	}
	c.closeNetwork()
	if c.char != nil {
		// The error is that a connection was cut off, as it is meant to be.
		_ = c.char.server.Close()
	}
}
