package plain

import (
	"bytes"
	"errors"
	"strings"
	"sync"

	"github.com/assay-id/assay/verifier"
)

// fussyLiars are pedantic about how a token or a key is written.
func fussyLiars() []Liar {
	refusesHeader := func(name, drops string, refused func(j *judgement) bool, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) {
			c.wrap("header", func(j *judgement, next judge) *verifier.Error {
				if refusal := next(j); refusal != nil {
					return refusal
				}
				if refused(j) {
					return malformed("header", "something good", "something else")
				}
				return nil
			})
		}}
	}
	return []Liar{
		refusesHeader("typ-as-usual", "It refuses a typ that is not written JWT.",
			func(j *judgement) bool { typ, _ := j.head.text("typ"); return j.head.has("typ") && typ != "JWT" },
			"base.typ-media-prefix", "base.typ-case"),
		refusesHeader("alg-first", "It refuses a header that does not begin with alg.",
			func(j *judgement) bool { return j.head.members[0].name != "alg" },
			"base.member-order"),
		refusesHeader("kid-is-number", "It refuses a kid that is longer than others, or has characters that they do not have.",
			func(j *judgement) bool { return len(j.kid.text) > 32 || strings.ContainsAny(j.kid.text, "/+=:") },
			"base.kid-opaque"),
		{
			Name:     "canonical-json",
			Fault:    "It refuses JSON with white space.",
			CaughtBy: []string{"base.json-whitespace"},
			bend: func(c *craft) {
				c.parse = func(text []byte) (object, error) {
					if bytes.ContainsAny(text, "\r\n\t") {
						return object{}, errors.New("white space")
					}
					return parseStrictly(text)
				}
			},
		},
		{
			Name:     "once-only",
			Fault:    "It refuses a token that it has seen before.",
			CaughtBy: []string{"base.twice"},
			bend: func(c *craft) {
				var seen sync.Map
				c.wrap("shape", func(j *judgement, next judge) *verifier.Error {
					if refusal := next(j); refusal != nil {
						return refusal
					}
					if _, known := seen.LoadOrStore(j.raw, true); known {
						return refuse(verifier.ReasonPolicy, "", "a token again", "a new one")
					}
					return nil
				})
			},
		},
		{
			Name:     "jwk-alg-required",
			Fault:    "It refuses a key whose JWK does not say for which algorithm it is.",
			CaughtBy: []string{"alg.ok-jwk-without-alg"},
			bend: func(c *craft) {
				c.suspects = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
					found, refusal := keysNamed(j, set)
					if refusal == nil && found[0].alg == "" {
						return nil, refuse(verifier.ReasonKeyUnusable, "alg", "", "one")
					}
					return found, refusal
				}
			},
		},
	}
}
