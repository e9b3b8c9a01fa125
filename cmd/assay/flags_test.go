package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Every flag is in a script or in a test of this package.
func TestEveryFlagHasATest(t *testing.T) {
	t.Parallel()
	var tests bytes.Buffer
	for _, pattern := range []string{"testdata/script/*.txtar", "*_test.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			tests.Write(text)
		}
	}
	root := (&app{stdout: io.Discard, stderr: io.Discard}).rootCommand()
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			if sub.Name() != "completion" { // which is cobra's own
				visit(sub)
			}
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			forms := "--" + f.Name
			if f.Shorthand != "" {
				forms += "|-" + f.Shorthand
			}
			if !regexp.MustCompile(`[ "'(](` + forms + `)[ "'=;\n]`).Match(tests.Bytes()) {
				t.Errorf("no script and no test has --%s of %s", f.Name, cmd.CommandPath())
			}
		})
	}
	visit(root)
}

// The environment gives a user of a connection its own subject, and a token is
// for the user that --user names.
func TestForgeForAUser(t *testing.T) {
	t.Parallel()
	idp := start(t, "idp", "--alg", "ES256", "--modular-sso", "--addr", "0.0.0.0:0", "--unsafe-allow-non-loopback",
		"--host", "localhost", "--control", "127.0.0.1:0")
	issuer := idp.find(`^issuer +(\S+)$`)
	api := idp.find(`^control +(\S+)$`)
	idp.discard()
	r := execute(t, "forge", "--control", api, "--user", "mary@example.com", "--organization", "org_10000000000000002", "--nonce", "n1")
	segments := strings.Split(r.stdout, ".")
	if len(segments) != 3 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	payload, err := base64.RawURLEncoding.DecodeString(segments[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Iss, Sub, Oid, Nonce, Email string }
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^conn_\d+;usr_10000000000000002$`).MatchString(claims.Sub) || claims.Iss != issuer ||
		claims.Oid != "org_10000000000000002" || claims.Nonce != "n1" || claims.Email != "mary@example.com" {
		t.Errorf("the claims are %+v", claims)
	}
	if r := execute(t, "forge", "--user", "nobody"); r.code != exitUsage || !strings.Contains(r.stderr, "no user") {
		t.Errorf("an unknown user: exit code %d: %s", r.code, r.stderr)
	}
	if code := idp.stop(); code != exitOK {
		t.Errorf("the environment ended with %d: %s", code, idp.stderr)
	}
}

// The service verifies as its flags say and, asked to, says why it refuses.
func TestServeAsItsFlagsSay(t *testing.T) {
	t.Parallel()
	idp := start(t, "idp", "--alg", "ES256", "--control", "127.0.0.1:0")
	issuer := idp.find(`^issuer +(\S+)$`)
	clientID := idp.find(`^client ID +(\S+)$`)
	api := idp.find(`^control +(\S+)$`)
	idp.discard()
	expired := strings.TrimSpace(execute(t, "forge", "--control", api, "--shift", "exp=-33m").stdout)
	for _, tt := range []struct {
		flags, body string
		status      int
	}{
		{"--leeway 10m", `"verdict":"accept"`, http.StatusOK},
		{"--explain", `"causes":[`, http.StatusUnauthorized},
		{"--leeway 10m --algorithms RS256", `"ALG_NOT_ALLOWED"`, http.StatusUnauthorized},
	} {
		service := start(t, append([]string{"serve", "--issuer", issuer, "--client-id", clientID, "--allow-loopback-http",
			"--addr", "127.0.0.1:0", "--grace", "1s"}, strings.Fields(tt.flags)...)...)
		verify := service.find(`^verify +(\S+)$`)
		service.discard()
		status, _, body := get(t, verify, http.Header{"Authorization": {"Bearer " + expired}})
		if status != tt.status || !strings.Contains(body, tt.body) {
			t.Errorf("serve %s answers %d, want %d, and %q in %s", tt.flags, status, tt.status, tt.body, body)
		}
		if code := service.stop(); code != exitOK {
			t.Errorf("serve %s ended with %d: %s", tt.flags, code, service.stderr)
		}
	}
	if code := idp.stop(); code != exitOK {
		t.Errorf("the environment ended with %d: %s", code, idp.stderr)
	}
}
