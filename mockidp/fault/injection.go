package fault

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"time"
)

// writeTimeout bounds writes on a hijacked connection. What is written there
// fits into any socket buffer.
const writeTimeout = 5 * time.Second

// Injection is a fault that was picked for one request.
type Injection struct {
	fault Fault
	delay time.Duration
	life  context.Context
	note  func(evidence) // adds to the record
}

// FaultID returns the ID of the fault.
func (i *Injection) FaultID() string { return i.fault.ID }

// Serve answers the request as the fault says. next is the handler of the
// endpoint, called at most once. Serve returns when the answer is complete,
// when the context of the request ends or when the fault is removed. For
// kinds that break the connection under HTTP/2 it panics with
// [http.ErrAbortHandler], which resets the stream.
func (i *Injection) Serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(i.life, cancel)()

	if i.delay > 0 || i.fault.Kind.lasts() {
		readAhead(r)
	}
	passed := wait(ctx, i.delay)
	if r.Context().Err() != nil {
		abort(w)
		return
	}
	if !passed || i.fault.Kind == Delay {
		// The fault is over, or was removed in the meantime.
		next.ServeHTTP(w, r)
		return
	}
	until := r.Context()
	if i.fault.Kind.lasts() {
		until = ctx
	}
	defer interrupt(until, w)()
	i.serve(ctx, w, r, next)
}

// serve does what the kind says.
func (i *Injection) serve(
	ctx context.Context, w http.ResponseWriter, r *http.Request, next http.Handler,
) {
	a := i.fault.Attributes
	switch i.fault.Kind {
	case Status, Body:
		i.plant(w)
	case Redirect:
		i.redirect(w, r)
	case Hang:
		<-ctx.Done()
		abort(w)
	case Close:
		abort(w)
	case Garbage:
		garbage(w, a.Body)
	case Interim:
		interim(ctx, w, a.Interval)
	case Oversized:
		i.oversized(ctx, w)
	case GzipBomb:
		i.gzipBomb(ctx, w)
	default:
		i.spoil(ctx, w, r, i.genuine(r, next))
	}
}

// spoil does to the genuine answer what the kind says.
func (i *Injection) spoil(
	ctx context.Context, w http.ResponseWriter, r *http.Request, genuine *answer,
) {
	a := i.fault.Attributes
	switch i.fault.Kind {
	case Lost:
		abort(w)
	case Stale:
		i.kill(r)
		genuine.send(w)
	case Truncated:
		genuine.half(w)
	case TruncatedChunked:
		genuine.withoutEnd(w)
	case Reset:
		genuine.half(w)
		reset(w)
	case Drip:
		genuine.drip(ctx, w, a.Interval)
	case SlowHeaders:
		genuine.dripHeader(ctx, w, a.Interval)
	case HugeHeaders:
		genuine.huge(a.Bytes)
		genuine.send(w)
	case Gzip, CorruptGzip:
		genuine.gzip(i.fault.Kind == CorruptGzip)
		genuine.send(w)
	case Header:
		genuine.replace(a.Header)
		genuine.send(w)
	case Edit:
		i.note(genuine.edit(a.Edit))
		genuine.send(w)
	}
}

// maxAhead is larger than any form that an endpoint takes.
const maxAhead = 1 << 20

// readAhead reads the body and puts it back for the endpoint. net/http does
// not notice that a client has left until the body is read.
func readAhead(r *http.Request) {
	ahead, _ := io.ReadAll(io.LimitReader(r.Body, maxAhead))
	// An error shows up again when the endpoint continues to read.
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(ahead), r.Body), r.Body}
}

// interrupt makes writes fail when ctx ends, until the returned function is
// called. Without it a client that does not read would hold the handler.
func interrupt(ctx context.Context, w http.ResponseWriter) (stop func()) {
	controller := http.NewResponseController(w)
	done := make(chan struct{})
	stopped := context.AfterFunc(ctx, func() {
		defer close(done)
		_ = controller.SetWriteDeadline(time.Now())
	})
	return func() {
		if !stopped() {
			<-done // It uses w, which ends with the handler.
		}
	}
}

// wait reports whether d passed before ctx ended.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// takeOver hijacks the connection of w. Under HTTP/2 a request has no
// connection of its own; its stream is reset instead, which has the same
// effect for the client.
func takeOver(w http.ResponseWriter) net.Conn {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return conn
}

// Abort ends the connection of a request without an answer.
func Abort(w http.ResponseWriter) { abort(w) }

// abort ends the connection with an orderly TCP close, without any HTTP.
func abort(w http.ResponseWriter) {
	takeOver(w).Close()
}

// reset ends the connection with a RST segment. Data that the client has not
// read yet is lost with it.
func reset(w http.ResponseWriter) {
	conn := takeOver(w)
	defer conn.Close()
	raw := conn
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok {
		raw = t.NetConn()
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		// An error means that the connection is already gone.
		_ = tcp.SetLinger(0)
		tcp.Close()
	}
}

// sshGreeting is the first line that a client reads if it connects to the wrong
// port.
const sshGreeting = "SSH-2.0-OpenSSH_9.6\r\n"

func garbage(w http.ResponseWriter, body []byte) {
	conn := takeOver(w)
	defer conn.Close()
	if body == nil {
		body = []byte(sshGreeting)
	}
	_ = conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, _ = conn.Write(body) // The client may have left.
}

// plant answers with what the attributes hold.
func (i *Injection) plant(w http.ResponseWriter) {
	a := i.fault.Attributes
	h := w.Header()
	if a.Body != nil {
		h.Set("Content-Type", a.contentType())
	}
	if a.RetryAfter != "" {
		h.Set("Retry-After", a.RetryAfter)
	}
	a.setHeader(h)
	w.WriteHeader(orElse(a.Status, http.StatusOK))
	_, _ = w.Write(a.Body)
}

func (i *Injection) redirect(w http.ResponseWriter, r *http.Request) {
	a := i.fault.Attributes
	location := a.Location
	if location == "" {
		// The path as it was sent; the handler may see a shortened one.
		location = r.RequestURI
	}
	w.Header().Set("Location", location)
	a.setHeader(w.Header())
	w.WriteHeader(orElse(a.Status, http.StatusFound))
}

func (a Attributes) contentType() string {
	if a.ContentType != "" {
		return a.ContentType
	}
	return "application/json"
}

func (a Attributes) setHeader(h http.Header) {
	for name, values := range a.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
}

func orElse(status, otherwise int) int {
	if status != 0 {
		return status
	}
	return otherwise
}
