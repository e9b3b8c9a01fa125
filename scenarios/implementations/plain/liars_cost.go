package plain

import (
	"strings"
	"sync/atomic"

	"github.com/assay-id/assay/verifier"
)

// costLiars let a token or a provider take more than it should.
func costLiars() []Liar {
	return []Liar{
		{
			Name:     "any-size",
			Fault:    "It reads a token of any length.",
			CaughtBy: []string{"dos.token-1mib", "dos.token-64mib", "dos.header-only-huge"},
			bend:     func(c *craft) { c.drop("size") },
		},
		{
			Name:     "backtracks",
			Fault:    "It matches claims with an expression that begins anew at every character.",
			CaughtBy: []string{"dos.redos"},
			bend: func(c *craft) {
				c.wrap("iss", func(j *judgement, next judge) *verifier.Error {
					for _, name := range []string{"iss", "aud", "sub"} {
						text, _ := j.claims.text(name)
						backtrack(text)
					}
					return next(j)
				})
			},
		},
		{
			Name:     "panics",
			Fault:    "It believes that a claim has the type that it usually has.",
			CaughtBy: []string{"dos.no-panic-types"},
			bend: func(c *craft) {
				c.wrap("shape", func(j *judgement, next judge) *verifier.Error {
					claims := j.claims.values()
					if claims["email"] != nil {
						_ = claims["email"].(string)
					}
					return next(j)
				})
			},
		},
		{
			Name:     "shows-token",
			Fault:    "It puts the token into its refusals.",
			CaughtBy: []string{"dos.error-does-not-echo", "fetch.error-sanitised"},
			bend: func(c *craft) {
				for _, check := range []string{"size", "alg", "key", "aud"} {
					c.wrap(check, func(j *judgement, next judge) *verifier.Error {
						refusal := next(j)
						if refusal != nil {
							refusal.Detail = "the token is " + j.raw
						}
						return refusal
					})
				}
			},
		},
		{
			Name:     "locks-out",
			Fault:    "It refuses every token after thirty that were bad.",
			CaughtBy: []string{"dos.malformed-corpus", "dos.no-panic-types"},
			bend: func(c *craft) {
				var bad atomic.Int64
				for _, check := range []string{"segments", "header", "alg", "payload", "signature", "iss", "aud", "exp", "sub", "shape"} {
					c.wrap(check, func(j *judgement, next judge) *verifier.Error {
						if bad.Load() > 30 {
							return refuse(verifier.ReasonPolicy, "", "a token after many that were bad", "patience")
						}
						refusal := next(j)
						if refusal != nil {
							bad.Add(1)
						}
						return refusal
					})
				}
			},
		},
	}
}

// backtrack takes time that grows with the square of the text, as an expression
// such as ^(a+)+$ takes at the least.
func backtrack(text string) (matches int) {
	for i := range text {
		for j := range text {
			if strings.HasPrefix(text[i:], text[j:min(j+1024, len(text))]) {
				matches++
			}
		}
	}
	return matches
}
