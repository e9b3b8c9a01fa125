package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// service is an implementation that accepts every token, and closes every fourth
// connection without an answer.
func service(t *testing.T) *httptest.Server {
	t.Helper()
	requests := make(chan int, 1)
	requests <- 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := <-requests + 1
		requests <- n
		if n%4 == 0 {
			panic(http.ErrAbortHandler)
		}
		var request struct{ ID int }
		_ = json.NewDecoder(r.Body).Decode(&request) // A load sends no body.
		_ = json.NewEncoder(w).Encode(map[string]any{
			"id": request.ID, "verdict": "accept", "description": map[string]any{"name": "yes", "capabilities": []string{"static"}},
		})
	}))
	t.Cleanup(server.Close)
	return server
}

// What is typed with credentials is in no output, in no format.
func TestNoFormatShowsCredentials(t *testing.T) {
	t.Parallel()
	// A service each, as every fourth answer counted together could be a description.
	address := func() string { return service(t).URL + "/a?key=s3cret-query&b=c" }
	withUser := func() string { return strings.Replace(address(), "http://", "http://user:s3cret-password@", 1) }
	gone := httptest.NewServer(nil)
	gone.Close()
	tests := []struct {
		name string
		args []string
		code int
	}{
		{"run", []string{"run", "base.minimal", "sig.flip", "aud.prefix", "aud.missing", "iss.missing", "--implementation", withUser()}, exitNonconform},
		{"load", []string{"load", address(), "--issuer", "http://127.0.0.1:1", "--idp-seed", "1", "--duration", "300ms", "--warmup", "0", "--threshold", "errors == 0"}, exitNonconform},
		{"load with a user", []string{"load", withUser(), "--issuer", "http://127.0.0.1:1", "--idp-seed", "1"}, exitUsage},
		{"start", []string{"run", "base.minimal", "--implementation", strings.Replace(gone.URL, "://", "://user:s3cret-password@", 1) + "/?key=s3cret-query"}, exitNoAnswers},
		{"mistake", []string{"run", "base.minimal", "--implementation", "ftp://user:s3cret-password@app/?key=s3cret-query"}, exitUsage},
		{"program", []string{"run", "base.minimal", "--implementation", "exec:/no/such --api-key s3cret-key"}, exitNoAnswers},
		{"target", []string{"load", "ftp://user:s3cret-password@app/?key=s3cret-query", "--issuer", "http://127.0.0.1:1", "--idp-seed", "1"}, exitUsage},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			args := append(tt.args, "--verbose")
			for _, f := range formats() {
				args = append(args, "-o", f.name+":"+filepath.Join(dir, f.name))
			}
			var stdout, stderr strings.Builder
			code := invoke(t.Context(), args, nil, &stdout, &stderr, nil)
			busy := tt.name == "load" && code == exitInvalid // the machine, not the credentials
			if code != tt.code && !busy {
				t.Errorf("exit code %d, want %d\n%s", code, tt.code, &stderr)
			}
			outputs := map[string]string{"stdout": stdout.String(), "stderr": stderr.String()}
			for _, f := range formats() {
				text, err := os.ReadFile(filepath.Join(dir, f.name))
				if err != nil && tt.code == exitNonconform {
					t.Error(err)
				}
				outputs[f.name] = string(text)
			}
			for name, text := range outputs {
				if strings.Contains(text, "s3cret") {
					t.Errorf("%s has a credential:\n%s", name, text)
				}
			}
			again := "--implementation 'http://REDACTED@127.0.0.1:"
			if tt.name == "run" && !strings.Contains(outputs["jsonl"], again) {
				t.Errorf("no command to repeat has %s:\n%s", again, outputs["jsonl"])
			}
		})
	}
}
