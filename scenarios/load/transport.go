package load

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"
)

// dialTimeout bounds how long a connection, and a handshake, may take.
const dialTimeout = 5 * time.Second

// transport sends the requests of a load.
type transport interface {
	http.RoundTripper
	CloseIdleConnections()
}

// newTransport returns a transport with a fixed number of connections, all of
// which are kept open: with the default of two idle ones, half of the requests
// would open a connection. It uses no proxy, and does not decompress answers.
// Each request may take timeout, and ends with ctx.
func newTransport(ctx context.Context, connections int, timeout time.Duration, c Connection) transport {
	if c.Protocol == HTTP1 || c.Protocol == "" {
		return newDirect(ctx, connections, timeout, c)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP2(c.Protocol == HTTP2)
	protocols.SetUnencryptedHTTP2(c.Protocol == H2C)
	return &bounded{ctx: ctx, timeout: timeout, Transport: &http.Transport{
		DialContext:         c.dial,
		TLSClientConfig:     c.security(),
		TLSHandshakeTimeout: dialTimeout,
		Protocols:           protocols,
		MaxConnsPerHost:     connections,
		MaxIdleConnsPerHost: connections,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true,
		DisableKeepAlives:   c.NoKeepAlive,
	}}
}

// security returns how c speaks TLS.
func (c *Connection) security() *tls.Config {
	security := &tls.Config{
		RootCAs: c.RootCAs, MinVersion: tls.VersionTLS12, InsecureSkipVerify: c.InsecureSkipVerify,
	}
	if c.Certificate != nil {
		security.Certificates = []tls.Certificate{*c.Certificate}
	}
	return security
}

// dial connects to the address of c, if it has one.
func (c *Connection) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if c.Address != "" {
		address = c.Address
	}
	if path, isSocket := strings.CutPrefix(address, unixPrefix); isSocket {
		network, address = "unix", path
	}
	if c.dialer != nil {
		return c.dialer(ctx, network, address)
	}
	return (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, address)
}

// maxAnswer is how much of the body of an answer is kept, in bytes. The rest is
// read, so that the connection can be used again and the time of the answer
// includes it.
const maxAnswer = 64 << 10

// bounded is a transport that gives every request a deadline.
// http.Client.Timeout would do so, too, but costs 18 allocations and 2 µs per
// request.
type bounded struct {
	*http.Transport
	ctx     context.Context // the context of the load
	timeout time.Duration
}

func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(b.ctx, b.timeout)
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
		ctx = httptrace.WithClientTrace(ctx, trace)
	}
	answer, err := b.Transport.RoundTrip(r.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	answer.Body = &boundedBody{answer.Body, cancel}
	return answer, nil
}

// boundedBody ends the deadline of its request when it is closed.
type boundedBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *boundedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// noRedirect returns an answer as it is: following a redirect would send a token
// somewhere else.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
