package implementations_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// programMode makes this test binary a program of the JSON lines protocol
// that behaves as the value says.
const programMode = "ASSAY_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if mode := os.Getenv(programMode); mode != "" {
		program(mode)
		return
	}
	goleak.VerifyTestMain(m)
}

// program answers requests until its input ends. It accepts the token "good"
// and refuses every other; the tokens that are verbs it obeys.
func program(mode string) {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var request implementations.Request
		if err := json.Unmarshal(lines.Bytes(), &request); err != nil {
			os.Exit(9)
		}
		answer(mode, request)
	}
}

func answer(mode string, request implementations.Request) {
	response := implementations.Response{ID: request.ID}
	switch request.Op {
	case implementations.OpHello:
		response.Description = &implementations.Description{Name: "program", Capabilities: []string{implementations.StaticKeys}}
		switch mode {
		case "misspelt":
			response.Description.Capabilities = []string{"statik"}
		case "nameless":
			response.Description.Name = ""
		case "verbose":
			response.Description.Name = strings.Repeat("n", 4<<20)
		case "mute":
			select {}
		case "grandchild":
			leaveGrandchild()
		case "orphan":
			leaveGrandchild()
			os.Exit(3)
		case "dead":
			fmt.Fprintln(os.Stderr, "no such module")
			os.Exit(7)
		}
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
		token := request.Input.Token + string(request.Input.TokenBase64)
		switch token {
		case "good":
			response.Verdict = scenarios.Accept
		case "\xFF":
			response.Message = "bytes"
		case "crash":
			fmt.Fprintln(os.Stderr, "out of patience")
			os.Exit(3)
		case "hang":
			select {}
		case "close":
			os.Stdout.Close()
			select {}
		case "nonsense":
			fmt.Println("I am not JSON")
			return
		case "flood":
			fmt.Println(strings.Repeat("x", 9<<20))
			return
		case "stranger":
			response.ID = 12345
		case "unsure":
			response.Verdict = "maybe"
		case "made-up":
			response.Reason = "BECAUSE"
		case "error":
			response.Error = "my disk is full"
		}
	}
	line, err := json.Marshal(response)
	if err != nil {
		os.Exit(9)
	}
	fmt.Println(string(line))
}

// leaveGrandchild starts a process in a session of its own, which inherits
// stdout and stderr. It ends by itself.
func leaveGrandchild() {
	cmd := exec.Command("sleep", "30")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	detach(cmd)
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(9)
	}
}
