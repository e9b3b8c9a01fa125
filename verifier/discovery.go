package verifier

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// metadataFor is how long provider metadata are used. They change when a
// provider moves its keys, which a failing jwks_uri shows as well.
const metadataFor = 24 * time.Hour

// metadata is what is used of a provider's configuration.
type metadata struct {
	jwksURI   string
	fetchedAt time.Time
}

// usable reports whether m need not be fetched now.
func (m metadata) usable(now time.Time) bool {
	return m.jwksURI != "" && !m.fetchedAt.IsZero() && now.Sub(m.fetchedAt) < metadataFor
}

// discoveryURL returns where the metadata of issuer are: the well-known path
// is appended, after a terminating slash has been removed. OpenID Connect
// Discovery 1.0, 4.1.
func discoveryURL(issuer string) string {
	return strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
}

// discover fetches and checks the provider metadata.
func (f *fetcher) discover(ctx context.Context, now time.Time) (metadata, time.Duration, *Error) {
	target := discoveryURL(f.issuer)
	fail := func(reason Reason, err error) *Error {
		return &Error{Reason: reason, detail: "fetching " + clip(target), err: err}
	}
	header := http.Header{"Accept": {"application/json"}}
	res, body, err := f.get(ctx, target, header, maxMetadataBytes)
	if err != nil {
		return metadata{}, 0, fail(ReasonDiscoveryFailed, err)
	}
	if res.StatusCode != http.StatusOK {
		return metadata{}, retryAfter(res.Header), fail(ReasonDiscoveryFailed, fmt.Errorf("status %d", res.StatusCode))
	}
	jwksURI, invalid := f.readMetadata(body)
	if invalid != nil {
		return metadata{}, 0, invalid
	}
	return metadata{jwksURI: jwksURI, fetchedAt: now}, 0, nil
}

// readMetadata returns the jwks_uri of a discovery document. The issuer of the
// document must equal the configured one exactly, or the document is not about
// it. OpenID Connect Discovery 1.0, 4.3.
func (f *fetcher) readMetadata(body []byte) (string, *Error) {
	var doc map[string]jsontext.Value
	if jsontext.Value(body).Kind() != jsontext.KindBeginObject || json.Unmarshal(body, &doc) != nil {
		return "", &Error{Reason: ReasonDiscoveryInvalid, detail: "the discovery document is not a valid JSON object"}
	}
	m := members(doc)
	issuer, ok := m.text("issuer")
	if !ok {
		return "", &Error{Reason: ReasonDiscoveryInvalid, Claim: "issuer", detail: "the discovery document has none"}
	}
	if issuer != f.issuer {
		return "", &Error{
			Reason: ReasonDiscoveryInvalid, Claim: "issuer",
			Got: clip(issuer), Want: f.issuer, Hint: issuerHint(f.issuer, issuer),
		}
	}
	jwksURI, ok := m.text("jwks_uri")
	if !ok {
		return "", &Error{Reason: ReasonDiscoveryInvalid, Claim: "jwks_uri", detail: "the discovery document has none"}
	}
	if err := f.checkJWKSURI(jwksURI); err != nil {
		return "", &Error{Reason: ReasonDiscoveryInvalid, Claim: "jwks_uri", Got: clip(jwksURI), detail: err.Error()}
	}
	return jwksURI, nil
}

// checkJWKSURI reports why keys must not be fetched from target. It may be on
// another host than the issuer, but not on this machine or in a private
// network when the issuer is public: nobody publishes keys there, and a
// request there is what an attacker would be after.
func (f *fetcher) checkJWKSURI(target string) error {
	u, err := url.Parse(target)
	switch {
	case err != nil || !u.IsAbs() || u.Hostname() == "":
		return fmt.Errorf("it is not an absolute URL")
	case u.User != nil:
		return fmt.Errorf("it has credentials")
	case u.Scheme != "https" && !(f.cfg.LoopbackHTTP && u.Scheme == "http" && isLoopback(u.Hostname())):
		return fmt.Errorf("it is not https")
	}
	issuer, err := url.Parse(f.issuer)
	if err != nil {
		return fmt.Errorf("the issuer is not a URL")
	}
	switch {
	case issuer.Scheme == "https" && u.Scheme != "https":
		return fmt.Errorf("it is not https, as the issuer is")
	case f.cfg.SameOrigin && (u.Scheme != issuer.Scheme || !strings.EqualFold(u.Host, issuer.Host)):
		return fmt.Errorf("it is not on the issuer's origin")
	case isInternal(u.Hostname()) && !isInternal(issuer.Hostname()):
		return fmt.Errorf("it names an internal host under a public issuer")
	}
	return nil
}
