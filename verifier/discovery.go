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

// metadataFor is how long provider metadata is used. It changes when a
// provider moves its keys, which a failing jwks_uri reveals as well.
const metadataFor = 24 * time.Hour

// Metadata is the part of the provider metadata that the verifier reads.
// OpenID Connect Discovery 1.0, 3.
type Metadata struct {
	Issuer  string
	JWKSURI string

	// The endpoints below are empty if the provider does not name them, or
	// names something that must not be used, such as a URL without https.
	AuthorizationEndpoint string
	TokenEndpoint         string
	UserInfoEndpoint      string
	EndSessionEndpoint    string
}

// Discover fetches the provider metadata of issuer and checks it as a [Remote]
// does, which keeps its own copy. Use it to look up an endpoint or to test a
// connection. Of cfg only transport, timeout and loopback matter. The error is
// an *Error: CONFIG_INVALID for wrong arguments, DISCOVERY_FAILED or
// DISCOVERY_INVALID.
func Discover(ctx context.Context, issuer string, cfg RemoteConfig) (Metadata, error) {
	r, err := NewRemote(issuer, cfg)
	if err != nil {
		return Metadata{}, err
	}
	defer r.Close()
	ctx, cancel := context.WithTimeout(ctx, r.cfg.FetchTimeout)
	defer cancel()
	m, _, refusal := r.fetch.discover(ctx)
	if refusal != nil {
		return Metadata{}, refusal
	}
	return m, nil
}

// metadata is provider metadata with its age.
type metadata struct {
	Metadata
	fetchedAt time.Time
}

// usable reports whether m need not be fetched now.
func (m *metadata) usable(now time.Time) bool {
	return m.JWKSURI != "" && !m.fetchedAt.IsZero() && now.Sub(m.fetchedAt) < metadataFor
}

// discoveryURL returns where the metadata of issuer is: the well-known path
// is appended, after a terminating slash has been removed. OpenID Connect
// Discovery 1.0, 4.1.
func discoveryURL(issuer string) string {
	return strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
}

// discover fetches and checks the provider metadata.
func (f *fetcher) discover(ctx context.Context) (Metadata, time.Duration, *Error) {
	target := discoveryURL(f.issuer)
	fail := func(reason Reason, err error) *Error {
		return &Error{Reason: reason, Detail: "fetching " + clip(target), Err: err}
	}
	header := http.Header{"Accept": {"application/json"}}
	res, body, err := f.get(ctx, target, header, maxMetadataBytes)
	if err != nil {
		return Metadata{}, 0, fail(ReasonDiscoveryFailed, err)
	}
	if res.StatusCode != http.StatusOK {
		return Metadata{}, retryAfter(res.Header), fail(ReasonDiscoveryFailed,
			StatusError(res.StatusCode))
	}
	m, invalid := f.readMetadata(body)
	return m, 0, invalid
}

// readMetadata reads a discovery document. The issuer of the document must
// equal the configured one exactly, or the document is not about it. OpenID
// Connect Discovery 1.0, 4.3.
func (f *fetcher) readMetadata(body []byte) (Metadata, *Error) {
	var doc members
	if jsontext.Value(body).Kind() != jsontext.KindBeginObject || json.Unmarshal(body, &doc) != nil {
		return Metadata{}, &Error{
			Reason: ReasonDiscoveryInvalid,
			Detail: "the discovery document is not a valid JSON object",
		}
	}
	issuer, ok := doc.text("issuer")
	if !ok {
		return Metadata{}, &Error{
			Reason: ReasonDiscoveryInvalid, Claim: "issuer",
			Detail: "it is missing from the discovery document",
		}
	}
	if issuer != f.issuer {
		return Metadata{}, &Error{
			Reason: ReasonDiscoveryInvalid, Claim: "issuer",
			Got: clip(issuer), Want: f.issuer, Hint: issuerHint(f.issuer, issuer),
		}
	}
	jwksURI, ok := doc.text("jwks_uri")
	if !ok {
		return Metadata{}, &Error{
			Reason: ReasonDiscoveryInvalid, Claim: "jwks_uri",
			Detail: "it is missing from the discovery document",
		}
	}
	if err := f.checkJWKSURI(jwksURI); err != nil {
		return Metadata{}, &Error{
			Reason: ReasonDiscoveryInvalid, Claim: "jwks_uri", Got: clip(jwksURI),
			Detail: err.Error(),
		}
	}
	endpoint := func(name string) string {
		target, ok := doc.text(name)
		if !ok || f.checkEndpoint(target) != nil {
			return ""
		}
		return target
	}
	return Metadata{
		Issuer: issuer, JWKSURI: jwksURI,
		AuthorizationEndpoint: endpoint("authorization_endpoint"),
		TokenEndpoint:         endpoint("token_endpoint"),
		UserInfoEndpoint:      endpoint("userinfo_endpoint"),
		EndSessionEndpoint:    endpoint("end_session_endpoint"),
	}, nil
}

// checkJWKSURI reports why keys must not be fetched from target.
func (f *fetcher) checkJWKSURI(target string) error {
	if err := f.checkEndpoint(target); err != nil {
		return err
	}
	if f.cfg.SameOrigin && !sameOrigin(target, f.issuer) {
		return fmt.Errorf("it is not on the issuer's origin")
	}
	return nil
}

// sameOrigin reports whether two URLs have the same scheme, host and port.
func sameOrigin(a, b string) bool {
	u, errA := url.Parse(a)
	v, errB := url.Parse(b)
	return errA == nil && errB == nil && u.Scheme == v.Scheme && strings.EqualFold(u.Host, v.Host)
}

// checkEndpoint reports why no request must be sent to target. It may be on
// another host than the issuer, but not on this machine or in a private
// network when the issuer is public: no provider has an endpoint there, and
// such a request is what an attacker would want.
func (f *fetcher) checkEndpoint(target string) error {
	u, err := url.Parse(target)
	switch {
	case err != nil || !u.IsAbs() || u.Hostname() == "":
		return fmt.Errorf("it is not an absolute URL")
	case u.User != nil:
		return fmt.Errorf("it has credentials")
	case u.Scheme != "https" &&
		!(f.cfg.LoopbackHTTP && u.Scheme == "http" && isLoopback(u.Hostname())):
		return fmt.Errorf("it is not https")
	}
	issuer, err := url.Parse(f.issuer)
	switch {
	case err != nil:
		return fmt.Errorf("the issuer is not a URL")
	case issuer.Scheme == "https" && u.Scheme != "https":
		return fmt.Errorf("it is not https, as the issuer is")
	case isInternal(u.Hostname()) && !isInternal(issuer.Hostname()):
		return fmt.Errorf("it names an internal host under a public issuer")
	}
	return nil
}
