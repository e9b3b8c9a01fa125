package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// DefaultGrace is how long [Serve] waits for unfinished requests when it stops.
const DefaultGrace = 5 * time.Second

// The limits of the server. The longest token that the verifier reads fits in
// the header twice.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = 15 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

// ServeOptions configure [Serve]. The zero value is usable.
type ServeOptions struct {
	// Grace is how long to wait for unfinished requests after ctx has ended.
	// Zero means DefaultGrace.
	Grace time.Duration

	// Logger receives the errors of connections and handlers. Nil discards
	// them.
	Logger *slog.Logger
}

// Serve serves handler on listener until ctx ends. It then accepts no more
// connections and waits for unfinished requests, at most for Grace, after which
// it closes their connections. It always closes listener. When it returns, every
// goroutine that it started has ended, except those of handlers that do not
// return.
//
// The error is nil after a stop in time. A [context.DeadlineExceeded] means that
// requests were cut off; any other error comes from the listener.
func Serve(
	ctx context.Context, listener net.Listener, handler http.Handler, opts ServeOptions,
) error {
	grace := cmp.Or(opts.Grace, DefaultGrace)
	logger := cmp.Or(opts.Logger, slog.New(slog.DiscardHandler))
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		_ = server.Close()
		return fmt.Errorf("serving %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := server.Shutdown(stopping)
	if err != nil {
		_ = server.Close()
	}
	if serveErr := <-served; !errors.Is(serveErr, http.ErrServerClosed) {
		return fmt.Errorf("serving %s: %w", listener.Addr(), serveErr)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("requests were still unfinished %v after the stop: %w", grace, err)
	}
	return err
}
