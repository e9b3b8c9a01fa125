package fault

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
)

type connectionKey struct{}

// connection describes the connection on which a request came.
type connection struct {
	conn  net.Conn
	stale atomic.Pointer[string] // the ID of the fault that killed it
}

// WithConnection returns a context for a new connection, to be used as
// [http.Server.ConnContext]. Without it [Stale] connections live on.
func WithConnection(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, &connection{conn: conn})
}

// Died reports whether the connection of the request should have ended after
// its last answer, and the ID of the fault that said so. A server asks before
// anything else and calls [Abort] then.
func Died(r *http.Request) (faultID string, died bool) {
	c, ok := r.Context().Value(connectionKey{}).(*connection)
	if !ok {
		return "", false
	}
	id := c.stale.Load()
	if id == nil {
		return "", false
	}
	return *id, true
}

// kill makes the connection of the request end with its next request, or when
// the fault is removed: a client that kept it would otherwise take the fault
// with it to another environment of the same server.
func (i *Injection) kill(r *http.Request) {
	if c, ok := r.Context().Value(connectionKey{}).(*connection); ok {
		c.stale.Store(&i.fault.ID)
		context.AfterFunc(i.life, func() { _ = c.conn.Close() })
	}
}
