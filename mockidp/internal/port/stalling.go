package port

import (
	"net"
	"sync"
)

// maxStalled bounds the connections that a stalling listener holds open. Above
// it the oldest is closed.
const maxStalled = 512

// stalling accepts connections and hands none of them on. What their clients
// send, usually a ClientHello, waits in the kernel.
type stalling struct {
	net.Listener

	mu     sync.Mutex
	held   []net.Conn
	closed bool
}

// Accept implements [net.Listener]. It returns nothing but the error that
// ends the listener.
func (l *stalling) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		l.hold(conn)
	}
}

func (l *stalling) hold(conn net.Conn) {
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
func (l *stalling) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, conn := range l.held {
		conn.Close()
	}
	l.held = nil
	return l.Listener.Close()
}
