package plain

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/assay-id/assay/verifier"
)

// comparesIssuer compares iss in another way.
func comparesIssuer(same func(configured, claimed string) bool) bend {
	return func(h *habits) { h.claims.sameIssuer = same }
}

// issuerLiars compare iss in the ways of URLs, of people and of C, or too late.
func issuerLiars() []Liar {
	return []Liar{
		{"no-iss", "It never reads iss.",
			ids{"iss.missing", "iss.wrong-type", "iss.other", "iss.unverified-routing", "scalekit.custom-domain", "type.client-assertion", "disc.mix-up"},
			without("iss")},
		{"iss-prefix", "It accepts every iss that begins with the configured one.",
			ids{"iss.suffix-char", "iss.path-appended", "iss.whitespace", "scalekit.resource-issuer"},
			comparesIssuer(func(configured, claimed string) bool { return strings.HasPrefix(claimed, configured) })},
		{"iss-normalised", "It compares iss as browsers compare URLs: ignoring case, default port and trailing slash.",
			ids{"iss.scheme-case", "iss.default-port", "iss.trailing-slash", "scalekit.flow-wrong-iss", "scalekit.config-trailing-slash", "scalekit.config-case"},
			comparesIssuer(func(configured, claimed string) bool { return normalised(configured) == normalised(claimed) })},
		{"iss-host-only", "It does not compare the scheme of iss.", ids{"iss.scheme-http", "iss.no-scheme"},
			comparesIssuer(func(configured, claimed string) bool { return withoutScheme(configured) == withoutScheme(claimed) })},
		{"iss-trims", "It trims white space off iss before it compares it.", ids{"iss.whitespace"},
			comparesIssuer(func(configured, claimed string) bool { return configured == strings.TrimSpace(claimed) })},
		{"iss-empty-ok", "It has nothing to compare if iss is null or empty, and lets that pass.", ids{"iss.null", "iss.empty"},
			unless(func(j *judgement) bool {
				value, present := j.claims.get("iss")
				return present && (string(value) == "null" || string(value) == `""`)
			}, "iss")},
		{"iss-substring", "It accepts every iss that is part of the configured one.",
			ids{"iss.prefix", "iss.empty"}, comparesIssuer(strings.Contains)},
		{"iss-case", "It ignores case when it compares iss.",
			ids{"iss.path-case", "iss.scheme-case"}, comparesIssuer(strings.EqualFold)},
		{"iss-resolved", "It resolves dot segments in iss and drops query and fragment.",
			ids{"iss.query-fragment", "iss.dot-segments"},
			comparesIssuer(func(configured, claimed string) bool {
				u, err := url.Parse(claimed)
				return err == nil && configured == u.Scheme+"://"+u.Host+strings.TrimSuffix(path.Clean("/"+u.Path), "/")
			})},
		{"iss-looks-alike", "It compares issuers by how they look.",
			ids{"iss.homoglyph", "iss.normalisation", "iss.invisible", "iss.punycode"}, comparesIssuer(looksAlike)},
		{"iss-url", "It compares issuers as URLs: host in any case, without user information and final dot.",
			ids{"iss.host-case", "iss.userinfo", "iss.trailing-dot"},
			comparesIssuer(func(configured, claimed string) bool { return sameURL(configured, strings.TrimSuffix(claimed, ".")) })},
		{"iss-unescapes", "It decodes percent escapes in iss.", ids{"iss.percent-encoded"},
			comparesIssuer(func(configured, claimed string) bool {
				plain, err := url.PathUnescape(claimed)
				return err == nil && plain == configured
			})},
		{"iss-begins-with-host", "It accepts a host that begins with that of the issuer.", ids{"iss.subdomain", "iss.userinfo", "iss.trailing-dot"},
			comparesIssuer(func(configured, claimed string) bool {
				return claimed == configured || strings.HasPrefix(claimed, configured) && strings.ContainsAny(claimed[len(configured):][:1], ".@:")
			})},
		{"iss-subdomains", "It accepts every domain below that of the issuer.", ids{"iss.subdomain"},
			comparesIssuer(func(configured, claimed string) bool {
				return claimed == configured || strings.HasSuffix(claimed, "."+withoutScheme(configured))
			})},
		{"iss-c-string", "It compares iss up to the first NUL.", ids{"iss.nul"},
			comparesIssuer(func(configured, claimed string) bool {
				text, _, _ := strings.Cut(claimed, "\x00")
				return configured == text
			})},
		{"iss-pattern", "It uses the configured issuer as a regular expression.", ids{"iss.regex-dot"},
			comparesIssuer(func(configured, claimed string) bool {
				matched, err := regexp.MatchString("^"+configured+"$", claimed)
				return err == nil && matched
			})},
		{"iss-origin", "It compares scheme, host and port of iss but not the path.",
			ids{"iss.sibling-tenant", "iss.path-case", "iss.dot-segments", "scalekit.resource-issuer"},
			comparesIssuer(func(configured, claimed string) bool {
				a, errA := url.Parse(configured)
				b, errB := url.Parse(claimed)
				return errA == nil && errB == nil && a.Scheme == b.Scheme && a.Host == b.Host
			})},
		{"late-issuer", "It looks for the key of a token before it checks that its issuer issued it.",
			ids{"scalekit.wrong-environment", "flood.foreign-iss"}, moved("iss", "signature")},
		{"claims-before-signature", "It checks the claims before the signature, and so tells a forger which of them is wrong.",
			ids{"cfg.error-order"}, all(moved("key", "shape"), moved("signature", "key"))},
		{"keys-of-all-issuers", "It keeps the keys of all issuers in one table by kid.",
			ids{"cache.issuer-isolation", "iss.multi-issuer-cross-key", "cfg.two-instances"}, keepsKeysOfAllIssuers()},
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

func looksAlike(configured, claimed string) bool {
	look := strings.NewReplacer("e\u0301", "é", "\u0440", "p", "\u200B", "", "\u00AD", "", "\u200F", "", "xn--bcher-kva", "bücher")
	return look.Replace(configured) == look.Replace(claimed)
}

// keepsKeysOfAllIssuers keeps them for every verifier that it is bent into.
func keepsKeysOfAllIssuers() bend {
	var kept sync.Map // of any issuer, by kid
	return around("key", func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		for _, k := range j.candidates {
			known, _ := kept.LoadOrStore(j.kid, []*key(nil))
			if all := known.([]*key); !slices.ContainsFunc(all, k.equal) {
				kept.Store(j.kid, append(slices.Clip(all), k))
			}
		}
		if known, ok := kept.Load(j.kid); ok {
			j.candidates = known.([]*key)
			return nil
		}
		return refusal
	})
}
