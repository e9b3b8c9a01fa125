package load

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// newClient returns a client with the transport of a load.
func newClient(
	t *testing.T, ctx context.Context, connections int, timeout time.Duration,
) *http.Client {
	transport := newTransport(ctx, connections, timeout, Connection{})
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: noRedirect}
}

// get returns the error of a whole exchange, the body included.
func get(c *http.Client, url string) (status int, err error) {
	answer, err := c.Get(url)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

func TestTransportEndsEveryAnswer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/long":
			io.WriteString(w, strings.Repeat("x", 3*maxAnswer))
		case "/sendless":
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat("x", 4096)); err != nil {
					return
				}
			}
		case "/silent":
			<-r.Context().Done()
		case "/stuck":
			io.WriteString(w, "x")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case "/elsewhere":
			http.Redirect(w, r, "/long", http.StatusFound)
		}
	}))
	defer server.Close()
	tests := []struct {
		path   string
		status int
		want   string // of failureOf
	}{
		{"/long", 200, ""},
		{"/sendless", 200, "no answer in time"},
		{"/silent", 0, "no answer in time"},
		{"/stuck", 200, "no answer in time"},
		{"/elsewhere", 302, ""},
	}
	for _, test := range tests {
		timeout := 10 * time.Second
		if strings.HasPrefix(test.path, "/s") {
			timeout = 500 * time.Millisecond // the status of some must come first
		}
		status, err := get(newClient(t, t.Context(), 1, timeout), server.URL+test.path)
		got := ""
		if err != nil {
			got = failureOf(err.Error())
		}
		if status != test.status || got != test.want {
			t.Errorf("%s: status %d, failure %q, want %d, %q",
				test.path, status, got, test.status, test.want)
		}
	}
}

func TestTransportEndsWithItsContext(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-entered
		cancel()
	}()
	if _, err := get(newClient(t, ctx, 1, time.Hour), server.URL); err == nil {
		t.Error("a request outlived the load")
	}
}

func TestTransportKeepsItsConnections(t *testing.T) {
	t.Parallel()
	const connections, requests = 4, 400
	var mu sync.Mutex
	opened := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			mu.Lock()
			opened++
			mu.Unlock()
		}
	}
	server.Start()
	defer server.Close()
	client := newClient(t, t.Context(), connections, 10*time.Second)
	var workers sync.WaitGroup
	for range 20 {
		workers.Go(func() {
			for range requests / 20 {
				if _, err := get(client, server.URL); err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	// One may be lost by accident and opened again. A transport that keeps two
	// idle ones, as the default one does, opens dozens.
	if opened > 2*connections {
		t.Errorf("%d requests opened %d connections, want %d", requests, opened, connections)
	}
}

func TestTargetsNumberTheirRequests(t *testing.T) {
	t.Parallel()
	m, err := ParseMix("good=3,expired=1")
	if err != nil {
		t.Fatal(err)
	}
	targets := &targets{
		mix: m, seed: 9, limit: 2, number: func(k uint64) uint64 { return k },
		requests: [][]atomic.Pointer[request]{make([]atomic.Pointer[request], 2), make([]atomic.Pointer[request], 1)},
	}
	for i, token := range []string{"good 0", "good 1", "expired"} {
		targets.requests[i/2][i%2].Store(&request{generation: uint64(i), Target: vegeta.Target{
			Method: http.MethodPost, URL: "http://127.0.0.1:1/verify?x=1", Header: http.Header{"Authorization": {token}},
		}})
	}
	presented := make(map[string]int)
	for n := range uint64(1000) {
		targets.backlog.Store(n%10 == 3)
		var target vegeta.Target
		if err := targets.next(&target); err != nil {
			t.Fatal(err)
		}
		r, err := target.Request()
		if err != nil || r.Method != http.MethodPost || r.URL.RequestURI() != "/verify?x=1" {
			t.Fatalf("request %d is %s %s, %v: the fragment must not be sent",
				n, r.Method, r.URL.RequestURI(), err)
		}
		presented[r.Header.Get("Authorization")]++
		if want := n >= 1; targets.full() != want {
			t.Errorf("after request %d full is %t, want %t", n, targets.full(), want)
		}
		if n > 0 {
			got, generation, waited := targets.done(target.URL)
			if want := map[string]uint64{"good 0": 0, "good 1": 1, "expired": 2}[r.Header.Get("Authorization")]; generation != want {
				t.Errorf("done(%q) has generation %d, want %d", target.URL, generation, want)
			}
			if got != n || waited != (n%10 == 3) {
				t.Errorf("done(%q) = %d, %t, want %d, %t", target.URL, got, waited, n, n%10 == 3)
			}
		}
	}
	if presented["good 0"] < 300 || presented["good 1"] < 300 || presented["expired"] < 200 {
		t.Errorf("the tokens were presented %v times, want each as its weight says", presented)
	}
}

func BenchmarkTargetsNext(b *testing.B) {
	m, err := ParseMix(DefaultMix)
	if err != nil {
		b.Fatal(err)
	}
	requests := make([]atomic.Pointer[request], 1)
	requests[0].Store(&request{Target: vegeta.Target{
		Method: http.MethodGet, URL: "http://127.0.0.1:8080/verify", Header: http.Header{"Authorization": {"Bearer x"}},
	}})
	targets := &targets{mix: m, limit: 64, number: func(k uint64) uint64 { return k }, requests: [][]atomic.Pointer[request]{requests, requests, requests, requests}}
	b.ReportAllocs()
	for b.Loop() {
		var target vegeta.Target
		if err := targets.next(&target); err != nil {
			b.Fatal(err)
		}
		targets.done(target.URL)
	}
}
