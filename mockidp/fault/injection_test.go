package fault_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/assay-id/assay/mockidp/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deadline is far longer than anything here takes, so that a test that would
// hang fails instead.
const deadline = 20 * time.Second

const genuine = `{"keys":[{"kty":"RSA"}]}`

// endpoint is a server with one endpoint and a set of faults.
type endpoint struct {
	*httptest.Server
	faults *fault.Set
	struck chan struct{} // one for each request that meets a fault
	calls  chan struct{} // one for each call of the genuine handler
	done   chan struct{} // one for each request that was served to its end
	stop   context.CancelFunc
}

func start(t *testing.T, f fault.Fault, tls bool) *endpoint {
	t.Helper()
	e := &endpoint{
		faults: fault.NewSet(1, nil),
		struck: make(chan struct{}, 100),
		calls:  make(chan struct{}, 100),
		done:   make(chan struct{}, 100),
	}
	if err := e.faults.Add(f); err != nil {
		t.Fatalf("Add() = %v", err)
	}
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.calls <- struct{}{}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "max-age=300")
		_, _ = io.WriteString(w, genuine)
	})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { e.done <- struct{}{} }()
		if i := e.faults.Pick(fault.Request{Endpoint: fault.Keys, Path: r.URL.Path}); i != nil {
			e.struck <- struct{}{}
			i.Serve(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	})
	ctx, stop := context.WithCancel(context.Background())
	e.stop = stop
	e.Server = httptest.NewUnstartedServer(handler)
	e.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	if tls {
		e.EnableHTTP2 = true
		e.StartTLS()
	} else {
		e.Start()
	}
	t.Cleanup(func() {
		stop()
		e.Close()
	})
	return e
}

// get fetches /keys with a client of its own and reads the whole body.
func (e *endpoint) get(ctx context.Context) (*http.Response, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, e.URL+"/keys?x=1", nil)
	if err != nil {
		return nil, nil, err
	}
	client := *e.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response, body, err
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		fault   fault.Fault
		status  int
		body    string
		headers map[string]string
		calls   int
	}{
		{
			name:   "status alone",
			fault:  fault.Fault{Kind: fault.Status, Attributes: fault.Attributes{Status: 500}},
			status: 500,
		},
		{
			name: "status with everything",
			fault: fault.Fault{Kind: fault.Status, Attributes: fault.Attributes{
				Status: 503, RetryAfter: "2", Body: []byte("<h1>down</h1>"), ContentType: "text/html",
				Header: http.Header{"x-request-id": {"7"}},
			}},
			status:  503,
			body:    "<h1>down</h1>",
			headers: map[string]string{"Retry-After": "2", "Content-Type": "text/html", "X-Request-Id": "7"},
		},
		{
			name:    "body that is not JSON",
			fault:   fault.Fault{Kind: fault.Body, Attributes: fault.Attributes{Body: []byte("{")}},
			status:  200,
			body:    "{",
			headers: map[string]string{"Content-Type": "application/json"},
		},
		{
			name: "body with another type and status",
			fault: fault.Fault{Kind: fault.Body, Attributes: fault.Attributes{
				Body: []byte("<html>"), ContentType: "text/html", Status: 203,
			}},
			status:  203,
			body:    "<html>",
			headers: map[string]string{"Content-Type": "text/html"},
		},
		{
			name:   "empty body",
			fault:  fault.Fault{Kind: fault.Body},
			status: 200,
		},
		{
			name:    "redirect",
			fault:   fault.Fault{Kind: fault.Redirect, Attributes: fault.Attributes{Location: "http://127.0.0.1:1/x", Status: 307}},
			status:  307,
			headers: map[string]string{"Location": "http://127.0.0.1:1/x"},
		},
		{
			name:    "redirect to itself",
			fault:   fault.Fault{Kind: fault.Redirect},
			status:  302,
			headers: map[string]string{"Location": "/keys?x=1"},
		},
		{
			name:    "delay",
			fault:   fault.Fault{Kind: fault.Delay, Attributes: fault.Attributes{Delay: time.Millisecond}},
			status:  200,
			body:    genuine,
			headers: map[string]string{"Cache-Control": "max-age=300"},
			calls:   1,
		},
		{
			name:   "delay before another kind",
			fault:  fault.Fault{Kind: fault.Status, Attributes: fault.Attributes{Status: 404, Delay: time.Millisecond}},
			status: 404,
		},
		{
			name:    "drip",
			fault:   fault.Fault{Kind: fault.Drip, Attributes: fault.Attributes{Interval: time.Microsecond}},
			status:  200,
			body:    genuine,
			headers: map[string]string{"Cache-Control": "max-age=300"},
			calls:   1,
		},
		{
			name: "drip of a planted body",
			fault: fault.Fault{Kind: fault.Drip, Attributes: fault.Attributes{
				Interval: time.Microsecond, Body: []byte("slow"), ContentType: "text/plain",
			}},
			status:  200,
			body:    "slow",
			headers: map[string]string{"Content-Type": "text/plain"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.fault.ID = tt.name
			e := start(t, tt.fault, false)
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			began := time.Now()
			response, body, err := e.get(ctx)
			if err != nil {
				t.Fatalf("request: %v", err)
			}
			if took := time.Since(began); took < tt.fault.Attributes.Delay {
				t.Errorf("the answer took %v, want at least %v", took, tt.fault.Attributes.Delay)
			}
			if response.StatusCode != tt.status {
				t.Errorf("status is %d, want %d", response.StatusCode, tt.status)
			}
			if string(body) != tt.body {
				t.Errorf("body is %q, want %q", body, tt.body)
			}
			for name, want := range tt.headers {
				if got := response.Header.Get(name); got != want {
					t.Errorf("header field %s is %q, want %q", name, got, want)
				}
			}
			if got := len(e.calls); got != tt.calls {
				t.Errorf("the endpoint did its work %d times, want %d", got, tt.calls)
			}
		})
	}
}

// TestBroken has the kinds after which a client has no answer.
func TestBroken(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault fault.Fault
		calls int
		check func(error) bool
	}{
		{"truncated", fault.Fault{Kind: fault.Truncated}, 1, is(io.ErrUnexpectedEOF)},
		{"truncated planted body", fault.Fault{Kind: fault.Truncated, Attributes: fault.Attributes{Body: []byte("{}")}}, 0, is(io.ErrUnexpectedEOF)},
		{"truncated empty body", fault.Fault{Kind: fault.Truncated, Attributes: fault.Attributes{Body: []byte{}}}, 0, is(io.ErrUnexpectedEOF)},
		{"reset", fault.Fault{Kind: fault.Reset}, 1, is(syscall.ECONNRESET)},
		{"close", fault.Fault{Kind: fault.Close}, 0, is(io.EOF)},
		{"garbage", fault.Fault{Kind: fault.Garbage}, 0, says("SSH-2.0")},
		{"own garbage", fault.Fault{Kind: fault.Garbage, Attributes: fault.Attributes{Body: []byte("220 smtp\r\n")}}, 0, says("malformed HTTP")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.fault.ID = tt.name
			e := start(t, tt.fault, false)
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			_, body, err := e.get(ctx)
			if err == nil || !tt.check(err) {
				t.Errorf("get = %q, %v", body, err)
			}
			if string(body) == genuine {
				t.Errorf("the whole answer arrived")
			}
			if got := len(e.calls); got != tt.calls {
				t.Errorf("the endpoint did its work %d times, want %d", got, tt.calls)
			}
		})
	}
}

// TestBrokenOverHTTP2 shows that a stream can be broken off although there is
// no connection of its own to close.
func TestBrokenOverHTTP2(t *testing.T) {
	t.Parallel()
	for _, kind := range []fault.Kind{fault.Close, fault.Reset, fault.Garbage, fault.Truncated} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			e := start(t, fault.Fault{ID: "h2", Kind: kind, Count: 1}, true)
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			if response, body, err := e.get(ctx); err == nil {
				t.Errorf("get = %s %d %q, want an error", response.Proto, response.StatusCode, body)
			}
			response, body, err := e.get(ctx)
			if err != nil || string(body) != genuine || response.ProtoMajor != 2 {
				t.Errorf("get after the fault = %v %q, %v, want the answer over HTTP/2", response, body, err)
			}
		})
	}
}

// dial returns a raw connection, for clients that net/http cannot play: one
// that does not read, and one that closes in the middle.
func dial(t *testing.T, e *endpoint) net.Conn {
	t.Helper()
	u, err := url.Parse(e.URL)
	if err != nil {
		t.Fatal(err)
	}
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(deadline)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestResetOverTLS reaches the TCP connection below TLS.
func TestResetOverTLS(t *testing.T) {
	t.Parallel()
	e := start(t, fault.Fault{ID: "reset", Kind: fault.Reset}, true)
	transport := e.Client().Transport.(*http.Transport).Clone()
	transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{} // HTTP/1.1 only
	transport.TLSClientConfig.NextProtos = nil
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: deadline}
	response, err := client.Get(e.URL + "/keys")
	if err == nil {
		defer response.Body.Close()
		_, err = io.ReadAll(response.Body)
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("get = %v, want %v", err, syscall.ECONNRESET)
	}
}

func is(want error) func(error) bool {
	return func(err error) bool { return errors.Is(err, want) }
}

func says(want string) func(error) bool {
	return func(err error) bool { return strings.Contains(err.Error(), want) }
}
