package plain

import (
	"maps"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/assay-id/assay/verifier"
)

// componentLiars judge tokens rightly and cannot be built upon.
func componentLiars() []Liar {
	return []Liar{
		{
			Name:     "leaks-claims",
			Fault:    "It returns the claims of a token that it refuses.",
			CaughtBy: []string{"cfg.no-claims-on-error"},
			bend:     func(c *craft) { c.leaks = true },
		},
		{
			Name:     "forgets-why",
			Fault:    "It remembers that a token was refused, and not why.",
			CaughtBy: []string{"cfg.error-stable"},
			bend: func(c *craft) {
				var refused sync.Map
				checks := c.checks
				c.checks = []check{{"everything", func(j *judgement) *verifier.Error {
					if _, known := refused.Load(j.raw); known {
						return malformed("", "a token that was refused before", "another")
					}
					for _, check := range checks {
						if refusal := check.judge(j); refusal != nil {
							refused.Store(j.raw, true)
							return refusal
						}
					}
					return nil
				}}}
			},
		},
		{
			Name:     "shares-scratch",
			Fault:    "It keeps the claims in a place that all its callers share.",
			CaughtBy: []string{"cfg.concurrent"},
			bend: func(c *craft) {
				var scratch atomic.Pointer[map[string]any]
				c.report = func(claims map[string]any) {
					mine := maps.Clone(claims)
					scratch.Store(&mine)
					for range 20 {
						runtime.Gosched() // something else that takes time
					}
					clear(claims)
					maps.Copy(claims, *scratch.Load())
				}
			},
		},
		{
			Name:     "does-not-stop",
			Fault:    "It goes on with a fetch after it was closed.",
			CaughtBy: []string{"cfg.shutdown"},
			bend:     func(c *craft) { c.stop = func(*keySource) {} },
		},
	}
}
