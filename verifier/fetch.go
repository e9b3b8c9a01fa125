package verifier

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The limits of what is read from a provider. A JWK Set of a thousand RSA keys
// fits; provider metadata takes a few KiB.
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
	idle   func() // closes idle connections if the transport is the fetcher's own

	metadata metadata
	last     lastBody
}

// lastBody describes the last JWK Set that was accepted.
type lastBody struct {
	known bool
	from  string // the jwks_uri
	etag  string
	sum   [sha256.Size]byte
}

// answer is the result of a fetch. keys is nil if the set has not changed since
// the last fetch.
type answer struct {
	keys       *KeySet
	jwksURI    string
	header     http.Header
	status     int
	bodyBytes  int
	discovered bool
	retryAfter time.Duration // set on failure as well
}

func newFetcher(issuer string, cfg *RemoteConfig) fetcher {
	f := fetcher{issuer: issuer, cfg: cfg, idle: func() {}}
	transport := cfg.Transport
	if transport == nil {
		own := NewTransport(*cfg)
		transport, f.idle = own, own.CloseIdleConnections
	}
	f.client = &http.Client{Transport: transport, CheckRedirect: checkRedirect}
	return f
}

func (f *fetcher) close() { f.idle() }

// forget makes the next answer count as new: the last one was not accepted.
func (f *fetcher) forget() { f.last = lastBody{} }

// run fetches the JWK Set, and the provider metadata first if it is missing or
// old. force bypasses caches on the way: the caller knows that the set it has
// is not enough.
func (f *fetcher) run(ctx context.Context, now time.Time, force bool) (answer, *Error) {
	discovered := false
	if !f.metadata.usable(now) {
		discovered = true
		if retryAfter, err := f.rediscover(ctx, now); err != nil {
			return answer{discovered: true, retryAfter: retryAfter}, err
		}
	}
	a, err := f.jwkSet(ctx, force)
	if gone := a.status == http.StatusNotFound || a.status == http.StatusGone; gone && !discovered {
		// The set has moved, and the metadata says where to.
		discovered, f.metadata.fetchedAt = true, time.Time{}
		old := f.metadata.JWKSURI
		if _, errDiscovery := f.rediscover(ctx, now); errDiscovery == nil &&
			f.metadata.JWKSURI != old {
			a, err = f.jwkSet(ctx, force)
		}
	}
	a.discovered = discovered
	return a, err
}

// rediscover fetches the provider metadata. If that fails, the metadata at hand
// is kept: its jwks_uri is probably still right, and half of the time is left
// to ask there.
func (f *fetcher) rediscover(
	ctx context.Context, now time.Time,
) (retryAfter time.Duration, err *Error) {
	known := f.metadata.JWKSURI != ""
	if known {
		half, cancel := context.WithTimeout(ctx, f.cfg.FetchTimeout/2)
		defer cancel()
		ctx = half
	}
	m, retryAfter, err := f.discover(ctx)
	if err == nil {
		f.metadata = metadata{m, now}
	} else if known {
		err = nil
	}
	return retryAfter, err
}

// jwkSet fetches the JWK Set from the jwks_uri.
func (f *fetcher) jwkSet(ctx context.Context, force bool) (answer, *Error) {
	target := f.metadata.JWKSURI
	a := answer{jwksURI: target}
	fail := func(reason Reason, err error) (answer, *Error) {
		return a, &Error{
			Reason: reason, Claim: "jwks_uri", Detail: "fetching " + clip(target), Err: err,
		}
	}
	header := http.Header{"Accept": {"application/jwk-set+json, application/json"}}
	if force {
		header.Set("Cache-Control", "no-cache")
	}
	conditional := f.last.known && f.last.etag != "" && f.last.from == target
	if conditional {
		header.Set("If-None-Match", f.last.etag)
	}
	res, body, err := f.get(ctx, target, header, maxJWKSetBytes)
	if err != nil {
		return fail(ReasonJWKSFetchFailed, err)
	}
	a.header, a.status, a.bodyBytes = res.Header, res.StatusCode, len(body)
	switch {
	case res.StatusCode == http.StatusNotModified && conditional:
		return a, nil
	case res.StatusCode != http.StatusOK:
		a.retryAfter = retryAfter(res.Header)
		return fail(ReasonJWKSFetchFailed, StatusError(res.StatusCode))
	}
	sum := sha256.Sum256(body)
	if !f.last.known || sum != f.last.sum {
		keys, err := ParseKeySet(body)
		if err != nil {
			return fail(ReasonJWKSInvalid, errors.New(err.(*Error).Detail))
		}
		a.keys = keys
	}
	f.last = lastBody{known: true, from: target, etag: res.Header.Get("ETag"), sum: sum}
	return a, nil
}

// get sends one request and reads the body up to limit bytes after
// decompression. More is an error: a set cut off in the middle is no set.
func (f *fetcher) get(
	ctx context.Context, target string, header http.Header, limit int64,
) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, nil, err
	}
	late := ""
	if deadline, ok := ctx.Deadline(); ok {
		late = "within " + rough(time.Until(deadline)).String()
	}
	req.Header = header
	req.Header.Set("User-Agent", f.userAgent())
	res, err := f.client.Do(req)
	if err != nil {
		return nil, nil, sanitize(err, "no answer "+late)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return res, nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("reading the body: %w", sanitize(err, "not whole "+late))
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

// rough rounds how long an answer may take for reading.
func rough(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Second / 10)
}

// sanitize cuts the text of a transport error, which can quote what a hostile
// server sent, and says late if the time was up. errors.Is and errors.As still
// see the error.
func sanitize(err error, late string) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &transportError{text: late, err: err}
	}
	text := strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7F {
			return ' '
		}
		return r
	}, err.Error())
	return &transportError{text: clip(text), err: err}
}

// transportError is an error whose text is safe to print.
type transportError struct {
	text string
	err  error
}

func (e *transportError) Error() string { return e.text }
func (e *transportError) Unwrap() error { return e.err }

// StatusError is an HTTP status that a provider answered with instead of what
// was asked for.
type StatusError int

// Error returns the status as text.
func (e StatusError) Error() string { return fmt.Sprintf("status %d", int(e)) }
