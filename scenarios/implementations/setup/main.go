//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/assay-id/assay/scenarios/implementations"
)

// The bounds on one command of setup, which may compile a library, on the start
// of a service, and on its end.
const (
	setupLimit = 15 * time.Minute
	startLimit = time.Minute
	endLimit   = 10 * time.Second
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: setup MANIFEST COMMAND...")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1], os.Args[2:])
	stop()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && failed.ExitCode() > 0 {
		os.Exit(failed.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "setup:", err)
		os.Exit(1)
	}
}

// run installs and starts what the manifest lists, and runs command.
func run(ctx context.Context, manifest string, command []string) error {
	m, err := implementations.ReadManifest(manifest)
	if err != nil {
		return err
	}
	done := make(map[[2]string]bool)
	for _, l := range m.Implementations {
		for _, line := range l.Setup {
			step := [2]string{l.Dir, line}
			if done[step] {
				continue
			}
			done[step] = true
			fmt.Fprintf(os.Stderr, "setup: %s: %s\n", l.Name, line)
			if err := install(ctx, l.Dir, line); err != nil {
				fmt.Fprintf(os.Stderr, "setup: %s: %v\n", l.Name, err)
				break
			}
		}
	}
	for _, l := range m.Implementations {
		if l.Start == "" || ctx.Err() != nil {
			continue
		}
		end, err := start(ctx, l.Dir, l.Start)
		if err != nil {
			fmt.Fprintf(os.Stderr, "setup: %s: %v\n", l.Name, err)
			continue
		}
		defer end()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	interruptible(cmd, time.Minute) // it still writes what it has
	return cmd.Run()
}

// install runs one command of setup.
func install(ctx context.Context, dir, line string) error {
	ctx, cancel := context.WithTimeout(ctx, setupLimit)
	defer cancel()
	cmd := shell(ctx, dir, line)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// start starts a service and waits until it prints the line ready. Call end to
// terminate it.
func start(ctx context.Context, dir, line string) (end func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := shell(ctx, dir, line)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, err
	}
	ready := make(chan bool, 1)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if lines.Text() == "ready" {
				ready <- true
				break
			}
		}
		ready <- false                  // for a service that ended before it was ready
		_, _ = io.Copy(io.Discard, out) // so that it never blocks on its output
	}()
	end = func() {
		cancel()
		<-drained
		_ = cmd.Wait() // which says that it was terminated
	}
	select {
	case ok := <-ready:
		if !ok {
			end()
			return nil, fmt.Errorf("%s ended before it was ready", line)
		}
		return end, nil
	case <-time.After(startLimit):
		end()
		return nil, fmt.Errorf("%s was not ready within %v", line, startLimit)
	}
}

// shell returns a command for a line, with a process group of its own, so that
// nothing it started outlives it.
func shell(ctx context.Context, dir, line string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", "-c", line)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = endLimit
	return cmd
}

// interruptible makes the end of the context an interrupt, after which the
// command may take its time.
func interruptible(cmd *exec.Cmd, patience time.Duration) {
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = patience
}
