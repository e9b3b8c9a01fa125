package plain

import (
	"crypto"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/assay-id/assay/verifier"
)

// identityLiars mistake one issuer, one client or one user for another.
func identityLiars() []Liar {
	return slices.Concat(likeIssuerLiars(), likeAudienceLiars(), reportLiars())
}

// likeIssuerLiars compare iss in the ways of URLs, of people and of C.
func likeIssuerLiars() []Liar {
	compare := func(name, drops string, same func(configured, claimed string) bool, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) { c.sameIssuer = same }}
	}
	look := strings.NewReplacer("e\u0301", "é", "\u0456", "i", "\u200B", "", "\u00AD", "", "\u200F", "", "xn--bcher-kva", "bücher")
	var kept sync.Map // of any issuer, by kid
	return []Liar{
		sparing("iss-empty-ok", "It has nothing to compare where iss is null or empty, and lets that pass.", "iss",
			func(j *judgement) bool {
				value, present := j.claims.get("iss")
				return !present || string(value) != "null" && string(value) != `""`
			}, "iss.null", "iss.empty"),
		compare("iss-substring", "It asks whether the configured issuer has iss in it.",
			strings.Contains, "iss.prefix", "iss.empty"),
		compare("iss-case", "It compares iss without regard to case.",
			strings.EqualFold, "iss.path-case", "iss.scheme-case"),
		compare("iss-resolved", "It resolves dot segments in iss, and drops query and fragment.",
			func(configured, claimed string) bool {
				u, err := url.Parse(claimed)
				return err == nil && configured == u.Scheme+"://"+u.Host+strings.TrimSuffix(path.Clean("/"+u.Path), "/")
			}, "iss.query-fragment", "iss.dot-segments"),
		compare("iss-looks-alike", "It compares issuers by how they look.",
			func(configured, claimed string) bool { return look.Replace(configured) == look.Replace(claimed) },
			"iss.homoglyph", "iss.normalisation", "iss.invisible", "iss.punycode"),
		compare("iss-c-string", "It compares iss up to the first NUL.",
			func(configured, claimed string) bool {
				text, _, _ := strings.Cut(claimed, "\x00")
				return configured == text
			}, "iss.nul"),
		compare("iss-pattern", "It takes the configured issuer for a regular expression.",
			func(configured, claimed string) bool {
				matched, err := regexp.MatchString("^"+configured+"$", claimed)
				return err == nil && matched
			}, "iss.regex-dot"),
		compare("iss-origin", "It compares scheme, host and port of iss, and not the path.",
			func(configured, claimed string) bool {
				a, errA := url.Parse(configured)
				b, errB := url.Parse(claimed)
				return errA == nil && errB == nil && a.Scheme == b.Scheme && a.Host == b.Host
			}, "iss.sibling-tenant", "iss.path-case", "iss.dot-segments", "scalekit.resource-issuer"),
		{
			Name:     "keys-of-all-issuers",
			Fault:    "It keeps the keys of all issuers in one table by kid.",
			CaughtBy: []string{"cache.issuer-isolation", "iss.multi-issuer-cross-key", "cfg.two-instances"},
			bend: func(c *craft) {
				c.wrap("key", func(j *judgement, next judge) *verifier.Error {
					refusal := next(j)
					for _, k := range j.suspects {
						known, _ := kept.LoadOrStore(j.kid, []*key(nil))
						if all := known.([]*key); !slices.ContainsFunc(all, k.is) {
							kept.Store(j.kid, append(slices.Clip(all), k))
						}
					}
					if known, ok := kept.Load(j.kid); ok {
						j.suspects = known.([]*key)
						return nil
					}
					return refusal
				})
			},
		},
	}
}

// is reports whether two keys are the same public key.
func (k *key) is(other *key) bool {
	public, ok := k.public.(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(other.public)
}

// likeAudienceLiars find the client where it is not named.
func likeAudienceLiars() []Liar {
	return []Liar{
		{
			Name:     "aud-pattern",
			Fault:    "It takes the audiences for patterns that the client ID may fit.",
			CaughtBy: []string{"aud.wildcard"},
			bend: func(c *craft) {
				c.addressed = func(aud, clients []string) bool {
					return slices.ContainsFunc(aud, func(a string) bool {
						return slices.ContainsFunc(clients, func(client string) bool {
							glob, _ := path.Match(a, client)
							return glob || a == client
						})
					})
				}
			},
		},
		sparing("aud-issuer-ok", "It takes a token that the issuer has made for itself.", "aud",
			func(j *judgement) bool {
				aud, _ := audienceOf(j.claims)
				return !slices.Contains(aud, j.policy.Issuer)
			}, "aud.issuer"),
		{
			Name:     "aud-one-element",
			Fault:    "It refuses a list of more than one audience.",
			CaughtBy: []string{"aud.array-dup", "aud.char-includes", "aud.trusted-extra"},
			bend: func(c *craft) {
				c.wrap("aud", func(j *judgement, next judge) *verifier.Error {
					if aud, _ := audienceOf(j.claims); len(aud) > 1 {
						return refuse(verifier.ReasonInvalidAudience, "aud", "", "one audience")
					}
					return next(j)
				})
			},
		},
		{
			Name:     "aud-list-beside-azp",
			Fault:    "It demands a list of audiences of a token with azp, as Scalekit sends it.",
			CaughtBy: []string{"aud.string"},
			bend: func(c *craft) {
				c.wrap("aud", func(j *judgement, next judge) *verifier.Error {
					if _, isText := j.claims.text("aud"); isText && j.claims.has("azp") {
						return refuse(verifier.ReasonInvalidAudience, "aud", "a text", "a list")
					}
					return next(j)
				})
			},
		},
		sparing("azp-empty-ok", "It takes an empty azp for none.", "azp",
			func(j *judgement) bool {
				value, _ := j.claims.get("azp")
				return string(value) != `""`
			}, "azp.empty"),
	}
}

// reportLiars accept the right tokens and report another user.
func reportLiars() []Liar {
	mend := func(name, drops string, mended func(sub string) string, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) {
			c.report = func(claims map[string]any) {
				if sub, ok := claims["sub"].(string); ok {
					claims["sub"] = mended(sub)
				}
			}
		}}
	}
	var issuers sync.Map // by sub
	return []Liar{
		mend("sub-lower-case", "It reports sub in lower case.", strings.ToLower, "sub.case-preserved"),
		mend("sub-trims", "It reports sub without the blanks around it.", strings.TrimSpace, "sub.spaces-preserved"),
		mend("sub-normalised", "It reports sub with accents composed in one way.",
			strings.NewReplacer("e\u0308", "ë").Replace, "sub.no-normalisation"),
		mend("sub-ascii", "It reports sub without what is not ASCII.",
			func(sub string) string {
				return strings.Map(func(r rune) rune {
					if r >= 0x80 {
						return -1
					}
					return r
				}, sub)
			}, "sub.non-ascii", "sub.no-normalisation", "sub.1k-char"),
		mend("sub-printable", "It reports sub without control characters.",
			func(sub string) string {
				return strings.Map(func(r rune) rune {
					if r < ' ' {
						return -1
					}
					return r
				}, sub)
			}, "sub.control-chars"),
		{
			Name:     "users-by-sub",
			Fault:    "It knows a user by sub alone, whichever issuer the token is of.",
			CaughtBy: []string{"sub.issuer-scoped"},
			bend: func(c *craft) {
				c.report = func(claims map[string]any) {
					if sub, ok := claims["sub"].(string); ok {
						claims["iss"], _ = issuers.LoadOrStore(sub, claims["iss"])
					}
				}
			},
		},
	}
}
