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

// service is a deployed service that the harness runs.
type service struct {
	cmd   *exec.Cmd
	said  tail          // of its output
	ended chan struct{} // closed when it has ended
}

// endTime is how long a service may take to end when it is asked to.
const endTime = 3 * time.Second

// command returns a command with the environment of the service, whose output
// goes to out.
func (b *bearer) command(words []string, out io.Writer) *exec.Cmd {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = b.opts.Dir
	cmd.Env = append(os.Environ(), b.opts.Env...)
	cmd.Stdout, cmd.Stderr = out, out
	// A child that keeps the output open must not hold up the harness.
	cmd.WaitDelay = time.Second
	isolate(cmd)
	return cmd
}

// startService runs the command of the service.
func (b *bearer) startService(words []string) (*service, error) {
	s := &service{ended: make(chan struct{})}
	s.cmd = b.command(words, &s.said)
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

// stop ends the service that runs here, if any.
func (b *bearer) stop() {
	s := b.running
	if s == nil {
		return
	}
	b.running = nil
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

func (b *bearer) CanRestart() bool { return b.opts.Service != nil || b.opts.Restart != nil }

func (b *bearer) Restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, b.opts.Wait)
	defer cancel()
	b.client.CloseIdleConnections()
	switch {
	case b.opts.Service != nil:
		b.stop()
		var err error
		if b.running, err = b.startService(b.opts.Service); err != nil {
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
	cmd := b.command(b.opts.Restart, out)
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
	var ended chan struct{} // nil: it does not run here
	if b.running != nil {
		ended = b.running.ended
	}
	for {
		_, err := b.ask(ctx, nil)
		if err == nil || !errors.Is(err, ErrCrash) && ctx.Err() == nil {
			return nil // whatever it answers is judged later
		}
		select {
		case <-ended:
			return b.running.said.with(fmt.Errorf("%w at its start: the command ended (%v) before anything answered at %s",
				ErrCrash, b.running.cmd.ProcessState, b.target.Host))
		case <-ctx.Done():
			return fmt.Errorf("%w: nothing answers at %s for %v", ErrHang, b.target.Host, b.opts.Wait)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
