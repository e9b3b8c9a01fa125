package plain

import (
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/verifier"
)

// longAgo stands for never in the pauses and ages of these liars.
const longAgo = 100 * 365 * 24 * time.Hour

// discoveryLiars do not find out where the keys are, or believe anybody.
func discoveryLiars() []Liar {
	hardcode := func(name, drops, path string, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) {
			c.discover = func(s *keySource, _ context.Context) (string, time.Duration, *verifier.Error) {
				return s.policy.Issuer + path, 0, nil
			}
		}}
	}
	return []Liar{
		hardcode("hardcoded-jwks-path", "It knows that the keys are at /.well-known/jwks.json, and does not ask the metadata.",
			"/.well-known/jwks.json",
			"scalekit.jwks-at-keys", "disc.jwks-uri-random", "disc.404", "disc.410", "disc.503", "disc.html-200"),
		hardcode("hardcoded-keys-path", "It knows that the keys are at /keys, and does not ask the metadata.",
			"/keys",
			"scalekit.jwks-at-wellknown", "disc.jwks-uri-random", "disc.jwks-uri-missing", "disc.case-members", "disc.empty-object", "disc.jwks-uri-moved"),
		{
			Name:  "no-disc-issuer",
			Fault: "It does not ask whether the metadata are those of its issuer.",
			CaughtBy: []string{
				"disc.issuer-mismatch", "disc.issuer-slash", "disc.issuer-missing", "disc.issuer-case", "disc.issuer-scheme", "disc.issuer-port",
				"disc.template-issuer",
			},
			bend: func(c *craft) {
				c.readMetadata = func(s *keySource, document object) (string, *verifier.Error) {
					document.members = slices.DeleteFunc(slices.Clone(document.members), func(m member) bool { return m.name == "issuer" })
					document.members = append(document.members, member{"issuer", quoted(s.policy.Issuer)})
					return readMetadata(s, document)
				}
			},
		},
		{
			Name:     "disc-normalised",
			Fault:    "It compares the issuer of the metadata without its last slash.",
			CaughtBy: []string{"disc.issuer-slash"},
			bend: func(c *craft) {
				c.aboutIssuer = func(configured, published string) bool { return normalised(configured) == normalised(published) }
			},
		},
		{
			Name:     "relative-jwks-uri",
			Fault:    "It appends a jwks_uri without a host to the issuer.",
			CaughtBy: []string{"disc.jwks-uri-relative"},
			bend: func(c *craft) {
				c.readMetadata = func(s *keySource, document object) (string, *verifier.Error) {
					if path, _ := document.text("jwks_uri"); strings.HasPrefix(path, "/") {
						return s.policy.Issuer + path, nil
					}
					return readMetadata(s, document)
				}
			},
		},
		{
			Name:     "follows-redirects",
			Fault:    "It follows a redirect to wherever it leads.",
			CaughtBy: []string{"fetch.redirect-cross-host", "fetch.redirect-internal", "fetch.redirect-downgrade"},
			bend:     func(c *craft) { c.redirect = nil },
		},
	}
}

// networkLiars have no answer to a provider that has none.
func networkLiars() []Liar {
	return []Liar{
		{
			Name:  "outage-ok",
			Fault: "It lets tokens pass unverified while the keys cannot be had.",
			CaughtBy: []string{
				"cache.304-unsolicited",
				"fetch.404", "fetch.500", "fetch.503", "fetch.200-empty", "fetch.200-html", "fetch.200-error-json",
				"fetch.redirect-loop", "fetch.truncated-length", "fetch.reset", "fetch.refused", "fetch.not-http",
				"fetch.401", "fetch.204", "fetch.dns-nxdomain",
				"disc.404", "disc.410", "disc.503", "disc.html-200", "disc.jwks-uri-missing", "jwks.no-keys-member", "cache.stale-bounded",
			},
			bend: func(c *craft) {
				c.wrap("key", func(j *judgement, next judge) *verifier.Error {
					refusal := next(j)
					if refusal != nil && refusal.Kind() == verifier.KindUnavailable {
						return j.settle()
					}
					return refusal
				})
			},
		},
		{
			Name:     "no-timeout",
			Fault:    "It waits for the keys for as long as they take.",
			CaughtBy: []string{"cfg.zero-timeouts", "fetch.blackhole", "fetch.slow-body", "fetch.slow-headers", "tls.stall"},
			bend:     func(c *craft) { c.timeout = func(time.Duration) time.Duration { return longAgo } },
		},
		{
			Name: "reads-all",
			// What is beyond the limit is read and not kept: this must not
			// take down the process that runs the scenarios.
			Fault:    "It reads an answer to its end, however long that is.",
			CaughtBy: []string{"fetch.huge-body", "fetch.gzip-bomb", "disc.huge"},
			bend: func(c *craft) {
				c.read = func(res *http.Response, limit int64) ([]byte, error) {
					text, _ := readUpTo(res, limit)
					_, err := io.Copy(io.Discard, res.Body)
					return text, err
				}
			},
		},
		{
			Name:     "impatient",
			Fault:    "It asks again after a second, whatever Retry-After says.",
			CaughtBy: []string{"flood.endpoint-down", "fetch.429", "fetch.503-retry-after"},
			bend:     func(c *craft) { c.pause = func(int, time.Duration) time.Duration { return time.Second } },
		},
		{
			Name:     "gives-up",
			Fault:    "It never asks again after a failure.",
			CaughtBy: []string{"fetch.recovers", "fetch.dns-flap", "disc.500-then-ok"},
			bend:     func(c *craft) { c.pause = func(int, time.Duration) time.Duration { return longAgo } },
		},
		{
			Name:     "no-single-flight",
			Fault:    "It lets every caller fetch the keys, also while another one does.",
			CaughtBy: []string{"flood.cold-start"},
			bend:     func(c *craft) { c.queues = false },
		},
	}
}

// rotationLiars keep keys too long, or not long enough.
func rotationLiars() []Liar {
	verdicts := &verdictCache{good: make(map[[sha256.Size]byte]object)}
	return []Liar{
		{
			Name:     "caches-for-ever",
			Fault:    "It fetches the keys once.",
			CaughtBy: []string{"rot.under-load", "rot.rollback", "rot.just-before-signing", "rot.second-login", "rot.retired", "rot.emergency", "scalekit.sdk-rotation", "cache.max-age", "refresh.rotated-key"},
			bend: func(c *craft) {
				c.freshFor = func(http.Header, time.Duration) time.Duration { return longAgo }
				c.mayAskFor = func(_ *pace, _ time.Time, kid keyID) *verifier.Error {
					return refuse(verifier.ReasonKeyNotFound, "kid", kid.text, "")
				}
			},
		},
		{
			Name:     "appends-only",
			Fault:    "It adds the keys of every fetch to those it has, and never removes one.",
			CaughtBy: []string{"rot.kid-reuse-old-key", "rot.rollback", "rot.retired", "rot.emergency"},
			bend: func(c *craft) {
				c.replace = func(old, new *keySet) *keySet {
					if old == nil {
						return new
					}
					return &keySet{slices.Concat(new.keys, old.keys)}
				}
			},
		},
		{
			Name:     "wipes-on-error",
			Fault:    "It forgets its keys when a fetch fails.",
			CaughtBy: []string{"rot.failed-refetch-keeps-old", "rot.garbage-refetch-keeps-old"},
			bend:     func(c *craft) { c.keepsOnError = false },
		},
		{
			Name:     "refetch-always",
			Fault:    "It fetches the keys anew for every token that it cannot verify.",
			CaughtBy: []string{"flood.no-kid", "flood.empty-set", "flood.random-kid", "flood.bad-signature"},
			bend: func(c *craft) {
				c.mayAskFor = func(*pace, time.Time, keyID) *verifier.Error { return nil }
				c.wrap("signature", refetching)
			},
		},
		{
			Name:     "stale-for-ever",
			Fault:    "It uses the keys it has for as long as the provider fails.",
			CaughtBy: []string{"cache.stale-bounded"},
			bend:     func(c *craft) { c.staleFor = func(time.Duration) time.Duration { return longAgo } },
		},
		{
			Name:     "global-verdict-cache",
			Fault:    "It remembers that a token was good, and does not ask again.",
			CaughtBy: []string{"cache.verdict-per-config", "cache.positive-verdict-revoked", "rot.revoke-latency", "scalekit.flow-expired", "rot.emergency", "ref.no-offline-access"},
			bend:     verdicts.bend,
		},
	}
}

// refetching judges a signature that is not good once more with keys that are
// fetched for it.
func refetching(j *judgement, next judge) *verifier.Error {
	refusal := next(j)
	if refusal == nil || j.keys.fixed != nil {
		return refusal
	}
	if _, refusal := j.keys.fetch(j.ctx, j.now); refusal != nil {
		return refusal
	}
	if refusal := j.checkKey(); refusal != nil {
		return refusal
	}
	return next(j)
}

// verdictCache remembers good tokens for every verifier that it is bent into.
type verdictCache struct {
	mu   sync.Mutex
	good map[[sha256.Size]byte]object
}

func (v *verdictCache) bend(c *craft) {
	c.wrap("size", func(j *judgement, next judge) *verifier.Error {
		v.mu.Lock()
		defer v.mu.Unlock()
		if claims, known := v.good[sha256.Sum256([]byte(j.raw))]; known {
			j.claims = claims
			return j.settle()
		}
		return next(j)
	})
	c.wrap("shape", func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		if refusal == nil {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.good[sha256.Sum256([]byte(j.raw))] = j.claims
		}
		return refusal
	})
}
