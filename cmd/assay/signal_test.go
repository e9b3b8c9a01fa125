//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
)

// process is assay in a process of its own, because signals are about one.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	ended  chan struct{} // closed after Wait has returned
}

// startProcess starts this test as assay: TestMain looks at the name.
func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(self, args...), ended: make(chan struct{})}
	p.cmd.Args[0] = "assay"
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.stdout = in, bufio.NewReader(out)
	// A test under nohup ignores SIGHUP, and so would the process: what is
	// caught here is back to its default there.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	defer signal.Stop(caught)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // The test looks at ProcessState.
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // It may have ended.
		<-p.ended
		out.Close()
	})
	return p
}

// repeat sends a signal until the process has ended.
func (p *process) repeat(t *testing.T, sig syscall.Signal) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		if err := p.cmd.Process.Signal(sig); err != nil {
			<-p.ended
			return
		}
		select {
		case <-p.ended:
			return
		case <-time.After(10 * time.Millisecond):
		case <-deadline:
			t.Fatalf("the process is alive although it has got %v again and again", sig)
		}
	}
}

// header is the first record of a stream.
const header = `{"kind":"header","header":{"schema_version":1,"tool":"assay","tool_version":"devel","command":"run","seed":"1","arguments":[],"host":{"os":"linux","arch":"amd64","cpus":1,"gomaxprocs":1,"go":"go1.26"},"started_at":"2030-01-02T03:04:05Z"}}` + "\n"

// TestFirstSignalEndsAWaitForInput interrupts commands whose standard input is
// open and idle.
func TestFirstSignalEndsAWaitForInput(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		p := startProcess(t, "report", "-", "--format", "jsonl")
		if _, err := io.WriteString(p.stdin, header); err != nil {
			t.Fatal(err)
		}
		if line, err := p.stdout.ReadString('\n'); err != nil {
			t.Fatalf("the header was not read: %q, %v", line, err)
		}
		if err := p.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		select {
		case <-p.ended:
		case <-time.After(20 * time.Second):
			t.Fatalf("the process is alive after %v", sig)
		}
		if code := p.cmd.ProcessState.ExitCode(); code != exitInterrupted {
			t.Errorf("after %v the process ended with %v, want exit code %d", sig, p.cmd.ProcessState, exitInterrupted)
		}
	}
}

// TestSecondSignalEndsAtOnce interrupts a command whose output nobody reads and
// which so does not notice the first signal.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		p := startProcess(t, "list", "--format", "json") // more than a pipe holds
		if line, err := p.stdout.ReadString('\n'); err != nil {
			t.Fatalf("the list has not begun: %q, %v", line, err)
		}
		p.repeat(t, sig)
		if status := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != sig {
			t.Errorf("after two %v the process ended with %v", sig, p.cmd.ProcessState)
		}
	}
}

// TestHangupEndsTheAdapter closes the terminal of a run whose adapter hangs, and
// heeds neither the end of its input nor the signals of a terminal.
func TestHangupEndsTheAdapter(t *testing.T) {
	t.Parallel()
	fifo := filepath.Join(t.TempDir(), "pid")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	adapter := filepath.Join(t.TempDir(), "adapter.sh")
	script := `trap "" HUP INT TERM
read hello; echo '{"id":1,"description":{"name":"sleeper","capabilities":["static"]}}'
read open; echo $$ >` + fifo + `; exec sleep 1000
`
	if err := os.WriteFile(adapter, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startProcess(t, "run", "aud.string", "--timeout", "10m", "--format", "jsonl", "--implementation", "exec:sh "+adapter)
	written, err := os.OpenFile(fifo, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer written.Close()
	if err := written.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	text, err := bufio.NewReader(written).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(p.stdout)
	if err != nil || !strings.Contains(string(out), `"interrupted":true`) {
		t.Errorf("there is no footer of an interrupted run: %s, %v", out, err)
	}
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("the process ended with %v, want exit code %d", p.cmd.ProcessState, exitInterrupted)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
		t.Errorf("the adapter %d is alive: %v", pid, err)
	}
}

// TestInterruptedMatrixLeavesItsFiles interrupts a matrix whose only
// implementation is starting.
func TestInterruptedMatrixLeavesItsFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fifo, page := filepath.Join(dir, "fifo"), filepath.Join(dir, "m.html")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(page, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	started, err := os.OpenFile(fifo, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer started.Close()
	if err := started.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	p := startProcess(t, "matrix", "aud.string", "--timeout", "10m", "-o", page,
		"--implementation", "exec:sh -c 'read hello; echo >"+fifo+"; read more'")
	if _, err := bufio.NewReader(started).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, p.stdout); err != nil {
		t.Fatal(err)
	}
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("the process ended with %v, want exit code %d", p.cmd.ProcessState, exitInterrupted)
	}
	if text, err := os.ReadFile(page); string(text) != "old" {
		t.Errorf("ReadFile(m.html) = %q, %v, want what it was", text, err)
	}
}

// TestHangupLeavesAFooter closes the terminal of a run: the kernel sends a
// signal, and so does the shell.
func TestHangupLeavesAFooter(t *testing.T) {
	t.Parallel()
	p := startProcess(t, "run", "--format", "jsonl", "--jobs", "1")
	var last reports.Record
	for n := 0; ; n++ {
		line, err := p.stdout.ReadString('\n')
		if err == io.EOF {
			break
		}
		last = reports.Record{}
		if err := json.NewDecoder(strings.NewReader(line)).Decode(&last); err != nil {
			t.Fatalf("line %d: %v", n+1, err)
		}
		if n == 2 { // header, plan, a case
			for range 2 {
				if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	<-p.ended
	if last.Footer == nil || !last.Footer.Interrupted {
		t.Errorf("the last record is a %s, want a footer of an interrupted run", last.Kind)
	}
	if code := p.cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("the process ended with %v, want exit code %d",
			p.cmd.ProcessState, exitInterrupted)
	}
}

// TestSignalsLeaveTheOutput interrupts a run, which completes its file, and
// kills one, which leaves what it had.
func TestSignalsLeaveTheOutput(t *testing.T) {
	t.Parallel()
	tests := []struct {
		sig  syscall.Signal
		file string
		line string // what the report of it ends with
	}{
		{syscall.SIGINT, "run.jsonl", "INTERRUPTED"},
		{syscall.SIGKILL, "run.jsonl.partial-*", "INCOMPLETE"},
	}
	for _, tt := range tests {
		t.Run(tt.sig.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			p := startProcess(t, "run", "--verbose", "--jobs", "1", "-o", filepath.Join(dir, "run.jsonl"))
			for line := ""; !strings.HasPrefix(line, "PASS"); {
				var err error
				if line, err = p.stdout.ReadString('\n'); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.cmd.Process.Signal(tt.sig); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, p.stdout); err != nil {
				t.Fatal(err)
			}
			<-p.ended
			left, err := filepath.Glob(filepath.Join(dir, "*"))
			if err != nil {
				t.Fatal(err)
			}
			if want, _ := filepath.Glob(filepath.Join(dir, tt.file)); len(left) != 1 || !slices.Equal(left, want) {
				t.Fatalf("the folder has %v, want one %s", left, tt.file)
			}
			var out strings.Builder
			invoke(t.Context(), []string{"report", left[0]}, nil, &out, io.Discard, nil)
			if !strings.Contains(out.String(), "\n"+tt.line+" ") {
				t.Errorf("the report of %s has no line %s:\n%s", left[0], tt.line, out.String())
			}
		})
	}
}
