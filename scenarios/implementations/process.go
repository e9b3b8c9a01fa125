package implementations

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/assay-id/assay/scenarios/panics"
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
	out    lines // of its standard output
	said   tail  // of its standard error

	tap     Tap
	timeout time.Duration // of one answer
	shared  bool          // whether it may have several verifiers

	verifiers int // that it has now; guarded by the mutex of its owner

	writing sync.Mutex // held while a line is written

	mu      sync.Mutex
	next    int
	waiting map[int]expected
	ended   error // why it can no longer answer; nil while it can
	told    bool  // whether a caller has got ended
	late    bool  // whether it may be stuck in a call

	exited chan struct{} // closed when the program has ended
	done   chan struct{} // closed when its output has been read as well
}

// startProcess runs a command in the environment of the harness.
func startProcess(command []string, opts ExecOptions) (*process, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = opts.Dir
	cmd.Env = append(os.Environ(), opts.Env...)
	isolate(cmd)
	p := &process{
		cmd: cmd, tap: opts.tap(), timeout: opts.Timeout,
		waiting: make(map[int]expected), exited: make(chan struct{}), done: make(chan struct{}),
	}
	p.out.each = p.deliver
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
	readers.Go(func() {
		if err := panics.Catch(p.read); err != nil {
			p.end(err)
			killTree(p.cmd)
		}
	})
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
	killTree(p.cmd) // what it left in its process group
	for _, f := range []*os.File{p.stdout, p.stderr} {
		// Without a deadline the pipe is closed at once, which may lose the
		// end of the output.
		if f.SetReadDeadline(time.Now().Add(drainTime)) != nil {
			f.Close()
		}
	}
	readers.Wait()
	p.stdout.Close()
	p.stderr.Close()
	p.end(p.crash(err))
}

// read reads the program's lines until it ends or breaks the protocol.
func (p *process) read() {
	_, err := io.Copy(&p.out, p.stdout)
	switch {
	case errors.Is(err, ErrProtocol):
		p.end(err)
		killTree(p.cmd)
	case err == nil:
		p.closed("output")
	}
}

// closed ends a program that has closed its standard input or output. One that
// is exiting gets the time to do so, because its exit status says more.
func (p *process) closed(stream string) {
	select {
	case <-p.exited:
	case <-time.After(exitTime):
		p.end(p.said.with(fmt.Errorf("%w: it closed its standard %s and still runs", ErrCrash, stream)))
		killTree(p.cmd)
	}
}

// crash returns the error that describes the end of the program.
func (p *process) crash(err error) error {
	how := "with status 0"
	if err != nil {
		how = err.Error()
	}
	return p.said.with(fmt.Errorf("%w: %s%s", ErrCrash, how, p.out.unfinished()))
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
