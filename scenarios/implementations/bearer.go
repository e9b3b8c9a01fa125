package implementations

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations/present"
)

// Deployed is an [Implementation] that runs with a configuration of its own:
// Open does not change it, and every Verifier is the same one.
type Deployed interface {
	Implementation

	// Restart starts the service, or starts it again, so that it remembers
	// nothing, and returns when it answers. Without CanRestart it only waits.
	// The error is [ErrCrash] or [ErrHang].
	Restart(ctx context.Context) error

	// CanRestart reports whether Restart makes the service forget.
	CanRestart() bool

	// Anonymous returns the answer to a request without a token.
	Anonymous(ctx context.Context) (Answer, error)

	// Reports reports whether accepting answers tell a claim.
	Reports(claim string) bool

	// GivesReasons reports whether a rejection had its reason where the options
	// say. It is true if they do not say.
	GivesReasons() bool

	// Unread returns the status that most answers to a token had which neither
	// accept nor reject it, and how many had it: zero if all were read.
	Unread() (status, answers int)

	// Learn adds to the description what only asking could tell: capabilities,
	// and the time of a request there and back.
	Learn(capabilities []string, roundTrip time.Duration)
}

// UnfitError says why an implementation cannot be asked: the case is skipped.
type UnfitError = present.UnfitError

// ErrNoVerdict says that a deployed service has answered, but neither accepted
// nor rejected the token.
var ErrNoVerdict = present.ErrNoVerdict

// NoVerdictError is an [ErrNoVerdict] for an answer over HTTP.
type NoVerdictError = present.NoVerdictError

// BearerOptions configures [NewBearer]. The zero value presents a Bearer token
// and reads the status of the answer.
type BearerOptions struct {
	// Present says where the token goes, Method is GET or what suits Present
	// if it is empty, and Header has further fields of each request.
	Present present.Template
	Method  string
	Header  http.Header

	// Reading says what the answers mean.
	Reading present.Reading

	// Timeout bounds one answer. Zero means ten seconds.
	Timeout time.Duration

	// Service is the command that runs the service in the foreground. Restart
	// is one that restarts it and ends. At most one of them is set; without,
	// the service is never restarted.
	Service, Restart []string

	// Dir is the working folder of the two. Empty is that of the harness.
	Dir string

	// Env lists further environment variables of the two, in the form
	// name=value.
	Env []string

	// Wait is how long the service may take until it answers at all. Zero
	// means thirty seconds.
	Wait time.Duration
}

// bearer is a deployed service.
type bearer struct {
	target  *url.URL
	opts    BearerOptions
	client  *http.Client
	running *Service // nil unless it runs here

	reasoned  atomic.Bool // whether a reason was where the options say
	unread    statuses    // of answers that are no verdict
	learnt    []string    // capabilities
	roundTrip time.Duration
}

// NewBearer returns the service at target, an http or https URL, which takes
// tokens in its requests. It makes no request: see [Deployed.Restart].
func NewBearer(target string, opts BearerOptions) (Deployed, error) {
	u, err := parseTarget(target)
	if err != nil {
		return nil, err
	}
	if err := opts.Reading.Complete(); err != nil {
		return nil, err
	}
	opts.Method = cmp.Or(opts.Method, opts.Present.Method())
	opts.Timeout = cmp.Or(opts.Timeout, defaultTimeout)
	opts.Wait = cmp.Or(opts.Wait, 30*time.Second)
	return &bearer{target: u, opts: opts, client: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, MaxResponseHeaderBytes: 64 << 10},
		// A redirect, such as to a login page, is an answer of its own.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func (b *bearer) Learn(capabilities []string, roundTrip time.Duration) {
	b.learnt, b.roundTrip = capabilities, roundTrip
}

func (b *bearer) GivesReasons() bool { return b.opts.Reading.Reason == "" || b.reasoned.Load() }

func (b *bearer) Reports(claim string) bool { return claim == "sub" && b.opts.Reading.Subject != "" }

// Describe names the capabilities that a service has by being one. What only a
// caller can say, such as a nonce, no request of an API carries.
func (b *bearer) Describe() Description {
	d := Description{
		Name:         bearerPrefix + b.target.Scheme + "://" + b.target.Host + b.target.Path,
		Capabilities: append([]string{"idp", "state", "load", "seed", "budget"}, b.learnt...),
		RoundTrip:    b.roundTrip,
	}
	if Loopback(b.target.Hostname()) {
		d.Capabilities = append(d.Capabilities, "trap")
	}
	return d
}

// Loopback reports whether a host is this machine: localhost, or a loopback
// address.
func Loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

func (b *bearer) Open(context.Context, Setup) (Verifier, Answer, error) {
	return bearerVerifier{b}, Answer{}, nil
}

// Close ends the service if it was started here.
func (b *bearer) Close() error {
	b.client.CloseIdleConnections()
	b.stop()
	return nil
}

// bearerVerifier is the service as a Verifier, of which there is only one.
type bearerVerifier struct{ *bearer }

// Close does nothing: the service goes on for the next case.
func (bearerVerifier) Close() error { return nil }

// Verify presents a token.
func (v bearerVerifier) Verify(ctx context.Context, input Input) (Answer, error) {
	r, err := v.ask(ctx, &input.Token)
	if err != nil {
		return Answer{}, err
	}
	if why := tooLong(r.Status, len(input.Token)); why != "" {
		return Answer{}, &UnfitError{Why: why}
	}
	answer, err := v.opts.answer(r)
	if errors.Is(err, ErrNoVerdict) {
		v.unread.add(r.Status)
	}
	if answer.Verdict == scenarios.Reject && present.Find(r.Body, v.opts.Reading.Reason) != nil {
		v.reasoned.Store(true)
	}
	return answer, err
}

// statuses counts answers by their status.
type statuses struct {
	mu     sync.Mutex
	counts map[int]int
}

func (s *statuses) add(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts == nil {
		s.counts = make(map[int]int)
	}
	s.counts[status]++
}

func (b *bearer) Unread() (status, answers int) {
	b.unread.mu.Lock()
	defer b.unread.mu.Unlock()
	for s, n := range b.unread.counts {
		if n > answers || n == answers && s < status {
			status, answers = s, n
		}
	}
	return status, answers
}

func (b *bearer) Anonymous(ctx context.Context) (Answer, error) {
	r, err := b.ask(ctx, nil)
	if err != nil {
		return Answer{}, err
	}
	return b.opts.answer(r)
}

// ask makes one request, without a token if it is nil.
func (b *bearer) ask(parent context.Context, token *string) (present.Reply, error) {
	started := time.Now()
	ctx, cancel := context.WithTimeout(parent, b.opts.Timeout)
	defer cancel()
	req, err := b.request(ctx, token)
	if err != nil {
		return present.Reply{}, err
	}
	res, err := b.client.Do(req)
	if err != nil {
		return present.Reply{}, serviceFailure(parent, err, started)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxReplyBytes))
	if err != nil {
		return present.Reply{}, serviceFailure(parent, err, started)
	}
	return present.Reply{Status: res.StatusCode, Header: res.Header, Body: body}, nil
}

func (b *bearer) request(ctx context.Context, token *string) (*http.Request, error) {
	var req *http.Request
	var err error
	if token == nil {
		req, err = http.NewRequestWithContext(ctx, b.opts.Method, b.target.String(), bytes.NewReader(nil))
	} else {
		req, err = b.opts.Present.Request(ctx, b.opts.Method, b.target.String(), *token)
	}
	if err != nil {
		return nil, err
	}
	present.Add(req, b.opts.Header)
	return req, nil
}

// serviceFailure is like failure. What is not HTTP breaks no protocol of
// adapters.
func serviceFailure(parent context.Context, err error, started time.Time) error {
	err = failure(parent, err, OpVerify, started)
	if errors.Is(err, ErrProtocol) {
		return &NoVerdictError{Is: strings.TrimPrefix(err.Error(), ErrProtocol.Error()+": ")}
	}
	return err
}
