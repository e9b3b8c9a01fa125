package plain

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// metadataLiars read the metadata from the wrong place, or take metadata that
// are not those of the configured issuer.
func metadataLiars() []Liar {
	return slices.Concat(placeLiars(), metadataIssuerLiars(), jwksURILiars())
}

// placeLiars look for the metadata where they are not.
func placeLiars() []Liar {
	return []Liar{
		{
			Name:     "well-known-inserted",
			Fault:    "It puts the well-known path before the path of the issuer, as RFC 8414 does.",
			CaughtBy: []string{"disc.path-issuer", "disc.not-inserted"},
			bend: func(c *craft) {
				c.discover = func(s *keySource, ctx context.Context) (string, time.Duration, *verifier.Error) {
					u, _ := url.Parse(s.policy.Issuer)
					u.Path = "/.well-known/openid-configuration" + u.Path
					return s.discoverAt(ctx, u.String())
				}
			},
		},
		{
			Name:     "slash-less-issuer",
			Fault:    "It takes the last slash off the configured issuer.",
			CaughtBy: []string{"disc.path-issuer-slash"},
			bend: func(c *craft) {
				c.configure(func(cfg *verifier.Config) { cfg.Issuer = strings.TrimSuffix(cfg.Issuer, "/") })
			},
		},
		{
			Name:     "query-in-issuer",
			Fault:    "It takes an issuer with a query or a fragment, and asks behind it.",
			CaughtBy: []string{"disc.issuer-query"},
			bend: func(c *craft) {
				honest := c.configuration
				c.configuration = func(cfg *verifier.Config) *verifier.Error {
					base := *cfg
					base.Issuer, _, _ = strings.Cut(base.Issuer, "#")
					base.Issuer, _, _ = strings.Cut(base.Issuer, "?")
					return honest(&base)
				}
			},
		},
		{
			Name:     "believes-redirects",
			Fault:    "It follows a redirect of the well-known path, and takes what is there for its issuer's.",
			CaughtBy: []string{"disc.redirect-cross-host"},
			bend: func(c *craft) {
				moved := false
				c.redirect = func(_ *http.Request, via []*http.Request) error {
					moved = moved || strings.HasSuffix(via[0].URL.Path, "/.well-known/openid-configuration")
					return nil
				}
				c.aboutIssuer = func(configured, published string) bool { return moved || configured == published }
			},
		},
		{
			Name:     "first-document",
			Fault:    "It takes an array of metadata for the first of them.",
			CaughtBy: []string{"disc.not-object"},
			bend: func(c *craft) {
				c.parse = func(text []byte) (object, error) {
					if list, ok := elements(text); ok && len(list) > 0 {
						text = list[0]
					}
					return parseStrictly(text)
				}
			},
		},
		{
			Name:     "knows-all-metadata",
			Fault:    "It refuses metadata with a member that it does not know.",
			CaughtBy: []string{"disc.unknown-metadata"},
			bend: func(c *craft) {
				c.readMetadata = func(s *keySource, document object) (string, *verifier.Error) {
					known := regexp.MustCompile(`^issuer$|_(endpoint|supported|uri|documentation)$`)
					for _, m := range document.members {
						if !known.MatchString(m.name) {
							return "", refuse(verifier.ReasonDiscoveryInvalid, m.name, "there", "nothing that is unknown")
						}
					}
					return readMetadata(s, document)
				}
			},
		},
	}
}

// metadataIssuerLiars compare the issuer of the metadata as something other than a
// text.
func metadataIssuerLiars() []Liar {
	like := func(name, drops string, same func(configured, published string) bool, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) { c.aboutIssuer = same }}
	}
	placeholder := regexp.MustCompile(`\\\{[a-z]+\\\}`)
	return []Liar{
		like("disc-url-equal", "It compares the issuer of the metadata as URLs are compared: without the case of the host and the default port.",
			func(configured, published string) bool {
				a, errA := url.Parse(configured)
				b, errB := url.Parse(published)
				if errA != nil || errB != nil {
					return false
				}
				host := func(u *url.URL) string { return strings.TrimSuffix(strings.ToLower(u.Host), ":443") }
				return a.Scheme == b.Scheme && host(a) == host(b) && a.Path == b.Path
			}, "disc.issuer-case", "disc.issuer-port"),
		like("disc-any-scheme", "It compares the issuer of the metadata without its scheme.",
			func(configured, published string) bool {
				_, a, _ := strings.Cut(configured, "://")
				_, b, _ := strings.Cut(published, "://")
				return a == b
			}, "disc.issuer-scheme"),
		like("disc-template", "It takes a name in braces in the issuer of the metadata for anything at all.",
			func(configured, published string) bool {
				pattern := placeholder.ReplaceAllLiteralString(regexp.QuoteMeta(published), `[^/]+`)
				return regexp.MustCompile("^" + pattern + "$").MatchString(configured)
			}, "disc.template-issuer"),
		like("disc-prefix", "It takes metadata whose issuer begins with the configured one.",
			func(configured, published string) bool { return strings.HasPrefix(published, configured) }, "disc.issuer-slash"),
	}
}

// jwksURILiars ask wherever they are sent.
func jwksURILiars() []Liar {
	return []Liar{
		{
			Name:  "any-jwks-uri",
			Fault: "It asks for the keys at every jwks_uri.",
			CaughtBy: []string{
				"disc.jwks-uri-http", "disc.jwks-uri-scheme", "disc.jwks-uri-userinfo", "disc.jwks-uri-internal",
			},
			bend: func(c *craft) {
				c.checkJWKSURI = func(*keySource, string) *verifier.Error { return nil }
			},
		},
		{
			Name:     "jwks-uri-optional",
			Fault:    "It asks at /keys if jwks_uri is missing or no text.",
			CaughtBy: []string{"disc.jwks-uri-missing", "disc.jwks-uri-type"},
			bend: func(c *craft) {
				c.readMetadata = func(s *keySource, document object) (string, *verifier.Error) {
					if target, ok := document.text("jwks_uri"); !ok || target == "" {
						document = document.with("jwks_uri", s.policy.Issuer+"/keys")
					}
					return readMetadata(s, document)
				}
			},
		},
	}
}
