package main

import (
	"bytes"
	"strings"
	"testing"
)

// What a running environment has is completed with it.
func TestCompletionAsksTheEnvironment(t *testing.T) {
	t.Parallel()
	idp := start(t, "idp", "--seed", "7", "--alg", "ES256", "--control", "127.0.0.1:0")
	api := idp.find(`^control +(\S+)$`)
	idp.discard()
	ctl := ctlOf(t, api)
	for _, args := range [][]string{
		{"faults", "add", `{"id":"busy","kind":"hang"}`}, {"envs", "create", "acme", "--alg", "ES256"},
	} {
		if code, _, problems := ctl("", args...); code != exitOK {
			t.Fatalf("ctl %q: %d %s", args, code, problems)
		}
	}
	for _, tt := range []struct{ args, want string }{
		{"faults remove", "busy\thang\n"},
		{"requests --fault", "busy\thang\n"},
		{"retire", "\tES256\n"},
		{"envs delete", "acme\thttp://"},
		{"--env", "acme\thttp://"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			var out, problems bytes.Buffer
			args := append([]string{"__complete", "idp", "ctl", "--control", api}, strings.Fields(tt.args)...)
			code := invoke(t.Context(), append(args, ""), nil, &out, &problems, nil)
			if code != exitOK || !strings.Contains(out.String(), tt.want) {
				t.Errorf("exit code %d, want %q in\n%s%s", code, tt.want, &out, &problems)
			}
		})
	}
	if code := idp.stop(); code != exitOK {
		t.Errorf("the environment ended with %d: %s", code, idp.stderr)
	}
}
