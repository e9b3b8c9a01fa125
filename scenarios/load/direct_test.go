package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// script answers the requests of each connection in turn: connections[0] has the
// answers on the first one, which is closed after the last of them. It counts
// requests.
func script(t *testing.T, connections ...[]string) (url string, requests *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	requests = new(atomic.Int64)
	served := make(chan struct{})
	go func() {
		defer close(served)
		for _, answers := range connections {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			in := bufio.NewReader(conn)
			for _, answer := range answers {
				r, err := http.ReadRequest(in)
				if err != nil {
					break
				}
				_, _ = io.Copy(io.Discard, r.Body)
				requests.Add(1)
				_, _ = io.WriteString(conn, answer)
			}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-served
	})
	return "http://" + listener.Addr().String() + "/", requests
}

const (
	good   = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	silent = "" // the connection is closed after the request
)

func TestDirectReadsEveryAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		method      string
		connections [][]string
		want        string // status and body of each of two requests
	}{
		{"with a length", "GET", [][]string{{good, good}}, "200 ok, 200 ok"},
		{"chunked", "GET", [][]string{{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", good}}, "200 x, 200 ok"},
		{"without a body", "GET", [][]string{{"HTTP/1.1 204 No Content\r\n\r\n", good}}, "204 , 200 ok"},
		{"to HEAD", "HEAD", [][]string{{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"}}, "200 , 200 "},
		{"after an interim one", "GET", [][]string{{"HTTP/1.1 103 Early Hints\r\n\r\n" + good, good}}, "200 ok, 200 ok"},
		{"until the connection ends", "GET", [][]string{{"HTTP/1.1 200 OK\r\n\r\nall"}, {good}}, "200 all, 200 ok"},
		{"that closes", "GET", [][]string{{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", good}, {good}}, "200 ok, 200 ok"},
		{"with more than it announces", "GET", [][]string{{good + good, good}, {good}}, "200 ok, 200 ok"},
		{"of HTTP/1.0", "GET", [][]string{{"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"}, {good}}, "200 ok, 200 ok"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url, requests := script(t, test.connections...)
			client := newClient(t, t.Context(), 1, 10*time.Second)
			var got []string
			for range 2 {
				r, err := http.NewRequest(test.method, url, nil)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, outcome(client, r))
			}
			if strings.Join(got, ", ") != test.want || requests.Load() != 2 {
				t.Errorf("%d requests got %q, want 2 and %q", requests.Load(), got, test.want)
			}
		})
	}
}

// outcome returns the status and the body of an answer, or why there is none.
func outcome(c *http.Client, r *http.Request) string {
	answer, err := c.Do(r)
	if err != nil {
		return failureOf(err.Error())
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return failureOf(err.Error())
	}
	return fmt.Sprint(answer.StatusCode, " ", string(body))
}

// A server closes an idle connection whenever it likes. What may be sent twice
// is; a POST is not, unless the connection was seen to be closed before.
func TestDirectSurvivesClosedConnections(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		method      string
		connections [][]string
		idle        time.Duration // before the second request
		want        string
		requests    int64
	}{
		{"GET, closed in the meantime", "GET", [][]string{{good}, {good}}, 0, "200 ok", 2},
		{"GET, closed instead of an answer", "GET", [][]string{{good, silent}, {good}}, 0, "200 ok", 3},
		{"GET, on a new connection", "GET", [][]string{{good, silent}, {silent}}, 0, "EOF", 3},
		{"GET, in the middle of an answer", "GET", [][]string{{good, good[:39]}, {good}}, 0, "unexpected EOF", 2},
		{"POST, closed instead of an answer", "POST", [][]string{{good, silent}, {good}}, 0, "EOF", 2},
		{"POST, closed long ago", "POST", [][]string{{good}, {good}}, trusted, "200 ok", 2},
		{"POST, still open", "POST", [][]string{{good, good}}, trusted, "200 ok", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url, requests := script(t, test.connections...)
			d := newDirect(t.Context(), 1, 10*time.Second, Connection{})
			defer d.CloseIdleConnections()
			client := &http.Client{Transport: d}
			var got string
			for n := range 2 {
				r, err := http.NewRequest(test.method, url, strings.NewReader("body"))
				if err != nil {
					t.Fatal(err)
				}
				if n == 1 {
					d.idle[0].last = d.idle[0].last.Add(-test.idle)
				}
				got = outcome(client, r)
				if n == 0 && len(test.connections[0]) == 1 {
					waitUntilClosed(t, d.idle[0])
				}
			}
			if got != test.want || requests.Load() != test.requests {
				t.Errorf("the server got %d requests, and the second one %q, want %d, %q", requests.Load(), got, test.requests, test.want)
			}
		})
	}
}

// waitUntilClosed waits until the end of an idle connection has arrived.
func waitUntilClosed(t *testing.T, w *wire) {
	t.Helper()
	_ = w.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := w.in.Peek(1); err != io.EOF {
		t.Fatalf("the server does not close the connection: %v", err)
	}
}

// With more requests than connections, some wait, but not for ever.
func TestDirectWaitsForAConnection(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		entered <- struct{}{}
		<-leave
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	d := newDirect(ctx, 1, 10*time.Second, Connection{})
	defer d.CloseIdleConnections()
	request := func() string {
		r, err := http.NewRequest("GET", server.URL, nil)
		if err != nil {
			t.Error(err)
		}
		return outcome(&http.Client{Transport: d}, r)
	}
	first := make(chan string)
	go func() { first <- request() }()
	<-entered
	d.timeout = 20 * time.Millisecond
	if got := request(); got != "no answer in time" {
		t.Errorf("a request that waits for a connection got %q, want no answer in time", got)
	}
	d.timeout = time.Hour
	second := make(chan string)
	go func() { second <- request() }()
	leave <- struct{}{}
	<-entered
	if got := <-first; got != "200 " {
		t.Errorf("the first request got %q, want 200", got)
	}
	third := make(chan string)
	go func() { third <- request() }()
	cancel()
	if got := <-third; strings.HasPrefix(got, "200") {
		t.Errorf("a request that waits when the load ends got %q, want no answer", got)
	}
	if got := <-second; strings.HasPrefix(got, "200") {
		t.Errorf("a request in flight when the load ends got %q, want no answer", got)
	}
	leave <- struct{}{}
}
