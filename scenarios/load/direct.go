package load

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"
)

// direct is a RoundTripper for HTTP/1.1 in which the caller writes the request
// and reads the answer. That of net/http leaves both to two goroutines of the
// connection; each of them may be on another thread, which has to wake up, so
// that a request takes a fifth more CPU time, and twice the allocations.
//
// It has a fixed number of connections, all of which are kept open, and prefers
// the one that was used last. Each request has a deadline, its wait for a
// connection and the body of its answer included. No goroutine outlives
// a request.
type direct struct {
	ctx        context.Context // of the load, whose end closes all connections
	connection Connection
	security   *tls.Config
	timeout    time.Duration
	slots      chan struct{} // one for each request that may have a connection

	mu   sync.Mutex
	idle []*wire // the one that was used last is the last
}

// wire is a connection.
type wire struct {
	net.Conn
	in     *bufio.Reader
	out    *bufio.Writer
	last   time.Time // when it became idle; zero if it is new
	unbind func() bool
}

func newDirect(ctx context.Context, connections int, timeout time.Duration, c Connection) *direct {
	return &direct{
		ctx: ctx, connection: c, security: c.security(), timeout: timeout, slots: make(chan struct{}, connections),
	}
}

// RoundTrip sends r. The connection is used again once the body of the answer is
// closed.
func (d *direct) RoundTrip(r *http.Request) (*http.Response, error) {
	deadline := time.Now().Add(d.timeout)
	if err := d.wait(deadline); err != nil {
		return nil, err
	}
	answer, err := d.exchange(r, deadline)
	if err != nil {
		<-d.slots
		return nil, inTime(err)
	}
	return answer, nil
}

// wait waits for one of the connections.
func (d *direct) wait(deadline time.Time) error {
	select {
	case d.slots <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case d.slots <- struct{}{}:
		return nil
	case <-timer.C:
		return context.DeadlineExceeded
	case <-d.ctx.Done():
		return d.ctx.Err()
	}
}

// exchange sends r on an idle connection, or on a new one. A server may close an
// idle connection at any time, also while r is on its way: r is then sent on
// another one if it may be sent twice. RFC 9112, 9.3.1.
func (d *direct) exchange(r *http.Request, deadline time.Time) (*http.Response, error) {
	for {
		w, err := d.take(r.Context(), r.URL, deadline)
		if err != nil {
			return nil, err
		}
		answer, err := w.exchange(r, deadline, d.connection.NoKeepAlive)
		if err == nil {
			answer.Body = &wireBody{
				body: answer.Body, direct: d, wire: w, keep: !answer.Close && !d.connection.NoKeepAlive,
			}
			return answer, nil
		}
		w.close()
		if !errors.As(err, new(unansweredError)) || w.last.IsZero() || d.ctx.Err() != nil || !repeatable(r) {
			return nil, err
		}
	}
}

// unansweredError says that a connection ended before the first byte of an
// answer.
type unansweredError struct{ error }

func (e unansweredError) Unwrap() error { return e.error }

// repeatable reports whether r may be sent twice, and makes its body readable
// again. RFC 9110, 9.2.1.
func repeatable(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	default:
		return false
	}
	if r.GetBody == nil {
		return r.Body == nil
	}
	var err error
	r.Body, err = r.GetBody()
	return err == nil
}

// take returns an idle connection, or else a new one.
func (d *direct) take(ctx context.Context, u *url.URL, deadline time.Time) (*wire, error) {
	for {
		d.mu.Lock()
		var w *wire
		if n := len(d.idle); n > 0 {
			w, d.idle = d.idle[n-1], d.idle[:n-1]
		}
		d.mu.Unlock()
		if w == nil {
			return d.dial(ctx, u, deadline)
		}
		if w.usable() {
			return w, nil
		}
		w.close()
	}
}

// dial opens a connection. The trace of the request learns of it.
func (d *direct) dial(requested context.Context, u *url.URL, deadline time.Time) (*wire, error) {
	ctx, cancel := context.WithDeadline(d.ctx, deadline)
	defer cancel()
	port := "80"
	if u.Scheme == "https" {
		port = "443"
	}
	host, err := httpguts.PunycodeHostPort(u.Hostname())
	if err != nil {
		return nil, err
	}
	conn, err := d.connection.dial(ctx, "tcp", net.JoinHostPort(host, cmp.Or(u.Port(), port)))
	if err != nil {
		return nil, err
	}
	if u.Scheme == "https" {
		security := d.security.Clone()
		security.ServerName = host
		secure := tls.Client(conn, security)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, err
		}
		conn = secure
	}
	w := &wire{Conn: conn, in: bufio.NewReader(conn), out: bufio.NewWriter(conn)}
	w.unbind = context.AfterFunc(d.ctx, func() { _ = conn.Close() })
	if trace := httptrace.ContextClientTrace(requested); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{Conn: w})
	}
	return w, nil
}

// release makes w idle, or closes it, and lets the next request have it.
func (d *direct) release(w *wire, keep bool) {
	if keep && w.in.Buffered() == 0 {
		w.last = time.Now()
		d.mu.Lock()
		d.idle = append(d.idle, w)
		d.mu.Unlock()
	} else {
		w.close()
	}
	<-d.slots
}

// CloseIdleConnections closes what is idle.
func (d *direct) CloseIdleConnections() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, w := range d.idle {
		w.close()
	}
	d.idle = nil
}

// trusted is how long an idle connection is used without a look at it. Servers
// close idle connections after some seconds.
const trusted = time.Second

// usable reports whether the server has not closed w, as far as is known.
func (w *wire) usable() bool {
	if time.Since(w.last) < trusted {
		return true
	}
	// What has arrived is read even if there is hardly any time to wait.
	_ = w.SetReadDeadline(time.Now().Add(100 * time.Microsecond))
	_, err := w.in.Peek(1)
	return timedOut(err)
}

// exchange sends r and reads the head of the answer.
func (w *wire) exchange(r *http.Request, deadline time.Time, closing bool) (*http.Response, error) {
	if err := w.SetDeadline(deadline); err != nil {
		return nil, unansweredError{err}
	}
	if closing {
		r = r.WithContext(r.Context())
		r.Close = true
	}
	err := r.Write(w.out)
	if err == nil {
		err = w.out.Flush()
	}
	if err == nil {
		_, err = w.in.Peek(1)
	}
	switch {
	case timedOut(err):
		return nil, err
	case err != nil:
		return nil, unansweredError{err}
	}
	for {
		answer, err := http.ReadResponse(w.in, r)
		if err != nil || answer.StatusCode >= http.StatusOK || answer.StatusCode == http.StatusSwitchingProtocols {
			return answer, err
		}
	}
}

func (w *wire) close() {
	w.unbind()
	_ = w.Close()
}

// inTime returns the error of a context for that of a connection.
func inTime(err error) error {
	if timedOut(err) {
		return context.DeadlineExceeded
	}
	return err
}

func timedOut(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// wireBody releases the connection of an answer when it is closed.
type wireBody struct {
	body   io.Reader
	direct *direct
	wire   *wire
	keep   bool
	whole  bool // whether it was read to its end
	closed bool
}

func (b *wireBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	b.whole = err == io.EOF
	return n, inTime(err)
}

func (b *wireBody) Close() error {
	if !b.closed {
		b.closed = true
		b.direct.release(b.wire, b.keep && b.whole)
	}
	return nil
}
