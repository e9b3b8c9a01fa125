package implementations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/scenarios"
)

// ExecOptions configures [NewExec]. The zero value is usable.
type ExecOptions struct {
	// Timeout bounds one answer. Zero means ten seconds: above the five that
	// a careful verifier gives its key fetch.
	Timeout time.Duration

	// Dir is the working directory of the program. Empty means the working
	// directory of the harness.
	Dir string

	// Env lists further environment variables, in the form name=value.
	Env []string

	// Tap makes what sees the lines of a process, or of a URL. It is called
	// when the process is about to start. Nil means that nobody does.
	Tap func() Tap
}

// Tap sees the lines that are exchanged with one process, or with a URL. Its
// methods may be called at the same time.
type Tap interface {
	// Sent sees a request and returns what is sent instead.
	Sent(line []byte) []byte

	// Received sees a line of the adapter without its newline, or the body of
	// its answer, before it is read.
	Received(line []byte)
}

// tap returns a Tap for a process, or for a URL.
func (o ExecOptions) tap() Tap {
	if o.Tap == nil {
		return noTap{}
	}
	return o.Tap()
}

// noTap changes nothing.
type noTap struct{}

func (noTap) Sent(line []byte) []byte { return line }
func (noTap) Received([]byte)         {}

// defaultTimeout bounds one answer of a foreign implementation.
const defaultTimeout = 10 * time.Second

// execImplementation runs a program. Each verifier has a process to itself, so
// that a crash or hang affects nothing else; an idle process is reused. With the
// capability SharedProcess, verifiers share one.
type execImplementation struct {
	command     []string
	opts        ExecOptions
	description Description
	sessions    atomic.Int64

	mu        sync.Mutex
	processes []*process
	closed    bool
}

// NewExec starts the program command and asks for its description. The error is
// [ErrStart], unless ctx ends.
func NewExec(ctx context.Context, command []string, opts ExecOptions) (Implementation, error) {
	if len(command) == 0 {
		return nil, errors.New("no command to run")
	}
	if opts.Timeout == 0 {
		opts.Timeout = defaultTimeout
	}
	e := &execImplementation{command: command, opts: opts}
	p, description, err := e.start(ctx)
	if err != nil {
		return nil, err
	}
	if description.RoundTrip, err = roundTrip(ctx, description, p.call); err != nil {
		return nil, notStarted(ctx, p, err)
	}
	e.description = description
	e.release(p)
	return e, nil
}

// start starts a process for a verifier and asks for its description.
func (e *execImplementation) start(ctx context.Context) (*process, Description, error) {
	p, err := startProcess(e.command, e.opts)
	if err != nil {
		return nil, Description{}, fmt.Errorf("%w: %q: %w", ErrStart, strings.Join(e.command, " "), err)
	}
	d, err := greet(ctx, p.call)
	if err != nil {
		return nil, d, notStarted(ctx, p, err)
	}
	p.verifiers, p.shared = 1, d.Can(SharedProcess)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.processes = append(e.processes, p)
	return p, d, nil
}

// notStarted ends a process that gave err for an answer to hello.
func notStarted(ctx context.Context, p *process, err error) error {
	p.kill()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, ErrCrash): // which has its last words
		return fmt.Errorf("%w: %w", ErrStart, err)
	}
	return p.said.with(fmt.Errorf("%w: %w", ErrStart, err))
}

func (e *execImplementation) Describe() Description { return e.description }

// Close ends every process.
func (e *execImplementation) Close() error {
	e.mu.Lock()
	processes := e.processes
	e.processes, e.closed = nil, true
	e.mu.Unlock()
	var faults []error
	for _, p := range processes {
		p.stop()
		faults = append(faults, p.untold())
	}
	return errors.Join(faults...)
}

// take returns a process that can have another verifier, or nil. The error is
// the fault of one that ended while it was idle.
func (e *execImplementation) take() (*process, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, p := range slices.Backward(e.processes) {
		switch {
		case p.usable() && (p.shared || p.verifiers == 0):
			p.verifiers++
			return p, nil
		case p.verifiers == 0: // and it has ended
			e.processes = slices.Delete(e.processes, i, i+1)
			if err := p.untold(); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// release takes a verifier from a process, and ends the process if it cannot
// have another one. It stays in the list for the sake of its fault.
func (e *execImplementation) release(p *process) {
	e.mu.Lock()
	p.verifiers--
	ends := p.verifiers == 0 && (e.closed || !p.usable())
	e.mu.Unlock()
	if ends {
		p.kill()
	}
}

func (e *execImplementation) Open(ctx context.Context, setup Setup) (Verifier, Answer, error) {
	p, err := e.take()
	if err == nil && p == nil {
		p, _, err = e.start(ctx)
	}
	if err != nil {
		return nil, Answer{}, err
	}
	v := &execVerifier{owner: e, process: p}
	v.name, v.send = fmt.Sprintf("s%d", e.sessions.Add(1)), p.call
	answer, err := v.open(ctx, setup)
	if err != nil || answer.Verdict == scenarios.Refuse {
		e.release(p)
		return nil, answer, err
	}
	return v, Answer{}, nil
}

// execVerifier is a verifier in a process.
type execVerifier struct {
	session
	owner   *execImplementation
	process *process
	closing sync.Once
}

func (v *execVerifier) Close() (err error) {
	v.closing.Do(func() {
		if v.process.alive() {
			err = v.close()
		} else {
			err = v.process.untold()
		}
		v.owner.release(v.process)
	})
	return err
}
