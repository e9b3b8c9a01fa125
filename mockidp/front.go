package mockidp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/mockidp/fault"
)

const (
	// headerTimeout bounds how long a TLS handshake and a request header may
	// take to arrive.
	headerTimeout = 10 * time.Second

	// idleTimeout closes connections that nobody uses. Longer than the 90 s
	// after which Go's client closes them, so that the client is first.
	idleTimeout = 2 * time.Minute

	// maxHeader bounds a request header, as most servers do.
	maxHeader = 64 << 10

	// closeTimeout is the patience of Close for requests that are running,
	// unless its context ends sooner. Faults that wait are ended at once.
	closeTimeout = 5 * time.Second
)

// front is a listening socket, the HTTP server behind it and everything that
// has to end with it.
type front struct {
	url      string
	accepted *countingListener
	listener net.Listener // accepted, or what stalls in front of it
	config   *tls.Config  // nil: plain HTTP
	http     http.Server
	stop     context.CancelFunc // ends the context of all requests
	served   chan struct{}      // closed when nothing is accepted any more
	closed   atomic.Bool
	conns    connections
	requests atomic.Int64
	hellos   atomic.Int64
	logger   *slog.Logger
}

// listen binds the address that cfg asks for and nothing else yet.
func listen(ctx context.Context, cfg ListenerConfig) (net.Listener, error) {
	addr := cfg.addr()
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %q: %w", addr, err)
	}
	if ip := listener.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() && !cfg.UnsafeAllowNonLoopback {
		// localhost may be anything.
		listener.Close()
		return nil, fmt.Errorf("address %q is %s, which is not a loopback address", addr, ip)
	}
	return listener, nil
}

// newFront prepares to serve handler on a bound listener. Nothing is accepted
// before run.
func newFront(cfg ListenerConfig, listener net.Listener, config *tls.Config, handler http.Handler, logger *slog.Logger) *front {
	f := &front{
		url:      cfg.origin(listener.Addr().(*net.TCPAddr)),
		accepted: newCountingListener(listener),
		config:   config,
		served:   make(chan struct{}),
		logger:   logger,
	}
	f.listener = f.accepted
	if cfg.TLS == TLSStalled {
		f.listener = &stallingListener{Listener: f.accepted}
	}
	if f.config != nil {
		f.config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
			f.hellos.Add(1)
			return nil, nil
		}
	}
	base, stop := context.WithCancel(context.Background())
	f.stop = stop
	http2 := !cfg.HTTP1Only && cfg.TLS != TLSVersion11 // RFC 9113, 9.2: TLS 1.2 or later
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(http2)
	protocols.SetUnencryptedHTTP2(http2)
	f.http = http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer f.conns.hold()()
			f.requests.Add(1)
			handler.ServeHTTP(w, r)
		}),
		Protocols:         protocols,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ConnContext:       func(ctx context.Context, _ net.Conn) context.Context { return fault.WithConnection(ctx) },
		ConnState:         f.conns.track,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	return f
}

// run serves until the front is closed.
func (f *front) run() {
	defer close(f.served)
	var err error
	if f.config == nil {
		err = f.http.Serve(f.listener)
	} else {
		f.http.TLSConfig = f.config
		err = f.http.ServeTLS(f.listener, "", "")
	}
	if !errors.Is(err, http.ErrServerClosed) {
		f.logger.Error("the server has stopped listening", "url", f.url, "error", err)
	}
}

// close stops listening, ends faults that wait, lets other requests finish
// for as long as ctx allows, at most 5 s, and then cuts them off. It returns
// when every goroutine has ended, with an error if requests were cut off. All
// calls but the first one do nothing and return nil.
func (f *front) close(ctx context.Context) error {
	if f.closed.Swap(true) {
		return nil
	}
	f.stop()
	f.conns.closeNew()
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	err := f.http.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("requests to %s were cut off: %w", f.url, err)
		_ = f.http.Close() // Closing a listener twice is no news.
	}
	<-f.served
	f.conns.wait()
	return err
}
