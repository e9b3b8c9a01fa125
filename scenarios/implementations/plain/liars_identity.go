package plain

import (
	"encoding/base64"
	"html"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// isIssuerAs compares another spelling of iss with the issuer.
func isIssuerAs(meant func(iss string) string) bend {
	return comparesIssuer(func(configured, claimed string) bool { return meant(claimed) == configured })
}

// kindURLLiars compare iss as a kind parser of URLs does.
func kindURLLiars() []Liar {
	return []Liar{
		{"iss-backslash", "It reads a backslash in iss as a slash.", ids{"iss.backslash"}, isIssuerAs(strings.NewReplacer(`\`, "/").Replace)},
		{"iss-any-slashes", "It ignores how many slashes precede the host of iss.", ids{"iss.slashes"},
			isIssuerAs(func(iss string) string { return "https://" + strings.TrimLeft(strings.TrimPrefix(iss, "https:"), "/") })},
		{"iss-empty-user", "It ignores an empty user name in iss.", ids{"iss.slashes"}, isIssuerAs(strings.NewReplacer("//@", "//").Replace)},
		{"iss-scheme-relative", "It takes an iss without a scheme as https.", ids{"iss.slashes"},
			isIssuerAs(func(iss string) string {
				if strings.HasPrefix(iss, "//") {
					return "https:" + iss
				}
				return iss
			})},
		{"iss-without-breaks", "It removes tabs and line breaks from iss.", ids{"iss.white-space-inside"}, isIssuerAs(strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace)},
		{"iss-port-number", "It compares the port of iss as a number.", ids{"iss.port-spelling"},
			isIssuerAs(func(iss string) string {
				u, err := url.Parse(iss)
				if err != nil {
					return iss
				}
				if port, err := strconv.Atoi(u.Port()); port == 443 || err != nil {
					u.Host = u.Hostname()
				}
				return strings.TrimSuffix(u.String(), "/")
			})},
		{"iss-mapped", "It maps the host of iss as for a lookup of an international domain name.", ids{"iss.host-mapping"},
			isIssuerAs(func(iss string) string { return narrow(strings.NewReplacer("\u3002", ".", "\u00AD", "").Replace(iss)) })},
		{"iss-without-parameters", "It drops path parameters from iss.", ids{"iss.path-parameter"},
			isIssuerAs(func(iss string) string { head, _, _ := strings.Cut(iss, ";"); return strings.TrimSuffix(head, "/") })},
		{"iss-escape-case", "It ignores the case of percent escapes in iss.", ids{"iss.escape-case"}, isIssuerAs(strings.NewReplacer("%2f", "%2F").Replace)},
		{"iss-unescaped", "It decodes percent escapes on both sides before it compares iss.", ids{"iss.escape-case"},
			comparesIssuer(func(configured, claimed string) bool { return unescaped(configured) == unescaped(claimed) })},
		{"iss-address", "It compares IP addresses in iss by their value.", ids{"iss.address-spelling"},
			comparesIssuer(func(configured, claimed string) bool {
				a, b := addressOf(configured), addressOf(claimed)
				return configured == claimed || a.IsValid() && a == b
			})},
		{"iss-c-address", "It reads an IP address in iss as inet_aton does.", ids{"iss.address-spelling"},
			isIssuerAs(strings.NewReplacer("3221225985", "192.0.2.1", "0xc0.", "192.", ".0.513", ".0.2.1", ".000.002.001", ".0.2.1").Replace)},
		{"disc-url-mended", "It mends the issuer in the metadata as a browser mends a URL.", ids{"disc.issuer-url-spelling"},
			comparesMetadataIssuer(func(configured, published string) bool {
				return configured == strings.NewReplacer(`\`, "/", "\t", "", " ", "").Replace(published)
			})},
		{"disc-origin", "It compares scheme and host of the issuer in the metadata.", ids{"disc.issuer-url-spelling"},
			comparesMetadataIssuer(func(configured, published string) bool {
				a, errA := url.Parse(configured)
				b, errB := url.Parse(published)
				return errA == nil && errB == nil && a.Scheme == b.Scheme && a.Host == b.Host
			})},
	}
}

// addressOf returns the IP address that is the host of a URL.
func addressOf(text string) netip.Addr {
	u, err := url.Parse(text)
	if err != nil {
		return netip.Addr{}
	}
	address, _ := netip.ParseAddr(u.Hostname())
	return address.Unmap()
}

// isAudienceAs compares another spelling of each audience with the client IDs.
func isAudienceAs(meant func(aud string) string) bend {
	return addressedIf(func(aud, client string) bool { return aud == client || meant(aud) == client })
}

// trustsAudiences compares each audience that is not a client ID with the trusted ones
// in another way.
func trustsAudiences(alike func(aud, trusted string) bool) bend {
	return around("aud", func(j *judgement, next judge) *verifier.Error {
		aud, _ := audienceOf(j.claims)
		bent := *j.Verifier
		for _, a := range aud {
			if slices.ContainsFunc(bent.policy.TrustedAudiences, func(trusted string) bool { return alike(a, trusted) }) {
				bent.policy.TrustedAudiences = append(slices.Clip(bent.policy.TrustedAudiences), a)
			}
		}
		own := j.Verifier
		j.Verifier = &bent
		defer func() { j.Verifier = own }()
		return next(j)
	})
}

// spelledAudienceLiars find the client ID or a trusted audience in another
// text.
func spelledAudienceLiars() []Liar {
	before := func(separator string) bend {
		return isAudienceAs(func(aud string) string { head, _, _ := strings.Cut(aud, separator); return head })
	}
	return []Liar{
		{"aud-api", "It drops api:// and spn: from an audience.", ids{"aud.decorated"}, isAudienceAs(strings.NewReplacer("api://", "", "spn:", "").Replace)},
		{"aud-base-name", "It compares the last part of an audience that is a URL or URN.", ids{"aud.decorated"},
			isAudienceAs(func(aud string) string { aud = path.Base(aud); return aud[strings.LastIndexByte(aud, ':')+1:] })},
		{"aud-without-tenant", "It drops what follows an at sign in an audience.", ids{"aud.decorated"}, before("@")},
		{"aud-first-label", "It compares an audience up to its first dot.", ids{"aud.decorated"}, before(".")},
		{"aud-first-segment", "It compares an audience up to its first slash or hash.", ids{"aud.decorated"}, isAudienceAs(func(aud string) string { return aud[:strings.IndexAny(aud+"/", "/#")] })},
		{"aud-unescaped", "It decodes percent escapes in aud.", ids{"aud.decoded"}, isAudienceAs(unescaped)},
		{"aud-form", "It decodes a plus sign in aud as a space.", ids{"aud.decoded"}, isAudienceAs(strings.NewReplacer("+", " ").Replace)},
		{"aud-html", "It decodes HTML entities in aud.", ids{"aud.decoded"}, isAudienceAs(html.UnescapeString)},
		{"aud-json", "It resolves JSON escapes in aud twice.", ids{"aud.decoded"}, isAudienceAs(strings.NewReplacer(`\u0020`, " ").Replace)},
		{"aud-base64", "It accepts the client ID in base64url.", ids{"aud.decoded"},
			isAudienceAs(func(aud string) string { text, _ := base64.RawURLEncoding.DecodeString(aud); return string(text) })},
		{"aud-collated", "It compares aud by a collation that ignores accents, width and kinds of spaces.", ids{"aud.decoded"},
			isAudienceAs(strings.NewReplacer("\u00A0", " ", "\u0117", "e", "\uFF43", "c").Replace)},
		{"aud-c-string", "It compares aud up to the first NUL.", ids{"aud.decoded"}, before("\x00")},
		{"aud-number", "It compares aud and client ID as numbers if both are.", ids{"aud.equal-number"},
			addressedIf(func(aud, client string) bool {
				a, errA := strconv.ParseFloat(aud, 64)
				b, errB := strconv.ParseFloat(client, 64)
				return aud == client || errA == nil && errB == nil && a == b
			})},
		{"aud-stringified", "It compares an audience of another type by its JSON text.", ids{"aud.equal-number"},
			readsAudience(func(claims object) ([]string, bool) {
				if aud, ok := audienceOf(claims); ok {
					return aud, true
				}
				value, _ := claims.get("aud")
				return []string{strings.Trim(string(value), "[]")}, true
			})},
		{"aud-trusted-enough", "It accepts a token for a trusted audience, whether or not it is for the client.", ids{"aud.trusted-only"},
			configured(func(cfg *verifier.Config) { cfg.Audience = slices.Concat(cfg.Audience, cfg.TrustedAudiences) })},
		{"aud-azp-enough", "It accepts a token for anybody whose azp is the client.", ids{"aud.trusted-only", "azp.only"},
			unless(func(j *judgement) bool {
				azp, _ := j.claims.string("azp")
				return slices.Contains(j.policy.Audience, azp)
			}, "aud")},
		{"trusted-prefix", "It trusts every audience that begins with a trusted one.", ids{"aud.trusted-alike"}, trustsAudiences(strings.HasPrefix)},
		{"trusted-contained", "It trusts every audience that contains a trusted one.", ids{"aud.trusted-alike"}, trustsAudiences(strings.Contains)},
		{"trusted-case", "It ignores case when it looks for a trusted audience.", ids{"aud.trusted-alike"}, trustsAudiences(strings.EqualFold)},
		{"trusted-domain", "It trusts the subdomains of a trusted audience.", ids{"aud.trusted-alike"},
			trustsAudiences(func(aud, trusted string) bool {
				return strings.HasSuffix(aud, "."+strings.TrimPrefix(trusted, "https://"))
			})},
	}
}

// partyLiars accept another party in azp.
func partyLiars() []Liar {
	party := func(is func(j *judgement, azp string) bool) bend {
		return unless(func(j *judgement) bool { azp, ok := j.claims.string("azp"); return ok && is(j, azp) }, "azp")
	}
	as := func(meant func(azp string) string) bend {
		return party(func(j *judgement, azp string) bool { return slices.Contains(j.policy.Audience, meant(azp)) })
	}
	return []Liar{
		{"client-id-first", "It compares client_id, and azp only if there is none.", ids{"azp.client-id-agrees"},
			unless(func(j *judgement) bool {
				id, _ := j.claims.string("client_id")
				return slices.Contains(j.policy.Audience, id)
			}, "azp")},
		{"azp-trusted-ok", "It accepts a trusted audience as azp.", ids{"azp.trusted", "azp.in-audience"},
			party(func(j *judgement, azp string) bool { return slices.Contains(j.policy.TrustedAudiences, azp) })},
		{"azp-in-aud-ok", "It accepts every azp that aud lists.", ids{"azp.trusted", "azp.in-audience"},
			party(func(j *judgement, azp string) bool { aud, _ := audienceOf(j.claims); return slices.Contains(aud, azp) })},
		{"azp-issuer-ok", "It accepts the issuer as azp.", ids{"azp.in-audience"},
			party(func(j *judgement, azp string) bool { return azp == j.policy.Issuer })},
		{"azp-case", "It ignores case when it compares azp.", ids{"azp.alike"}, as(strings.ToLower)},
		{"azp-trims", "It trims white space off azp.", ids{"azp.alike"}, as(strings.TrimSpace)},
		{"azp-unescaped", "It decodes percent escapes in azp.", ids{"azp.alike"}, as(unescaped)},
		{"azp-base-name", "It compares the last part of an azp that is a URL.", ids{"azp.alike"}, as(path.Base)},
		{"azp-alike", "It accepts an azp that contains the client ID or is part of it.", ids{"azp.alike"},
			party(func(j *judgement, azp string) bool {
				return slices.ContainsFunc(j.policy.Audience, func(client string) bool { return strings.Contains(client, azp) || strings.Contains(azp, client) })
			})},
		{"azp-list", "It reads an azp that is a list.", ids{"azp.wrong-type"},
			unless(func(j *judgement) bool {
				value, _ := j.claims.get("azp")
				return value.Kind() == jsontext.KindBeginArray && strings.Contains(string(value), j.policy.Audience[0])
			}, "azp")},
	}
}
