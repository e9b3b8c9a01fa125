package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/mockidptest"
)

// ran is a command that has ended.
type ran struct {
	code           int
	stdout, stderr string
}

// execute runs a command in process until it ends.
func execute(t *testing.T, args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := invoke(t.Context(), args, strings.NewReader(""), &stdout, &stderr, nil)
	return ran{code, stdout.String(), stderr.String()}
}

func TestDoctorOfASoundEnvironment(t *testing.T) {
	t.Parallel()
	env := mockidptest.Start(t, mockidp.EnvironmentConfig{})
	r := execute(t, "doctor", "--issuer", env.Issuer(), "--client-id", env.Client().ID, "--allow-loopback-http", "--json")
	if r.code != exitOK {
		t.Fatalf("assay doctor ended with %d: %s%s", r.code, r.stdout, r.stderr)
	}
	var answer map[string]any
	if err := json.Unmarshal([]byte(r.stdout), &answer); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"success": true, "issuer": env.Issuer(), "jwks_uri": env.JWKSURI(), "error": nil, "verdict": "pass",
	} {
		if got, there := answer[name]; got != want || !there {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}
