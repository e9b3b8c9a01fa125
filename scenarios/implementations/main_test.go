package implementations_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// programMode makes this test binary a program of the JSON lines protocol
// that behaves as the value says: see starts.
const programMode = "ASSAY_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if mode := os.Getenv(programMode); mode != "" {
		program(mode)
		return
	}
	goleak.VerifyTestMain(m)
}

// program answers requests until its input ends. It accepts the token "good"
// and rejects every other; it obeys the tokens that are in tricks.
//
// Its protocol is version 1, of which it knows nothing else: another message
// ends it. In the modes modern and shared it is version 2.
func program(mode string) {
	if start, ok := starts[mode]; ok {
		start()
	}
	adapter := newAdapter(mode)
	var running sync.WaitGroup
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var request implementations.Request
		if err := json.Unmarshal(lines.Bytes(), &request); err != nil {
			os.Exit(9)
		}
		if mode == "shared" {
			running.Go(func() { respond(mode, adapter, request) })
		} else {
			respond(mode, adapter, request)
		}
	}
	running.Wait()
	if mode == "deaf" {
		select {}
	}
}

// respond answers one request, badly if the mode or the token says so.
func respond(mode string, a *adapter, request implementations.Request) {
	response := a.answer(request)
	switch request.Op {
	case implementations.OpHello:
		if hello, ok := hellos[mode]; ok {
			hello(&response)
		}
	case implementations.OpVerify:
		if trick, ok := tricks[request.Input.Token]; ok {
			trick(&response)
		}
	}
	say(response)
}

// say writes a line, unless there is none to write.
func say(response implementations.Response) {
	if response.ID == silence {
		return
	}
	line, err := json.Marshal(response)
	if err != nil {
		os.Exit(9)
	}
	os.Stdout.Write(append(line, '\n'))
}

// adapter is an honest one.
type adapter struct {
	description implementations.Description

	mu     sync.Mutex
	hellos int
	clocks map[string]clock
}

// clock is that of a session.
type clock struct {
	seconds float64
	set     int // how often
}

func newAdapter(mode string) *adapter {
	a := &adapter{
		description: implementations.Description{Name: "program", Capabilities: []string{implementations.StaticKeys}},
		clocks:      make(map[string]clock),
	}
	switch mode {
	case "modern":
		a.description.Protocol = 2
		a.description.Capabilities = append(a.description.Capabilities, "clock")
	case "shared":
		a.description.Protocol = 2
		a.description.Capabilities = append(a.description.Capabilities, "clock", implementations.SharedProcess)
	}
	return a
}

func (a *adapter) answer(request implementations.Request) implementations.Response {
	a.mu.Lock()
	defer a.mu.Unlock()
	response := implementations.Response{ID: request.ID}
	switch request.Op {
	case implementations.OpHello:
		if a.hellos++; a.hellos > 1 && a.description.Protocol == 0 {
			os.Exit(9)
		}
		response.Description = &a.description
	case implementations.OpClock:
		if a.description.Protocol == 0 {
			os.Exit(9)
		}
		a.clocks[request.Session] = clock{*request.Now, a.clocks[request.Session].set + 1}
	case implementations.OpOpen:
		response.Verdict = scenarios.Accept
		if request.Setup.Issuer == "" {
			response.Verdict, response.Reason = scenarios.Refuse, "CONFIG_INVALID"
		}
	case implementations.OpBegin:
		response.Verdict = scenarios.Accept
		if request.Login.RefreshToken == "" {
			response.Verdict = scenarios.Reject
		}
	case implementations.OpRefresh:
		response.Verdict = scenarios.Accept
		response.Session = &implementations.Renewed{AccessToken: "second of " + request.Name}
	case implementations.OpVerify:
		response.Verdict = scenarios.Reject
		switch {
		case request.Input.Token == "good":
			response.Verdict = scenarios.Accept
		case request.Input.Token == "time":
			c := a.clocks[request.Session]
			response.Message = fmt.Sprintf("%.1f, set %d times", c.seconds, c.set)
		case request.Input.Token == "process":
			response.Message = strconv.Itoa(os.Getpid())
		case string(request.Input.TokenBase64) == "\xFF":
			response.Message = "bytes"
		}
	}
	return response
}
