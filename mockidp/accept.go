package mockidp

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// countingListener counts the connections that it accepts.
type countingListener struct {
	net.Listener

	mu     sync.Mutex
	count  int
	probes map[string]chan struct{} // by their address
}

func newCountingListener(l net.Listener) *countingListener {
	return &countingListener{Listener: l, probes: make(map[string]chan struct{})}
}

// Accept implements [net.Listener].
func (l *countingListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil || !l.probe(conn) {
			return conn, err
		}
		conn.Close()
	}
}

// probe reports whether sync has made the connection, and else counts it.
func (l *countingListener) probe(conn net.Conn) bool {
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

// accepted returns how many connections were accepted.
func (l *countingListener) accepted() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// sync returns when every connection that was made before is counted. It
// makes one itself, which is not counted: connections are accepted in the
// order in which they were made. It returns an error if ctx ends or nothing
// is accepted any more.
func (l *countingListener) sync(ctx context.Context) error {
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
func (l *countingListener) dial(ctx context.Context) (net.Conn, <-chan struct{}, error) {
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

// maxStalled bounds the connections that a stallingListener holds open. Above
// it the oldest is closed.
const maxStalled = 512

// stallingListener accepts connections and keeps them to itself. What their
// clients send, a ClientHello as a rule, waits in the kernel.
type stallingListener struct {
	net.Listener

	mu     sync.Mutex
	held   []net.Conn
	closed bool
}

// Accept implements [net.Listener]. It returns nothing but the error that
// ends the listener.
func (l *stallingListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		l.hold(conn)
	}
}

func (l *stallingListener) hold(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		conn.Close()
		return
	}
	if len(l.held) == maxStalled {
		l.held[0].Close()
		l.held = l.held[1:]
	}
	l.held = append(l.held, conn)
}

// Close implements [net.Listener] and ends the connections as well.
func (l *stallingListener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, conn := range l.held {
		conn.Close()
	}
	l.held = nil
	return l.Listener.Close()
}
