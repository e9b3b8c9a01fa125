package plain

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// habits are the ways in which a [Verifier] does everything that can be done
// wrong, by stage. A [Liar] bends one or two of them. honest fills in the
// functions; every other field is honest at its zero value.
type habits struct {
	checks []check // made in this order; the first refusal counts

	config     configHabits
	reading    readingHabits
	keys       keyHabits
	signature  signatureHabits
	decryption decryptionHabits
	claims     claimHabits
	login      loginHabits
	result     resultHabits
	metadata   metadataHabits
	network    networkHabits
	cache      cacheHabits
	client     clientHabits
}

// configHabits say what is done with the configuration.
type configHabits struct {
	change func(*verifier.Config) // made before it is checked; nil changes nothing
	check  func(*verifier.Config) *verifier.Error
}

// readingHabits say how the token and every JSON document are read.
type readingHabits struct {
	split  func(raw string) []string
	decode func(segment string) ([]byte, bool)
	parse  func(text []byte) (object, error)
	string func(jsontext.Value) (string, bool)
}

// keyHabits say which keys there are, and which of them may have signed.
type keyHabits struct {
	parseSet   func(h *habits, text []byte) (*keySet, *verifier.Error)
	edit       func(jwk object) object // applied to each JWK; nil changes nothing
	material   func(jwk object) (crypto.PublicKey, error)
	unfit      func(crypto.PublicKey) string // says why a key must verify nothing
	candidates func(*judgement, *keySet) ([]*key, *verifier.Error)
}

// signatureHabits say which algorithms are allowed, and what a good signature is.
type signatureHabits struct {
	allows   func(allowed []verifier.Algorithm, alg string) bool
	verifies func(k *key, alg string, input, signature []byte) bool
}

// decryptionHabits say how an encrypted token is decrypted.
type decryptionHabits struct {
	allows func(key crypto.PrivateKey, alg string) bool
	unwrap func(key *rsa.PrivateKey, alg string, wrapped []byte) ([]byte, error)
	agree  func(key *ecdsa.PrivateKey, epk jsontext.Value) ([]byte, error)
}

// claimHabits say how claims are read and compared with the configuration.
type claimHabits struct {
	sameIssuer func(configured, claimed string) bool
	audience   func(claims object) ([]string, bool)
	addressed  func(aud, clients []string) bool
	date       func(jsontext.Value) (time.Time, bool)
	expired    func(now, expiry time.Time, leeway time.Duration) bool
	isTrue     func(jsontext.Value) bool
}

// loginHabits say how claims are compared with the login that they belong to.
type loginHabits struct {
	sameNonce func(sent, claimed string) bool
	tokenHash func(alg, text string) (string, bool)
	sameHash  func(got, want string) bool
}

// resultHabits say what the caller gets.
type resultHabits struct {
	edit        func(claims map[string]any) // edits the claims of an accepted token; nil changes nothing
	leaksClaims bool                        // whether claims come with a refusal
}

// metadataHabits say where the keys are, and who says so.
type metadataHabits struct {
	locate       func(*keySource, context.Context) (jwksURI string, retryAfter time.Duration, refusal *verifier.Error)
	read         func(*keySource, object) (jwksURI string, refusal *verifier.Error)
	sameIssuer   func(configured, published string) bool
	checkJWKSURI func(*keySource, string) *verifier.Error
}

// networkHabits say how requests are sent and answers are read.
type networkHabits struct {
	wrap           func(http.RoundTripper) http.RoundTripper // nil leaves the transport alone
	redirect       func(next *http.Request, via []*http.Request) error
	read           func(res *http.Response, limit int64) ([]byte, error)
	extraTime      time.Duration // added to the configured timeout
	blamesProvider bool          // whether a caller who gives up counts as a failure of the provider
}

// cacheHabits say for how long keys are kept, and when they are fetched again.
type cacheHabits struct {
	freshFor      func(h http.Header, otherwise time.Duration) time.Duration
	extraStale    time.Duration // added to how long stale keys serve; negative for less
	replace       func(old, new *keySet) *keySet
	refuses304    bool // whether "not modified" is a failure
	dropsOnError  bool // whether a failed fetch costs the keys
	mayFetchFor   func(b *fetchBudget, now time.Time, kid keyID) *verifier.Error
	pause         *time.Duration // after every failure; nil is longer each time, or what Retry-After says
	stampedes     bool           // whether all callers fetch at once
	neverSuspects bool           // whether keys stay fresh although signatures under them fail
	trustsClock   bool           // whether a clock that was set back goes unnoticed
	outlivesClose bool           // whether a fetch continues after Close
}

// clientHabits say how a [Client] keeps sessions alive.
type clientHabits struct {
	checks          []continuity
	verify          func(p *Verifier, ctx context.Context, answer Tokens) (map[string]any, error)
	read            func(body []byte) (answer Tokens, wrong string)
	pause           *time.Duration                        // as in cacheHabits
	keepsFirstToken bool                                  // whether a new refresh token is ignored
	repeatsErrors   bool                                  // whether it asks again at once after an error
	ends            func(*noTokens, *verifier.Error) bool // whether an exchange without tokens, or a refused ID Token, ends the session
	commitsLate     bool                                  // whether a new refresh token counts only with a good ID Token
	neverForgives   bool                                  // whether failures before a success lengthen pauses after it
	follows         bool                                  // whether it follows redirects
	stampedes       bool                                  // whether each caller refreshes on its own
	asksWithout     bool                                  // whether it asks without a refresh token
	forgetsSends    bool                                  // whether it forgets that it sent a refresh token in vain
	dropsCut        bool                                  // whether an answer that ends early counts as none
	keepsEndpoint   bool                                  // whether the token endpoint is looked up only once
	pretends        bool                                  // whether every refresh succeeds, without an exchange
}

// honest returns the habits of a verifier that does everything right.
func honest() habits {
	return habits{
		checks: honestChecks(),
		config: configHabits{check: checkConfiguration},
		reading: readingHabits{
			split: splitAtDots, decode: decodeBase64URL, parse: parseStrictly, string: unquote,
		},
		keys: keyHabits{
			parseSet: parseKeySet, edit: withoutNulls, material: readPublicKey,
			unfit: unfitMaterial, candidates: keysNamed,
		},
		signature:  signatureHabits{allows: isListed, verifies: verifies},
		decryption: decryptionHabits{allows: isAgreed, unwrap: unwrapOAEP, agree: agree},
		claims: claimHabits{
			sameIssuer: equal, audience: audienceOf, addressed: anyListed, date: numericDate, expired: onOrAfter, isTrue: isTrue,
		},
		login: loginHabits{sameNonce: equal, tokenHash: leftHalf, sameHash: equal},
		metadata: metadataHabits{
			locate: discover, read: readMetadata, sameIssuer: equal, checkJWKSURI: checkJWKSURI,
		},
		network: networkHabits{redirect: withinOrigin, read: readUpTo},
		cache:   cacheHabits{freshFor: freshFor, replace: takeNew, mayFetchFor: mayFetchFor},
		client:  clientHabits{checks: continuities(), verify: verifyAnswer, read: readTokens, ends: endsSession},
	}
}
