//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/tui/tuitest"
)

// program builds the real binary.
func program(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "assay")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// onTerminal runs assay, which is this test binary by testscript.Main, on a
// terminal with colours.
func onTerminal(t *testing.T, home string, args ...string) *tuitest.Terminal {
	t.Helper()
	return runOnTerminal(t, "assay", "xterm-256color", home, args...)
}

// runOnTerminal runs a program on a terminal of a kind, with a home of its own.
func runOnTerminal(t *testing.T, program, kind, home string, args ...string) *tuitest.Terminal {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = []string{"TERM=" + kind, "LANG=C.UTF-8", "HOME=" + home}
	return tuitest.Start(t, cmd, false)
}

// The real program on a terminal: it runs everything, shows a case, rotates a
// key, measures for a moment, and leaves its results when it quits.
func TestTheRealProgramOnATerminal(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	binary := program(t)
	x := runOnTerminal(t, binary, "xterm-256color", t.TempDir())
	x.Want("runs all")

	x.Press("/prefix\r")
	x.Want("aud.prefix")
	x.Press("\x1b")
	x.Want("R run all")
	x.Press("R")
	x.Want("latest run")

	x.Press("3")
	x.Want("signing")
	x.Press("o")
	x.Want("keep signing with the old")
	x.Press("\r")
	x.Want("announced")

	x.Press("2")
	x.Want("Measures how fast builtin verifies")
	x.Press(" ")
	x.Want("bare RS256")

	x.Press("qy")
	x.Exit(exitInterrupted)
	if !strings.Contains(x.Text(), "INTERRUPTED 1 series") {
		t.Errorf("the results were not printed after the end:\n%s", x.Text())
	}
}

// A person looks for what a verifier of their own gets wrong.
func TestTheUITestsWhatTheCommandLineNames(t *testing.T) {
	t.Parallel()
	x := onTerminal(t, t.TempDir(), "--implementation", "liar:decode-only")
	x.Want("testing liar:decode-only")
	x.Press("/sig.payload-tampered\r")
	x.Want("sig.payload-tampered")
	x.Press("R")
	x.Want("✗ FAIL")
	x.Press("n")
	x.Want("reject INVALID_SIGNATURE")
	x.Press("q")
	x.Exit(exitOK)
	if !strings.Contains(x.Text(), "1 failed") {
		t.Errorf("the results were not printed after the end:\n%s", x.Text())
	}
}

// How the screen looks is there in the next session, unless nothing is to be
// kept.
func TestTheNextSessionLooksAlike(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	session := func(keys, want string, flags ...string) {
		x := onTerminal(t, home, flags...)
		x.Want("aud")
		if keys != "" {
			x.Press(keys)
		}
		x.Want(want)
		x.Press("q")
		x.Exit(exitOK)
	}
	session("ss", "slowest first")
	session("", "slowest first")
	session("", "R run all", "--no-state", "--theme", "mono")
	session("/tenant\r", "of")
	text, err := os.ReadFile(filepath.Join(home, ".local", "state", "assay", "ui.json"))
	if err != nil || !strings.Contains(string(text), `"tenant"`) || strings.Contains(string(text), "mono") {
		t.Errorf("the state is %s, %v", text, err)
	}
}

// A terminal that can only print lines gets lines.
func TestDumbTerminalGetsLines(t *testing.T) {
	t.Parallel()
	mine := filepath.Join(t.TempDir(), "mine.yaml")
	text := "group: mine\ntitle: Mine\ncases:\n  - { id: mine.good, title: A good token, level: info, spec: [RFC 7519 §4], expect: accept }\n"
	if err := os.WriteFile(mine, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	x := runOnTerminal(t, "assay", "dumb", t.TempDir(), "--catalog", mine)
	x.Exit(exitOK)
	if got := x.Written(); !strings.Contains(got, "DONE 1 case: 1 passed") || strings.Contains(got, "\x1b") {
		t.Errorf("it wrote %q", got)
	}
}

// A person has an error code, and sees it happen and be repaired.
func TestTheUIReproducesAnError(t *testing.T) {
	t.Parallel()
	x := onTerminal(t, t.TempDir())
	x.Want("runs all")
	x.Press(":invalid_aud\r")
	x.Want("why INVALID_AUDIENCE?")
	x.Press("access\r")
	x.Want("✓ happens, and the fix helps")
	x.Press("G") // the beginning is shown
	x.Want("send the id_token of the token endpoint's answer")
	x.Press("\x1b")
	x.Want("why INVALID_AUDIENCE?")
	x.Press("\x1b")
	x.Want("which error is it?")
	x.Press("jwks\r")
	x.Want("the environment is not active")
	x.Press("show\r")
	x.Want("/code:JWKS_FETCH_FAILED")
	x.Press("q")
	x.Exit(exitOK)
}

// The terminal keeps its mouse until the user gives it to the program.
func TestTheMouseStaysWithTheTerminal(t *testing.T) {
	t.Parallel()
	x := onTerminal(t, t.TempDir(), "--no-mouse")
	x.Want("runs all")
	const mouse = "\x1b[?1006h"
	if strings.Contains(x.Written(), mouse) {
		t.Error("the mouse was taken")
	}
	x.Press("M")
	x.WantWritten("the mouse", mouse)
	x.Press("q")
	x.Exit(exitOK)
}

// What was judged before the program was killed is in its recording, which the
// next session shows.
func TestAKilledRunIsKept(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	start := func() *tuitest.Terminal {
		x := onTerminal(t, home, "--implementation", "liar:decode-only")
		x.Want("testing liar:decode-only")
		return x
	}
	x := start()
	x.Press("R")
	x.Want("✗ ")
	x.Signal(syscall.SIGKILL)

	x = start()
	x.Press("b")
	x.Want("liar:decode-only, incomplete")
	x.Press("\r")
	x.Want("latest run")
	x.Want("FAIL")
	x.Press("q")
	x.Exit(exitOK)
}

// A run under a seed that was typed is written to a file, which is not replaced
// without a question.
func TestTheUIWritesItsResults(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	x := onTerminal(t, home, "--implementation", "liar:decode-only")
	x.Want("runs all")
	x.Press("cseed\r7f3a\r")
	x.Want("7f3a")
	x.Press("scenarios\rsig.flip sig.payload-tampered\r")
	x.Want("marked, r runs them")
	x.Press("r")
	x.Want("✗ 2 fail  in ")
	x.Press("Emarkdown\r~/mine.md\r")
	x.Want("written")
	x.Press("Emarkdown\r~/mine.md\r")
	x.Want("Replace it?")
	x.Press("n")
	x.Press("q")
	x.Exit(exitOK)
	text, err := os.ReadFile(filepath.Join(home, "mine.md"))
	if err != nil || !strings.Contains(string(text), "sig.flip") || !strings.Contains(string(text), "7f3a") {
		t.Errorf("the file is\n%s\n%v", text, err)
	}
}

// The environment is rotated, broken, examined and used from its screen.
func TestTheIdPScreenOnATerminal(t *testing.T) {
	t.Parallel()
	x := onTerminal(t, t.TempDir())
	x.Want("runs all")
	x.Press("3")
	x.Want("signing")
	x.Press("o\r")
	x.Want("announced")
	x.Press("u")
	x.Want("is undone")
	x.Press(" keys-503 share=1\r")
	x.Want("keys status 503 share 1")
	x.Press("s\r")
	x.Want("as a verifier sees it: fail")
	x.Press("\x1b")
	x.Want("GET  503 /keys")
	x.Press("\t")
	x.Want("worst second")
	x.Press("\t")
	x.Want("fetches of keys")
	x.Press("t")
	x.Want("as the mock environment issues it")
	x.Press("q")
	x.Exit(exitOK)
}
