package port

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
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

	// closeTimeout is how long Close waits for running requests, unless its
	// context ends sooner. Faults that wait are ended at once.
	closeTimeout = 5 * time.Second
)

// Config configures a [Port].
type Config struct {
	URL     string
	TLS     *tls.Config // nil: plain HTTP
	Stall   bool        // accept connections and never read from them
	HTTP2   bool        // over TLS and with prior knowledge
	Handler http.Handler
	Logger  *slog.Logger
}

// Port is a listening socket, or one for each address family, with its HTTP
// server and everything that has to end with it.
type Port struct {
	cfg       Config
	accepted  []*Counting
	listeners []net.Listener // accepted, or what stalls in front of them
	http      http.Server
	stop      context.CancelFunc // ends the context of all requests
	served    chan struct{}      // closed when nothing is accepted any longer
	closed    atomic.Bool
	conns     connections
	requests  atomic.Int64
	hellos    atomic.Int64
}

// New prepares to serve on bound listeners. Nothing is accepted before Run.
func New(cfg Config, bound ...net.Listener) *Port {
	p := &Port{cfg: cfg, served: make(chan struct{})}
	for _, l := range bound {
		counting := NewCounting(l)
		p.accepted = append(p.accepted, counting)
		if l = counting; cfg.Stall {
			l = &stalling{Listener: counting}
		}
		p.listeners = append(p.listeners, l)
	}
	if cfg.TLS != nil {
		cfg.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
			p.hellos.Add(1)
			return nil, nil
		}
	}
	base, stop := context.WithCancel(context.Background())
	p.stop = stop
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(cfg.HTTP2)
	protocols.SetUnencryptedHTTP2(cfg.HTTP2)
	p.http = http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer p.conns.hold()()
			p.requests.Add(1)
			cfg.Handler.ServeHTTP(w, r)
		}),
		Protocols:         protocols,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ConnContext:       fault.WithConnection,
		ConnState:         p.conns.track,
		ErrorLog:          slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelWarn),
	}
	return p
}

// Run serves until Close.
func (p *Port) Run() {
	defer close(p.served)
	p.http.TLSConfig = p.cfg.TLS
	var serving sync.WaitGroup
	for _, l := range p.listeners {
		serving.Go(func() {
			if err := p.serve(l); !errors.Is(err, http.ErrServerClosed) {
				p.cfg.Logger.Error("the server has stopped listening", "url", p.cfg.URL, "error", err)
			}
		})
	}
	serving.Wait()
}

func (p *Port) serve(l net.Listener) error {
	if p.cfg.TLS == nil {
		return p.http.Serve(l)
	}
	return p.http.ServeTLS(l, "", "")
}

// Close stops listening, ends faults that wait, lets other requests finish
// for as long as ctx allows, at most 5 s, and then cuts them off. It returns
// when every goroutine has ended, with an error if requests were cut off. All
// calls but the first do nothing and return nil.
func (p *Port) Close(ctx context.Context) error {
	if p.closed.Swap(true) {
		return nil
	}
	p.stop()
	p.conns.closeNew()
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	err := p.http.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("requests to %s were cut off: %w", p.cfg.URL, err)
		_ = p.http.Close() // The listener may already be closed.
	}
	<-p.served
	p.conns.wait()
	return err
}

// URL returns the URL of the port.
func (p *Port) URL() string { return p.cfg.URL }

// Counts returns how many connections were accepted, with and without a
// request, how many TLS handshakes clients have begun, and how many requests
// they have made.
func (p *Port) Counts() (connections, hellos, requests int) {
	for _, l := range p.accepted {
		connections += l.Accepted()
	}
	return connections, int(p.hellos.Load()), int(p.requests.Load())
}
