package run

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// place is where one execution of a scenario happens: the mock environment with
// its keys, the clock, and what lies between the environment and the verifiers.
type place struct {
	server   *mockidp.Server
	listens  mockidp.ListenerConfig // of the server
	inside   http.RoundTripper      // reaches the server
	seed     uint64
	scenario *scenarios.Scenario
	label    string // names this execution, also in environment names

	clock  *clock
	static bool // keys are given to the verifiers, not discovered
	env    *mockidp.Environment
	client mockidp.Client
	issuer string
	keys   map[string]*keyring.Key

	deployment *deployment // nil unless the verifier is a deployed service

	network network
	browser *cookiejar.Jar // the cookies of the logins that share a browser
	names   []string       // the names of the environments to remove

	lazy     sync.Mutex // guards what is made when it is asked for
	other    *mockidp.Environment
	otherKey *keyring.Key // the key of other
	trap     *mockidp.Trap
}

// newPlace returns a place that has a clock, and neither keys nor an environment
// yet.
func (r *runner) newPlace(s *scenarios.Scenario, label string) *place {
	d := r.opts.Implementation.Describe()
	p := &place{
		server: r.server, listens: r.opts.Network, inside: r.inside,
		seed: r.opts.Seed, scenario: s, label: label, deployment: r.deployment,
		clock:  newClock(d.Can("clock")),
		static: !s.Has("idp") && !s.Has("tls") && d.Can(implementations.StaticKeys),
		keys:   make(map[string]*keyring.Key),
	}
	return p
}

func (p *place) digest(purpose string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", FormatSeed(p.seed), p.label, purpose))
	return hex.EncodeToString(sum[:])
}

// keyID returns the ID of a key of the case. The signing key of a deployed
// service is the same in every run with the same seed of the environment, so
// that the service may keep it, unless the case has one of its own.
func (p *place) keyID(name string) string {
	if _, own := p.scenario.Keys[name]; p.deployment != nil && name == scenarios.DefaultKey && !own {
		return p.server.Keys().Key(name, "RS256").ID()
	}
	return "snk_" + p.digits("kid "+name)
}

func (p *place) digits(purpose string) string {
	var b strings.Builder
	for _, digit := range p.digest(purpose)[:17] {
		b.WriteByte('0' + byte(strings.IndexRune("0123456789abcdef", digit))%10)
	}
	return b.String()
}

// makeKeys makes the keys that the case names, and its default key. The
// material is the same for every case of a run, because an RSA key takes longer
// than most cases: that of the default key, that of the first other key and so
// on. The IDs are not.
func (p *place) makeKeys(variant scenarios.Variant) error {
	named := map[string]scenarios.Key{scenarios.DefaultKey: {}}
	maps.Copy(named, p.scenario.Keys)
	decrypts, err := p.scenario.Config.DecryptionKey.Fill(scenarios.PureFuncs(), variant)
	if err != nil {
		return p.scenario.Mistake(p.scenario.Config.DecryptionKey.Place(), err)
	}
	material := 0
	for _, name := range slices.Sorted(maps.Keys(named)) {
		spec := named[name]
		alg, err := spec.Alg.Fill(scenarios.PureFuncs(), variant)
		if err != nil {
			return p.scenario.Mistake(spec.Alg.Place(), err)
		}
		of := name
		if name != scenarios.DefaultKey {
			material++
			of = fmt.Sprintf("key %d", material)
		}
		p.keys[name] = p.makeKey(of, cmp.Or(alg, "RS256"), spec, name == decrypts).WithID(p.keyID(name))
	}
	return nil
}

// makeKey makes a key. The implementation reads the private half of one that
// decrypts.
func (p *place) makeKey(name, alg string, spec scenarios.Key, decrypts bool) *keyring.Key {
	source := p.server.Keys()
	switch {
	case spec.Shape == "roca":
		return source.ROCA(name, alg)
	case spec.Shape == "zero-x":
		return source.ZeroX(name, alg)
	case spec.Exponent != 0:
		return source.RSAExponent(name, alg, int64(spec.Exponent))
	case spec.Bits != 0:
		return source.RSA(name, alg, spec.Bits)
	case decrypts && strings.HasPrefix(alg, "RS"):
		return source.Portable(name, alg)
	case strings.HasPrefix(alg, "RS"), strings.HasPrefix(alg, "PS"):
		// The same material for every RSA algorithm, for the reason above.
		return source.Key(name, "RS256").WithAlg(alg)
	}
	return source.Key(name, alg)
}

func (p *place) makeEnvironment() error {
	origin, err := p.listen()
	if err != nil {
		return err
	}
	cfg := mockidp.EnvironmentConfig{
		Signing: []*keyring.Key{p.keys[scenarios.DefaultKey]}, Origin: origin,
	}
	if list := p.scenario.Environment.Organizations; list != nil {
		cfg.Organizations, cfg.Users = p.membersOf(list)
	}
	env, err := p.ownEnvironment(cfg)
	if err != nil {
		return err
	}
	if p.browser, err = cookiejar.New(nil); err != nil {
		return err
	}
	p.env, p.client = env, env.Client()
	p.issuer = env.Issuer()
	if p.static {
		p.issuer = "https://env-" + p.digest("issuer")[:12] + ".scalekit.com"
	}
	return nil
}

func (p *place) membersOf(list []string) ([]mockidp.Organization, []mockidp.User) {
	organizations := make([]mockidp.Organization, len(list))
	user := mockidp.User{
		ID: "usr_" +
			p.digits("user"), Name: "John Doe", Email: "john.doe@example.com", EmailVerified: true,
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

// ownEnvironment makes the environment of the case. A deployed service knows
// one, which starts over.
func (p *place) ownEnvironment(cfg mockidp.EnvironmentConfig) (*mockidp.Environment, error) {
	d := p.deployment
	if d == nil {
		return p.newEnvironment("", cfg)
	}
	cfg.Now, cfg.Clients, cfg.NoDecoys = p.clock.now, d.clients, d.opts.NoDecoys
	return p.server.ReplaceEnvironment(d.opts.Name, cfg)
}

func (p *place) newEnvironment(
	purpose string, cfg mockidp.EnvironmentConfig,
) (*mockidp.Environment, error) {
	cfg.Now = p.clock.now
	name := strings.ReplaceAll(p.scenario.ID, ".", "-") + "-" +
		p.digest("environment " + purpose)[:10]
	env, err := p.server.NewEnvironment(name, cfg)
	if err != nil {
		return nil, fmt.Errorf("making the environment: %w", err)
	}
	p.names = append(p.names, name)
	return env, nil
}

// otherEnvironment returns a second environment with a key of its own.
func (p *place) otherEnvironment() (*mockidp.Environment, *keyring.Key, error) {
	p.lazy.Lock()
	defer p.lazy.Unlock()
	if p.other == nil {
		key := p.server.Keys().Key("other", "RS256").WithID(p.keyID("other"))
		env, err := p.newEnvironment("other", mockidp.EnvironmentConfig{
			Signing: []*keyring.Key{key},
		})
		if err != nil {
			return nil, nil, &harnessError{err}
		}
		p.other, p.otherKey = env, key
	}
	return p.other, p.otherKey, nil
}

// key returns a key of the case by name, or the key of the other environment.
func (p *place) key(name string) (*keyring.Key, error) {
	if name == "other" {
		_, key, err := p.otherEnvironment()
		return key, err
	}
	if k, ok := p.keys[name]; ok {
		return k, nil
	}
	return nil, fmt.Errorf("the case has no key %q: add it under keys", name)
}

// origin returns the issuer without its path.
func (p *place) origin() (string, error) {
	u, err := url.Parse(p.issuer)
	if err != nil {
		return "", err
	}
	return u.Scheme + "://" + u.Host, nil
}

// trapURL returns where the trap of the case is.
func (p *place) trapURL() (string, error) {
	p.lazy.Lock()
	defer p.lazy.Unlock()
	if p.trap == nil {
		ctx, cancel := context.WithTimeout(context.Background(), flowTimeout)
		defer cancel()
		var err error
		if p.trap, err = mockidp.NewTrap(ctx, nextTo(p.listens)); err != nil {
			return "", &harnessError{err}
		}
	}
	return p.trap.URL(), nil
}

// trapped returns how often the trap was touched.
func (p *place) trapped() int {
	if p.trap == nil {
		return 0
	}
	return p.trap.Connections()
}

// close removes the environments and closes the ports.
func (p *place) close() {
	for _, name := range p.names {
		p.server.Remove(name)
	}
	if p.trap != nil {
		p.trap.Close()
	}
	p.closeNetwork()
}
