package port

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// Counting counts the connections that a listener accepts.
type Counting struct {
	net.Listener

	mu     sync.Mutex
	count  int
	probes map[string]chan struct{} // keyed by address
}

// NewCounting returns a listener on which nothing is accepted yet.
func NewCounting(l net.Listener) *Counting {
	return &Counting{Listener: l, probes: make(map[string]chan struct{})}
}

// Accept implements [net.Listener].
func (l *Counting) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil || !l.probe(conn) {
			return conn, err
		}
		conn.Close()
	}
}

// probe reports whether Sync has made the connection, and counts it otherwise.
func (l *Counting) probe(conn net.Conn) bool {
	from := conn.RemoteAddr().String()
	l.mu.Lock()
	defer l.mu.Unlock()
	arrived, ok := l.probes[from]
	if !ok {
		l.count++
		return false
	}
	delete(l.probes, from)
	close(arrived)
	return true
}

// Accepted returns how many connections were accepted.
func (l *Counting) Accepted() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// Sync returns when every connection that was made before is counted. It makes
// one itself, which is not counted: connections are accepted in the order in
// which they were made. It returns an error if ctx ends or if nothing is
// accepted any longer.
func (l *Counting) Sync(ctx context.Context) error {
	conn, arrived, err := l.dial(ctx)
	if err != nil {
		return fmt.Errorf("looking for connections to %s: %w", l.Addr(), err)
	}
	defer conn.Close()
	select {
	case <-arrived:
		return nil
	case <-ctx.Done():
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.probes, conn.LocalAddr().String())
		return fmt.Errorf("waiting for connections to %s: %w", l.Addr(), ctx.Err())
	}
}

// dial connects. It holds the lock meanwhile, so that the connection is not
// accepted before it is known as a probe; the kernel completes it without
// that.
func (l *Counting) dial(ctx context.Context) (net.Conn, <-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	address := *l.Addr().(*net.TCPAddr)
	if address.IP.IsUnspecified() {
		address.IP = net.IPv4(127, 0, 0, 1)
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address.String())
	if err != nil {
		return nil, nil, err
	}
	arrived := make(chan struct{})
	l.probes[conn.LocalAddr().String()] = arrived
	return conn, arrived, nil
}
