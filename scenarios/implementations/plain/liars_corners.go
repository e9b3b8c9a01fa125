package plain

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/verifier"
)

// cornerLiars are wrong only where few tokens and few providers go.
func cornerLiars() []Liar {
	return []Liar{
		{"small-curve", "It refuses a configuration that allows ES384 or ES512.", ids{"alg.only-es384", "alg.only-es512"},
			func(h *habits) {
				h.config.check = func(cfg *verifier.Config) *verifier.Error {
					for _, alg := range cfg.Algorithms {
						if alg == verifier.ES384 || alg == verifier.ES512 {
							return refuse(verifier.ReasonConfigInvalid, "algorithms", string(alg), "ES256")
						}
					}
					return checkConfiguration(cfg)
				}
			}},
		{"short-secrets", "It accepts every secret of sixteen bytes or more.", ids{"alg.hs-secret-length"},
			func(h *habits) {
				h.config.check = func(cfg *verifier.Config) *verifier.Error {
					long := *cfg
					if len(long.ClientSecret) >= 16 {
						long.ClientSecret = bytes.Repeat(long.ClientSecret, 4)
					}
					return checkConfiguration(&long)
				}
			}},
		{"issuer-scheme-only", "It checks no more of a configured issuer than its scheme.", ids{"cfg.issuer-without-host"},
			func(h *habits) {
				h.config.check = func(cfg *verifier.Config) *verifier.Error {
					some := *cfg
					if strings.HasPrefix(some.Issuer, "https://") {
						some.Issuer = "https://id.example.com"
					}
					return checkConfiguration(&some)
				}
			}},
		{"amr-picks", "It finds a method in amr whatever else is there.", ids{"amr.mixed", "amr.string"},
			unless(func(j *judgement) bool {
				amr, _ := j.claims.get("amr")
				return bytes.Contains(amr, []byte(`"mfa"`))
			}, "amr")},
		{"shallow-json", "It refuses JSON that is nested more than sixteen levels deep.", ids{"base.deep-claim"},
			refusesJSON("deep nesting", func(text []byte) bool { return nesting(text) > 16 })},
		{"overflows", "It computes how long keys are fresh in numbers that overflow.", ids{"cache.max-age-overflow"},
			func(h *habits) {
				h.cache.freshFor = func(header http.Header, otherwise time.Duration) time.Duration {
					if len(header.Get("Cache-Control")) > len("max-age=9223372036854775807") {
						return 0
					}
					return freshFor(header, otherwise)
				}
			}},
		{"gone-is-an-outage", "It learns nothing from a JWK Set that is gone.", ids{"disc.jwks-uri-gone"},
			roundTrips(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
				res, err := next.RoundTrip(req)
				if err == nil && res.StatusCode == http.StatusGone {
					res.StatusCode = http.StatusServiceUnavailable
				}
				return res, err
			})},
		{"scope-alone", "It knows an access token by scope and by no other name.", ids{"type.authorizations"}, onlyIf(has("scope"), "shape")},
		{"small-exponents", "It keeps the exponent of an RSA key in 24 bits.", ids{"jwks.rsa-e-31-bit"},
			func(h *habits) {
				h.keys.unfit = func(public crypto.PublicKey) string {
					if k, ok := public.(*rsa.PublicKey); ok && k.E >= 1<<24 {
						return "the exponent has more than 24 bits"
					}
					return unfitMaterial(public)
				}
			}},
		{"sub-any-script", "It accepts characters in sub that OpenID Connect does not allow, whatever the policy.", ids{"sub.non-ascii-strict"},
			beforehand("sub", func(j *judgement) {
				open := *j.Verifier
				open.policy.Require.ShortSubject = false
				j.Verifier = &open
			})},
		{"lifetime-exclusive", "It refuses a token that lives exactly as long as is allowed.", ids{"exp.longest-allowed"},
			refusing(func(j *judgement) bool {
				return j.policy.MaxLifetime > 0 && j.at("exp").Sub(j.at("iat")) == j.policy.MaxLifetime
			}, "iat", verifier.ReasonTokenLifetime, "exp")},
		{"clock-32-bit", "It keeps times in 32 bits.", ids{"exp.year-9999"},
			refusing(func(j *judgement) bool { return j.at("exp").Unix() > 1<<31-1 }, "exp", verifier.ReasonTokenExpired, "exp")},
		{"stops-reading", "It stops reading the payload when it has the claims that it needs.", ids{"json.broken-unknown-member"},
			parsesAs(func(text []byte) []byte {
				if read, _, found := bytes.Cut(text, []byte(`,"unread"`)); found {
					return append(bytes.Clone(read), '}')
				}
				return text
			})},
		{"keeps-letters", "It reads an escaped control character as the letter of its escape.", ids{"json.escapes-kept"},
			reports(func(claims map[string]any) {
				if name, ok := claims["name"].(string); ok {
					claims["name"] = strings.NewReplacer("\b", "b", "\f", "f").Replace(name)
				}
			})},
		{"curve-alone", "It goes by the curve of a key and ignores kty.", ids{"jwks.kty-of-other-curve"},
			readsKeysAs(func(jwk object) object {
				if crv, _ := jwk.string("crv"); curves()[crv] != nil {
					return jwk.with("kty", "EC")
				}
				return jwk
			})},
		{"kid-for-ever", "It never suspects that a known kid has another key.", ids{"rot.kid-reuse-noticed"},
			func(h *habits) { h.cache.neverSuspects = true }},
		{"asks-caches", "It lets a cache on the way answer, even when it asks for a new key.", ids{"rot.past-caches"},
			roundTrips(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
				less := req.Clone(req.Context())
				less.Header.Del("Cache-Control")
				return next.RoundTrip(less)
			})},
		{"one-etag", "It sends the last ETag wherever it fetches.", ids{"cache.etag-of-moved-set"}, sendsLastETag},
		{"bare-media-types", "It refuses a media type with a parameter.", ids{"fetch.type-parameter"},
			readsBody(func(res *http.Response, limit int64) ([]byte, error) {
				if strings.Contains(res.Header.Get("Content-Type"), ";") {
					return nil, errors.New("a media type with a parameter")
				}
				return readUpTo(res, limit)
			})},
		{"trusts-metadata", "It verifies the certificate of the metadata, and none where they send it.", ids{"tls.keys-unknown-ca"},
			func(h *habits) {
				h.network.wrap = func(next http.RoundTripper) http.RoundTripper {
					strict := next.(*http.Transport)
					lax := strict.Clone()
					if lax.TLSClientConfig == nil {
						lax.TLSClientConfig = new(tls.Config)
					}
					lax.TLSClientConfig.InsecureSkipVerify = true
					return closingTrip{func(req *http.Request) (*http.Response, error) {
						if strings.Contains(req.URL.Path, "/.well-known/") {
							return strict.RoundTrip(req)
						}
						return lax.RoundTrip(req)
					}, strict}
				}
			}},
	}
}

// nesting returns how deep arrays and objects are nested, counting brackets in
// strings as well.
func nesting(text []byte) int {
	deepest, depth := 0, 0
	for _, b := range text {
		switch b {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		deepest = max(deepest, depth)
	}
	return deepest
}

// sendsLastETag sends it with everything but requests for metadata.
func sendsLastETag(h *habits) {
	var last atomic.Value
	roundTrips(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/openid-configuration") {
			return next.RoundTrip(req)
		}
		more := req.Clone(req.Context())
		if etag, ok := last.Load().(string); ok && etag != "" {
			more.Header.Set("If-None-Match", etag)
		}
		res, err := next.RoundTrip(more)
		if err == nil {
			last.Store(res.Header.Get("ETag"))
		}
		return res, err
	})(h)
}
