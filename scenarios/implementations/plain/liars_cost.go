package plain

import (
	"strings"
	"sync/atomic"

	"github.com/assay-id/assay/verifier"
)

// costLiars let one token cost more than it should, or others pay for it.
func costLiars() []Liar {
	return []Liar{
		{"any-size", "It reads a token of any length.",
			ids{"dos.token-1mib", "dos.token-64mib", "dos.header-only-huge"}, without("size")},
		{"backtracks", "It matches claims against an expression that starts again at every character.", ids{"dos.redos"},
			beforehand("iss", func(j *judgement) {
				for _, name := range []string{"iss", "aud", "sub"} {
					text, _ := j.claims.string(name)
					backtrack(text)
				}
			})},
		{"panics", "It believes that a claim has the type that it usually has.", ids{"dos.no-panic-types"},
			beforehand("shape", func(j *judgement) {
				if email := j.claims.values()["email"]; email != nil {
					_ = email.(string)
				}
			})},
		{"shows-token", "It puts the token into its refusals.", ids{"dos.error-does-not-echo", "fetch.error-sanitised"},
			all(showsToken("size"), showsToken("alg"), showsToken("key"), showsToken("aud"))},
		{"locks-out", "It refuses every token after thirty bad ones.", ids{"dos.malformed-corpus", "dos.no-panic-types"}, locksOut},
	}
}

// backtrack takes time that grows with the square of the text, as an expression
// such as ^(a+)+$ does at the least.
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

func showsToken(name string) bend {
	return around(name, func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		if refusal != nil {
			refusal.Detail = "the token is " + j.raw
		}
		return refusal
	})
}

func locksOut(h *habits) {
	var bad atomic.Int64
	for _, name := range []string{"segments", "header", "alg", "payload", "signature", "iss", "aud", "exp", "sub", "shape"} {
		around(name, func(j *judgement, next judge) *verifier.Error {
			if bad.Load() > 30 {
				return refuse(verifier.ReasonPolicy, "", "a token after many bad ones", "patience")
			}
			refusal := next(j)
			if refusal != nil {
				bad.Add(1)
			}
			return refusal
		})(h)
	}
}
