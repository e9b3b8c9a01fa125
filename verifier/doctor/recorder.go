package doctor

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// recorder is a transport that keeps what happened.
type recorder struct {
	next http.RoundTripper

	mu  sync.Mutex
	all []*exchange
}

// exchange is one request and its answer. The trace of a connection may go on
// after the request has been given up, so everything is behind the mutex.
type exchange struct {
	mu     sync.Mutex
	url    string
	began  time.Time
	took   time.Duration // until the body was read, as far as it was
	status int           // 0: no answer
	header http.Header
	body   bytes.Buffer
	conn   connection
}

// connection is how an exchange got its connection. A reused one has no stages.
type connection struct {
	dns, tcp, tls stage
	addresses     []string // that the name has
	to            string   // the address that was connected to
	state         tls.ConnectionState
}

// stage is one step towards a connection.
type stage struct {
	began, done bool
	at          time.Time
	took        time.Duration
	err         error
}

func (s *stage) start() {
	if !s.began {
		s.began, s.at = true, time.Now()
	}
}

// end keeps the result that counts: of several attempts, one that worked.
func (s *stage) end(err error) {
	if s.done && s.err == nil {
		return
	}
	s.done, s.err, s.took = true, err, time.Since(s.at)
}

// RoundTrip implements [http.RoundTripper].
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	x := &exchange{url: req.URL.String(), began: time.Now()}
	r.mu.Lock()
	r.all = append(r.all, x)
	r.mu.Unlock()
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), x.trace()))
	res, err := r.next.RoundTrip(req)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.took = time.Since(x.began)
	if err != nil {
		return nil, err
	}
	x.status, x.header = res.StatusCode, res.Header.Clone()
	res.Body = &recordedBody{res.Body, x}
	return res, nil
}

// recordedBody keeps what is read, which the reader limits.
type recordedBody struct {
	io.ReadCloser
	x *exchange
}

func (b *recordedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.x.mu.Lock()
	defer b.x.mu.Unlock()
	b.x.body.Write(p[:n])
	b.x.took = time.Since(b.x.began)
	return n, err
}

// trace returns the hooks that fill in the connection.
func (x *exchange) trace() *httptrace.ClientTrace {
	locked := func(change func(c *connection)) {
		x.mu.Lock()
		defer x.mu.Unlock()
		change(&x.conn)
	}
	return &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { locked(func(c *connection) { c.dns.start() }) },
		DNSDone: func(info httptrace.DNSDoneInfo) {
			locked(func(c *connection) {
				c.dns.end(info.Err)
				for _, address := range info.Addrs {
					c.addresses = append(c.addresses, address.String())
				}
			})
		},
		ConnectStart: func(_, _ string) { locked(func(c *connection) { c.tcp.start() }) },
		ConnectDone: func(_, address string, err error) {
			locked(func(c *connection) {
				if c.tcp.end(err); err == nil || c.to == "" {
					c.to = address
				}
			})
		},
		TLSHandshakeStart: func() { locked(func(c *connection) { c.tls.start() }) },
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			locked(func(c *connection) {
				c.tls.end(err)
				c.state = state
			})
		},
	}
}

// visit is a request and the redirects that it led to.
type visit []*exchange

// last returns the final exchange of v.
func (v visit) last() *exchange { return v[len(v)-1] }

// took returns how long v took.
func (v visit) took() time.Duration {
	var sum time.Duration
	for _, x := range v {
		sum += x.took
	}
	return sum
}

// redirects reports whether an answer sends the client elsewhere.
func (x *exchange) redirects() bool {
	return x.status >= 300 && x.status < 400 && x.status != http.StatusNotModified
}

// visits returns the visits so far: discovery, then the JWK Set. They no
// longer change, because each is a copy.
func (r *recorder) visits() []visit {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []visit
	follows := false
	for _, x := range r.all {
		c := x.copy()
		if follows {
			list[len(list)-1] = append(list[len(list)-1], c)
		} else {
			list = append(list, visit{c})
		}
		follows = c.redirects()
	}
	return list
}

func (x *exchange) copy() *exchange {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := &exchange{
		url: x.url, began: x.began, took: x.took, status: x.status, header: x.header, conn: x.conn,
	}
	c.body.Write(x.body.Bytes())
	return c
}
