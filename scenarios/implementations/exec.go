package implementations

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
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
}

// defaultTimeout bounds one answer of a foreign implementation.
const defaultTimeout = 10 * time.Second

// execImplementation runs a program. Each verifier has a process to itself, so
// that a crash or hang affects nothing else; an idle process is reused.
type execImplementation struct {
	command     []string
	opts        ExecOptions
	description Description

	mu     sync.Mutex
	idle   []*process
	closed bool
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
	e.description = description
	e.idle = append(e.idle, p)
	return e, nil
}

// start starts a process and sends it hello.
func (e *execImplementation) start(ctx context.Context) (*process, Description, error) {
	p, err := startProcess(e.command, e.opts)
	if err != nil {
		return nil, Description{}, fmt.Errorf("%w: %q: %w", ErrStart, strings.Join(e.command, " "), err)
	}
	response, err := p.call(ctx, Request{Op: OpHello}, e.opts.Timeout)
	if err == nil {
		return p, *response.Description, nil
	}
	p.kill()
	switch {
	case ctx.Err() != nil:
		return nil, Description{}, context.Cause(ctx)
	case errors.Is(err, ErrCrash): // which has its last words
		return nil, Description{}, fmt.Errorf("%w: %w", ErrStart, err)
	}
	return nil, Description{}, fmt.Errorf("%w: %w%s", ErrStart, err, p.said.lastWords())
}

func (e *execImplementation) Describe() Description { return e.description }

// Close ends every idle process.
func (e *execImplementation) Close() error {
	e.mu.Lock()
	idle := e.idle
	e.idle, e.closed = nil, true
	e.mu.Unlock()
	var faults []error
	for _, p := range idle {
		p.stop()
		faults = append(faults, p.untold())
	}
	return errors.Join(faults...)
}

// take returns an idle process that is still running, or nil. The error is the
// fault of one that has ended.
func (e *execImplementation) take() (*process, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.idle) > 0 {
		p := e.idle[len(e.idle)-1]
		e.idle = e.idle[:len(e.idle)-1]
		if p.alive() {
			return p, nil
		}
		if err := p.untold(); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// release makes a process idle, or ends it.
func (e *execImplementation) release(p *process) {
	e.mu.Lock()
	if !e.closed && p.alive() {
		e.idle = append(e.idle, p)
		p = nil
	}
	e.mu.Unlock()
	if p != nil {
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
	const name = "s"
	response, err := p.call(ctx, Request{Op: OpOpen, Session: name, Setup: &setup}, e.opts.Timeout)
	if err != nil {
		p.kill()
		return nil, Answer{}, err
	}
	if response.Verdict == scenarios.Refuse {
		e.release(p)
		return nil, response.Answer, nil
	}
	return &execVerifier{owner: e, process: p, name: name}, Answer{}, nil
}

// execVerifier is a verifier in a process of its own.
type execVerifier struct {
	owner   *execImplementation
	process *process
	name    string
	closing sync.Once
}

func (v *execVerifier) Verify(ctx context.Context, input Input) (Answer, error) {
	response, err := v.process.call(ctx, Request{Op: OpVerify, Session: v.name, Input: &input}, v.owner.opts.Timeout)
	return response.Answer, err
}

func (v *execVerifier) Begin(ctx context.Context, login Login) (Answer, error) {
	response, err := v.process.call(ctx, Request{Op: OpBegin, Session: v.name, Login: &login}, v.owner.opts.Timeout)
	return response.Answer, err
}

func (v *execVerifier) Refresh(ctx context.Context, name string) (Answer, error) {
	response, err := v.process.call(ctx, Request{Op: OpRefresh, Session: v.name, Name: name}, v.owner.opts.Timeout)
	return response.Answer, err
}

func (v *execVerifier) Close() (err error) {
	v.closing.Do(func() {
		if v.process.alive() {
			_, err = v.process.call(context.Background(), Request{Op: OpClose, Session: v.name}, v.owner.opts.Timeout)
		} else {
			err = v.process.untold()
		}
		if err != nil {
			v.process.kill()
		}
		v.owner.release(v.process)
	})
	return err
}
