package fault_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
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
		if id, died := fault.Died(r); died {
			if id != f.ID {
				t.Errorf("Died() names the fault %q, want %q", id, f.ID)
			}
			fault.Abort(w)
			return
		}
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
	e.Config.ConnContext = fault.WithConnection
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
			name:    "jitter",
			fault:   fault.Fault{Kind: fault.Delay, Attributes: fault.Attributes{Jitter: time.Millisecond}},
			status:  200,
			body:    genuine,
			headers: map[string]string{"Cache-Control": "max-age=300"},
			calls:   1,
		},
		{
			name:    "slow headers",
			fault:   fault.Fault{Kind: fault.SlowHeaders, Attributes: fault.Attributes{Interval: time.Microsecond}},
			status:  200,
			body:    genuine,
			headers: map[string]string{"Cache-Control": "max-age=300"},
			calls:   1,
		},
		{
			name:    "huge headers that fit",
			fault:   fault.Fault{Kind: fault.HugeHeaders, Attributes: fault.Attributes{Bytes: 3}},
			status:  200,
			body:    genuine,
			headers: map[string]string{"X-Filler": "xxx", "Cache-Control": "max-age=300"},
			calls:   1,
		},
		{
			name:    "gzip",
			fault:   fault.Fault{Kind: fault.Gzip},
			status:  200,
			body:    genuine, // net/http inflates it.
			headers: map[string]string{"Cache-Control": "max-age=300"},
			calls:   1,
		},
		{
			name: "other header fields",
			fault: fault.Fault{Kind: fault.Header, Attributes: fault.Attributes{Header: http.Header{
				"content-type": {"text/html"}, "Cache-Control": {}, "X-Other": {"a"},
			}}},
			status:  200,
			body:    genuine,
			headers: map[string]string{"Content-Type": "text/html", "Cache-Control": "", "X-Other": "a"},
			calls:   1,
		},
		{
			name:    "no content type",
			fault:   fault.Fault{Kind: fault.Header, Attributes: fault.Attributes{Header: http.Header{"Content-Type": nil}}},
			status:  200,
			body:    genuine,
			headers: map[string]string{"Content-Type": ""},
			calls:   1,
		},
		{
			name: "edit",
			fault: fault.Fault{Kind: fault.Edit, Attributes: fault.Attributes{Edit: forge.Patch{
				Drop: []string{"id_token"}, Append: keyring.Object{{Name: "keys", Value: 1.0}, {Name: "a", Value: "b"}},
			}}},
			status:  200,
			body:    `{"keys":[{"kty":"RSA"}],"keys":1,"a":"b"}`,
			headers: map[string]string{"Content-Type": "application/json", "Cache-Control": "max-age=300"},
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
		{"truncated in chunks", fault.Fault{Kind: fault.TruncatedChunked}, 1, is(io.ErrUnexpectedEOF)},
		{"close", fault.Fault{Kind: fault.Close}, 0, is(io.EOF)},
		{"lost", fault.Fault{Kind: fault.Lost}, 1, is(io.EOF)},
		{"corrupt gzip", fault.Fault{Kind: fault.CorruptGzip}, 1, is(gzip.ErrChecksum)},
		{"huge headers", fault.Fault{Kind: fault.HugeHeaders}, 1, says("exceeded")},
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
			if string(body) == genuine && tt.fault.Kind != fault.TruncatedChunked && tt.fault.Kind != fault.CorruptGzip {
				t.Errorf("the whole answer arrived")
			}
			if got := len(e.calls); got != tt.calls {
				t.Errorf("the endpoint did its work %d times, want %d", got, tt.calls)
			}
		})
	}
}

// TestStale sends two requests on one connection. The second one dies with it,
// and net/http sends it again on another one.
func TestStale(t *testing.T) {
	t.Parallel()
	e := start(t, fault.Fault{ID: "stale", Kind: fault.Stale, Count: 1}, false)
	var connections []bool
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { connections = append(connections, info.Reused) }}
	for range 2 {
		if _, body, err := e.get(httptrace.WithClientTrace(t.Context(), trace)); err != nil || string(body) != genuine {
			t.Errorf("get = %q, %v, want the genuine answer", body, err)
		}
	}
	if diff := cmp.Diff([]bool{false, true, false}, connections); diff != "" {
		t.Errorf("reused connections (-want +got):\n%s", diff)
	}
	if got := len(e.calls); got != 2 {
		t.Errorf("the endpoint did its work %d times, want 2", got)
	}
}

// TestStaleEndsWithItsFault keeps the connection that a fault has killed until
// the fault is removed. The next request must not find it.
func TestStaleEndsWithItsFault(t *testing.T) {
	t.Parallel()
	e := start(t, fault.Fault{ID: "stale", Kind: fault.Stale}, false)
	conn, err := net.Dial("tcp", e.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	answer, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Fatal(err)
	}
	e.faults.Reset()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.ReadByte(); err != io.EOF {
		t.Errorf("reading after the fault was removed: %v, want %v", err, io.EOF)
	}
}

// TestEvidence shows what the record has of an edit, and that answers which
// are no JSON objects or no successes stay as they are.
func TestEvidence(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"an object", 200, `{"id_token":"x","expires_in":300}`, `{"expires_in":300}`},
		{"an error", 400, `{"id_token":"x"}`, `{"id_token":"x"}`},
		{"an array", 200, `["id_token"]`, `["id_token"]`},
		{"no JSON", 200, `<html>`, `<html>`},
		{"a long text", 200, `{"a":"` + strings.Repeat("b", 1<<20) + `"}`, `{"a":"` + strings.Repeat("b", 1<<20) + `"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set := fault.NewSet(1, nil)
			add(t, set, fault.Fault{ID: "f", Kind: fault.Edit, Attributes: fault.Attributes{Edit: forge.Patch{Drop: []string{"id_token"}}}})
			w := httptest.NewRecorder()
			set.Pick(fault.Request{}).Serve(w, httptest.NewRequest(http.MethodPost, "/oauth/token", nil), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}))
			if w.Code != tt.status || w.Body.String() != tt.want {
				t.Errorf("the answer is %d %.40q, want %d %.40q",
					w.Code, w.Body, tt.status, tt.want)
			}
			got := set.Applications()[0]
			if got.Before == "" || !strings.HasPrefix(tt.body, got.Before) || !strings.HasPrefix(tt.want, got.After) || len(got.After) > 16<<10 {
				t.Errorf("the record has before %.40q and after %.40q", got.Before, got.After)
			}
		})
	}
}

// TestBrokenOverHTTP2 shows that a stream can be broken off although there is
// no connection of its own to close.
func TestBrokenOverHTTP2(t *testing.T) {
	t.Parallel()
	for _, kind := range []fault.Kind{
		fault.Close, fault.Lost, fault.Reset, fault.Garbage, fault.Truncated, fault.TruncatedChunked, fault.SlowHeaders,
	} {
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
				t.Errorf("get after the fault = %v %q, %v, want the answer over HTTP/2",
					response, body, err)
			}
		})
	}
}

// TestInterim counts the interim answers that a client takes until it gives
// up, and asks again.
func TestInterim(t *testing.T) {
	t.Parallel()
	for _, tls := range []bool{false, true} {
		e := start(t, fault.Fault{ID: "interim", Kind: fault.Interim, Count: 1}, tls)
		ctx, giveUp := context.WithTimeout(t.Context(), deadline)
		defer giveUp()
		var seen atomic.Int64 // a client of HTTP/2 counts on after the request
		_, body, err := e.get(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
				if seen.Add(1) == 20 {
					giveUp()
				}
				return nil
			},
		}))
		if !errors.Is(err, context.Canceled) || seen.Load() < 20 {
			t.Errorf("get = %q, %v after %d interim answers", body, err, seen.Load())
		}
		<-e.done
		if _, body, err := e.get(t.Context()); err != nil || string(body) != genuine {
			t.Errorf("get after the fault = %q, %v", body, err)
		}
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
