package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// explained runs assay explain and returns its exit code and output.
func explained(t *testing.T, token string, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	code := invoke(t.Context(), append([]string{"explain", "-"}, args...), strings.NewReader(token+"\n"), &out, &out, nil)
	return code, out.String()
}

// assay explain asks the issuer for its keys with --fetch, and nobody without.
func TestExplainFetchesTheKeysOnlyIfAsked(t *testing.T) {
	t.Parallel()
	idp := start(t, "idp", "--seed", "7f3a")
	issuer, clientID := idp.find(`^issuer +(\S+)$`), idp.find(`^client ID +(\S+)$`)
	idp.discard()
	token := func(args ...string) string {
		var out bytes.Buffer
		args = append([]string{"forge", "--seed", "7f3a", "--issuer", issuer, "--client-id", clientID}, args...)
		if code := invoke(t.Context(), args, nil, &out, &bytes.Buffer{}, nil); code != exitOK {
			t.Fatalf("assay forge ends with %d", code)
		}
		return strings.TrimSpace(out.String())
	}
	good := token()
	nobody := "http://127.0.0.1:1"
	tests := []struct {
		name, token string
		args        []string
		code        int
		want        []string
	}{
		{"without keys", good, nil, exitOK, []string{"NOTHING WRONG FOUND", "SKIP  key, signature: no keys were given"}},
		{"of the issuer that the token names", good, []string{"--fetch"}, exitOK, []string{"ACCEPTED"}},
		{"of the configured issuer", good, []string{"--fetch", "--issuer", issuer, "--client-id", clientID}, exitOK, []string{"ACCEPTED"}},
		{"an unknown key", token("--set-header", "kid=snk_9"), []string{"--fetch"}, exitNonconform,
			[]string{"REFUSED INVALID_TOKEN (KEY_NOT_FOUND)", "published are snk_"}},
		{"a wrong environment URL", good, []string{"--fetch", "--issuer", nobody}, exitNonconform,
			[]string{"REFUSED INVALID_ISSUER", "then      key: the environment URL is wrong"}},
		{"nobody is asked unless told", good, []string{"--issuer", nobody}, exitNonconform, []string{"SKIP  key, signature: no keys were given"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, output := explained(t, test.token, append(test.args, "--allow-loopback-http")...)
			if code != test.code {
				t.Errorf("exit code %d, want %d:\n%s", code, test.code, output)
			}
			for _, want := range test.want {
				if !strings.Contains(output, want) {
					t.Errorf("the output lacks %q:\n%s", want, output)
				}
			}
		})
	}
	if code := idp.stop(); code != exitOK {
		t.Errorf("the environment ended with %d", code)
	}
}

// A file that is not a regular one, or is endless, is refused at once.
func TestExplainReadsRegularFilesOnly(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--jwks", "--token-response"} {
		args := []string{"explain", flag, "/dev/zero"}
		if flag == "--jwks" {
			args = append(args, "skc_1")
		}
		var out bytes.Buffer
		code := invoke(t.Context(), args, nil, &out, &out, nil)
		if want := flag + ": /dev/zero is a device, want a regular file"; code != exitUsage || !strings.Contains(out.String(), want) {
			t.Errorf("assay %q ends with %d, want %d and %q:\n%s", args, code, exitUsage, want, &out)
		}
	}
}

// What was given instead of a token, or is too long for one, is refused with
// what would work, and without what may be a secret.
func TestExplainRefusesWhatIsNoToken(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "good.txt")
	if err := os.WriteFile(file, []byte("eyJ"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		args  []string
		input io.Reader
		want  string
	}{
		{"a file name", []string{file}, nil, "assay: error: " + file + " is a file, want a token\nassay: hint: assay explain - <" + file + "\n"},
		{"a secret with a dash", []string{"-ksecret"}, nil, "assay: error: unknown shorthand flag: \"k\"\nassay: hint: see assay explain --help\n"},
		{"a misspelt flag with one dash", []string{"-jsno"}, nil, "assay: error: unknown shorthand flag: 'j' in -jsno\nassay: hint: did you mean --json? see assay explain --help\n"},
		{"5 MB", []string{"-"}, strings.NewReader(strings.Repeat("a", 5<<20)), "assay: error: standard input has more than 2097152 bytes\n"},
	}
	for _, test := range tests {
		var problems bytes.Buffer
		code := invoke(t.Context(), append([]string{"explain"}, test.args...), test.input, io.Discard, &problems, nil)
		if code != exitUsage || problems.String() != test.want {
			t.Errorf("%s: exit code %d, want %d and %q, got %q", test.name, code, exitUsage, test.want, &problems)
		}
	}
}
