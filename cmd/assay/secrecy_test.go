package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios/longtest"
)

// leaked returns a run of 12 bytes of secret that output has, or the empty
// string.
func leaked(output, secret string) string {
	const run = 12
	for i := 0; i+run <= len(secret); i++ {
		if strings.Contains(output, secret[i:i+run]) {
			return secret[i : i+run]
		}
	}
	return ""
}

// given are texts that people paste: tokens of all kinds, and secrets. Of each,
// no run of 12 bytes may come back.
func given(t *testing.T, jwks string, forge ...string) map[string]string {
	t.Helper()
	token := func(args ...string) string {
		var out, problems bytes.Buffer
		args = append(append([]string{"forge", "--seed", "7f3a", "--jwks", jwks}, forge...), args...)
		if code := invoke(t.Context(), args, nil, &out, &problems, nil); code != exitOK {
			t.Fatalf("assay %q ends with %d: %s", args, code, &problems)
		}
		return strings.TrimSpace(out.String())
	}
	good := token()
	header, rest, _ := strings.Cut(good, ".")
	nested := token("--set", "iss="+good)
	return map[string]string{
		"good":                   good,
		"expired":                token("--shift", "exp=-2h", "--shift", "iat=-3h"),
		"another audience":       token("--set", "aud=skc_other"),
		"another issuer":         token("--set", "iss=https://assay-staging.example"),
		"another key":            token("--sign-with", "other"),
		"alg none":               token("--set-header", "alg=none", "--sign-alg", "none"),
		"unknown kid":            token("--set-header", "kid=snk_unknown"),
		"no sub":                 token("--unset", "sub"),
		"an access token":        token("--kind", "access_token"),
		"a token in iss":         nested,
		"a token in aud":         token("--set", "aud="+good),
		"a token in kid":         token("--set-header", "kid="+good),
		"a secret in sub":        token("--set", "sub=test_Q2xpZW50U2VjcmV0Rm9yQW5FbnZpcm9ubWVudA"),
		"cut":                    good[:len(good)-9],
		"without its end":        good[:len(good)/2],
		"with Bearer":            "Bearer " + good,
		"in quotes":              `"` + good + `"`,
		"two tokens":             good + "." + good,
		"padded":                 header + "==." + rest,
		"a client secret":        "test_Q2xpZW50U2VjcmV0Rm9yQW5FbnZpcm9ubWVudA",
		"a secret without a dot": "Q2xpZW50U2VjcmV0Rm9yQW5FbnZpcm9ubWVudA",
		"a secret with dots":     "Q2xpZW50U2Vj.cmV0Rm9yQW5FbnZpcm9u.bWVudEFuZE1vcmU",
		"a private key":          "-----BEGIN PRIVATE KEY-----\nQ2xpZW50U2VjcmV0Rm9yQW5FbnZpcm9ubWVudA\n-----END PRIVATE KEY-----",
		"a refresh token":        "rt_8f7d6e5c4b3a29180716253443526170",
	}
}

// secretOf returns the parts of a text that must not come back. Claims are not
// among them: the issuer of a token is what an explanation is about.
func secretOf(text string) []string {
	parts := []string{text}
	if i := strings.LastIndexByte(text, '.'); i >= 0 {
		parts = append(parts, text[i+1:])
	}
	return append(parts, "Q2xpZW50U2VjcmV0Rm9yQW5FbnZpcm9ubWVudA")
}

// No output of the commands that judge a foreign token has a part of it, on
// standard output, on standard error, in a log or in an answer.
func TestNoOutputHoldsACredential(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	dir := t.TempDir()
	jwks := filepath.Join(dir, "keys.json")
	texts := given(t, jwks)
	against := []string{"--issuer", forgedIssuer, "--client-id", forgedClientID, "--jwks", jwks}
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	commands := 0
	check := func(name, text, stdin string, args ...string) {
		var out bytes.Buffer
		code := invoke(t.Context(), args, strings.NewReader(stdin), &out, &out, nil)
		if commands++; code == exitHarness || out.Len() == 0 {
			t.Errorf("%s: assay %s ends with %d: %s", name, args[0], code, &out)
		}
		for _, secret := range secretOf(text) {
			if run := leaked(out.String(), secret); run != "" {
				t.Errorf("%s: assay %s %s prints %q:\n%s", name, args[0], args[len(args)-1], run, &out)
			}
		}
	}
	for name, text := range texts {
		for _, format := range []string{"--json", "--color=always"} {
			check(name, text, text, append([]string{"explain", "-", format}, against...)...)
			check(name, text, text, "explain", format)
			check(name, text, "", "explain", text, "--policy", "strict", format)
			check(name, text, text, "explain", "--issuer", text, "--client-id", text, format)
			response := file("answer.json", `{"id_token":"`+strings.Trim(text, `"`)+`","access_token":"`+strings.Trim(text, `"`)+`","scope":"openid"}`)
			check(name, text, "", "explain", "--token-response", response, format)
			failure := file("failure.json", `{"error":"`+strings.Trim(text, `"`)+`","error_description":"`+strings.Trim(text, `"`)+`"}`)
			check(name, text, "", "explain", "--token-response", failure, format)
		}
		check(name, text, text+"\n", append([]string{"verify", "--json"}, against...)...)
		check(name, text, "", append([]string{"verify", text}, against...)...)
		if strings.Contains(text, "eyJ") || strings.Contains(text, "_") { // nobody can tell another text from an issuer
			check(name, text, text, "verify", "--issuer", text, "--client-id", text)
		}
		check(name, text, text, "explain", "--at", text)
		// In the wrong place: an option, a file, a command or a second argument.
		if strings.Contains(text, "eyJ") || strings.HasPrefix(text, "test_") || strings.HasPrefix(text, "---") {
			check(name, text, "", "explain", "--"+text)
			check(name, text, "", "explain", "--jwks", text)
			check(name, text, "", "explain", "Bearer", text)
			check(name, text, "", text)
			check(name, text, "", "forge", text)
			check(name, text, "", "reproduce", text)
		}
	}
	t.Logf("%d commands", commands)
}

// The service logs each refusal in one line and answers a diagnosis, and neither
// has a part of the token.
func TestServeSaysWhy(t *testing.T) {
	t.Parallel()
	idp := start(t, "idp", "--seed", "7f3a")
	issuer, clientID := idp.find(`^issuer +(\S+)$`), idp.find(`^client ID +(\S+)$`)
	idp.discard()
	service := start(t, "serve", "--issuer", issuer, "--client-id", clientID, "--allow-loopback-http", "--addr", "127.0.0.1:0", "--explain")
	verify := service.find(`^verify +(\S+)$`)
	service.discard()
	texts := given(t, filepath.Join(t.TempDir(), "keys.json"), "--issuer", issuer, "--client-id", clientID)
	delete(texts, "a private key") // its lines do not fit a header field
	for _, accepted := range []string{"good", "an access token", "a secret in sub"} {
		delete(texts, accepted)
	}
	for name, text := range texts {
		status, _, body := get(t, verify, http.Header{"Authorization": {"Bearer " + text}})
		if status != http.StatusUnauthorized || !strings.Contains(body, `"diagnosis":{"verdict":"reject"`) || !strings.Contains(body, `"causes":[{`) {
			t.Errorf("%s: %d %s", name, status, body)
		}
		for _, secret := range secretOf(text) {
			if run := leaked(body, secret); run != "" {
				t.Errorf("%s: the answer has %q: %s", name, run, body)
			}
			if run := leaked(service.stderr.String(), secret); run != "" {
				t.Errorf("%s: the log has %q", name, run)
			}
		}
	}
	log := service.stderr.String()
	if n := strings.Count(log, `msg="token refused"`); n != len(texts) {
		t.Errorf("the log has %d refusals, want %d:\n%s", n, len(texts), log)
	}
	for _, want := range []string{
		`msg="token refused" code=INVALID_AUDIENCE reason=INVALID_AUDIENCE claim=aud want=` + clientID + " got=skc_other",
		`code=INVALID_ISSUER reason=INVALID_ISSUER claim=iss want=` + issuer + " got_unverified=https://assay-staging.example",
		"hint=",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
	if code := service.stop(); code != exitOK {
		t.Errorf("the service ended with %d", code)
	}
	if code := idp.stop(); code != exitOK {
		t.Errorf("the environment ended with %d", code)
	}
}
