package adapter_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// programMode makes this test binary an adapter of the production verifier
// that has the fault which the value names: see broken.
const programMode = "ASSAY_TEST_ADAPTER"

// programStarted names a file that the first process of an examination makes.
const programStarted = "ASSAY_TEST_ADAPTER_STARTED"

func TestMain(m *testing.M) {
	if mode, ok := os.LookupEnv(programMode); ok {
		serve(mode)
		return
	}
	goleak.VerifyTestMain(m)
}

// program is an adapter.
type program struct {
	mode     string
	sessions sync.Map // of verifiers, by name
	clocks   sync.Map // of *atomic.Int64, by name
	last     atomic.Pointer[string]
	writing  sync.Mutex
}

func serve(mode string) {
	if (mode == "slow" || mode == "deaf") && !first() { // once takes long enough
		mode = "good"
	}
	if start, ok := starts[mode]; ok {
		start()
	}
	p := &program{mode: mode}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	var running sync.WaitGroup
	for lines.Scan() {
		line := strings.Clone(lines.Text())
		running.Go(func() { p.respond(line) })
	}
	running.Wait()
	if mode == "deaf" {
		time.Sleep(time.Minute)
	}
}

// first reports whether no other process of the examination started before.
func first() bool {
	f, err := os.OpenFile(os.Getenv(programStarted), os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return false
	}
	return f.Close() == nil
}

func (p *program) respond(line string) {
	var request implementations.Request
	decoder := json.NewDecoder(strings.NewReader(line))
	if p.mode == "strict" {
		decoder.DisallowUnknownFields()
	}
	err := decoder.Decode(&request)
	answer := map[string]any{"id": request.ID, "error": fmt.Sprint(err)}
	if err == nil {
		answer = p.answer(request)
	}
	if spoil, ok := broken[p.mode]; ok {
		spoil(request, answer)
	}
	text, err := json.Marshal(answer)
	if p.mode == "pretty" {
		text, err = json.MarshalIndent(answer, "", "  ")
	}
	if err != nil {
		os.Exit(9)
	}
	p.writing.Lock()
	defer p.writing.Unlock()
	os.Stdout.Write(append(text, '\n'))
	if p.mode == "repeats" && request.Op == implementations.OpClose {
		os.Stdout.Write(append(text, '\n'))
	}
}

func (p *program) answer(request implementations.Request) map[string]any {
	answer := map[string]any{"id": request.ID}
	switch request.Op {
	case implementations.OpHello:
		answer["description"] = map[string]any{
			"protocol": 2, "name": "program", "version": "1.0", "language": "Go", "setup": "nothing to set up", "capabilities": capabilitiesOf(p.mode),
		}
	case implementations.OpClock:
		clock, _ := p.clocks.LoadOrStore(request.Session, new(atomic.Int64))
		clock.(*atomic.Int64).Store(int64(*request.Now * 1e9))
	case implementations.OpOpen:
		p.open(request, answer)
	case implementations.OpVerify:
		p.verify(request, answer)
	case implementations.OpClose:
		if held, ok := p.sessions.LoadAndDelete(request.Session); ok {
			held.(implementations.Verifier).Close()
		}
	default:
		answer["error"] = "unknown operation"
	}
	return answer
}

func capabilitiesOf(mode string) []string {
	list := []string{implementations.StaticKeys, "clock"}
	switch mode {
	case "global":
		list = append(list, implementations.SharedProcess)
	case "no ES256":
		list = append(list, "es256")
	case "misspelt":
		list = append(list, "nonse")
	}
	return list
}

func (p *program) open(request implementations.Request, answer map[string]any) {
	setup := *request.Setup
	if clock, ok := p.clocks.Load(request.Session); ok && p.mode != "no clock" {
		setup.Now = func() time.Time { return time.Unix(0, clock.(*atomic.Int64).Load()) }
	}
	if p.mode == "no ES256" {
		setup.Algorithms = []string{"RS256"}
	}
	v, refused, err := implementations.Builtin().Open(context.Background(), setup)
	switch {
	case err != nil:
		answer["error"] = err.Error()
	case v == nil:
		report(answer, refused)
	default:
		answer["verdict"] = scenarios.Accept
		p.sessions.Store(p.name(request), v)
	}
}

// name returns the name of the session, or of the only one.
func (p *program) name(request implementations.Request) string {
	if p.mode == "global" {
		return "the only one"
	}
	return request.Session
}

func (p *program) verify(request implementations.Request, answer map[string]any) {
	input := *request.Input
	if input.TokenBase64 != nil {
		input.Token = string(input.TokenBase64)
	}
	if p.mode == "mixes" { // a variable that all requests share
		p.last.Store(&input.Token)
		time.Sleep(time.Millisecond)
		input.Token = *p.last.Load()
	}
	held, ok := p.sessions.Load(p.name(request))
	if !ok {
		answer["error"] = "no such session"
		return
	}
	verdict, err := held.(implementations.Verifier).Verify(context.Background(), input)
	if err != nil {
		answer["error"] = err.Error()
		return
	}
	report(answer, verdict)
}

func report(answer map[string]any, a implementations.Answer) {
	answer["verdict"], answer["claims"] = a.Verdict, a.Claims
	if a.Verdict != scenarios.Accept {
		delete(answer, "claims")
		answer["reason"], answer["message"] = a.Reason, a.Message
	}
}

// starts has what a program does before it reads a request, by mode.
var starts = map[string]func(){
	"slow":    func() { time.Sleep(1200 * time.Millisecond) },
	"dead":    func() { fmt.Fprintln(os.Stderr, "no such module"); os.Exit(7) },
	"silent":  func() { time.Sleep(time.Minute) },
	"welcome": func() { fmt.Println("Welcome to my verifier") },
}

// broken has how a program spoils its answers, by mode.
var broken = map[string]func(request implementations.Request, answer map[string]any){
	"debug": func(r implementations.Request, _ map[string]any) {
		if r.Op == implementations.OpVerify {
			fmt.Println("INFO verifying")
		}
	},
	"text id": func(r implementations.Request, a map[string]any) {
		if r.Op == implementations.OpVerify {
			a["id"] = fmt.Sprint(r.ID)
		}
	},
	"no id": func(r implementations.Request, a map[string]any) {
		if r.Op == implementations.OpVerify {
			delete(a, "id")
		}
	},
	"valid": func(r implementations.Request, a map[string]any) {
		if a["verdict"] == scenarios.Accept {
			a["verdict"] = "valid"
		}
	},
	"own reason": func(_ implementations.Request, a map[string]any) {
		if a["reason"] == "INVALID_AUDIENCE" {
			a["reason"] = "INVALID_AUDIENC"
		}
	},
	"odd member": func(_ implementations.Request, a map[string]any) {
		if a["reason"] != nil {
			a["reasn"] = "typing error"
		}
	},
	"no claims": func(_ implementations.Request, a map[string]any) { delete(a, "claims") },
	"accepts": func(r implementations.Request, a map[string]any) {
		if r.Op == implementations.OpVerify {
			a["verdict"] = scenarios.Accept
			delete(a, "error")
		}
	},
	"rejects": func(r implementations.Request, a map[string]any) {
		if r.Op == implementations.OpVerify {
			a["verdict"], a["message"] = scenarios.Reject, "the issuer could not be reached"
		}
	},
	"errors": func(r implementations.Request, a map[string]any) {
		if r.Op == implementations.OpVerify && r.Input.TokenBase64 != nil {
			a["error"] = "the token is not text"
		}
	},
	"crashes": func(r implementations.Request, _ map[string]any) {
		if r.Op == implementations.OpVerify && r.Input.TokenBase64 != nil {
			os.Exit(3)
		}
	},
	"guesses": func(r implementations.Request, a map[string]any) {
		if a["error"] == "unknown operation" {
			delete(a, "error")
			a["verdict"] = scenarios.Reject
		}
	},
}
