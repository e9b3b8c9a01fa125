package implementations_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// moment is how long an answer is waited for that never comes.
const moment = 500 * time.Millisecond

// prompt bounds what a hostile program may cost beyond the time limit. It is
// far above the second for which output is read after the end of a program, so
// that only a harness that waits for the program itself exceeds it.
const prompt = 15 * time.Second

// inTime fails the test if f takes longer than prompt.
func inTime(t *testing.T, f func()) {
	t.Helper()
	started := time.Now()
	f()
	if took := time.Since(started); took > prompt {
		t.Errorf("it took %v, want at most %v", took, prompt)
	}
}

// checkFault checks that err is want and no other class, that its text has
// words, and that the text can be printed safely on one line.
func checkFault(t *testing.T, what string, err, want error, words string) {
	t.Helper()
	for _, class := range []error{implementations.ErrCrash, implementations.ErrHang, implementations.ErrProtocol} {
		if errors.Is(err, class) != (class == want) {
			t.Errorf("%s = %v, want %v", what, err, want)
			return
		}
	}
	if want == nil {
		if err != nil {
			t.Errorf("%s = %v", what, err)
		}
		return
	}
	if !strings.Contains(err.Error(), words) {
		t.Errorf("%s = %v, want the words %q", what, err, words)
	}
	if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r == '\u202e' }) || len(err.Error()) > 2000 {
		t.Errorf("%s = %q, want no control characters and at most 2000 bytes", what, err)
	}
}

// atOnce runs a subtest for each row, several at a time. Most of them wait for
// something that never comes, which would keep the few slots of t.Parallel.
func atOnce[Row any](t *testing.T, rows []Row, name func(Row) string, test func(*testing.T, Row)) {
	t.Helper()
	t.Parallel()
	slots := make(chan struct{}, 8)
	var running sync.WaitGroup
	for _, row := range rows {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			t.Run(name(row), func(t *testing.T) { test(t, row) })
		})
	}
	running.Wait()
}

// verify presents a token. If a hang is wanted, it does not wait long for it.
func verify(t *testing.T, v implementations.Verifier, token string, want error) error {
	t.Helper()
	timeout := ample
	if want == implementations.ErrHang {
		timeout = moment
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	_, err := v.Verify(ctx, implementations.Input{Token: token})
	return err
}

// A program that does not get as far as an answer to hello cannot be tested.
func TestHostileStarts(t *testing.T) {
	crash, hang, protocol := implementations.ErrCrash, implementations.ErrHang, implementations.ErrProtocol
	type row struct {
		mode  string
		want  error
		words string
	}
	tests := []row{
		{"exit", crash, "with status 0"},
		{"dead", crash, "no such module"},
		{"orphan", crash, "exit status 3"},
		{"reads-not", hang, "hello after"},
		{"mute", hang, "waiting for the"},
		{"unflushed", hang, "`{\"id\":1,\"descr` without a newline"},
		{"banner", protocol, "`Welcome to My Verifier v1.0`"},
		{"garbage", protocol, `"\xff\xfe\x00garbage"`},
		{"unable", protocol, "no licence"},
		{"misspelt", protocol, "`statik`"},
		{"newer", protocol, "whose protocol is 3, want 1 to 2"},
		{"early-clock", protocol, "capability clock needs the protocol 2"},
		{"nameless", protocol, "no description with a name"},
		{"verbose", protocol, "name has 4194304 bytes"},
		{"talkative", protocol, "setup has 501 bytes, want at most 500"},
	}
	atOnce(t, tests, func(r row) string { return r.mode }, func(t *testing.T, test row) {
		timeout := ample
		if test.want == hang {
			timeout = 12 * moment // in which the program starts
		}
		inTime(t, func() {
			_, err := startProgram(t, test.mode, timeout, leash+"="+newLeash(t).Addr().String())
			if !errors.Is(err, implementations.ErrStart) {
				t.Errorf("NewExec = %v, want %v", err, implementations.ErrStart)
			}
			checkFault(t, "NewExec", err, test.want, test.words)
		})
	})
}

// What a program does wrong when it is asked to verify a token costs that call,
// at most, and the next verifier works.
func TestHostileAnswers(t *testing.T) {
	crash, hang, protocol := implementations.ErrCrash, implementations.ErrHang, implementations.ErrProtocol
	type row struct {
		token   string
		want    error
		words   string
		closing error // what only closing the verifier brings to light
	}
	tests := []row{
		{"crash", crash, "exit status 3; the end of its standard error is `out of patience`", nil},
		{"exit", crash, "with status 0", nil},
		{"cut-off", crash, "`{\"id\":3,\"verd` without a newline", nil},
		{"close-stdout", crash, "closed its standard output", nil},
		{"close-stdin", nil, "", crash},
		{"leave", crash, "exit status 1", nil},

		{"hang", hang, "verify after", nil},
		{"stop", hang, "verify after", nil},
		{"unflushed", hang, "`{\"id\":3,\"verd` without a newline", nil},

		{"wrong-id", protocol, "no request has the id 100", nil},
		{"negative-id", protocol, "no request has the id -1", nil},
		{"string-id", protocol, "member id is a `string`", nil},
		{"huge-id", protocol, "member id is a `number 1e400`", nil},
		{"no-id", protocol, "no request has the id 0", nil},
		{"next-id", protocol, "no request has the id", nil},
		{"twice", nil, "", protocol},

		{"debug", protocol, "`INFO verifying token`", nil},
		{"null", protocol, "`null`", nil},
		{"array", protocol, "`[]`", nil},
		{"empty", protocol, "it wrote nothing", nil},
		{"pretty", protocol, "`{`", nil},
		{"too-deep", protocol, "not a complete JSON object", nil},
		{"unsure", protocol, "verdict on verify is `yes`", nil},
		{"made-up", protocol, `reason "\x1b[2Jxxx" is unknown`, nil},
		{"error", protocol, "my disk is full", nil},
		{"flood", protocol, "more than 8388608 bytes", nil},
		{"long-line", protocol, "more than 8388608 bytes", nil},

		{"slow", nil, "", nil},
		{"deep", nil, "", nil},
		{"crlf", nil, "", nil},
		{"not-utf8", nil, "", nil},
		{"escapes", nil, "", nil},
		{"long-message", nil, "", nil},
		{"retry", nil, "", nil},
		{"stderr-flood", nil, "", nil},
	}
	atOnce(t, tests, func(r row) string { return r.token }, func(t *testing.T, test row) {
		program, err := startProgram(t, "honest", ample, leash+"="+newLeash(t).Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		v := openVerifier(t, program)
		inTime(t, func() {
			checkFault(t, "Verify", verify(t, v, test.token, test.want), test.want, test.words)
			checkFault(t, "Close", v.Close(), test.closing, "")
			if got, err := openVerifier(t, program).Verify(t.Context(), implementations.Input{Token: "good"}); err != nil || got.Verdict != scenarios.Accept {
				t.Errorf("afterwards Verify = %v, %v", got, err)
			}
		})
	})
}

// A fault that comes to light between two verifiers is reported by the next
// one, or by the end.
func TestLateFaultsAreReported(t *testing.T) {
	t.Parallel()
	for _, last := range []bool{false, true} {
		program, err := startProgram(t, "stutter", ample)
		if err != nil {
			t.Fatal(err)
		}
		if last {
			err = program.Close()
		} else {
			_, _, err = program.Open(t.Context(), implementations.Setup{})
		}
		checkFault(t, "the call after hello", err, implementations.ErrProtocol, "id 1 a second time")
	}
}

// newLeash listens for a process that a hostile program leaves behind, and ends
// it with the test.
func newLeash(t *testing.T) *net.TCPListener {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// The harness does not wait for a process outside of the program's process
// group, however long it holds the output open, and ends the others.
func TestHostileProgramsLeaveProcesses(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there are no process groups on Windows")
	}
	for mode, lives := range map[string]bool{"grandchild": true, "child": false} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			l := newLeash(t)
			inTime(t, func() {
				program, err := startProgram(t, mode, ample, leash+"="+l.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				conn, err := l.Accept()
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				if err := program.Close(); err != nil {
					t.Errorf("Close = %v", err)
				}
				wait := prompt
				if lives {
					wait = moment
				}
				if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
					t.Fatal(err)
				}
				_, err = conn.Read(make([]byte, 1))
				if timeout, ok := errors.AsType[net.Error](err); lives != (ok && timeout.Timeout()) {
					t.Errorf("reading from what the program left = %v, lives should be %v", err, lives)
				}
			})
		})
	}
}

// A program that ignores signals and the end of its input is killed.
func TestHostileProgramsAreKilled(t *testing.T) {
	t.Parallel()
	inTime(t, func() {
		program, err := startProgram(t, "deaf", ample)
		if err != nil {
			t.Fatal(err)
		}
		if err := program.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
}

// maxAllocated bounds what a flood may make the harness allocate in all: a few
// times the longest line, which the buffers grow to by doubling.
const maxAllocated = 64 << 20

// allocates returns how much memory f allocates. No other test may run.
func allocates(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Not parallel: it measures the memory of the process.
func TestFloodsAreBounded(t *testing.T) {
	program, err := startProgram(t, "stderr-flood", ample)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{"flood", "stderr-flood", "too-deep"} {
		v := openVerifier(t, program)
		n := allocates(func() {
			// The error is the subject of other tests.
			_, _ = v.Verify(t.Context(), implementations.Input{Token: token})
		})
		if n > maxAllocated {
			t.Errorf("%s: the harness allocated %d bytes, want at most %d", token, n, maxAllocated)
		}
	}
	server := hostileServer(t)
	for _, token := range []string{"endless-body", "endless-head", "gzip-bomb", "deep"} {
		remote, err := implementations.NewHTTP(t.Context(), server.URL, ample)
		if err != nil {
			t.Fatal(err)
		}
		v := openVerifier(t, remote)
		n := allocates(func() {
			_, _ = v.Verify(t.Context(), implementations.Input{Token: token})
		})
		if n > maxAllocated {
			t.Errorf("%s: the harness allocated %d bytes, want at most %d", token, n, maxAllocated)
		}
		remote.Close()
	}
}
