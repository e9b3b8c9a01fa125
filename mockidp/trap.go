package mockidp

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/internal/port"
)

// Trap is a port that nobody may connect to: the host of a jku
// header parameter, the target of a redirect. It counts connections, those
// without a request too, and closes them without an answer. [NewTrap] makes it.
// It is safe for concurrent use.
type Trap struct {
	url      string
	listener *port.Counting
	serving  sync.WaitGroup
}

// NewTrap opens a trap where a listener with cfg would be, without TLS and in
// one address family. The caller must call [Trap.Close].
func NewTrap(ctx context.Context, cfg ListenerConfig) (*Trap, error) {
	cfg.TLS = TLSNone
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("opening a trap: %w", err)
	}
	l, err := listenOn(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("opening a trap: %w", err)
	}
	t := &Trap{url: cfg.url(l.Addr().(*net.TCPAddr)).String(), listener: port.NewCounting(l)}
	t.serving.Go(t.serve)
	return t, nil
}

func (t *Trap) serve() {
	for {
		conn, err := t.listener.Accept()
		if err != nil {
			return
		}
		conn.Close()
	}
}

// URL returns the origin of the trap, for instance http://127.0.0.1:40123.
func (t *Trap) URL() string { return t.url }

// syncTimeout bounds how long Connections waits, on a machine that is very
// busy.
const syncTimeout = 5 * time.Second

// Connections returns how many connections were made before the call. It waits
// until the trap has accepted all of them, unless the trap is closed.
func (t *Trap) Connections() int {
	ctx, cancel := context.WithTimeout(context.Background(), syncTimeout)
	defer cancel()
	_ = t.listener.Sync(ctx) // What was accepted until now is the best answer then.
	return t.listener.Accepted()
}

// Close closes the port and returns when the trap has ended.
func (t *Trap) Close() {
	t.listener.Close()
	t.serving.Wait()
}
