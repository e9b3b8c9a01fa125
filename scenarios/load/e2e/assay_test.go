package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is far longer than anything takes on a busy machine, so that a test
// that would hang fails instead.
const patience = time.Minute

// binary returns a program that the script run has built.
func binary(t *testing.T, variable string) string {
	t.Helper()
	name := os.Getenv(variable)
	if name == "" {
		t.Fatalf("$%s is not set: run scenarios/load/e2e/run", variable)
	}
	return name
}

// assay runs assay to its end and returns its exit code and output.
func assay(t *testing.T, stdin string, args ...string) (code int, output string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary(t, "ASSAY"), args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	t.Logf("assay %s\n%sexit %d", strings.Join(args, " "), out, cmd.ProcessState.ExitCode())
	return cmd.ProcessState.ExitCode(), string(out)
}

// daemon starts a program that runs until the test ends, and returns the file
// with its output.
func daemon(t *testing.T, name string, args ...string) (log string) {
	t.Helper()
	log = filepath.Join(t.TempDir(), "log")
	file, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = file, file
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	file.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		timer := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
		_ = cmd.Wait()
		if t.Failed() {
			text, _ := os.ReadFile(log)
			t.Logf("the end of %s %s:\n%s", filepath.Base(name), args[0], text[max(0, len(text)-3000):])
		}
	})
	return log
}

// until waits until done returns true.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain until %s", patience, what)
		}
	}
}

// line returns what follows prefix in a line of a file, when it is there.
func line(t *testing.T, file, prefix string) string {
	t.Helper()
	var found string
	until(t, file+" has "+prefix, func() bool {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for l := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(l, prefix); ok && strings.HasSuffix(rest, "\n") {
				found = strings.TrimSpace(rest)
				return true
			}
		}
		return false
	})
	return found
}

// free returns a free port of the loopback address.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// service starts a mock environment and a service that trusts it, which listens
// at host, and returns the arguments with which assay load reaches it. The rate
// is low enough for a busy machine; it is counts that the tests compare.
func service(t *testing.T, host string) []string {
	t.Helper()
	idp := daemon(t, binary(t, "ASSAY"), "idp", "--seed", "7f3a", "--alg", "ES256")
	issuer, client := line(t, idp, "issuer "), line(t, idp, "client ID ")
	serve := daemon(t, binary(t, "ASSAY"), "serve", "--addr", host+":0", "--issuer", issuer, "--client-id", client,
		"--algorithms", "ES256", "--allow-loopback-http")
	return []string{
		line(t, serve, "verify "), "--issuer", issuer, "--idp-seed", "7f3a", "--alg", "ES256", "--i-own-this-service",
		"--rate", "300/s", "--duration", "2s", "--warmup", "0", "--seed", "7", "--threshold", "errors == 0",
	}
}

// starts returns a start that leaves parts the time to begin.
func starts(in time.Duration) string {
	return time.Now().Add(in).UTC().Format(time.RFC3339)
}

// outcomes returns the table of outcomes of a report.
func outcomes(t *testing.T, report string) string {
	t.Helper()
	var table bytes.Buffer
	inside := false
	for l := range strings.Lines(report) {
		if f := strings.Fields(l); len(f) == 3 && f[1] == "verdict" && f[2] == "count" {
			inside = true
		}
		if inside && strings.TrimSpace(l) == "" {
			break
		}
		if inside {
			table.WriteString(l)
		}
	}
	if table.Len() == 0 {
		t.Fatalf("there is no table of outcomes in\n%s", report)
	}
	return table.String()
}

// checkMerged checks the report of merged parts: 600 requests, none without a
// verdict, and a row for each part. Exit code 4 says that the machine was busy.
func checkMerged(t *testing.T, code int, report string, parts int) {
	t.Helper()
	if code != 0 && code != 4 {
		t.Errorf("assay load merge ended with %d, want 0, or 4 on a busy machine", code)
	}
	for n := 1; n <= parts; n++ {
		if want := fmt.Sprintf("part %d/%d ", n, parts); !strings.Contains(report, want) {
			t.Errorf("the report has no %q", want)
		}
	}
	if !strings.Contains(report, "errors == 0") || !strings.Contains(outcomes(t, report), "TOKEN_EXPIRED") {
		t.Error("the report lacks the threshold or the outcomes")
	}
}
