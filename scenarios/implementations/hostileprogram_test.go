package implementations_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// leash is the environment variable with an address of the test. A process that
// a hostile program leaves behind connects to it and ends with the connection,
// so that the test sees whether it lives.
const leash = "ASSAY_TEST_LEASH"

// starts has what a hostile program does before it reads a request, by mode.
var starts = map[string]func(){
	"leftover": func() {
		conn, err := net.Dial("tcp", os.Getenv(leash))
		if err != nil {
			os.Exit(9)
		}
		_, _ = io.Copy(io.Discard, conn)
		os.Exit(0)
	},
	"exit":         func() { os.Exit(0) },
	"reads-not":    func() { select {} },
	"banner":       func() { fmt.Println("Welcome to My Verifier v1.0") },
	"orphan":       func() { leave(true); os.Exit(3) },
	"grandchild":   func() { leave(true) },
	"child":        func() { leave(false) },
	"deaf":         ignoreSignals,
	"stderr-flood": func() { flood(os.Stderr, 20<<20) },
}

// hellos has what it does with its answer to hello, by mode.
var hellos = map[string]func(*implementations.Response){
	"misspelt":  func(r *implementations.Response) { r.Description.Capabilities = []string{"statik"} },
	"nameless":  func(r *implementations.Response) { r.Description.Name = "" },
	"verbose":   func(r *implementations.Response) { r.Description.Name = strings.Repeat("n", 4<<20) },
	"talkative": func(r *implementations.Response) { r.Description.Setup = strings.Repeat("s", 501) },
	"mute": func(*implementations.Response) {
		fmt.Fprintln(os.Stderr, "waiting for the\x1b[2J database")
		select {}
	},
	"unflushed":   func(*implementations.Response) { fmt.Print(`{"id":1,"descr`); select {} },
	"garbage":     func(r *implementations.Response) { instead(r, "\xff\xfe\x00garbage") },
	"newer":       func(r *implementations.Response) { r.Description.Protocol = 3 },
	"early-clock": func(r *implementations.Response) { r.Description.Capabilities = []string{"clock"} },
	"unable":      func(r *implementations.Response) { r.Error = "no licence" },
	"dead":        func(*implementations.Response) { fmt.Fprintln(os.Stderr, "no such module"); os.Exit(7) },
	"stutter":     func(r *implementations.Response) { say(*r) },
}

// tricks has what it does with its answer to verify, by token.
var tricks = map[string]func(*implementations.Response){
	// Ends and hangs.
	"crash":        func(*implementations.Response) { fmt.Fprintln(os.Stderr, "out of patience"); os.Exit(3) },
	"exit":         func(*implementations.Response) { os.Exit(0) },
	"cut-off":      func(*implementations.Response) { fmt.Print(`{"id":3,"verd`); os.Exit(3) },
	"leave":        func(*implementations.Response) { leave(true); os.Exit(1) },
	"hang":         func(*implementations.Response) { select {} },
	"stop":         func(*implementations.Response) { stopSelf() },
	"unflushed":    func(*implementations.Response) { fmt.Print(`{"id":3,"verd`); select {} },
	"close-stdout": func(*implementations.Response) { os.Stdout.Close(); select {} },
	"close-stdin":  func(r *implementations.Response) { os.Stdin.Close(); say(*r); select {} },
	"slow":         func(*implementations.Response) { time.Sleep(50 * time.Millisecond) },

	// Ids.
	"wrong-id":    func(r *implementations.Response) { r.ID += 1000 },
	"negative-id": func(r *implementations.Response) { r.ID = -1 },
	"string-id":   func(r *implementations.Response) { instead(r, `{"id":"3","verdict":"accept"}`) },
	"huge-id":     func(r *implementations.Response) { instead(r, `{"id":1e400,"verdict":"accept"}`) },
	"no-id":       func(r *implementations.Response) { instead(r, `{"verdict":"accept"}`) },
	"next-id":     func(r *implementations.Response) { say(implementations.Response{ID: r.ID + 1}) },
	"twice":       func(r *implementations.Response) { say(*r) },

	// Lines that are no answers.
	"debug":    func(r *implementations.Response) { fmt.Println("INFO verifying token") },
	"null":     func(r *implementations.Response) { instead(r, "null") },
	"array":    func(r *implementations.Response) { instead(r, "[]") },
	"empty":    func(r *implementations.Response) { instead(r, "") },
	"pretty":   func(r *implementations.Response) { instead(r, indented(*r)) },
	"too-deep": func(r *implementations.Response) { instead(r, withClaim(r.ID, 200_000)) },
	"unsure":   func(r *implementations.Response) { r.Verdict = "yes" },
	"made-up":  func(r *implementations.Response) { r.Reason = "\x1b[2Jxxx" },
	"error":    func(r *implementations.Response) { r.Error = "my disk is full" },

	// Answers nonetheless.
	"deep": func(r *implementations.Response) { instead(r, withClaim(r.ID, 9000)) },
	"crlf": func(r *implementations.Response) { instead(r, fmt.Sprintf(`{"id":%d,"verdict":"accept"}`+"\r", r.ID)) },
	"not-utf8": func(r *implementations.Response) {
		instead(r, fmt.Sprintf(`{"id":%d,"verdict":"reject","message":"`+"\xff\xc0\xaf"+`"}`, r.ID))
	},
	"escapes":      func(r *implementations.Response) { r.Message = "\x1b[2J\x1b]0;pwn\x07\r\nDONE\u202e\u0000" },
	"long-message": func(r *implementations.Response) { r.Message = strings.Repeat("m", 7<<20) },
	"retry":        func(r *implementations.Response) { r.RetryAfterSeconds = 1e308 },

	// Floods.
	"flood":        func(*implementations.Response) { flood(os.Stdout, 1<<30) },
	"long-line":    func(r *implementations.Response) { r.Message = strings.Repeat("m", 9<<20) },
	"stderr-flood": func(*implementations.Response) { flood(os.Stderr, 20<<20) },
}

// silence is the id of a response that is not written.
const silence = -1 << 31

// instead writes a line and nothing else.
func instead(r *implementations.Response, line string) {
	fmt.Println(line)
	r.ID = silence
}

func indented(r implementations.Response) string {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		os.Exit(9)
	}
	return string(text)
}

// withClaim returns an accepting answer with a claim that nests so deeply.
func withClaim(id, depth int) string {
	return fmt.Sprintf(`{"id":%d,"verdict":"%s","claims":{"sub":%s%s}}`, id, scenarios.Accept, strings.Repeat("[", depth), strings.Repeat("]", depth))
}

// flood writes n bytes without a newline, or until nobody reads them.
func flood(w io.Writer, n int) {
	chunk := []byte(strings.Repeat("x", 1<<20))
	for ; n > 0; n -= len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// leave starts a process that holds stdout and stderr open, if detached in a
// session of its own.
func leave(detached bool) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), programMode+"=leftover")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if detached {
		detach(cmd)
	}
	if err := cmd.Start(); err != nil {
		os.Exit(9)
	}
}
