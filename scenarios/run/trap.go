package run

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
)

// trap is a listener on loopback that nothing may touch. It counts connections
// and answers none.
type trap struct {
	listener net.Listener
	touched  atomic.Int64
	work     sync.WaitGroup
}

func newTrap() (*trap, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening the trap: %w", err)
	}
	t := &trap{listener: l}
	t.work.Go(t.serve)
	return t, nil
}

func (t *trap) serve() {
	for {
		conn, err := t.listener.Accept()
		if err != nil {
			return
		}
		t.touched.Add(1)
		conn.Close()
	}
}

// url returns where the trap is.
func (t *trap) url() string { return "http://" + t.listener.Addr().String() }

func (t *trap) close() {
	t.listener.Close()
	t.work.Wait()
}
