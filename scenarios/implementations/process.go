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

// How long a program's end may take.
const (
	// drainTime is how long its output is read after it has ended. All that
	// it wrote is in the pipe by then; only a process that it left running,
	// and that holds the pipe open, makes the reader wait.
	drainTime = time.Second

	// exitTime is how long a program that has closed its standard output may
	// take to exit, so that its exit status can be reported.
	exitTime = 500 * time.Millisecond

	// killTime bounds the wait for a program that was killed. The kernel may
	// keep one that is waiting for a disk.
	killTime = 5 * time.Second
)

// process is one running program of the JSON lines protocol.
//
// The pipes are its own and not those of exec.Cmd, because Cmd.Wait waits until
// every process that has inherited a pipe has closed it: a grandchild that
// left the process group would hang the harness.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *os.File
	stderr *os.File
	said   tail // the end of what it wrote to stderr

	writing sync.Mutex // held while a line is written

	mu      sync.Mutex
	next    int
	waiting map[int]chan Response
	ended   error // why it can no longer answer; nil while it can

	exited chan struct{} // closed when the program has ended
	done   chan struct{} // closed when its output has been read as well
}

// startProcess runs a command in the environment of the harness.
func startProcess(command []string, opts ExecOptions) (*process, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = opts.Dir
	cmd.Env = append(os.Environ(), opts.Env...)
	isolate(cmd)
	p := &process{cmd: cmd, waiting: make(map[int]chan Response), exited: make(chan struct{}), done: make(chan struct{})}
	var err error
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, stderr, err := p.pipes()
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err = cmd.Start()
	stdout.Close()
	stderr.Close()
	if err != nil {
		p.stdout.Close()
		p.stderr.Close()
		return nil, err
	}
	var readers sync.WaitGroup
	readers.Go(p.read)
	readers.Go(func() {
		// The error is the deadline, or that the pipe was closed.
		_, _ = io.Copy(&p.said, p.stderr)
	})
	go p.supervise(&readers)
	return p, nil
}

// pipes makes the pipes of stdout and stderr and returns the program's ends.
func (p *process) pipes() (stdout, stderr *os.File, err error) {
	if p.stdout, stdout, err = os.Pipe(); err != nil {
		return nil, nil, err
	}
	if p.stderr, stderr, err = os.Pipe(); err != nil {
		p.stdout.Close()
		stdout.Close()
		return nil, nil, err
	}
	return stdout, stderr, nil
}

// supervise waits for the program to end, and for the rest of its output.
func (p *process) supervise(readers *sync.WaitGroup) {
	defer close(p.done)
	err := p.cmd.Wait()
	close(p.exited)
	for _, f := range []*os.File{p.stdout, p.stderr} {
		// Without a deadline the pipe is closed at once below, which may lose
		// last words.
		if f.SetReadDeadline(time.Now().Add(drainTime)) != nil {
			f.Close()
		}
	}
	readers.Wait()
	p.stdout.Close()
	p.stderr.Close()
	p.end(p.crash(err))
}

// read reads the program's lines until it ends or writes nonsense.
func (p *process) read() {
	lines := bufio.NewScanner(p.stdout)
	lines.Buffer(make([]byte, 64<<10), maxLineBytes)
	var fault error
	for fault == nil && lines.Scan() {
		response, err := parseResponse(lines.Bytes())
		if err == nil {
			err = p.deliver(response)
		}
		fault = err
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		fault = fmt.Errorf("%w: a line has more than %d bytes", ErrProtocol, maxLineBytes)
	}
	if fault == nil {
		select {
		case <-p.exited:
			return
		case <-time.After(exitTime):
			fault = fmt.Errorf("%w: it closed its standard output and still runs", ErrCrash)
		}
	}
	p.end(fault)
	killTree(p.cmd)
}

// crash returns the error that describes the end of the program.
func (p *process) crash(err error) error {
	how := "with status 0"
	if err != nil {
		how = err.Error()
	}
	if said := p.said.String(); said != "" {
		return fmt.Errorf("%w: %s; it last wrote: %s", ErrCrash, how, said)
	}
	return fmt.Errorf("%w: %s", ErrCrash, how)
}

// deliver passes a response to its caller. The error says that none is waiting
// for it.
func (p *process) deliver(r Response) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	ch, ok := p.waiting[r.ID]
	switch {
	case ok:
		delete(p.waiting, r.ID)
		ch <- r // never blocks: it has room for the one answer
		return nil
	case r.ID > 0 && r.ID <= p.next:
		return fmt.Errorf("%w: the request with the id %d was answered twice", ErrProtocol, r.ID)
	}
	return fmt.Errorf("%w: no request has the id %d", ErrProtocol, r.ID)
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

// kill kills the program and waits until it has ended, for at most killTime.
func (p *process) kill() {
	p.stdin.Close()
	killTree(p.cmd)
	select {
	case <-p.done:
	case <-time.After(killTime):
	}
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
