package adapter_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/adapter"
	"github.com/assay-id/assay/scenarios/implementations"
)

// examine examines the program in a mode.
func examine(t *testing.T, server *mockidp.Server, seed uint64, mode string, timeout time.Duration) (*reports.AdapterCheck, error) {
	t.Helper()
	started := filepath.Join(t.TempDir(), "started")
	return adapter.Examine(t.Context(), adapter.Options{
		Name: "exec:program", Seed: 100 * seed, Server: server,
		Open: func(ctx context.Context, tap func() implementations.Tap) (implementations.Implementation, error) {
			return implementations.NewExec(ctx, []string{os.Args[0]}, implementations.ExecOptions{
				Timeout: timeout, Env: []string{programMode + "=" + mode, programStarted + "=" + started}, Tap: tap,
			})
		},
	})
}

// ample is more than an answer takes on a busy machine.
const ample = 20 * time.Second

// A correct adapter passes every check, and what more capabilities would open
// is counted.
func TestExamineGood(t *testing.T) {
	t.Parallel()
	c, err := examine(t, nil, 1, "good", ample)
	if err != nil {
		t.Fatal(err)
	}
	setup := "nothing to set up"
	if c.Implementation.Setup != setup || !strings.HasSuffix(c.Checks[0].Found, "; set-up: "+setup) {
		t.Errorf("the examination says %q and has the set-up %q, want %q", c.Checks[0].Found, c.Implementation.Setup, setup)
	}
	want := reports.VerdictPass
	for _, found := range c.Checks {
		switch {
		case found.Name == "end" && found.Verdict == reports.VerdictWarn: // on a busy machine
			want = reports.VerdictWarn
		case found.Verdict != reports.VerdictPass && found.Name != "smoke":
			t.Errorf("%s: %s %s", found.Name, found.Verdict, found.Found)
		}
	}
	if c.Verdict != want || len(c.Checks) < 15 {
		t.Errorf("the verdict on %d checks is %s, want %s", len(c.Checks), c.Verdict, want)
	}
	sum := c.Opened + c.Several
	for _, gain := range c.Gains {
		sum += gain.Cases
	}
	if c.Opened < 200 || len(c.Gains) < 15 || c.Gains[0].Cases < c.Gains[1].Cases || sum > c.Catalogue {
		t.Errorf("%d of %d cases are open, %d need several, and %d capabilities add some", c.Opened, c.Catalogue, c.Several, len(c.Gains))
	}
}

// Each fault has its message, and the line that shows it.
func TestExamineBroken(t *testing.T) {
	t.Parallel()
	const pass, warn, fail = reports.VerdictPass, reports.VerdictWarn, reports.VerdictFail
	tests := []struct {
		mode          string
		check         string
		verdict       string
		found, marked string // marked is what the mark is below
	}{
		{"welcome", "messages", fail, "the line is not a JSON object", "Welcome to"},
		{"debug", "messages", fail, "the line is not a JSON object", "INFO verifying"},
		{"pretty", "messages", fail, "the line is not a complete JSON object", ""},
		{"text id", "messages", fail, "id is of the type string, want integer", `"`},
		{"no id", "messages", fail, "the message has no id", "{"},
		{"repeats", "answer to close", fail, "the request was answered before", ""},
		{"valid", "answer to open", fail, `verdict is "valid", want accept or refuse`, `"valid"`},
		{"own reason", "answer to verify", fail, "which is unknown; did you mean INVALID_AUDIENCE?", `"INVALID_AUDIENC"`},
		{"misspelt", "answer to hello", fail, "which is unknown; did you mean nonce?", `"nonse"`},
		{"odd member", "answer to verify", warn, `"reasn" is not a member of this answer; did you mean reason?`, `"typing error"`},
		{"errors", "answer to verify", fail, "the adapter could not carry out the request", `"the token is not text"`},
		{"crashes", "token of bytes", fail, "the implementation ended: exit status 3", ""},
		{"strict", "unknown members", fail, "with members that the adapter does not know, not: a good token is accepted", ""},
		{"guesses", "unknown operation", warn, "is not answered with an error", ""},
		{"accepts", "changed token", fail, "not: a token that was changed after signing is rejected: got accept", ""},
		{"rejects", "good token", fail, "the issuer could not be reached", ""},
		{"no claims", "claims", warn, "not: the claims of an accepted token are reported", ""},
		{"mixes", "overlapping requests", fail, "not: each of many requests at once gets its own answer", ""},
		{"global", "sessions", fail, "not: each session has a configuration of its own", ""},
		{"no clock", "clock", fail, "not: the verifier runs on the clock of the session", ""},
		{"no ES256", "es256", fail, "no case that needs it passes (of 2), such as base.unusual", ""},
		{"slow", "start", warn, "started in 1.", ""},
		{"deaf", "end", warn, "does not end when its standard input ends", ""},
	}
	server, err := mockidp.Start(context.Background(), mockidp.Config{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close(context.Background()) }) // of requests that are cut off
	for i, test := range tests {
		t.Run(test.mode, func(t *testing.T) {
			t.Parallel()
			c, err := examine(t, server, uint64(i), test.mode, ample)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(c.Checks, func(f reports.AdapterFound) bool { return f.Name == test.check && f.Verdict != pass })
			if i < 0 {
				t.Fatalf("%s is not reported: %+v", test.check, c.Checks)
			}
			if got := c.Checks[i]; got.Verdict != test.verdict || !strings.Contains(got.Found, test.found) || got.Do == "" {
				t.Errorf("%s is %s: %s (%s), want %s: %s", got.Name, got.Verdict, got.Found, got.Do, test.verdict, test.found)
			}
			if got := marked(c.Checks[i].Line); !strings.HasPrefix(got, test.marked) {
				t.Errorf("the mark is below %q, want %q, in\n%s", got, test.marked, c.Checks[i].Line)
			}
			if c.Verdict != test.verdict {
				t.Errorf("the verdict is %s, want %s", c.Verdict, test.verdict)
			}
		})
	}
}

// marked returns what is above the mark in an excerpt.
func marked(excerpt string) string {
	lines := strings.Split(excerpt, "\n")
	for i, line := range lines {
		if i > 0 && strings.TrimSpace(line) == "^" {
			return string([]rune(lines[i-1])[len(line)-1:])
		}
	}
	return ""
}

// A program that does not answer hello has not started.
func TestExamineNotStarted(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]error{"dead": implementations.ErrCrash, "silent": implementations.ErrHang} {
		_, err := examine(t, nil, 1, mode, time.Second)
		if !errors.Is(err, implementations.ErrStart) || !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", mode, err, want)
		}
	}
}
