package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// nodeClients is the process of node/clients.mjs.
type nodeClients struct {
	mu    sync.Mutex
	in    io.WriteCloser
	lines *bufio.Scanner
}

// startNode starts the clients of Node.js, which end with the test. They
// trust the authority in the file ca, if there is one.
func startNode(t *testing.T, ca string) *nodeClients {
	t.Helper()
	cmd := exec.Command(needNode(t), "clients.mjs")
	cmd.Dir = "node"
	cmd.Stderr = os.Stderr
	if ca != "" {
		cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+ca)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close() // The program ends with its input.
		timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the clients of Node.js: %v", err)
		}
	})
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	return &nodeClients{in: in, lines: lines}
}

// request is one line to the clients.
type request struct {
	Op                    string `json:"op"`
	Client                string `json:"client,omitempty"`
	Issuer                string `json:"issuer"`
	ClientID              string `json:"client_id"`
	ClientSecret          string `json:"client_secret"`
	RedirectURI           string `json:"redirect_uri"`
	PostLogoutRedirectURI string `json:"post_logout_redirect_uri"`
	IdPInitiatedLogin     string `json:"idp_initiated_login,omitempty"`
	N                     int    `json:"n,omitempty"`
	Between               *steer `json:"between,omitempty"`
}

// steer is a request to the control API.
type steer struct {
	Method string `json:"method"`
	URL    string `json:"url"`
	Body   any    `json:"body"`
}

// do sends a request and reads the result into out. A client that refuses is
// an error with its words.
func (n *nodeClients) do(r request, out any) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if _, err := n.in.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("the clients of Node.js have ended: %w", err)
	}
	if !n.lines.Scan() {
		return fmt.Errorf("the clients of Node.js have ended: %v", n.lines.Err())
	}
	var answer struct {
		Result json.RawMessage
		Error  string
	}
	if err := json.Unmarshal(n.lines.Bytes(), &answer); err != nil {
		return fmt.Errorf("the clients of Node.js answer %q: %w", n.lines.Bytes(), err)
	}
	if answer.Error != "" {
		return &refusal{answer.Error}
	}
	return json.Unmarshal(answer.Result, out)
}

// refusal is the error of a client that has refused a login.
type refusal struct{ words string }

func (r *refusal) Error() string { return r.words }
