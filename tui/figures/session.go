//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// The screen of a session, and how long it waits for what must appear.
const (
	columns, rows = 120, 40
	patience      = 3 * time.Minute
)

// session is assay on a terminal.
type session struct {
	cmd    *exec.Cmd
	pty    *os.File
	home   string
	exited chan error
	ends   sync.WaitGroup

	mu      sync.Mutex
	screen  *vt.Emulator
	bytes   int
	changed chan struct{} // closed and replaced whenever something was written
}

// open starts assay with a home of its own.
func open(ctx context.Context, assay string) (*session, error) {
	home, err := os.MkdirTemp("", "ui-figures-*")
	if err != nil {
		return nil, err
	}
	s := &session{
		cmd: exec.CommandContext(ctx, assay), home: home, exited: make(chan error, 1),
		screen: vt.NewEmulator(columns, rows), changed: make(chan struct{}),
	}
	s.cmd.Env = []string{"TERM=xterm-256color", "LANG=C.UTF-8", "HOME=" + home, "PATH=" + os.Getenv("PATH")}
	if s.pty, err = pty.StartWithSize(s.cmd, &pty.Winsize{Cols: columns, Rows: rows}); err != nil {
		return nil, errors.Join(err, os.RemoveAll(home))
	}
	// What the terminal answers goes back until the session ends.
	s.ends.Go(func() { _, _ = io.Copy(s.pty, s.screen) })
	go func() {
		s.read()
		s.exited <- s.cmd.Wait()
	}()
	return s, nil
}

// ready opens a session whose catalogue has been loaded.
func ready(ctx context.Context, o options) (*session, error) {
	s, err := open(ctx, o.assay)
	if err != nil {
		return nil, err
	}
	err = s.wait("the catalogue", func(screen string) bool { return strings.Contains(screen, "runs all") })
	if err != nil {
		return nil, s.quit(err)
	}
	return s, nil
}

func (s *session) read() {
	buf := make([]byte, 32<<10)
	for {
		n, err := s.pty.Read(buf)
		s.mu.Lock()
		s.bytes += n
		_, _ = s.screen.Write(buf[:n]) // to memory
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			return // the program closed its side
		}
	}
}

// wait waits until done holds for the screen.
func (s *session) wait(what string, done func(screen string) bool) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		s.mu.Lock()
		ok, changed := done(s.screen.String()), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case err := <-s.exited:
			s.exited <- err
			return fmt.Errorf("assay ended before %s came: %w", what, err)
		case <-deadline.C:
			return fmt.Errorf("%s did not come", what)
		}
	}
}

func (s *session) press(keys string) error {
	_, err := s.pty.WriteString(keys)
	return err
}

// keyTimes moves the cursor down n times, and returns how long each step took
// to show.
func (s *session) keyTimes(n int) ([]time.Duration, error) {
	var all []time.Duration
	for range n {
		before := s.cursor()
		began := time.Now()
		if err := s.press("j"); err != nil {
			return nil, err
		}
		err := s.wait("the cursor", func(screen string) bool { return cursorIn(screen) != before })
		if err != nil {
			return nil, err
		}
		all = append(all, time.Since(began))
		time.Sleep(20 * time.Millisecond) // people are no faster
	}
	return all, nil
}

func (s *session) cursor() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cursorIn(s.screen.String())
}

// cursorIn returns the line that the cursor is on: its place may stay when the
// list scrolls.
func cursorIn(screen string) string {
	for line := range strings.SplitSeq(screen, "\n") {
		if strings.HasPrefix(line, "> ") {
			return line[:min(len(line), 40)]
		}
	}
	return ""
}

func (s *session) written() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}

// cpu returns the time that all threads have used. The kernel counts it in
// nanoseconds for each thread.
func (s *session) cpu() time.Duration {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.cmd.Process.Pid))
	var total time.Duration
	for _, name := range tasks {
		text, _ := os.ReadFile(name) // a thread may have ended
		used, _, _ := strings.Cut(string(text), " ")
		n, _ := strconv.ParseInt(used, 10, 64)
		total += time.Duration(n)
	}
	return total
}

// resident returns the memory of the process in bytes.
func (s *session) resident() int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	for line := range strings.SplitSeq(string(text), "\n") {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.Atoi(strings.Fields(value)[0])
			return n << 10
		}
	}
	return 0
}

// quit ends the session after err, which it returns.
func (s *session) quit(err error) error {
	_ = s.press("\x03")
	select {
	case <-s.exited:
	case <-time.After(10 * time.Second):
		err = errors.Join(err, errors.New("assay did not quit"), s.cmd.Process.Kill())
		<-s.exited
	}
	_ = s.screen.InputPipe().(io.Closer).Close()
	s.ends.Wait()
	return errors.Join(err, s.pty.Close(), os.RemoveAll(s.home))
}

// versionTime returns the CPU that assay --version takes.
func versionTime(ctx context.Context, assay string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, assay, "--version")
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%s --version: %w", assay, err)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

func machineLoad() string {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
