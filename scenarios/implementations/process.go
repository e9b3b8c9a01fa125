package implementations

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// The limits on the output of a program. A token of one MiB fits in a line as
// base64; a flood does not.
const (
	maxLineBytes   = 8 << 20
	maxStderrBytes = 4 << 10
)

// process is one running program of the JSON lines protocol.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stderr tail

	writing sync.Mutex // held while a line is written

	mu      sync.Mutex
	next    int
	waiting map[int]chan Response
	ended   error // why it can no longer answer; nil while it can

	done chan struct{} // closed when the program and its reader have ended
}

// startProcess runs a command in the environment of the harness.
func startProcess(command []string, opts ExecOptions) (*process, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = opts.Dir
	cmd.Env = append(os.Environ(), opts.Env...)
	isolate(cmd)
	p := &process{cmd: cmd, waiting: make(map[int]chan Response), done: make(chan struct{})}
	cmd.Stderr = &p.stderr
	var err error
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go p.read(stdout)
	return p, nil
}

// read reads the program's lines until it ends or writes nonsense.
func (p *process) read(stdout io.Reader) {
	defer close(p.done)
	lines := bufio.NewScanner(stdout)
	lines.Buffer(make([]byte, 64<<10), maxLineBytes)
	var fault error
	for lines.Scan() {
		response, err := parseResponse(lines.Bytes())
		if err == nil && !p.deliver(response) {
			err = fmt.Errorf("%w: no request is waiting for id %d", ErrProtocol, response.ID)
		}
		if err != nil {
			fault = err
			break
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		fault = fmt.Errorf("%w: a line has more than %d bytes", ErrProtocol, maxLineBytes)
	}
	if fault != nil {
		p.end(fault)
		killTree(p.cmd)
	}
	// Wait closes the pipe, so nothing may be read after it.
	err := p.cmd.Wait()
	p.end(p.crash(err))
}

// crash returns the error that describes the end of the program.
func (p *process) crash(err error) error {
	how := "with status 0"
	if err != nil {
		how = err.Error()
	}
	if said := p.stderr.String(); said != "" {
		return fmt.Errorf("%w: %s; it last wrote: %s", ErrCrash, how, said)
	}
	return fmt.Errorf("%w: %s", ErrCrash, how)
}

// deliver passes a response to its caller. It reports false if none is waiting.
func (p *process) deliver(r Response) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	ch, ok := p.waiting[r.ID]
	if ok {
		delete(p.waiting, r.ID)
		ch <- r // never blocks: it has room for the one answer
	}
	return ok
}

// end makes every call fail with err, unless the process has ended before.
func (p *process) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended != nil {
		return
	}
	p.ended = err
	for id, ch := range p.waiting {
		close(ch)
		delete(p.waiting, id)
	}
}

func (p *process) alive() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended == nil
}

// call sends a request and waits for its answer. A program that does not answer
// in time is killed: it may never answer again.
func (p *process) call(ctx context.Context, request Request, timeout time.Duration) (Response, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	ch := make(chan Response, 1)
	p.mu.Lock()
	if p.ended != nil {
		defer p.mu.Unlock()
		return Response{}, p.ended
	}
	p.next++
	request.ID = p.next
	p.waiting[request.ID] = ch
	p.mu.Unlock()

	sent := make(chan error, 1)
	go func() { sent <- p.send(request) }()
	for {
		select {
		case response, ok := <-ch:
			if !ok {
				return Response{}, p.reason()
			}
			return response, response.check(request.Op)
		case err := <-sent:
			if err != nil && p.alive() {
				p.end(fmt.Errorf("%w: writing to it: %v", ErrCrash, err))
				killTree(p.cmd)
			}
			sent = nil
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				p.end(fmt.Errorf("%w: %s within %v", ErrHang, request.Op, timeout))
			} else {
				p.end(context.Cause(ctx))
			}
			killTree(p.cmd)
			return Response{}, p.reason()
		}
	}
}

// reason returns why the process has ended.
func (p *process) reason() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

// send writes one line.
func (p *process) send(request Request) error {
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	p.writing.Lock()
	defer p.writing.Unlock()
	_, err = p.stdin.Write(append(line, '\n'))
	return err
}

// stop closes the program's input, which asks it to end, and kills it if it has
// not ended after two seconds.
func (p *process) stop() {
	p.stdin.Close()
	select {
	case <-p.done:
	case <-time.After(2 * time.Second):
		p.kill()
	}
}

// kill kills the program and waits until it has ended.
func (p *process) kill() {
	p.stdin.Close()
	killTree(p.cmd)
	<-p.done
}

// tail keeps the last bytes that were written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
	if extra := len(t.kept) - maxStderrBytes; extra > 0 {
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.kept))
}
