package fault

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// writeTimeout bounds writes on a connection that was taken over. What is
// written there fits into any socket buffer.
const writeTimeout = 5 * time.Second

// Injection is a fault that was picked for one request.
type Injection struct {
	fault Fault
	life  context.Context
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

	a := i.fault.Attributes
	if a.Delay > 0 || i.fault.Kind == Hang {
		readAhead(r)
	}
	passed := wait(ctx, a.Delay)
	if r.Context().Err() != nil {
		abort(w)
		return
	}
	if !passed || i.fault.Kind == Delay {
		// The fault is over or was removed meanwhile.
		next.ServeHTTP(w, r)
		return
	}
	until := r.Context()
	if i.fault.Kind.lasts() {
		until = ctx
	}
	defer interrupt(until, w)()
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
	case Truncated:
		i.genuine(r, next).half(w)
	case Reset:
		i.genuine(r, next).half(w)
		reset(w)
	case Drip:
		i.genuine(r, next).drip(ctx, w, a.Interval)
	case Oversized:
		i.oversized(ctx, w)
	case GzipBomb:
		i.gzipBomb(ctx, w)
	}
}

// maxAhead is more than any form that an endpoint takes.
const maxAhead = 1 << 20

// readAhead reads the body and puts it back for the endpoint. net/http does
// not notice that a client has left until the body is read.
func readAhead(r *http.Request) {
	ahead, _ := io.ReadAll(io.LimitReader(r.Body, maxAhead))
	// An error shows again when the endpoint reads on.
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

// takeOver returns the connection under w. Under HTTP/2 there is none for a
// single request; the stream is reset instead, which is what breaking off
// means there.
func takeOver(w http.ResponseWriter) net.Conn {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return conn
}

// abort ends the connection in the orderly way of TCP, without a word of
// HTTP.
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
		// An error means that the connection is gone already.
		_ = tcp.SetLinger(0)
		tcp.Close()
	}
}

// sshGreeting is what a client meets that was given the wrong port.
const sshGreeting = "SSH-2.0-OpenSSH_9.6\r\n"

func garbage(w http.ResponseWriter, body []byte) {
	conn := takeOver(w)
	defer conn.Close()
	if body == nil {
		body = []byte(sshGreeting)
	}
	_ = conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, _ = conn.Write(body) // The client may have left: that is its business.
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
		// The path as sent: the handler may see a shortened one.
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

// answer is a whole answer, kept back to be spoiled.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// genuine returns the answer of the endpoint, or the planted body in its
// place.
func (i *Injection) genuine(r *http.Request, next http.Handler) *answer {
	a := i.fault.Attributes
	if a.Body != nil {
		return &answer{
			status: http.StatusOK,
			header: http.Header{"Content-Type": {a.contentType()}},
			body:   a.Body,
		}
	}
	kept := &answer{header: make(http.Header)}
	next.ServeHTTP(kept, r)
	kept.WriteHeader(http.StatusOK)
	return kept
}

// Header, Write and WriteHeader make answer the http.ResponseWriter of the
// endpoint.
func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.body = append(a.body, p...)
	return len(p), nil
}

// start sends the header with the length of the whole body. An empty body is
// declared longer than it is, so that there is something to break off.
func (a *answer) start(w http.ResponseWriter) {
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	h.Set("Content-Length", strconv.Itoa(max(len(a.body), 1)))
	w.WriteHeader(a.status)
}

// half sends the first half of the body. net/http closes the connection when
// a handler returns with less than it declared.
func (a *answer) half(w http.ResponseWriter) {
	a.start(w)
	_, _ = w.Write(a.body[:len(a.body)/2])
	_ = http.NewResponseController(w).Flush()
}

// defaultInterval between the octets of a drip: slow enough to outlast any
// sensible deadline, a whole JWK Set takes more than five minutes.
const defaultInterval = time.Second

func (a *answer) drip(ctx context.Context, w http.ResponseWriter, interval time.Duration) {
	if interval == 0 {
		interval = defaultInterval
	}
	a.start(w)
	controller := http.NewResponseController(w)
	for _, octet := range a.body {
		if controller.Flush() != nil || !wait(ctx, interval) {
			abort(w)
			return
		}
		if _, err := w.Write([]byte{octet}); err != nil {
			return
		}
	}
}
