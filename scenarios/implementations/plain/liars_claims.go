package plain

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// issuerLiars compare iss by something else than equality, or too late.
func issuerLiars() []Liar {
	compare := func(name, drops string, same func(configured, claimed string) bool, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) { c.sameIssuer = same }}
	}
	return []Liar{
		{
			Name:     "no-iss",
			Fault:    "It never reads iss.",
			CaughtBy: []string{"iss.missing", "iss.wrong-type", "iss.other", "iss.unverified-routing", "scalekit.custom-domain", "type.client-assertion", "disc.mix-up"},
			bend:     func(c *craft) { c.drop("iss") },
		},
		compare("iss-prefix", "It takes every iss that begins with the configured one.",
			func(configured, claimed string) bool { return strings.HasPrefix(claimed, configured) },
			"iss.suffix-char", "iss.path-appended", "iss.whitespace", "scalekit.resource-issuer"),
		compare("iss-normalised", "It compares iss as browsers compare URLs: without case, default port and last slash.",
			func(configured, claimed string) bool { return normalised(configured) == normalised(claimed) },
			"iss.scheme-case", "iss.default-port", "iss.trailing-slash", "scalekit.flow-wrong-iss", "scalekit.config-trailing-slash", "scalekit.config-case"),
		compare("iss-host-only", "It compares the hosts and not the schemes.",
			func(configured, claimed string) bool { return withoutScheme(configured) == withoutScheme(claimed) },
			"iss.scheme-http", "iss.no-scheme"),
		compare("iss-trims", "It takes white space off iss before it compares.",
			func(configured, claimed string) bool { return configured == strings.TrimSpace(claimed) },
			"iss.whitespace"),
		{
			Name:     "late-issuer",
			Fault:    "It looks for the key of a token before it asks whether the token is of its issuer.",
			CaughtBy: []string{"scalekit.wrong-environment", "flood.foreign-iss"},
			bend:     func(c *craft) { c.move("iss", "signature") },
		},
		{
			Name:     "claims-before-signature",
			Fault:    "It judges the claims before the signature, and so tells a forger which of them is wrong.",
			CaughtBy: []string{"cfg.error-order"},
			bend: func(c *craft) {
				c.move("key", "shape")
				c.move("signature", "key")
			},
		},
	}
}

// normalised returns a URL as RFC 3986, 6 would have it compared.
func normalised(issuer string) string {
	return strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(issuer), "/"), ":443")
}

func withoutScheme(issuer string) string {
	if _, rest, found := strings.Cut(issuer, "//"); found {
		return rest
	}
	return issuer
}

// audienceLiars take a token that was issued to somebody else.
func audienceLiars() []Liar {
	address := func(name, drops string, addressed func(audience, client string) bool, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) {
			c.addressed = func(aud, clients []string) bool {
				return slices.ContainsFunc(aud, func(a string) bool {
					return slices.ContainsFunc(clients, func(client string) bool { return addressed(a, client) })
				})
			}
		}}
	}
	return []Liar{
		{
			Name:     "no-aud",
			Fault:    "It never reads aud.",
			CaughtBy: []string{"aud.other-client", "aud.client-not-allowed", "scalekit.access-token-aud-api"},
			bend:     func(c *craft) { c.drop("aud") },
		},
		address("aud-contains-substring", "It searches aud for the client ID as text, and the other way round.",
			func(a, client string) bool { return strings.Contains(a, client) || strings.Contains(client, a) },
			"aud.prefix", "aud.suffix-char", "aud.whitespace", "aud.list-in-string", "scalekit.aud-other-env-client"),
		address("aud-case", "It compares aud without regard to case.", strings.EqualFold, "aud.case"),
		{
			Name:     "aud-ignores-extras",
			Fault:    "It finds the client ID in aud and does not ask who else is there.",
			CaughtBy: []string{"aud.untrusted-extra", "aud.10k"},
			bend:     func(c *craft) { c.configure(func(cfg *verifier.Config) { cfg.Require.TrustedAudiences = false }) },
		},
		{
			Name:     "aud-empty-ok",
			Fault:    "It has nothing to compare where aud is missing, empty or no list of texts, and lets that pass.",
			CaughtBy: []string{"aud.missing", "aud.null", "aud.wrong-type", "aud.empty-array", "aud.empty-string", "scalekit.m2m-token"},
			bend: func(c *craft) {
				c.only("aud", func(j *judgement) bool {
					aud, _ := audienceOf(j.claims)
					return slices.ContainsFunc(aud, func(a string) bool { return a != "" })
				})
			},
		},
		{
			Name:     "azp-as-aud",
			Fault:    "It takes azp for the audience where there is one.",
			CaughtBy: []string{"azp.only"},
			bend: func(c *craft) {
				c.audience = func(claims object) ([]string, bool) {
					if azp, ok := claims.text("azp"); ok {
						return []string{azp}, true
					}
					return audienceOf(claims)
				}
			},
		},
		{
			Name:     "no-azp",
			Fault:    "It never reads azp.",
			CaughtBy: []string{"azp.mismatch", "azp.wrong-type", "azp.empty"},
			bend:     func(c *craft) { c.drop("azp") },
		},
	}
}

// userLiars take a token that names no user, or is no ID Token.
func userLiars() []Liar {
	return []Liar{
		{
			Name:     "no-sub",
			Fault:    "It never reads sub.",
			CaughtBy: []string{"sub.missing", "sub.null", "sub.empty", "sub.wrong-type", "type.jarm"},
			bend:     func(c *craft) { c.drop("sub") },
		},
		{
			Name:     "sub-empty-ok",
			Fault:    "It takes an empty sub for a user.",
			CaughtBy: []string{"sub.empty", "sub.blank"},
			bend: func(c *craft) {
				c.only("sub", func(j *judgement) bool {
					sub, ok := j.claims.text("sub")
					return !ok || strings.TrimSpace(sub) != ""
				})
			},
		},
		{
			Name:     "sub-unbounded",
			Fault:    "It takes a sub of any length.",
			CaughtBy: []string{"sub.10k"},
			bend: func(c *craft) {
				c.wrap("sub", func(j *judgement, next judge) *verifier.Error {
					unbounded := *j.Verifier
					unbounded.policy.maxSubject = len(j.payload)
					j.Verifier = &unbounded
					return next(j)
				})
			},
		},
		{
			Name:     "stringifies",
			Fault:    "It reads a claim of another type as its JSON text.",
			CaughtBy: []string{"sub.wrong-type"},
			bend: func(c *craft) {
				c.text = func(value jsontext.Value) (string, bool) {
					if text, ok := unquote(value); ok {
						return text, true
					}
					return string(value), true
				}
			},
		},
		{
			Name:     "unpacks-lists",
			Fault:    "It takes the first of a list where a text should be.",
			CaughtBy: []string{"iss.array", "sub.wrong-type"},
			bend: func(c *craft) {
				c.text = func(value jsontext.Value) (string, bool) {
					if items, ok := elements(value); ok && len(items) > 0 {
						value = items[0]
					}
					return unquote(value)
				}
			},
		},
		{
			Name:     "claims-optional",
			Fault:    "It checks the claims that are there and misses none.",
			CaughtBy: []string{"iss.missing", "aud.missing", "exp.missing", "iat.missing", "sub.missing", "scalekit.idp-initiated", "json.payload-empty-object"},
			bend: func(c *craft) {
				for _, name := range []string{"iss", "aud", "exp", "iat", "sub"} {
					c.only(name, func(j *judgement) bool { return j.claims.has(name) })
				}
			},
		},
		{
			Name:  "no-typ",
			Fault: "It takes every JWT of the issuer for an ID Token.",
			CaughtBy: []string{
				"type.at-jwt", "type.at-jwt-prefixed", "type.logout", "type.logout-untyped", "type.dpop", "type.federation", "type.vc-jwt",
				"scalekit.access-token-aud-client", "org.roles",
			},
			bend: func(c *craft) { c.drop("forms", "typ", "shape") },
		},
		{
			Name:     "signature-only",
			Fault:    "It takes everything for an ID Token that a key of the issuer has signed.",
			CaughtBy: []string{"type.client-assertion", "type.request-object"},
			bend:     func(c *craft) { c.drop("forms", "typ", "iss", "aud", "azp", "shape") },
		},
		{
			Name:     "sid-for-sub",
			Fault:    "It takes the session for the user where a token has no sub.",
			CaughtBy: []string{"type.logout-sid-only"},
			bend: func(c *craft) {
				c.only("sub", func(j *judgement) bool { return j.claims.has("sub") || !j.claims.has("sid") })
				c.drop("shape")
			},
		},
		{
			Name:     "hs-any-audience",
			Fault:    "It takes a token under a shared secret whoever else it is for.",
			CaughtBy: []string{"alg.hs-multi-aud"},
			bend: func(c *craft) {
				c.wrap("aud", func(j *judgement, next judge) *verifier.Error {
					alg := j.alg
					j.alg = ""
					defer func() { j.alg = alg }()
					return next(j)
				})
			},
		},
	}
}

// timeLiars live by another clock.
func timeLiars() []Liar {
	expire := func(name, drops string, expired func(now, expiry time.Time, leeway time.Duration) bool, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) { c.expired = expired }}
	}
	read := func(name, drops string, date func(jsontext.Value) (time.Time, bool), caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) { c.date = date }}
	}
	return []Liar{
		expire("no-exp", "It demands an exp and never compares it with the clock.",
			func(time.Time, time.Time, time.Duration) bool { return false },
			"exp.past", "exp.char-beyond-leeway", "scalekit.flow-expired", "ref.no-offline-access", "ref.old-token-kept",
			"sec.refresh-before-expiry", "sec.refresh-after-expiry"),
		{
			Name:     "exp-optional",
			Fault:    "It takes a token without exp for one that never expires.",
			CaughtBy: []string{"exp.missing", "json.case-exp-only", "type.userinfo"},
			bend: func(c *craft) {
				c.only("exp", func(j *judgement) bool { return j.claims.has("exp") })
			},
		},
		expire("exp-inclusive", "It takes a token at the very second of its expiry.",
			func(now, expiry time.Time, leeway time.Duration) bool { return now.After(expiry.Add(leeway)) },
			"exp.now", "exp.char-at-leeway", "exp.beyond-leeway"),
		expire("exp-zero-never", "It takes an exp of zero for none.",
			func(now, expiry time.Time, leeway time.Duration) bool {
				return expiry.Unix() != 0 && onOrAfter(now, expiry, leeway)
			},
			"exp.zero"),
		expire("exp-unsigned", "It reads exp as an unsigned number, so that one before 1970 is far ahead.",
			func(now, expiry time.Time, leeway time.Duration) bool {
				return uint64(expiry.Unix()) <= uint64(now.Add(-leeway).Unix())
			},
			"exp.negative"),
		expire("generous-leeway", "It allows five minutes of clock skew, whatever is configured.",
			func(now, expiry time.Time, _ time.Duration) bool { return onOrAfter(now, expiry, 5*time.Minute) },
			"exp.char-at-leeway", "exp.char-beyond-leeway", "exp.now"),
		read("exp-string-ok", "It reads a time from the digits of a text.",
			func(value jsontext.Value) (time.Time, bool) {
				if text, ok := unquote(value); ok {
					value = jsontext.Value(text)
				}
				return numericDate(value)
			},
			"exp.string", "auth.wrong-type"),
		read("any-date", "It takes a time in milliseconds for one in a distant future.",
			func(value jsontext.Value) (time.Time, bool) {
				seconds, err := strconv.ParseFloat(string(value), 64)
				return time.Unix(int64(min(seconds, 1<<53)), 0), err == nil
			},
			"exp.milliseconds"),
		read("int-overflow", "It counts nanoseconds in 64 bits, which end in the year 2262 and begin anew.",
			func(value jsontext.Value) (time.Time, bool) {
				seconds, err := strconv.ParseInt(string(value), 10, 64)
				if err != nil {
					return numericDate(value)
				}
				return time.Unix(0, seconds*int64(time.Second)), true
			},
			"exp.milliseconds", "exp.int64-max"),
		{
			Name:     "no-nbf",
			Fault:    "It never reads nbf.",
			CaughtBy: []string{"nbf.future", "nbf.char-beyond-leeway"},
			bend:     func(c *craft) { c.drop("nbf") },
		},
		{
			Name:     "no-iat",
			Fault:    "It never reads iat.",
			CaughtBy: []string{"iat.missing"},
			bend:     func(c *craft) { c.drop("iat") },
		},
	}
}

// configurationLiars take a configuration that leaves a check out.
func configurationLiars() []Liar {
	return []Liar{
		{
			Name:     "config-blind",
			Fault:    "It takes every configuration, and so verifies less where something is left out.",
			CaughtBy: []string{"cfg.empty-client-id", "cfg.empty-issuer", "cfg.issuer-http", "cfg.none-allowed", "cfg.mixed-symmetry", "cfg.leeway", "alg.hs-short-secret"},
			bend: func(c *craft) {
				c.configuration = func(*verifier.Config) *verifier.Error { return nil }
			},
		},
		{
			Name:     "mends-config",
			Fault:    "It mends the configured issuer: it adds https://, and takes off what nobody would mean.",
			CaughtBy: []string{"scalekit.config-no-scheme", "scalekit.config-http", "scalekit.config-trailing-slash", "scalekit.config-case"},
			bend: func(c *craft) {
				c.configure(func(cfg *verifier.Config) {
					if !cfg.Allow.LoopbackHTTP {
						cfg.Issuer = "https://" + withoutScheme(normalised(cfg.Issuer))
					}
				})
			},
		},
	}
}

// configure changes a configuration before it is checked.
func (c *craft) configure(change func(*verifier.Config)) {
	check := c.configuration
	c.configuration = func(cfg *verifier.Config) *verifier.Error {
		change(cfg)
		return check(cfg)
	}
}
