package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// The limits of what is read from a provider: a thousand RSA keys, or metadata
// many times larger than any that exist.
const (
	mostKeySetBytes   = 512 << 10
	mostMetadataBytes = 128 << 10
	mostHeaderBytes   = 64 << 10
	mostRedirects     = 3
)

// fetched is the answer of a provider.
type fetched struct {
	set        *keySet
	from       string
	header     http.Header
	retryAfter time.Duration // set on failure as well
}

// newClient returns the client for all requests.
func newClient(p policy, h *habits) *http.Client {
	transport := p.Remote.Transport
	switch given := transport.(type) {
	case nil:
		transport = &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxResponseHeaderBytes: mostHeaderBytes,
		}
	case *http.Transport:
		own := given.Clone()
		own.TLSHandshakeTimeout = 0 // the habits bound the whole fetch
		transport = own
	}
	if h.network.wrap != nil {
		transport = h.network.wrap(transport)
	}
	return &http.Client{Transport: transport, CheckRedirect: h.network.redirect}
}

// withinOrigin follows few redirects, and none to another origin: keys from
// elsewhere do not belong to the issuer.
func withinOrigin(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if next.URL.Scheme != first.Scheme || next.URL.Host != first.Host {
		return errors.New("redirect to another origin")
	}
	if len(via) > mostRedirects {
		return errors.New("too many redirects")
	}
	return nil
}

// get fetches the JWK Set from the place that the metadata name.
func (s *keySource) get(ctx context.Context, now time.Time) (fetched, *verifier.Error) {
	jwksURI, retryAfter, refusal := s.locate(ctx, now)
	if refusal != nil {
		return fetched{retryAfter: retryAfter}, refusal
	}
	held := s.holds()
	etag := held.etag
	if held.from != jwksURI {
		etag = ""
	}
	body, res, err := s.download(ctx, jwksURI, etag, mostKeySetBytes)
	if err != nil {
		return fetched{}, unreachable(verifier.ReasonJWKSFetchFailed, err)
	}
	got := fetched{from: jwksURI, header: res.Header, retryAfter: retryAfterOf(res)}
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusNotModified:
		if got.set = held.set; etag == "" || got.set == nil || s.habits.cache.refuses304 {
			return got, refuse(verifier.ReasonJWKSFetchFailed, "jwks_uri", res.Status, "200 OK")
		}
		if got.header.Get("ETag") == "" {
			got.header.Set("ETag", etag)
		}
		return got, nil
	case http.StatusNotFound, http.StatusGone:
		s.remember(metadata{}) // it may have moved: discover again next time
		fallthrough
	default:
		return got, refuse(verifier.ReasonJWKSFetchFailed, "jwks_uri", res.Status, "200 OK")
	}
	got.set, refusal = s.habits.keys.parseSet(s.habits, body)
	return got, refusal
}

// download sends one request and reads the body up to limit. A longer one is
// an error, not half a document. An etag that is not empty asks for the
// document only if it has changed. RFC 9110, 13.1.2.
func (s *keySource) download(
	ctx context.Context, target, etag string, limit int64,
) ([]byte, *http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	req.Header.Set("User-Agent", "assay-plain")
	// What is kept here is old enough already: a cache on the way must ask.
	req.Header.Set("Cache-Control", "no-cache")
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, res, nil
	}
	body, err := s.habits.network.read(res, limit)
	return body, res, err
}

// readUpTo reads a body of at most limit bytes, after decompression.
func readUpTo(res *http.Response, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	return text, err
}

// locate returns the jwks_uri. Good metadata are used for a day, and longer
// while new ones are unavailable.
func (s *keySource) locate(
	ctx context.Context, now time.Time,
) (string, time.Duration, *verifier.Error) {
	s.mu.Lock()
	known := s.metadata
	s.mu.Unlock()
	if known.jwksURI != "" && now.Sub(known.fetchedAt) < metadataFor {
		return known.jwksURI, 0, nil
	}
	jwksURI, retryAfter, refusal := s.habits.metadata.locate(s, ctx)
	switch {
	case refusal == nil:
		s.remember(metadata{jwksURI, now})
	case known.jwksURI != "":
		return known.jwksURI, 0, nil
	}
	return jwksURI, retryAfter, refusal
}

func (s *keySource) remember(m metadata) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.metadata = m
}

// discover fetches the provider metadata from the well-known path below the
// issuer. OpenID Connect Discovery 1.0, 4.1.
func discover(s *keySource, ctx context.Context) (string, time.Duration, *verifier.Error) {
	return s.discoverAt(ctx,
		strings.TrimSuffix(s.policy.Issuer, "/")+"/.well-known/openid-configuration")
}

// discoverAt fetches the provider metadata from a URL.
func (s *keySource) discoverAt(
	ctx context.Context, target string,
) (string, time.Duration, *verifier.Error) {
	body, res, err := s.download(ctx, target, "", mostMetadataBytes)
	if err != nil {
		return "", 0, unreachable(verifier.ReasonDiscoveryFailed, err)
	}
	if res.StatusCode != http.StatusOK {
		return "", retryAfterOf(res), refuse(verifier.ReasonDiscoveryFailed, "", res.Status,
			"200 OK")
	}
	document, err := s.habits.reading.parse(body)
	if err != nil {
		return "", 0, refuse(verifier.ReasonDiscoveryInvalid, "", err.Error(), "a JSON object")
	}
	jwksURI, refusal := s.habits.metadata.read(s, document)
	return jwksURI, 0, refusal
}

// readMetadata returns the jwks_uri of metadata that are about the configured
// issuer. OpenID Connect Discovery 1.0, 4.3.
func readMetadata(s *keySource, document object) (string, *verifier.Error) {
	issuer, ok := document.string("issuer")
	if !ok || !s.habits.metadata.sameIssuer(s.policy.Issuer, issuer) {
		return "", refuse(verifier.ReasonDiscoveryInvalid, "issuer", issuer, s.policy.Issuer)
	}
	jwksURI, ok := document.string("jwks_uri")
	if !ok {
		return "", refuse(verifier.ReasonDiscoveryInvalid, "jwks_uri", "", "a URL")
	}
	return jwksURI, s.habits.metadata.checkJWKSURI(s, jwksURI)
}

// checkJWKSURI refuses a URL where no provider publishes keys: without TLS, or
// inside a private network if the issuer is outside of it.
func checkJWKSURI(s *keySource, jwksURI string) *verifier.Error {
	u, err := url.Parse(jwksURI)
	issuer, _ := url.Parse(s.policy.Issuer)
	loopback := s.policy.Allow.LoopbackHTTP || s.policy.Remote.LoopbackHTTP
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil:
	case u.Scheme == "http" && !(loopback && isLoopback(u.Hostname()) && issuer.Scheme == "http"):
	case u.Scheme != "http" && u.Scheme != "https":
	case isPrivate(u.Hostname()) && !isPrivate(issuer.Hostname()):
	default:
		return nil
	}
	return refuse(verifier.ReasonDiscoveryInvalid, "jwks_uri", jwksURI,
		"an https URL as public as the issuer")
}

// retryAfterOf reads Retry-After, in seconds or as a date. RFC 9110, 10.2.3.
func retryAfterOf(res *http.Response) time.Duration {
	text := res.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, errAt := http.ParseTime(text)
	sent, errSent := http.ParseTime(res.Header.Get("Date"))
	if errAt != nil || errSent != nil {
		return 0
	}
	return max(at.Sub(sent), 0)
}
