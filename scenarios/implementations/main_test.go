package implementations_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
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
func program(mode string) {
	if start, ok := starts[mode]; ok {
		start()
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var request implementations.Request
		if err := json.Unmarshal(lines.Bytes(), &request); err != nil {
			os.Exit(9)
		}
		response := answer(request)
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
	if mode == "deaf" {
		select {}
	}
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
	fmt.Println(string(line))
}

// answer returns the answer of an honest program.
func answer(request implementations.Request) implementations.Response {
	response := implementations.Response{ID: request.ID}
	switch request.Op {
	case implementations.OpHello:
		response.Description = &implementations.Description{Name: "program", Capabilities: []string{implementations.StaticKeys}}
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
		case string(request.Input.TokenBase64) == "\xFF":
			response.Message = "bytes"
		}
	}
	return response
}
