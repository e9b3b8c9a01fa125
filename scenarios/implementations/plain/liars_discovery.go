package plain

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// locates finds the jwks_uri in another way.
func locates(locate func(*keySource, context.Context) (string, time.Duration, *verifier.Error)) bend {
	return func(h *habits) { h.metadata.locate = locate }
}

// hardcodes expects the keys below the issuer, and does not read the metadata.
func hardcodes(path string) bend {
	return locates(func(s *keySource, _ context.Context) (string, time.Duration, *verifier.Error) {
		return s.policy.Issuer + path, 0, nil
	})
}

// readsMetadata reads the jwks_uri from the metadata in another way.
func readsMetadata(read func(*keySource, object) (string, *verifier.Error)) bend {
	return func(h *habits) { h.metadata.read = read }
}

// editsMetadata edits the metadata before they are read.
func editsMetadata(edit func(s *keySource, document object) object) bend {
	return readsMetadata(func(s *keySource, document object) (string, *verifier.Error) {
		return readMetadata(s, edit(s, document))
	})
}

// comparesMetadataIssuer compares the issuer of the metadata in another way.
func comparesMetadataIssuer(same func(configured, published string) bool) bend {
	return func(h *habits) { h.metadata.sameIssuer = same }
}

// checksJWKSURI checks where the keys are in another way.
func checksJWKSURI(check func(*keySource, string) *verifier.Error) bend {
	return func(h *habits) { h.metadata.checkJWKSURI = check }
}

// discoveryLiars look for the metadata or the keys in the wrong place.
func discoveryLiars() []Liar {
	return []Liar{
		{"hardcoded-jwks-path", "It expects the keys at /.well-known/jwks.json and does not read the metadata.",
			ids{"scalekit.jwks-at-keys", "disc.jwks-uri-random", "disc.404", "disc.410", "disc.503", "disc.html-200"},
			hardcodes("/.well-known/jwks.json")},
		{"hardcoded-keys-path", "It expects the keys at /keys and does not read the metadata.",
			ids{"scalekit.jwks-at-wellknown", "disc.jwks-uri-random", "disc.jwks-uri-missing", "disc.case-members", "disc.empty-object", "disc.jwks-uri-moved"},
			hardcodes("/keys")},
		{"well-known-inserted", "It puts the well-known path before the path of the issuer, as RFC 8414 does.",
			ids{"disc.path-issuer", "disc.not-inserted"},
			locates(func(s *keySource, ctx context.Context) (string, time.Duration, *verifier.Error) {
				u, _ := url.Parse(s.policy.Issuer)
				u.Path = "/.well-known/openid-configuration" + u.Path
				return s.discoverAt(ctx, u.String())
			})},
		{"first-document", "It accepts an array of metadata and uses the first of them.", ids{"disc.not-object"},
			parsesAs(func(text []byte) []byte {
				if list, ok := elements(text); ok && len(list) > 0 {
					return list[0]
				}
				return text
			})},
		{"relative-jwks-uri", "It appends a jwks_uri without a host to the issuer.", ids{"disc.jwks-uri-relative"},
			readsMetadata(func(s *keySource, document object) (string, *verifier.Error) {
				if path, _ := document.string("jwks_uri"); strings.HasPrefix(path, "/") {
					return s.policy.Issuer + path, nil
				}
				return readMetadata(s, document)
			})},
		{"any-jwks-uri", "It asks for the keys at every jwks_uri.",
			ids{"disc.jwks-uri-http", "disc.jwks-uri-scheme", "disc.jwks-uri-userinfo", "disc.jwks-uri-internal"},
			checksJWKSURI(func(*keySource, string) *verifier.Error { return nil })},
		{"jwks-uri-optional", "It asks at /keys if jwks_uri is missing or not a string.",
			ids{"disc.jwks-uri-missing", "disc.jwks-uri-type"},
			editsMetadata(func(s *keySource, document object) object {
				if target, ok := document.string("jwks_uri"); !ok || target == "" {
					return document.with("jwks_uri", s.policy.Issuer+"/keys")
				}
				return document
			})},
		{"follows-redirects", "It follows a redirect wherever it leads.",
			ids{"fetch.redirect-cross-host", "fetch.redirect-internal", "fetch.redirect-downgrade"},
			func(h *habits) { h.network.redirect = nil }},
		{"believes-redirects", "It follows a redirect of the well-known path and accepts what is there as the metadata of its issuer.",
			ids{"disc.redirect-cross-host"}, believesRedirects},
	}
}

func believesRedirects(h *habits) {
	moved := false
	h.network.redirect = func(_ *http.Request, via []*http.Request) error {
		moved = moved || strings.HasSuffix(via[0].URL.Path, "/.well-known/openid-configuration")
		return nil
	}
	h.metadata.sameIssuer = func(configured, published string) bool { return moved || configured == published }
}

// metadataLiars accept the metadata of another issuer, or refuse good ones.
func metadataLiars() []Liar {
	return []Liar{
		{"no-disc-issuer", "It does not check that the metadata are those of its issuer.",
			ids{
				"disc.issuer-mismatch", "disc.issuer-slash", "disc.issuer-missing", "disc.issuer-case", "disc.issuer-scheme", "disc.issuer-port",
				"disc.template-issuer",
			},
			editsMetadata(func(s *keySource, document object) object { return document.with("issuer", s.policy.Issuer) })},
		{"disc-normalised", "It ignores the trailing slash of the issuer in the metadata.", ids{"disc.issuer-slash"},
			comparesMetadataIssuer(func(configured, published string) bool { return normalised(configured) == normalised(published) })},
		{"disc-url-equal", "It compares the issuer in the metadata as a URL, ignoring the case of the host and the default port.",
			ids{"disc.issuer-case", "disc.issuer-port"}, comparesMetadataIssuer(sameURL)},
		{"disc-any-scheme", "It compares the issuer in the metadata without its scheme.", ids{"disc.issuer-scheme"},
			comparesMetadataIssuer(func(configured, published string) bool {
				_, a, _ := strings.Cut(configured, "://")
				_, b, _ := strings.Cut(published, "://")
				return a == b
			})},
		{"disc-template", "It treats a name in braces in the issuer of the metadata as a placeholder for anything.",
			ids{"disc.template-issuer"}, comparesMetadataIssuer(matchesTemplate)},
		{"disc-prefix", "It accepts metadata whose issuer begins with the configured one.", ids{"disc.issuer-slash"},
			comparesMetadataIssuer(func(configured, published string) bool { return strings.HasPrefix(published, configured) })},
		{"knows-all-metadata", "It refuses metadata with a member that it does not know.", ids{"disc.unknown-metadata"},
			readsMetadata(func(s *keySource, document object) (string, *verifier.Error) {
				known := regexp.MustCompile(`^issuer$|_(endpoint|supported|uri|documentation)$`)
				for _, m := range document.members {
					if !known.MatchString(m.name) {
						return "", refuse(verifier.ReasonDiscoveryInvalid, m.name, "there", "nothing that is unknown")
					}
				}
				return readMetadata(s, document)
			})},
	}
}

func sameURL(configured, published string) bool {
	a, errA := url.Parse(configured)
	b, errB := url.Parse(published)
	if errA != nil || errB != nil {
		return false
	}
	host := func(u *url.URL) string { return strings.TrimSuffix(strings.ToLower(u.Host), ":443") }
	return a.Scheme == b.Scheme && host(a) == host(b) && a.Path == b.Path
}

func matchesTemplate(configured, published string) bool {
	placeholder := regexp.MustCompile(`\\\{[a-z]+\\\}`)
	pattern := placeholder.ReplaceAllLiteralString(regexp.QuoteMeta(published), `[^/]+`)
	return regexp.MustCompile("^" + pattern + "$").MatchString(configured)
}
