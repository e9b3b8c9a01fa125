package implementations

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/scenarios"
)

// httpImplementation speaks the protocol to a URL: each request is a POST of a
// [Request], and the body of the answer is a [Response].
type httpImplementation struct {
	target      string
	timeout     time.Duration
	client      *http.Client
	sessions    atomic.Int64
	description Description
}

// NewHTTP asks target, an http or https URL, for its description. timeout
// bounds each answer; zero means ten seconds. The error is [ErrCrash] if
// nothing answers, [ErrHang] or [ErrProtocol].
func NewHTTP(ctx context.Context, target string, timeout time.Duration) (Implementation, error) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is not an http or https URL", target)
	}
	if timeout == 0 {
		timeout = defaultTimeout
	}
	h := &httpImplementation{target: target, timeout: timeout, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	response, err := h.call(ctx, Request{Op: OpHello})
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", target, err)
	}
	h.description = *response.Description
	return h, nil
}

func (h *httpImplementation) Describe() Description { return h.description }

func (h *httpImplementation) Close() error {
	h.client.CloseIdleConnections()
	return nil
}

func (h *httpImplementation) Open(ctx context.Context, setup Setup) (Verifier, Answer, error) {
	name := "s" + strconv.FormatInt(h.sessions.Add(1), 10)
	response, err := h.call(ctx, Request{Op: OpOpen, Session: name, Setup: &setup})
	if err != nil {
		return nil, Answer{}, err
	}
	if response.Verdict == scenarios.Refuse {
		return nil, response.Answer, nil
	}
	return &httpVerifier{owner: h, name: name}, Answer{}, nil
}

// call sends one request.
func (h *httpImplementation) call(ctx context.Context, request Request) (Response, error) {
	parent := ctx
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	request.ID = 1
	body, err := json.Marshal(request)
	if err != nil {
		return Response{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.target, bytes.NewReader(body))
	if err != nil {
		return Response{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := h.client.Do(req)
	if err != nil {
		return Response{}, h.failure(parent, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxLineBytes+1))
	switch {
	case err != nil:
		return Response{}, h.failure(parent, err)
	case res.StatusCode != http.StatusOK:
		return Response{}, fmt.Errorf("%w: status %d", ErrProtocol, res.StatusCode)
	case len(text) > maxLineBytes:
		return Response{}, fmt.Errorf("%w: the answer has more than %d bytes", ErrProtocol, maxLineBytes)
	}
	response, err := parseResponse(text)
	if err != nil {
		return response, err
	}
	return response, response.check(request.Op)
}

// failure tells a caller who gave up from an implementation that hangs and one
// that is gone.
func (h *httpImplementation) failure(parent context.Context, err error) error {
	switch {
	case parent.Err() != nil:
		return context.Cause(parent)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: within %v", ErrHang, h.timeout)
	}
	return fmt.Errorf("%w: %v", ErrCrash, err)
}

type httpVerifier struct {
	owner *httpImplementation
	name  string
}

func (s *httpVerifier) Verify(ctx context.Context, input Input) (Answer, error) {
	response, err := s.owner.call(ctx, Request{Op: OpVerify, Session: s.name, Input: input.wire()})
	return response.Answer, err
}

func (s *httpVerifier) Begin(ctx context.Context, login Login) (Answer, error) {
	response, err := s.owner.call(ctx, Request{Op: OpBegin, Session: s.name, Login: &login})
	return response.Answer, err
}

func (s *httpVerifier) Refresh(ctx context.Context, name string) (Answer, error) {
	response, err := s.owner.call(ctx, Request{Op: OpRefresh, Session: s.name, Name: name})
	return response.Answer, err
}

func (s *httpVerifier) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.owner.timeout)
	defer cancel()
	_, err := s.owner.call(ctx, Request{Op: OpClose, Session: s.name})
	return err
}
