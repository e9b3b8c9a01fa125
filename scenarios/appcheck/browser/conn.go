package browser

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// maxMessage is the longest message in bytes that the browser may send: the
// text of a page of some megabytes fits.
const maxMessage = 32 << 20

// ErrClosed is returned by calls after the browser has ended.
var ErrClosed = errors.New("the browser has ended")

// message is a call, its result or an event.
type message struct {
	ID      int64           `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// conn is a connection to a browser. Messages end with a zero byte.
type conn struct {
	out io.WriteCloser

	writing sync.Mutex

	mu      sync.Mutex
	last    int64
	waiting map[int64]chan<- message
	events  map[string]func(message) // by session
	ended   chan struct{}            // closed when nothing more comes
}

func newConn(in io.Reader, out io.WriteCloser) *conn {
	c := &conn{
		out: out, waiting: make(map[int64]chan<- message),
		events: make(map[string]func(message)), ended: make(chan struct{}),
	}
	go c.read(in)
	return c
}

// read delivers messages until the browser closes its pipe, or breaks the
// protocol, after which it is of no more use than one that has ended.
func (c *conn) read(in io.Reader) {
	defer close(c.ended)
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxMessage)
	lines.Split(func(data []byte, _ bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, 0); i >= 0 {
			return i + 1, data[:i], nil
		}
		return 0, nil, nil
	})
	for lines.Scan() {
		var m message
		if json.Unmarshal(lines.Bytes(), &m) != nil {
			return
		}
		c.deliver(m)
	}
}

func (c *conn) deliver(m message) {
	c.mu.Lock()
	answer, event := c.waiting[m.ID], c.events[m.Session]
	delete(c.waiting, m.ID)
	c.mu.Unlock()
	switch {
	case m.ID != 0 && answer != nil:
		answer <- m
	case m.ID == 0 && event != nil:
		event(m)
	}
}

// listen passes the events of a session to each, which must not call.
func (c *conn) listen(session string, each func(message)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events[session] = each
}

func (c *conn) forget(session string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.events, session)
}

// call calls a method and decodes its result into result, unless that is nil.
func (c *conn) call(ctx context.Context, session, method string, params, result any) error {
	text, err := json.Marshal(params)
	if err != nil {
		return err
	}
	answer := make(chan message, 1)
	c.mu.Lock()
	c.last++
	id := c.last
	c.waiting[id] = answer
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waiting, id)
	}()
	if err := c.write(message{ID: id, Session: session, Method: method, Params: text}); err != nil {
		return fmt.Errorf("%s: %w", method, ErrClosed)
	}
	select {
	case m := <-answer:
		if m.Error != nil {
			return fmt.Errorf("%s: %s", method, m.Error.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-c.ended:
		return fmt.Errorf("%s: %w", method, ErrClosed)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, context.Cause(ctx))
	}
}

func (c *conn) write(m message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	_, err = c.out.Write(append(text, 0))
	return err
}
