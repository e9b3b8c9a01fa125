package port

import (
	"net"
	"net/http"
	"sync"
)

// connections keeps track of the goroutines of an http.Server, which does not
// wait for them itself: Shutdown forgets hijacked connections, and Close waits
// for nothing.
type connections struct {
	running sync.WaitGroup

	mu      sync.Mutex
	fresh   map[net.Conn]bool // no request was received yet
	closing bool
}

// track is the ConnState hook. A connection is new before the listener
// accepts the next one, so running is never zero while connections may still
// come.
func (c *connections) track(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		c.running.Add(1)
		if c.closing {
			conn.Close()
			return
		}
		if c.fresh == nil {
			c.fresh = make(map[net.Conn]bool)
		}
		c.fresh[conn] = true
	case http.StateHijacked, http.StateClosed:
		delete(c.fresh, conn)
		c.running.Done()
	default:
		delete(c.fresh, conn)
	}
}

// hold keeps wait from returning until the returned function is called. A
// handler calls it while its connection is still counted, which it no longer is
// once it is hijacked.
func (c *connections) hold() (release func()) {
	c.running.Add(1)
	return c.running.Done
}

// closeNew closes connections on which nothing was received, and those that
// are still being accepted. Shutdown would give each of them five seconds, and
// clients open some in advance.
func (c *connections) closeNew() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closing = true
	for conn := range c.fresh {
		conn.Close()
	}
}

// wait returns when all connections and handlers have ended. No new
// connection may come in.
func (c *connections) wait() { c.running.Wait() }
