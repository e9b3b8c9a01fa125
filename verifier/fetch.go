package verifier

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The limits of what is read from a provider. A JWK Set of a thousand RSA keys
// fits; provider metadata has a few kibibytes.
const (
	maxJWKSetBytes   = 512 << 10
	maxMetadataBytes = 128 << 10
	maxHeaderBytes   = 64 << 10
	maxRedirects     = 3
)

// fetcher gets provider metadata and JWK Sets. Only the goroutine of the
// running fetch uses it.
type fetcher struct {
	issuer string
	cfg    *RemoteConfig
	client *http.Client
	idle   func() // closes idle connections of a transport of its own

	metadata metadata
	etag     string
	bodySum  [sha256.Size]byte
	loaded   bool // a set was fetched and accepted as JSON before
}

// answer is what a successful fetch brings. keys is nil if the set is the one
// that was fetched before.
type answer struct {
	keys       *KeySet
	header     http.Header
	received   time.Time
	retryAfter time.Duration // set on failure as well
}

func newFetcher(issuer string, cfg *RemoteConfig) fetcher {
	f := fetcher{issuer: issuer, cfg: cfg, idle: func() {}}
	transport := cfg.Transport
	if transport == nil {
		own := &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			MaxIdleConns:           4,
			IdleConnTimeout:        90 * time.Second,
			TLSHandshakeTimeout:    cfg.FetchTimeout,
			MaxResponseHeaderBytes: maxHeaderBytes,
			ForceAttemptHTTP2:      true,
		}
		transport, f.idle = own, own.CloseIdleConnections
	}
	f.client = &http.Client{Transport: transport, CheckRedirect: f.checkRedirect}
	return f
}

func (f *fetcher) close() { f.idle() }

// forget makes the next answer count as new: the last one was not accepted.
func (f *fetcher) forget() { f.loaded, f.etag = false, "" }

// checkRedirect follows few redirects, and only within one origin: keys from
// elsewhere are not the issuer's.
func (f *fetcher) checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if next.URL.Scheme != first.Scheme || next.URL.Host != first.Host {
		return fmt.Errorf("redirect to another origin, %q", clip(next.URL.Redacted()))
	}
	if len(via) > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	return nil
}

// run fetches the JWK Set, and the provider metadata first if they are missing
// or old. force passes caches on the way: the caller knows that the set it has
// is not enough.
func (f *fetcher) run(ctx context.Context, now time.Time, force bool) (answer, *Error) {
	if !f.metadata.usable(now) {
		m, retryAfter, err := f.discover(ctx, now)
		if err == nil {
			f.metadata = m
		} else if f.metadata.jwksURI == "" {
			return answer{retryAfter: retryAfter}, err
		}
	}
	a, status, err := f.jwkSet(ctx, force)
	if status == http.StatusNotFound || status == http.StatusGone {
		f.metadata.fetchedAt = time.Time{} // it may have moved: discover again next time
	}
	a.received = now
	return a, err
}

// jwkSet fetches the JWK Set from the jwks_uri.
func (f *fetcher) jwkSet(ctx context.Context, force bool) (answer, int, *Error) {
	fail := func(a answer, status int, reason Reason, err error) (answer, int, *Error) {
		return a, status, &Error{Reason: reason, Claim: "jwks_uri", detail: "fetching " + clip(f.metadata.jwksURI), err: err}
	}
	header := http.Header{"Accept": {"application/jwk-set+json, application/json"}}
	if force {
		header.Set("Cache-Control", "no-cache")
	}
	if f.loaded && f.etag != "" {
		header.Set("If-None-Match", f.etag)
	}
	res, body, err := f.get(ctx, f.metadata.jwksURI, header, maxJWKSetBytes)
	if err != nil {
		return fail(answer{}, 0, ReasonJWKSFetchFailed, err)
	}
	a := answer{header: res.Header}
	switch {
	case res.StatusCode == http.StatusNotModified && f.loaded && f.etag != "":
		return a, res.StatusCode, nil
	case res.StatusCode != http.StatusOK:
		a.retryAfter = retryAfter(res)
		return fail(a, res.StatusCode, ReasonJWKSFetchFailed, fmt.Errorf("status %d", res.StatusCode))
	}
	if sum := sha256.Sum256(body); !f.loaded || sum != f.bodySum {
		keys, err := ParseKeySet(body)
		if err != nil {
			return fail(a, res.StatusCode, ReasonJWKSInvalid, errors.New(err.(*Error).detail))
		}
		a.keys, f.bodySum = keys, sum
	}
	f.loaded, f.etag = true, res.Header.Get("ETag")
	return a, res.StatusCode, nil
}

// get sends one request and reads the body up to limit bytes after
// decompression. More is an error: a set cut off in the middle is no set.
func (f *fetcher) get(ctx context.Context, target string, header http.Header, limit int64) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header = header
	req.Header.Set("User-Agent", f.userAgent())
	res, err := f.client.Do(req)
	if err != nil {
		return nil, nil, sanitize(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return res, nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("reading the body: %w", sanitize(err))
	case int64(len(body)) > limit:
		return nil, nil, fmt.Errorf("the body has more than %d bytes", limit)
	}
	return res, body, nil
}

func (f *fetcher) userAgent() string {
	if f.cfg.UserAgent == "" {
		return "assay-verifier"
	}
	return f.cfg.UserAgent
}

// sanitize keeps what errors.Is and errors.As can use of a transport error and
// cuts its text, which can quote what a hostile server sent.
func sanitize(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	text := strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7F {
			return ' '
		}
		return r
	}, err.Error())
	return &transportError{text: clip(text), err: err}
}

// transportError is an error with a text that is safe to print.
type transportError struct {
	text string
	err  error
}

func (e *transportError) Error() string { return e.text }
func (e *transportError) Unwrap() error { return e.err }

// retryAfter returns what the Retry-After header asks for, in seconds or as a
// date. RFC 9110, 10.2.3.
func retryAfter(res *http.Response) time.Duration {
	text := res.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 {
		return min(time.Duration(seconds), maxRetryAfter/time.Second) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	sent, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return 0
	}
	return min(max(at.Sub(sent), 0), maxRetryAfter)
}

// freshFor returns how long the set of a may be used without asking again.
// RFC 9111, 4.2 and 5.2.2; fallback applies where the provider says nothing.
func (a *answer) freshFor(fallback time.Duration) time.Duration {
	fresh := fallback
	said := false
	for _, directive := range strings.Split(strings.Join(a.header.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return noStoreFor
		case "max-age":
			seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
			if err != nil || said {
				continue
			}
			fresh, said = time.Duration(seconds)*time.Second, true
		}
	}
	if !said {
		expires, errExpires := http.ParseTime(a.header.Get("Expires"))
		sent, errSent := http.ParseTime(a.header.Get("Date"))
		if errExpires != nil || errSent != nil {
			return fallback
		}
		fresh = expires.Sub(sent)
	}
	if age, err := strconv.ParseUint(a.header.Get("Age"), 10, 31); err == nil {
		fresh -= time.Duration(age) * time.Second
	}
	return min(max(fresh, minFreshFor), maxFreshFor)
}
