package fault

import (
	"context"
	"net/http"
	"sync/atomic"
)

type connectionKey struct{}

// connection describes the connection on which a request came.
type connection struct {
	stale atomic.Pointer[string] // the ID of the fault that killed it
}

// WithConnection returns a context for a new connection, which a server
// passes on from [http.Server.ConnContext]. Without it [Stale] connections
// live on.
func WithConnection(ctx context.Context) context.Context {
	return context.WithValue(ctx, connectionKey{}, new(connection))
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

// kill makes the connection of the request end with its next request.
func kill(r *http.Request, faultID string) {
	if c, ok := r.Context().Value(connectionKey{}).(*connection); ok {
		c.stale.Store(&faultID)
	}
}
