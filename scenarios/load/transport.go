package load

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// newTransport returns a transport with a fixed number of connections, all of
// which are kept open: with the default of two idle ones, half of the requests
// would open a connection. It speaks HTTP/1.1 only, uses no proxy, and does not
// decompress answers. Nil roots are those of the system.
func newTransport(connections int, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 5 * time.Second,
		MaxConnsPerHost:     connections,
		MaxIdleConnsPerHost: connections,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true,
	}
}

// maxAnswer bounds the body of an answer in bytes.
const maxAnswer = 64 << 10

// bounded is a RoundTripper that gives every request a deadline and bounds the
// size of every answer. http.Client.Timeout would do the former, but costs 18
// allocations and 2 µs per request.
type bounded struct {
	next    http.RoundTripper
	ctx     context.Context // the context of the load
	timeout time.Duration
}

func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(b.ctx, b.timeout)
	answer, err := b.next.RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	answer.Body = &boundedBody{body: answer.Body, rest: maxAnswer, cancel: cancel}
	return answer, nil
}

// boundedBody ends the deadline of its request when it is closed.
type boundedBody struct {
	body   io.ReadCloser
	rest   int
	cancel context.CancelFunc
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.rest < 0 {
		return 0, errAnswerTooLong
	}
	n, err := b.body.Read(p[:min(len(p), b.rest+1)])
	if b.rest -= n; b.rest < 0 {
		return n, errAnswerTooLong
	}
	return n, err
}

func (b *boundedBody) Close() error {
	defer b.cancel()
	return b.body.Close()
}

var errAnswerTooLong = fmt.Errorf("the answer is longer than %d bytes", maxAnswer)

// noRedirect returns an answer as it is: following a redirect would send a token
// somewhere else.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
