package plain

import (
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// clockLiars read times that are none, and clocks as they are not.
func clockLiars() []Liar {
	read := func(name, drops string, date func(jsontext.Value) (time.Time, bool), caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) { c.date = date }}
	}
	never := time.Unix(1<<40, 0)
	return []Liar{
		{
			Name:     "times-untyped",
			Fault:    "It takes an iat or nbf that is no number for one that is not there.",
			CaughtBy: []string{"iat.wrong-type", "nbf.wrong-type"},
			bend: func(c *craft) {
				c.only("times", func(j *judgement) bool {
					value, _ := j.claims.get("exp")
					_, ok := numericDate(value)
					return !ok
				})
			},
		},
		{
			Name:     "exp-null-ok",
			Fault:    "It takes an exp of null for none, and so for one that never comes.",
			CaughtBy: []string{"exp.null"},
			bend: func(c *craft) {
				isNull := func(j *judgement) bool {
					value, _ := j.claims.get("exp")
					return value.Kind() == jsontext.KindNull
				}
				c.only("times", not(isNull))
				c.only("exp", not(isNull))
			},
		},
		read("date-iso8601", "It reads a date of ISO 8601.",
			func(value jsontext.Value) (time.Time, bool) {
				if text, ok := unquote(value); ok {
					t, err := time.Parse(time.RFC3339, text)
					return t, err == nil
				}
				return numericDate(value)
			}, "exp.iso8601"),
		read("date-infinite", "It takes a number that is too large to read for infinity.",
			func(value jsontext.Value) (time.Time, bool) {
				if seconds, _ := strconv.ParseFloat(string(value), 64); math.IsInf(seconds, 1) {
					return never, true
				}
				return numericDate(value)
			}, "exp.infinite"),
		read("date-overflow", "It converts a number to 64 bits without a look at its range, and gets the smallest of all.",
			func(value jsontext.Value) (time.Time, bool) {
				if seconds, err := strconv.ParseFloat(string(value), 64); err == nil && seconds >= 1<<63 {
					return time.Unix(-1<<40, 0), true
				}
				return numericDate(value)
			}, "exp.int64-max", "exp.beyond-int64"),
		{
			Name:     "no-lifetime",
			Fault:    "It does not ask for how long a token lives.",
			CaughtBy: []string{"exp.too-long-lived"},
			bend:     func(c *craft) { c.configure(func(cfg *verifier.Config) { cfg.MaxLifetime = 0 }) },
		},
		{
			Name:     "iat-alone",
			Fault:    "It does not compare iat with exp.",
			CaughtBy: []string{"exp.before-iat"},
			bend: func(c *craft) {
				c.wrap("iat", func(j *judgement, next judge) *verifier.Error {
					refusal := next(j)
					if refusal != nil && refusal.Reason == verifier.ReasonInvalidIssuedAt && !j.at("iat").After(j.now.Add(j.policy.leeway)) {
						return nil
					}
					return refusal
				})
			},
		},
		nbfLiar("nbf-exclusive", "It refuses a token at the very second of its nbf.", func(j *judgement, nbf time.Time) bool {
			return j.now.Add(j.policy.leeway).After(nbf)
		}, "nbf.now"),
		nbfLiar("nbf-five-minutes", "It allows five minutes before nbf, whatever is configured.", func(j *judgement, nbf time.Time) bool {
			return !nbf.After(j.now.Add(5 * time.Minute))
		}, "nbf.fixed-leeway", "nbf.char-beyond-leeway"),
		{
			Name:     "iat-exact",
			Fault:    "It allows exp and nbf a clock skew, and iat none.",
			CaughtBy: []string{"iat.future-skew", "clock.behind"},
			bend: func(c *craft) {
				c.wrap("iat", func(j *judgement, next judge) *verifier.Error {
					if iat := j.at("iat"); j.policy.Require.IssuedAt && iat.After(j.now) {
						return refuse(verifier.ReasonInvalidIssuedAt, "iat", clock(iat), clock(j.now))
					}
					return next(j)
				})
			},
		},
		{
			Name:     "local-clock",
			Fault:    "It compares the clock on the wall with times in UTC.",
			CaughtBy: []string{"clock.timezone"},
			bend: func(c *craft) {
				c.wrap("exp", func(j *judgement, next judge) *verifier.Error {
					_, offset := j.now.Zone()
					if offset != 0 {
						j.now = j.now.Add(time.Duration(offset) * time.Second)
					}
					return next(j)
				})
			},
		},
		{
			Name:     "remembers-verdicts",
			Fault:    "It accepts for ever what it has accepted once.",
			CaughtBy: []string{"cache.positive-verdict-revoked", "clock.verdict-cache", "scalekit.flow-expired"},
			bend: func(c *craft) {
				var accepted sync.Map
				checks := c.checks
				c.checks = []check{{"everything", func(j *judgement) *verifier.Error {
					if claims, known := accepted.Load(j.raw); known {
						j.claims = claims.(object)
						return nil
					}
					for _, check := range checks {
						if refusal := check.judge(j); refusal != nil {
							return refusal
						}
					}
					accepted.Store(j.raw, j.claims)
					return nil
				}}}
			},
		},
		{
			Name:     "trusts-clock",
			Fault:    "It takes keys for fresh until the clock has caught up with where it was set back from.",
			CaughtBy: []string{"clock.step-back"},
			bend:     func(c *craft) { c.look = func(*keySource, time.Time) {} },
		},
	}
}

// nbfLiar is a liar that compares nbf in its own way.
func nbfLiar(name, drops string, valid func(j *judgement, nbf time.Time) bool, caughtBy ...string) Liar {
	return Liar{name, drops, caughtBy, func(c *craft) {
		c.wrap("nbf", func(j *judgement, _ judge) *verifier.Error {
			if nbf := j.at("nbf"); j.claims.has("nbf") && !valid(j, nbf) {
				return refuse(verifier.ReasonTokenNotYetValid, "nbf", clock(nbf), "")
			}
			return nil
		})
	}}
}
