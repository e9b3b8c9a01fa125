package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// background is a command that runs until the test ends.
type background struct {
	t      *testing.T
	cancel context.CancelFunc
	lines  *bufio.Scanner
	stderr *lockedBuffer
	code   chan int

	discarding sync.Once
}

// lockedBuffer is a buffer that two goroutines may use.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs a command in process.
func start(t *testing.T, args ...string) *background {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	b := &background{t: t, cancel: cancel, lines: bufio.NewScanner(out), stderr: &lockedBuffer{}, code: make(chan int, 1)}
	// The plan of a run is one line with every case of the catalogue.
	b.lines.Buffer(nil, 1<<20)
	go func() {
		b.code <- invoke(ctx, args, strings.NewReader(""), in, b.stderr, nil)
		in.Close()
	}()
	t.Cleanup(cancel)
	return b
}

// find reads lines until one matches and returns its first group.
func (b *background) find(pattern string) string {
	b.t.Helper()
	want := regexp.MustCompile(pattern)
	for b.lines.Scan() {
		if m := want.FindStringSubmatch(b.lines.Text()); m != nil {
			return m[1]
		}
	}
	b.t.Fatalf("the output ended without %q; standard error: %s", pattern, b.stderr)
	return ""
}

// discard reads the remaining lines in the background, so that the command can
// continue and end. find must not be called afterwards.
func (b *background) discard() {
	b.discarding.Do(func() {
		go func() {
			for b.lines.Scan() {
			}
		}()
	})
}

// stop interrupts the command and returns its exit code.
func (b *background) stop() int {
	b.t.Helper()
	b.cancel()
	b.discard()
	select {
	case code := <-b.code:
		return code
	case <-time.After(20 * time.Second):
		b.t.Fatal("the command does not stop")
		return 0
	}
}

// get fetches a URL and returns the status, header and body.
func get(t *testing.T, target string, header http.Header) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	client := http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(body)
}

// A person starts the environment and the service and logs in by hand with
// what the first one prints, as in the README.
func TestTheWalkByHand(t *testing.T) {
	t.Parallel()
	idp := start(t, "idp", "--seed", "7f3a", "--alg", "ES256")
	issuer := idp.find(`^issuer +(\S+)$`)
	clientID := idp.find(`^client ID +(\S+)$`)
	secret := idp.find(`^client secret +(\S+)$`)
	authorize := idp.find(`curl -si '([^']+)'`)
	verifier := idp.find(`code_verifier=(\S+)$`)
	idp.discard()

	for _, path := range []string{"/.well-known/openid-configuration", "/keys"} {
		if status, _, body := get(t, issuer+path, nil); status != http.StatusOK || !strings.HasPrefix(body, "{") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	_, header, _ := get(t, authorize, nil)
	back, err := url.Parse(header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.PostForm(issuer+"/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "client_id": {clientID},
		"client_secret": {secret}, "redirect_uri": {"http://127.0.0.1/callback"}, "code_verifier": {verifier},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`"id_token":"([^"]+)"`).FindSubmatch(answer)
	if m == nil {
		t.Fatalf("the Token Endpoint answered %d without an ID Token", res.StatusCode)
	}
	idToken := string(m[1])

	service := start(t, "serve", "--issuer", issuer, "--client-id", clientID, "--allow-loopback-http", "--addr", "127.0.0.1:0")
	verify := service.find(`^verify +(\S+)$`)
	service.discard()
	status, _, body := get(t, verify, http.Header{"Authorization": {"Bearer " + idToken}})
	if status != http.StatusOK || !strings.Contains(body, `"verdict":"accept"`) {
		t.Errorf("the ID Token of the walk: %d %s", status, body)
	}
	status, _, body = get(t, verify, http.Header{"Authorization": {"Bearer " + idToken + "x"}})
	if status != http.StatusUnauthorized || strings.Contains(body, idToken) {
		t.Errorf("a spoilt token: %d %s", status, body)
	}

	code := invoke(t.Context(), []string{
		"load", verify, "--issuer", issuer, "--idp-seed", "7f3a", "--alg", "ES256", "--rate", "100/s", "--duration", "300ms",
		"--warmup", "100ms", "--mix", "good=1,wrong-audience=1", "--threshold", "errors == 0", "--threshold", "wrong == 0",
	}, strings.NewReader(""), io.Discard, io.Discard, nil)
	if code != exitOK && code != exitInvalid {
		t.Errorf("a load with tokens of the environment ends with %d", code)
	}
	if code := service.stop(); code != exitOK {
		t.Errorf("the service ended with %d: %s", code, service.stderr)
	}
	if code := idp.stop(); code != exitOK {
		t.Errorf("the environment ended with %d: %s", code, idp.stderr)
	}
}

// A run that is interrupted says so and leaves a readable stream.
func TestInterruptedRun(t *testing.T) {
	t.Parallel()
	run := start(t, "run", "--format", "jsonl", "--jobs", "1")
	run.find(`"kind":"(case)"`)
	if code := run.stop(); code != exitInterrupted {
		t.Errorf("exit code %d, want %d: %s", code, exitInterrupted, run.stderr)
	}
}
