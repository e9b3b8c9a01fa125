//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/assay-id/assay/scenarios/implementations"
)

// The bounds on one command of setup, which may compile a library, and on its
// end when it is interrupted.
const (
	setupLimit = 15 * time.Minute
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

// run installs what the manifest lists, and runs command.
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
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute // it still writes what it has
	return cmd.Run()
}

// install runs one command of setup, with a process group of its own, so that
// nothing it started outlives it.
func install(ctx context.Context, dir, line string) error {
	ctx, cancel := context.WithTimeout(ctx, setupLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", line)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = endLimit
	return cmd.Run()
}
