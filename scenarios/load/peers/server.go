package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// server is what a generator loads. It runs in a process of its own, so that it
// can have a core of its own, and ends with its standard input.
type server struct {
	// Answer is how long an answer takes.
	Answer time.Duration

	// Stall is how long no request is answered, once, beginning StallAt after
	// the first request.
	Stall, StallAt time.Duration
}

// handler counts requests and accepts whatever it is sent.
type handler struct {
	server
	requests atomic.Uint64
	first    func() time.Time
}

func (s *handler) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.requests.Add(1)
	since := time.Since(s.first())
	if since >= s.StallAt && since < s.StallAt+s.Stall {
		time.Sleep(s.StallAt + s.Stall - since)
	}
	if s.Answer > 0 {
		time.Sleep(s.Answer)
	}
	w.Header()["Content-Type"] = []string{"application/json"}
	_, _ = io.WriteString(w, `{"verdict":"accept"}`)
}

// serve is the process: it reads a server from in, prints its address, and
// prints how many requests there were when in ends.
func serve(in io.Reader, out io.Writer) error {
	s := &handler{first: sync.OnceValue(time.Now)}
	if err := json.NewDecoder(in).Decode(&s.server); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	h := &http.Server{Handler: s}
	go func() {
		_, _ = io.Copy(io.Discard, in)
		_ = h.Close()
	}()
	fmt.Fprintln(out, listener.Addr())
	if err := h.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	fmt.Fprintln(out, s.requests.Load())
	return nil
}

// running is a server that was started.
type running struct {
	address string
	command *exec.Cmd
	in      io.WriteCloser
	out     io.Reader
}

// start starts s in a process of its own, on a core of its own if pinned.
func (s server) start(ctx context.Context, pinned bool) (*running, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r := &running{command: command(ctx, pinned, serverCore, self, "-serve")}
	r.command.Stderr = os.Stderr
	if r.in, err = r.command.StdinPipe(); err != nil {
		return nil, err
	}
	if r.out, err = r.command.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := r.command.Start(); err != nil {
		return nil, err
	}
	err = json.NewEncoder(r.in).Encode(s)
	if err == nil {
		_, err = fmt.Fscanln(r.out, &r.address)
	}
	if err != nil {
		_, stopErr := r.stop()
		return nil, fmt.Errorf("starting the server: %w, %v", err, stopErr)
	}
	return r, nil
}

// stop ends the server and returns how many requests it got.
func (r *running) stop() (requests uint64, err error) {
	_ = r.in.Close()
	_, scanErr := fmt.Fscanln(r.out, &requests)
	if err := r.command.Wait(); err != nil {
		return 0, err
	}
	return requests, scanErr
}

// The cores of a generator and of a server that are pinned.
const (
	generatorCore = "0"
	serverCore    = "1"
)

// command returns a command that runs on one core if pinned.
func command(ctx context.Context, pinned bool, core, name string, args ...string) *exec.Cmd {
	if pinned {
		name, args = "taskset", append([]string{"-c", core, name}, args...)
	}
	c := exec.CommandContext(ctx, name, args...)
	c.WaitDelay = time.Second
	return c
}

// token is as long as an ID Token, which the server does not look at.
var token = strings.Repeat("eyJhbGciOiJSUzI1NiIs", 45)
