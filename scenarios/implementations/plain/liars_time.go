package plain

import (
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// expires compares exp with the clock in another way.
func expires(expired func(now, expiry time.Time, leeway time.Duration) bool) bend {
	return func(h *habits) { h.claims.expired = expired }
}

// readsDates reads a NumericDate in another way.
func readsDates(date func(jsontext.Value) (time.Time, bool)) bend {
	return func(h *habits) { h.claims.date = date }
}

// expiryLiars compare exp in their own way.
func expiryLiars() []Liar {
	return []Liar{
		{"no-exp", "It requires an exp and never compares it with the clock.",
			ids{
				"exp.past", "exp.char-beyond-leeway", "scalekit.flow-expired", "ref.no-offline-access", "ref.old-token-kept",
				"sec.refresh-before-expiry", "sec.refresh-after-expiry",
			},
			expires(func(time.Time, time.Time, time.Duration) bool { return false })},
		{"exp-optional", "It mistakes a token without exp for one that never expires.",
			ids{"exp.missing", "json.case-exp-only", "type.userinfo"}, onlyIf(has("exp"), "exp")},
		{"exp-inclusive", "It accepts a token at the very second of its expiry.",
			ids{"exp.now", "exp.char-at-leeway", "exp.beyond-leeway"},
			expires(func(now, expiry time.Time, leeway time.Duration) bool { return now.After(expiry.Add(leeway)) })},
		{"exp-zero-never", "It treats an exp of zero as no exp.", ids{"exp.zero"},
			expires(func(now, expiry time.Time, leeway time.Duration) bool {
				return expiry.Unix() != 0 && onOrAfter(now, expiry, leeway)
			})},
		{"exp-unsigned", "It reads exp as an unsigned number, so that a time before 1970 is far in the future.", ids{"exp.negative"},
			expires(func(now, expiry time.Time, leeway time.Duration) bool {
				return uint64(expiry.Unix()) <= uint64(now.Add(-leeway).Unix())
			})},
		{"generous-leeway", "It allows five minutes of clock skew, whatever is configured.",
			ids{"exp.char-at-leeway", "exp.char-beyond-leeway", "exp.now"},
			expires(func(now, expiry time.Time, _ time.Duration) bool { return onOrAfter(now, expiry, 5*time.Minute) })},
		{"exp-null-ok", "It mistakes an exp of null for one that never comes.", ids{"exp.null"},
			all(unless(expIsNull, "times"), unless(expIsNull, "exp"))},
	}
}

func expIsNull(j *judgement) bool {
	exp, _ := j.claims.get("exp")
	return exp.Kind() == jsontext.KindNull
}

func expIsNoDate(j *judgement) bool {
	exp, _ := j.claims.get("exp")
	_, ok := numericDate(exp)
	return !ok
}

// dateLiars read a NumericDate that is none, or as another one.
func dateLiars() []Liar {
	return []Liar{
		{"exp-string-ok", "It reads a time from a string of digits.", ids{"exp.string", "auth.wrong-type"},
			readsDates(func(value jsontext.Value) (time.Time, bool) {
				if text, ok := unquote(value); ok {
					value = jsontext.Value(text)
				}
				return numericDate(value)
			})},
		{"exp-unreadable-ok", "It does not check an exp that it cannot read as a date.", ids{"exp.wrong-type"},
			all(unless(expIsNoDate, "times"), unless(expIsNoDate, "exp"))},
		{"converts-milliseconds", "It divides a time in the distant future by a thousand.", ids{"iat.milliseconds"},
			readsDates(func(value jsontext.Value) (time.Time, bool) {
				if seconds, err := strconv.ParseInt(string(value), 10, 64); err == nil && seconds > 1e11 {
					return time.UnixMilli(seconds), true
				}
				return numericDate(value)
			})},
		{"any-date", "It mistakes milliseconds for seconds, which are in the distant future.", ids{"exp.milliseconds"},
			readsDates(func(value jsontext.Value) (time.Time, bool) {
				seconds, err := strconv.ParseFloat(string(value), 64)
				return time.Unix(int64(min(seconds, 1<<53)), 0), err == nil
			})},
		{"int-overflow", "It counts nanoseconds in 64 bits, which overflow in the year 2262.",
			ids{"exp.milliseconds", "exp.int64-max"},
			readsDates(func(value jsontext.Value) (time.Time, bool) {
				seconds, err := strconv.ParseInt(string(value), 10, 64)
				if err != nil {
					return numericDate(value)
				}
				return time.Unix(0, seconds*int64(time.Second)), true
			})},
		{"date-iso8601", "It accepts a date in ISO 8601.", ids{"exp.iso8601"},
			readsDates(func(value jsontext.Value) (time.Time, bool) {
				if text, ok := unquote(value); ok {
					t, err := time.Parse(time.RFC3339, text)
					return t, err == nil
				}
				return numericDate(value)
			})},
		{"date-infinite", "It reads a number that is too large for a float as infinity.", ids{"exp.infinite"},
			readsDates(func(value jsontext.Value) (time.Time, bool) {
				if seconds, _ := strconv.ParseFloat(string(value), 64); math.IsInf(seconds, 1) {
					return time.Unix(1<<40, 0), true
				}
				return numericDate(value)
			})},
		{"date-overflow", "It converts a number to 64 bits without checking its range, and gets the smallest integer.",
			ids{"exp.int64-max", "exp.beyond-int64"},
			readsDates(func(value jsontext.Value) (time.Time, bool) {
				if seconds, err := strconv.ParseFloat(string(value), 64); err == nil && seconds >= 1<<63 {
					return time.Unix(-1<<40, 0), true
				}
				return numericDate(value)
			})},
		{"date-float", "It reads a number of any length as a float, and loses the exponent of a long one.", ids{"nbf.long-mantissa"},
			readsDates(func(value jsontext.Value) (time.Time, bool) {
				t, ok := numericDate(value)
				if seconds, _ := strconv.ParseFloat(string(value), 64); ok && len(value) > 800 {
					t = time.Unix(int64(seconds), 0)
				}
				return t, ok
			})},
		{"times-untyped", "It ignores an iat or nbf that is not a number.", ids{"iat.wrong-type", "nbf.wrong-type"},
			unless(func(j *judgement) bool {
				exp, _ := j.claims.get("exp")
				_, ok := numericDate(exp)
				return ok
			}, "times")},
	}
}

// comparesNotBefore compares nbf in another way.
func comparesNotBefore(valid func(j *judgement, nbf time.Time) bool) bend {
	return around("nbf", func(j *judgement, _ judge) *verifier.Error {
		if nbf := j.at("nbf"); j.claims.has("nbf") && !valid(j, nbf) {
			return refuse(verifier.ReasonTokenNotYetValid, "nbf", clock(nbf), "")
		}
		return nil
	})
}

// clockLiars compare nbf and iat in their own way, or keep another time.
func clockLiars() []Liar {
	return []Liar{
		{"no-nbf", "It never reads nbf.", ids{"nbf.future", "nbf.char-beyond-leeway", "nbf.after-exp"}, without("nbf", "ever valid")},
		{"never-valid", "It accepts a token that expires before it becomes valid, when the clock skew allows both.", ids{"nbf.after-exp"}, without("ever valid")},
		{"no-iat", "It never reads iat.", ids{"iat.missing", "iat.future"}, without("iat")},
		{"no-lifetime", "It does not check how long a token lives.", ids{"exp.too-long-lived"},
			configured(func(cfg *verifier.Config) { cfg.MaxLifetime = 0 })},
		{"iat-alone", "It does not compare iat with exp.", ids{"exp.before-iat"},
			around("iat", func(j *judgement, next judge) *verifier.Error {
				refusal := next(j)
				if refusal != nil && refusal.Reason == verifier.ReasonInvalidIssuedAt && !j.at("iat").After(j.now.Add(j.policy.leeway)) {
					return nil
				}
				return refusal
			})},
		{"nbf-exclusive", "It refuses a token at the very second of its nbf.", ids{"nbf.now", "nbf.at-leeway"},
			comparesNotBefore(func(j *judgement, nbf time.Time) bool { return j.now.Add(j.policy.leeway).After(nbf) })},
		{"nbf-five-minutes", "It allows five minutes before nbf, whatever is configured.",
			ids{"nbf.fixed-leeway", "nbf.char-beyond-leeway"},
			comparesNotBefore(func(j *judgement, nbf time.Time) bool { return !nbf.After(j.now.Add(5 * time.Minute)) })},
		{"iat-exact", "It allows clock skew for exp and nbf but none for iat.", ids{"iat.future-skew", "clock.behind"},
			refusing(func(j *judgement) bool { return j.policy.Require.IssuedAt && j.at("iat").After(j.now) },
				"iat", verifier.ReasonInvalidIssuedAt, "iat")},
		{"local-clock", "It compares the local wall clock with times in UTC.", ids{"clock.timezone"},
			beforehand("exp", func(j *judgement) {
				if _, offset := j.now.Zone(); offset != 0 {
					j.now = j.now.Add(time.Duration(offset) * time.Second)
				}
			})},
		{"trusts-clock", "It treats keys as fresh until a clock that was set back has caught up.", ids{"clock.step-back", "clock.jump-and-back", "clock.back-in-pause", "clock.back-after-flood", "refresh.clock-set-back"},
			func(h *habits) { h.cache.trustsClock = true }},
	}
}
