package load_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios/implementations/present"
	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// witness is a target that accepts a request if it looks as it should.
type witness struct {
	*httptest.Server
	wrong atomic.Pointer[string] // what was wrong with a request
	conns atomic.Int64
}

// newWitness starts a target. right returns what is wrong with a request, or "".
func newWitness(t *testing.T, start func(s *httptest.Server), right func(r *http.Request) string) *witness {
	t.Helper()
	w := new(witness)
	w.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
		if why := right(r); why != "" {
			w.wrong.Store(&why)
			a.WriteHeader(http.StatusTeapot)
		}
	}))
	w.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			w.conns.Add(1)
		}
	}
	w.EnableHTTP2 = true
	start(w.Server)
	t.Cleanup(w.Close)
	return w
}

// loaded sends 20 requests to w and reports what w found wrong.
func (w *witness) loaded(t *testing.T, change func(o *load.Options)) {
	t.Helper()
	opts := against(w.URL)
	opts.Duration, opts.Connections = 100*time.Millisecond, 4
	change(&opts)
	var got record
	_, err := load.Run(t.Context(), opts, got.emit)
	notMissed(t, err)
	if why := w.wrong.Load(); why != nil {
		t.Errorf("the target got %s", *why)
	}
	for _, s := range got.finals() {
		if s.Operations != 20 || s.Verdicts["accept"] != 20 {
			t.Errorf("the sample is %+v, want 20 accepted requests", s)
		}
	}
}

func TestConnections(t *testing.T) {
	t.Parallel()
	plain, secure := (*httptest.Server).Start, (*httptest.Server).StartTLS
	protocol := func(want string) func(*http.Request) string {
		return func(r *http.Request) string {
			if r.Proto != want {
				return r.Proto
			}
			return ""
		}
	}
	roots := func(w *witness) *x509.CertPool {
		pool := x509.NewCertPool()
		pool.AddCert(w.Certificate())
		return pool
	}
	t.Run("HTTP/1.1 over TLS", func(t *testing.T) {
		t.Parallel()
		w := newWitness(t, secure, protocol("HTTP/1.1"))
		w.loaded(t, func(o *load.Options) { o.Connection.RootCAs = roots(w) })
	})
	t.Run("any certificate", func(t *testing.T) {
		t.Parallel()
		w := newWitness(t, secure, protocol("HTTP/1.1"))
		w.loaded(t, func(o *load.Options) { o.Connection.InsecureSkipVerify = true })
	})
	t.Run("HTTP/2 over TLS", func(t *testing.T) {
		t.Parallel()
		w := newWitness(t, secure, protocol("HTTP/2.0"))
		w.loaded(t, func(o *load.Options) {
			o.Connection = load.Connection{Protocol: load.HTTP2, RootCAs: roots(w)}
		})
		if n := w.conns.Load(); n > 4 {
			t.Errorf("the load opened %d connections, want at most 4", n)
		}
	})
	t.Run("HTTP/2 without TLS", func(t *testing.T) {
		t.Parallel()
		w := newWitness(t, func(s *httptest.Server) {
			s.Config.Protocols = new(http.Protocols)
			s.Config.Protocols.SetUnencryptedHTTP2(true)
			s.Start()
		}, protocol("HTTP/2.0"))
		w.loaded(t, func(o *load.Options) { o.Connection.Protocol = load.H2C })
	})
	t.Run("a client certificate", func(t *testing.T) {
		t.Parallel()
		w := newWitness(t, func(s *httptest.Server) {
			s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
			s.StartTLS()
		}, protocol("HTTP/1.1"))
		w.loaded(t, func(o *load.Options) {
			o.Connection = load.Connection{RootCAs: roots(w), Certificate: &w.TLS.Certificates[0]}
		})
	})
	t.Run("without keep-alive", func(t *testing.T) {
		t.Parallel()
		w := newWitness(t, plain, protocol("HTTP/1.1"))
		w.loaded(t, func(o *load.Options) { o.Connection.NoKeepAlive = true })
		if n := w.conns.Load(); n != 21 {
			t.Errorf("the load opened %d connections, want 21: one for each request, and one to try the target", n)
		}
	})
	t.Run("a Unix socket", func(t *testing.T) {
		t.Parallel()
		socket := filepath.Join(t.TempDir(), "s")
		listener, err := net.Listen("unix", socket)
		if err != nil {
			t.Skip("this system has no Unix sockets: ", err)
		}
		w := newWitness(t, func(s *httptest.Server) {
			s.Listener.Close()
			s.Listener = listener
			s.Start()
		}, func(r *http.Request) string { return strings.TrimPrefix(r.Host, "id.example") })
		w.loaded(t, func(o *load.Options) {
			o.URL, o.Connection.Address = "http://id.example/me", "unix:"+socket
		})
	})
	t.Run("another address", func(t *testing.T) {
		t.Parallel()
		w := newWitness(t, plain, func(r *http.Request) string { return strings.TrimPrefix(r.Host, "id.example:8080") })
		w.loaded(t, func(o *load.Options) {
			o.URL, o.Connection.Address = "http://id.example:8080/me", w.Listener.Addr().String()
		})
	})
}

func TestRequestsByTemplate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		template, method string
		token            func(r *http.Request) string
	}{
		{"cookie:session={{token}}", "GET", func(r *http.Request) string {
			c, err := r.Cookie("session")
			if err != nil {
				return ""
			}
			return c.Value
		}},
		{"query:a=b&id_token={{token}}", "GET", func(r *http.Request) string { return r.URL.Query().Get("id_token") }},
		{"form:id_token={{token}}&a=b", "POST", func(r *http.Request) string { return r.PostFormValue("id_token") }},
		{`json:{"t":"{{token}}"}`, "PUT", func(r *http.Request) string {
			text, _ := io.ReadAll(r.Body)
			return strings.TrimSuffix(strings.TrimPrefix(string(text), `{"t":"`), `"}`)
		}},
		{"header:X-Token: {{token}}", "DELETE", func(r *http.Request) string { return r.Header.Get("X-Token") }},
	} {
		t.Run(test.template, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(t)
			w := newWitness(t, (*httptest.Server).Start, func(r *http.Request) string {
				if _, err := v.Verify(r.Context(), test.token(r)); err != nil {
					return "no token: " + err.Error()
				}
				if r.Method != test.method || r.Header.Get("X-Api-Key") != "k" || r.Host != "api.example" {
					return r.Method + " with " + r.Header.Get("X-Api-Key") + " for " + r.Host
				}
				return ""
			})
			template, err := present.Parse(test.template)
			if err != nil {
				t.Fatal(err)
			}
			w.loaded(t, func(o *load.Options) {
				o.Present, o.Fields = template, http.Header{"X-Api-Key": {"k"}, "Host": {"api.example"}}
				if test.method == "PUT" || test.method == "DELETE" {
					o.Method = test.method
				}
			})
		})
	}
}

func TestConnectionsThatContradict(t *testing.T) {
	t.Parallel()
	const http, https = "http://127.0.0.1:1/", "https://127.0.0.1:1/"
	for _, test := range []struct {
		url        string
		connection load.Connection
		want       string
	}{
		{http, load.Connection{Protocol: "http3"}, `protocol is "http3", want one of http1, http2, h2c`},
		{http, load.Connection{Protocol: load.HTTP2}, "needs an https URL"},
		{https, load.Connection{Protocol: load.H2C}, "needs an http URL"},
		{http, load.Connection{RootCAs: x509.NewCertPool()}, "need the https URL"},
		{http, load.Connection{InsecureSkipVerify: true}, "need the https URL"},
		{https, load.Connection{RootCAs: x509.NewCertPool(), InsecureSkipVerify: true}, "of no effect"},
		{http, load.Connection{Address: "unix:"}, "has no path"},
		{http, load.Connection{Address: "localhost"}, "neither a host and a port"},
		{"", load.Connection{Address: "localhost:80"}, "needs the URL"},
	} {
		opts := load.Options{URL: test.url, Connection: test.connection}
		if test.url != "" {
			p := provider()
			opts.Provider = &p
		}
		if err := opts.Validate(); !errors.Is(err, gate.ErrUsage) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Validate of %+v = %v, want an ErrUsage with %q", test.connection, err, test.want)
		}
	}
}
