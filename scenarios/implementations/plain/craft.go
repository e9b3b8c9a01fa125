package plain

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// craft is how a Plain does each thing that can be done wrong. honest does all
// of them right, and a [Liar] bends one. What has a field here stands, under
// the name of the function that honest puts into it, where it belongs: the
// fields only name the places.
type craft struct {
	// checks are made in this order; the first refusal stands.
	checks []check

	configuration func(*verifier.Config) *verifier.Error

	// Reading.
	split  func(raw string) []string
	decode func(segment string) ([]byte, bool)
	parse  func(text []byte) (object, error)
	text   func(jsontext.Value) (string, bool)
	date   func(jsontext.Value) (time.Time, bool)

	// The keys.
	keySet   func(c *craft, text []byte) (*keySet, *verifier.Error)
	jwk      func(object) object // what is read of a JWK
	material func(jwk object) (crypto.PublicKey, error)

	// The signature.
	allows   func(allowed []verifier.Algorithm, alg string) bool
	unfitKey func(crypto.PublicKey) string
	suspects func(*judgement, *keySet) ([]*key, *verifier.Error)
	verifies func(k *key, alg string, input, signature []byte) bool

	// The encryption.
	unwraps func(key crypto.PrivateKey, alg string) bool
	unwrap  func(key *rsa.PrivateKey, alg string, wrapped []byte) ([]byte, error)
	agree   func(key *ecdsa.PrivateKey, epk jsontext.Value) ([]byte, error)

	// The claims.
	sameIssuer func(configured, claimed string) bool
	audience   func(claims object) ([]string, bool)
	addressed  func(aud, clients []string) bool
	expired    func(now, expiry time.Time, leeway time.Duration) bool
	isTrue     func(jsontext.Value) bool

	// The login.
	sameNonce func(sent, claimed string) bool
	tokenHash func(alg, text string) (string, bool)
	sameHash  func(got, want string) bool

	// report gets what is handed to the caller of an accepted token.
	report func(claims map[string]any)
	// leaks is whether claims come with a refusal.
	leaks bool

	// Discovery.
	discover     func(*keySource, context.Context) (string, time.Duration, *verifier.Error)
	readMetadata func(*keySource, object) (string, *verifier.Error)
	aboutIssuer  func(configured, published string) bool
	checkJWKSURI func(*keySource, string) *verifier.Error

	// The network.
	transport func(http.RoundTripper) http.RoundTripper
	blames    func(callerGaveUp error) bool // whether a fetch that failed counts against the provider
	redirect  func(next *http.Request, via []*http.Request) error
	read      func(res *http.Response, limit int64) ([]byte, error)
	timeout   func(configured time.Duration) time.Duration

	// The OAuth client.
	client clientCraft

	// The keys over time.
	stop         func(*keySource)
	look         func(s *keySource, now time.Time)
	queues       bool // whether one caller at a time fetches
	freshFor     func(h http.Header, otherwise time.Duration) time.Duration
	staleFor     func(configured time.Duration) time.Duration
	replace      func(old, new *keySet) *keySet
	unmodified   func(held *keySet) *keySet // what a 304 stands for; nil is a failure
	keepsOnError bool                       // whether the keys outlive a failed fetch
	mayAskFor    func(p *pace, now time.Time, kid keyID) *verifier.Error
	pause        func(failures int, retryAfter time.Duration) time.Duration
}

// honest returns the habits of a verifier that does everything right.
func honest() craft {
	return craft{
		checks:        honestChecks(),
		configuration: checkConfiguration,

		split:  splitAtDots,
		decode: decodeBase64URL,
		parse:  parseStrictly,
		text:   unquote,
		date:   numericDate,

		keySet:   parseKeySet,
		jwk:      func(jwk object) object { return jwk },
		material: readPublicKey,

		allows:   isListed,
		unfitKey: unfitMaterial,
		suspects: keysNamed,
		verifies: verifies,

		unwraps: unwrapsFor,
		unwrap:  unwrapOAEP,
		agree:   agree,

		sameIssuer: equal,
		audience:   audienceOf,
		addressed:  anyListed,
		expired:    onOrAfter,
		isTrue:     isTrue,

		sameNonce: equal,
		tokenHash: leftHalf,
		sameHash:  equal,

		report: func(map[string]any) {},

		discover:     discover,
		readMetadata: readMetadata,
		aboutIssuer:  equal,
		checkJWKSURI: checkJWKSURI,

		transport: func(t http.RoundTripper) http.RoundTripper { return t },
		blames:    func(callerGaveUp error) bool { return callerGaveUp == nil },
		redirect:  withinOrigin,
		read:      readUpTo,
		timeout:   unchanged,

		client: honestClient(),

		stop:         stopFetching,
		look:         lookAtClock,
		queues:       true,
		freshFor:     freshFor,
		staleFor:     unchanged,
		replace:      func(_, new *keySet) *keySet { return new },
		unmodified:   func(held *keySet) *keySet { return held },
		keepsOnError: true,
		mayAskFor:    mayAskFor,
		pause:        pauseAfter,
	}
}

func unchanged(d time.Duration) time.Duration { return d }

// wrap puts another judgement in the place of the check called name. It gets
// the old one as next and may ask it.
func (c *craft) wrap(name string, judge func(j *judgement, next judge) *verifier.Error) {
	i := slices.IndexFunc(c.checks, func(c check) bool { return c.name == name })
	if i < 0 {
		panic("verifiertest: internal error: no check is called " + name)
	}
	next := c.checks[i].judge
	c.checks[i].judge = func(j *judgement) *verifier.Error { return judge(j, next) }
}

// drop leaves checks out.
func (c *craft) drop(names ...string) {
	for _, name := range names {
		c.wrap(name, func(*judgement, judge) *verifier.Error { return nil })
	}
}

// only makes a check only where the condition holds.
func (c *craft) only(name string, where func(*judgement) bool) {
	c.wrap(name, func(j *judgement, next judge) *verifier.Error {
		if !where(j) {
			return nil
		}
		return next(j)
	})
}

// move makes the check called name right after the one called after.
func (c *craft) move(name, after string) {
	at := func(name string) int {
		return slices.IndexFunc(c.checks, func(c check) bool { return c.name == name })
	}
	moved := c.checks[at(name)]
	c.checks = slices.Delete(c.checks, at(name), at(name)+1)
	c.checks = slices.Insert(c.checks, at(after)+1, moved)
}

// skipSignature leaves out everything about the signature where the condition
// holds.
func (c *craft) skipSignature(where func(*judgement) bool) {
	for _, name := range []string{"octets", "key", "signature"} {
		c.only(name, not(where))
	}
}

func not(where func(*judgement) bool) func(*judgement) bool {
	return func(j *judgement) bool { return !where(j) }
}

func always(*judgement) bool { return true }
