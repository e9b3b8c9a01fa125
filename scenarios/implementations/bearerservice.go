package implementations

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Service is a program that runs until it is stopped: one that is deployed, or an
// application. [StartService] starts it.
type Service struct {
	cmd   *exec.Cmd
	said  tail          // of its output
	ended chan struct{} // closed when it has ended
}

// endTime is how long a service may take to end when it is asked to.
const endTime = 3 * time.Second

// serviceCommand returns a command with further variables, whose output goes to
// out.
func serviceCommand(words, env []string, dir string, out io.Writer) *exec.Cmd {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = out, out
	// A child that keeps the output open must not hold up the harness.
	cmd.WaitDelay = time.Second
	isolate(cmd)
	return cmd
}

// StartService runs a command in dir, with env in addition to the variables of
// this process. The caller must call [Service.Stop]. The error is [ErrStart].
func StartService(words, env []string, dir string) (*Service, error) {
	s := &Service{ended: make(chan struct{})}
	s.cmd = serviceCommand(words, env, dir, &s.said)
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrStart, strings.Join(words, " "), err)
	}
	go func() {
		defer close(s.ended)
		_ = s.cmd.Wait() // cmd.ProcessState says how it ended
		killTree(s.cmd)  // what it left in its process group
	}()
	return s, nil
}

// Stop asks the program and its children to end, and ends them if they do not.
func (s *Service) Stop() {
	endTree(s.cmd)
	select {
	case <-s.ended:
		return
	case <-time.After(endTime):
	}
	killTree(s.cmd)
	select {
	case <-s.ended:
	case <-time.After(killTime):
	}
}

// Ended is closed when the program has ended.
func (s *Service) Ended() <-chan struct{} { return s.ended }

// Crash returns the error of a program that has ended before anything answered
// at host, with the end of its output.
func (s *Service) Crash(host string) error {
	return s.said.with(fmt.Errorf("%w at its start: the command ended (%v) before anything answered at %s",
		ErrCrash, s.cmd.ProcessState, host))
}

// stop ends the service that runs here, if any.
func (b *bearer) stop() {
	if s := b.running; s != nil {
		b.running = nil
		s.Stop()
	}
}

func (b *bearer) CanRestart() bool { return b.opts.Service != nil || b.opts.Restart != nil }

func (b *bearer) Restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, b.opts.Wait)
	defer cancel()
	b.client.CloseIdleConnections()
	switch {
	case b.opts.Service != nil:
		b.stop()
		var err error
		if b.running, err = StartService(b.opts.Service, b.opts.Env, b.opts.Dir); err != nil {
			return err
		}
	case b.opts.Restart != nil:
		if err := b.restart(ctx); err != nil {
			return err
		}
	}
	return b.ready(ctx)
}

// restart runs the command that restarts the service, and which may leave it
// running in the background. Its output goes to a file, because a pipe would
// break under that service.
func (b *bearer) restart(ctx context.Context) error {
	out, err := os.CreateTemp("", "assay-restart-")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd := serviceCommand(b.opts.Restart, b.opts.Env, b.opts.Dir, out)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%w: %q: %w", ErrStart, strings.Join(b.opts.Restart, " "), err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		killTree(cmd)
		<-ended
		return fmt.Errorf("%w: the command that restarts it took longer than %v", ErrHang, b.opts.Wait)
	}
	if err == nil {
		return nil
	}
	killTree(cmd)
	var said tail
	if _, readErr := io.Copy(&said, io.NewSectionReader(out, 0, math.MaxInt64)); readErr != nil {
		return readErr
	}
	return said.with(fmt.Errorf("%w: the command that restarts it: %v", ErrCrash, err))
}

// ready waits until the service answers anything.
func (b *bearer) ready(ctx context.Context) error {
	var ended <-chan struct{} // nil: it does not run here
	if b.running != nil {
		ended = b.running.Ended()
	}
	for {
		_, err := b.ask(ctx, nil)
		if err == nil || !errors.Is(err, ErrCrash) && ctx.Err() == nil {
			return nil // whatever it answers is judged later
		}
		select {
		case <-ended:
			return b.running.Crash(b.target.Host)
		case <-ctx.Done():
			return fmt.Errorf("%w: nothing answers at %s for %v", ErrHang, b.target.Host, b.opts.Wait)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
