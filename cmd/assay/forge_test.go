package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/verifier"
)

// forgings are changes and what the verifier says of the tokens.
var forgings = []struct {
	name string
	args []string
	want verifier.Reason
}{
	{"nothing", nil, ""},
	{"a claim that is absent", []string{"--unset", "nbf"}, ""},
	{"audience", []string{"--set", "aud=x"}, verifier.ReasonInvalidAudience},
	{"time", []string{"--shift", "exp=-2h"}, verifier.ReasonTokenExpired},
	{"JSON value", []string{"--set", "exp=[1]"}, verifier.ReasonMalformedClaim},
	{"claim left out", []string{"--unset", "sub"}, verifier.ReasonMissingClaim},
	{"issuer", []string{"--issuer", "https://other.example"}, verifier.ReasonInvalidIssuer},
	{"another key", []string{"--sign-with", "other"}, verifier.ReasonInvalidSignature},
	{"key ID", []string{"--set-header", "kid=other"}, verifier.ReasonKeyNotFound},
	{"no key ID", []string{"--unset-header", "kid"}, verifier.ReasonKeyNotFound},
	{"algorithm", []string{"--set-header", "alg=none", "--sign-alg", "none"}, verifier.ReasonAlgNotAllowed},
	{"after signing", []string{"--tamper", "sub=usr_1"}, verifier.ReasonInvalidSignature},
	{"signature", []string{"--signature", "flip"}, verifier.ReasonInvalidSignature},
	{"JSON change", []string{"--change", `{"encoding":{"payload":"padded"}}`}, verifier.ReasonMalformedToken},
	{"the last one of a name", []string{"--set", "aud=x", "--set", "aud=skc_10000000000000000", "--client-id", "skc_10000000000000000"}, ""},
}

// judge returns why v refuses the token that a command printed.
func judge(t *testing.T, v *verifier.Verifier, r ran) verifier.Reason {
	t.Helper()
	if r.code != exitOK {
		t.Fatalf("assay forge ended with %d: %s", r.code, r.stderr)
	}
	_, err := v.Verify(t.Context(), strings.TrimSuffix(r.stdout, "\n"))
	return verifier.ReasonOf(err)
}

func TestForgeWithAKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, tt := range forgings {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "keys.json")
			r := execute(t, append([]string{"forge", "--seed", "7", "--jwks", file}, tt.args...)...)
			set, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v: %s", err, r.stderr)
			}
			keys, err := verifier.Static(set)
			if err != nil {
				t.Fatal(err)
			}
			v, err := verifier.New(verifier.Config{Issuer: forgedIssuer, Audience: []string{forgedClientID}, Keys: keys})
			if err != nil {
				t.Fatal(err)
			}
			if got := judge(t, v, r); got != tt.want {
				t.Errorf("the token is refused for %q, want %q", got, tt.want)
			}
			if !strings.Contains(r.stderr, "seed       7\n") {
				t.Errorf("standard error does not say how to repeat it: %s", r.stderr)
			}
		})
	}
}

func TestForgeInARunningEnvironment(t *testing.T) {
	t.Parallel()
	server, err := mockidp.Start(t.Context(), mockidp.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeServer(server) })
	env, err := server.NewEnvironment("a", mockidp.EnvironmentConfig{Clients: []mockidp.Client{{ID: forgedClientID, Secret: "s"}}})
	if err != nil {
		t.Fatal(err)
	}
	api, err := control.Start(t.Context(), server, control.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Close(t.Context()) })
	v, err := verifier.New(verifier.Config{Issuer: env.Issuer(), Audience: []string{forgedClientID}, Allow: verifier.Allowances{LoopbackHTTP: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	for _, tt := range forgings {
		r := execute(t, append([]string{"forge", "--control", api.URL(), "--env", "a"}, tt.args...)...)
		if got := judge(t, v, r); got != tt.want {
			t.Errorf("%s: the token is refused for %q, want %q", tt.name, got, tt.want)
		}
	}
	if r := execute(t, "forge", "--control", api.URL(), "--env", "b"); r.code != exitUsage || !strings.Contains(r.stderr, `there is no environment "b"`) {
		t.Errorf("an unknown environment ended with %d: %s", r.code, r.stderr)
	}
}

// A token of a scenario is refused as the scenario says, with what the command
// prints.
func TestForgeAScenario(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keys.json")
	r := execute(t, "forge", "sig.payload-tampered", "--jwks", file)
	said := make(map[string]string)
	for line := range strings.Lines(r.stderr) {
		name, value, _ := strings.Cut(line, "  ")
		said[name] = strings.TrimSpace(value)
	}
	set, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := verifier.Static(set)
	if err != nil {
		t.Fatal(err)
	}
	v, err := verifier.New(verifier.Config{Issuer: said["issuer"], Audience: []string{said["client ID"]}, Keys: keys})
	if err != nil {
		t.Fatalf("%v: %s", err, r.stderr)
	}
	if got := judge(t, v, r); "reject "+string(got) != said["want"] || got == "" {
		t.Errorf("the token is refused for %q, want %q", got, said["want"])
	}
}
