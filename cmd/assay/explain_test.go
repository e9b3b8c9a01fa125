package main

import (
	"bytes"
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
