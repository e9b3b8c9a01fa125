package implementations

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/scenarios"
)

// httpImplementation speaks the protocol with a URL: each request is a POST of a
// [Request], and the body of the answer is a [Response].
type httpImplementation struct {
	target      string
	tap         Tap
	timeout     time.Duration
	client      *http.Client
	sessions    atomic.Int64
	requests    atomic.Int64
	description Description
}

// NewHTTP asks target, an http or https URL, for its description. timeout
// bounds each answer; zero means ten seconds. The error is [ErrStart], unless
// the URL is not one or ctx ends.
func NewHTTP(ctx context.Context, target string, timeout time.Duration) (Implementation, error) {
	return newHTTP(ctx, target, ExecOptions{Timeout: timeout})
}

// newHTTP is NewHTTP with a Tap.
func newHTTP(ctx context.Context, target string, opts ExecOptions) (Implementation, error) {
	_, err := parseTarget(target)
	if err != nil {
		return nil, err
	}
	h := &httpImplementation{target: target, tap: opts.tap(), timeout: cmp.Or(opts.Timeout, defaultTimeout), client: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, MaxResponseHeaderBytes: 64 << 10},
		// A redirect would hand the secrets of the setup to another host and
		// accept its verdict.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if h.description, err = greet(ctx, h.call); err == nil {
		h.description.RoundTrip, err = roundTrip(ctx, h.description, h.call)
	}
	switch {
	case err == nil:
		return h, nil
	case ctx.Err() != nil:
		return nil, err
	}
	return nil, fmt.Errorf("%w: %w", ErrStart, err)
}

func (h *httpImplementation) Describe() Description { return h.description }

func (h *httpImplementation) Close() error {
	h.client.CloseIdleConnections()
	return nil
}

func (h *httpImplementation) Open(ctx context.Context, setup Setup) (Verifier, Answer, error) {
	v := new(httpVerifier)
	v.name, v.send = fmt.Sprintf("s%d", h.sessions.Add(1)), h.call
	answer, err := v.open(ctx, setup)
	if err != nil || answer.Verdict == scenarios.Refuse {
		return nil, answer, err
	}
	return v, Answer{}, nil
}

// call sends one request.
func (h *httpImplementation) call(ctx context.Context, request Request) (Response, error) {
	started, parent := time.Now(), ctx
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	request.ID = int(h.requests.Add(1))
	body, err := json.Marshal(request)
	if err != nil {
		return Response{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.target, bytes.NewReader(h.tap.Sent(body)))
	if err != nil {
		return Response{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := h.client.Do(req)
	if err != nil {
		return Response{}, failure(parent, err, request.Op, started)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxLineBytes+1))
	switch {
	case err != nil:
		return Response{}, failure(parent, err, request.Op, started)
	case len(text) > maxLineBytes:
		return Response{}, fault(text, "which has more than %d bytes", maxLineBytes)
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return Response{}, fault(text, "with status %d; redirects are not followed, give the URL that answers", res.StatusCode)
	case res.StatusCode != http.StatusOK:
		return Response{}, fault(text, "with status %d, want 200", res.StatusCode)
	}
	h.tap.Received(text)
	response, err := parseResponse(text)
	if err != nil {
		return response, err
	}
	if response.ID != request.ID {
		return response, fault(text, "whose id is %d, want %d", response.ID, request.ID)
	}
	return response, response.check(request.Op, text)
}

// failure distinguishes a caller that gave up, an implementation that hangs,
// one that is gone and one that does not speak HTTP.
func failure(parent context.Context, err error, op Operation, started time.Time) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // without the URL, which the user knows
	}
	_, network := errors.AsType[*net.OpError](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return hang(op, started)
	case parent.Err() != nil:
		return context.Cause(parent)
	case network, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: %v", ErrCrash, err)
	}
	return fmt.Errorf("%w: %s", ErrProtocol, excerpt([]byte(err.Error())))
}

type httpVerifier struct {
	session
	closing sync.Once
}

func (v *httpVerifier) Close() (err error) {
	v.closing.Do(func() { err = v.close() })
	return err
}
