package plain

import (
	"maps"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/assay-id/assay/verifier"
)

// componentLiars decide rightly about tokens and cannot be built upon.
func componentLiars() []Liar {
	return []Liar{
		{"leaks-claims", "It returns the claims of a token that it refuses.", ids{"cfg.no-claims-on-error"},
			func(h *habits) { h.result.leaksClaims = true }},
		{"forgets-why", "It remembers that a token was refused, and not why.", ids{"cfg.error-stable"}, forgetsWhy},
		{"shares-scratch", "It keeps the claims in one place that all its callers share.", ids{"cfg.concurrent"}, sharesScratch},
		{"does-not-stop", "It continues with a fetch after it was closed.", ids{"cfg.shutdown"},
			func(h *habits) { h.cache.outlivesClose = true }},
	}
}

// checksOnce replaces all checks by one, which may make them.
func checksOnce(h *habits, everything func(j *judgement, checks judge) *verifier.Error) {
	checks := h.checks
	inOrder := func(j *judgement) *verifier.Error {
		for _, c := range checks {
			if refusal := c.judge(j); refusal != nil {
				return refusal
			}
		}
		return nil
	}
	h.checks = []check{{"everything", func(j *judgement) *verifier.Error { return everything(j, inOrder) }}}
}

func forgetsWhy(h *habits) {
	var refused sync.Map
	checksOnce(h, func(j *judgement, checks judge) *verifier.Error {
		if _, known := refused.Load(j.raw); known {
			return malformed("", "a token that was refused before", "another")
		}
		refusal := checks(j)
		if refusal != nil {
			refused.Store(j.raw, true)
		}
		return refusal
	})
}

func sharesScratch(h *habits) {
	var scratch atomic.Pointer[map[string]any]
	h.result.edit = func(claims map[string]any) {
		mine := maps.Clone(claims)
		scratch.Store(&mine)
		for range 20 {
			runtime.Gosched() // something else that takes time
		}
		clear(claims)
		maps.Copy(claims, *scratch.Load())
	}
}

// configurationLiars accept a configuration that leaves a check out.
func configurationLiars() []Liar {
	return []Liar{
		{"config-blind", "It accepts every configuration, and so verifies less where something is left out.",
			ids{"cfg.empty-client-id", "cfg.empty-issuer", "cfg.issuer-http", "cfg.none-allowed", "cfg.mixed-symmetry", "cfg.leeway", "alg.hs-short-secret"},
			func(h *habits) { h.config.check = anyConfiguration }},
		{"mends-config", "It adds https:// to the configured issuer and removes what it thinks nobody would mean.",
			ids{"scalekit.config-no-scheme", "scalekit.config-http", "scalekit.config-trailing-slash", "scalekit.config-case"},
			configured(func(cfg *verifier.Config) {
				if !cfg.Allow.LoopbackHTTP {
					cfg.Issuer = "https://" + withoutScheme(normalised(cfg.Issuer))
				}
			})},
		{"slash-less-issuer", "It removes the trailing slash of the configured issuer.", ids{"disc.path-issuer-slash"},
			configured(func(cfg *verifier.Config) { cfg.Issuer = strings.TrimSuffix(cfg.Issuer, "/") })},
		{"query-in-issuer", "It accepts an issuer with a query or a fragment, and appends the well-known path to it.", ids{"disc.issuer-query"},
			func(h *habits) {
				h.config.check = func(cfg *verifier.Config) *verifier.Error {
					base := *cfg
					base.Issuer, _, _ = strings.Cut(base.Issuer, "#")
					base.Issuer, _, _ = strings.Cut(base.Issuer, "?")
					return checkConfiguration(&base)
				}
			}},
	}
}
