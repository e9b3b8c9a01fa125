package load_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/scenarios/measure/corpus"
)

// serving starts Serve and returns the URL of the handler and a channel that gets
// the result of Serve.
func serving(t *testing.T, ctx context.Context, h http.Handler, opts load.ServeOptions) (url string, ended <-chan error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- load.Serve(ctx, listener, h, opts) }()
	return "http://" + listener.Addr().String(), done
}

// client returns a client that leaves no connection open.
func client(t *testing.T) *http.Client {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

func TestServeFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	entered, leave := make(chan struct{}), make(chan struct{})
	url, ended := serving(t, ctx, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-leave
		fmt.Fprint(w, "done")
	}), load.ServeOptions{})

	answered := make(chan string, 1)
	c := client(t)
	go func() {
		answer, err := c.Get(url)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		answered <- string(body)
	}()
	<-entered
	stop()
	select {
	case err := <-ended:
		t.Errorf("Serve returned %v while a request was under way", err)
	default:
	}
	close(leave)
	if got := <-answered; got != "done" {
		t.Errorf("the request that was under way got %q, want %q", got, "done")
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
	if _, err := c.Get(url); err == nil {
		t.Error("a request after the stop was answered")
	}
}

func TestServeCutsOffWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	entered := make(chan struct{})
	url, ended := serving(t, ctx, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	}), load.ServeOptions{Grace: 20 * time.Millisecond})
	failed := make(chan error, 1)
	c := client(t)
	go func() {
		answer, err := c.Get(url)
		if err == nil {
			answer.Body.Close()
		}
		failed <- err
	}()
	<-entered
	stop()
	if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Serve = %v, want %v", err, context.DeadlineExceeded)
	}
	if err := <-failed; err == nil {
		t.Error("a request that was cut off was answered")
	}
}

func TestServeReportsItsListener(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	err = load.Serve(t.Context(), listener, http.NotFoundHandler(), load.ServeOptions{})
	if !errors.Is(err, net.ErrClosed) || !strings.Contains(err.Error(), listener.Addr().String()) {
		t.Errorf("Serve on a closed listener = %v, want %v and its address", err, net.ErrClosed)
	}
}

// The whole service on a real listener: the longest token is judged, and an
// excessive header is not read.
func TestServeLimitsHeaders(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	url, ended := serving(t, ctx, load.NewService(newVerifier(t), load.ServiceOptions{}), load.ServeOptions{})
	c := client(t)
	for _, test := range []struct {
		name   string
		token  string
		status int
	}{
		{"good", token(t, corpus.Good), http.StatusOK},
		{"longer than the verifier reads", strings.Repeat("x", 40<<10), http.StatusUnauthorized},
		{"longer than the server reads", strings.Repeat("x", 80<<10), http.StatusRequestHeaderFieldsTooLarge},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+load.VerifyPath, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+test.token)
		answer, err := c.Do(r)
		if err != nil {
			t.Errorf("a token that is %s: %v", test.name, err)
			continue
		}
		answer.Body.Close()
		if answer.StatusCode != test.status {
			t.Errorf("a token that is %s answers %d, want %d", test.name, answer.StatusCode, test.status)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
}

func TestServeLogsPanics(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var log bytes.Buffer
	url, ended := serving(t, ctx, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("of a handler") }),
		load.ServeOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if answer, err := client(t).Get(url); err == nil {
		answer.Body.Close()
		t.Errorf("a handler that panics answers %d", answer.StatusCode)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
	if !strings.Contains(log.String(), "of a handler") {
		t.Errorf("the log is %q, want the panic in it", log.String())
	}
}

// Stopping the context is how a command ends the service, on a signal for
// instance.
func ExampleServe() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- load.Serve(ctx, listener, http.NotFoundHandler(), load.ServeOptions{Grace: time.Second})
	}()
	stop()
	fmt.Println("stopped in time:", <-ended == nil)
	// Output: stopped in time: true
}
