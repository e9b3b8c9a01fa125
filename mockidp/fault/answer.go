package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

// answer is a whole answer, held back to be spoiled.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// genuine returns the answer of the endpoint, or the planted body instead.
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

// send sends the answer as it is.
func (a *answer) send(w http.ResponseWriter) {
	a.sendHeader(w)
	_, _ = w.Write(a.body)
}

// sendHeader sends the header and leaves the length to net/http.
func (a *answer) sendHeader(w http.ResponseWriter) {
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	w.WriteHeader(a.status)
}

// start sends the header with the length of the whole body. An empty body is
// declared longer than it is, so that there is something to cut off.
func (a *answer) start(w http.ResponseWriter) {
	a.header.Set("Content-Length", strconv.Itoa(max(len(a.body), 1)))
	a.sendHeader(w)
}

// half sends the first half of the body. net/http closes the connection when
// a handler returns with less than it declared.
func (a *answer) half(w http.ResponseWriter) {
	a.start(w)
	_, _ = w.Write(a.body[:len(a.body)/2])
	_ = http.NewResponseController(w).Flush()
}

// withoutEnd sends the whole body in chunks, and no last chunk.
func (a *answer) withoutEnd(w http.ResponseWriter) {
	a.header.Del("Content-Length")
	a.sendHeader(w)
	controller := http.NewResponseController(w)
	_ = controller.Flush() // Now it is too late for a length.
	_, _ = w.Write(a.body)
	_ = controller.Flush()
	abort(w)
}

// defaultInterval is the time between the bytes of a drip. It outlasts any
// sensible deadline: a whole JWK Set takes more than five minutes.
const defaultInterval = time.Second

func (a *answer) drip(ctx context.Context, w http.ResponseWriter, interval time.Duration) {
	if interval == 0 {
		interval = defaultInterval
	}
	a.start(w)
	controller := http.NewResponseController(w)
	for _, b := range a.body {
		if controller.Flush() != nil || !wait(ctx, interval) {
			abort(w)
			return
		}
		if _, err := w.Write([]byte{b}); err != nil {
			return
		}
	}
}

// dripHeader sends the header byte by byte and the body at once, on a
// connection that it hijacks.
func (a *answer) dripHeader(ctx context.Context, w http.ResponseWriter, interval time.Duration) {
	if interval == 0 {
		interval = defaultInterval
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	a.header.Set("Content-Length", strconv.Itoa(len(a.body)))
	a.header.Set("Connection", "close")
	_ = a.header.Write(&head) // A bytes.Buffer does not fail.
	head.WriteString("\r\n")

	conn := takeOver(w)
	ctx, stop := untilClosed(ctx, conn)
	defer stop()
	for _, b := range head.Bytes() {
		_ = conn.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := conn.Write([]byte{b}); err != nil || !wait(ctx, interval) {
			return
		}
	}
	_ = conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, _ = conn.Write(a.body)
}

// untilClosed returns a context that ends when the other side closes the
// connection, which nobody else notices once it is hijacked. The returned
// function closes it from this side.
func untilClosed(ctx context.Context, conn net.Conn) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer cancel()
		_, _ = io.Copy(io.Discard, conn)
	}()
	return ctx, func() {
		conn.Close()
		<-ended
	}
}

// edit changes the members of the JSON object in the body.
func (a *answer) edit(patch forge.Patch) evidence {
	before := string(a.body)
	genuine := func(err error) evidence { return evidence{before, before, err} }
	if a.status/100 != 2 {
		return genuine(fmt.Errorf("the status is %d", a.status))
	}
	var object keyring.Object
	if err := json.Unmarshal(a.body, &object); err != nil {
		return genuine(fmt.Errorf("the answer is no JSON object: %w", err))
	}
	patch.Drop = slices.DeleteFunc(slices.Clone(patch.Drop), func(name string) bool {
		_, there := object.Get(name)
		return !there
	})
	changed, err := patch.Apply(object)
	if err != nil {
		return genuine(err)
	}
	text, err := json.Marshal(changed)
	if err != nil {
		return genuine(err)
	}
	a.body = text
	a.header.Del("Content-Length")
	a.header.Del("ETag") // It belongs to other bytes.
	return evidence{before: before, after: string(text)}
}
