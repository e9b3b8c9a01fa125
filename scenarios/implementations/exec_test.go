package implementations_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// startProgram runs this test binary as a program.
func startProgram(t *testing.T, mode string, timeout time.Duration) (implementations.Implementation, error) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	implementation, err := implementations.NewExec(t.Context(), []string{binary}, implementations.ExecOptions{
		Timeout: timeout, Env: []string{programMode + "=" + mode},
	})
	if err == nil {
		t.Cleanup(func() { implementation.Close() })
	}
	return implementation, err
}

// ample is a timeout that only a program which never answers exceeds.
const ample = time.Minute

func openVerifier(t *testing.T, implementation implementations.Implementation) implementations.Verifier {
	t.Helper()
	v, answer, err := implementation.Open(t.Context(), implementations.Setup{Issuer: "https://acme.scalekit.com"})
	if err != nil || v == nil {
		t.Fatalf("Open = %v, %v, %v", v, answer, err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func TestExecAnswers(t *testing.T) {
	t.Parallel()
	program, err := startProgram(t, "ok", ample)
	if err != nil {
		t.Fatal(err)
	}
	if d := program.Describe(); d.Name != "program" || !d.Can(implementations.StaticKeys) || len(d.Missing([]string{"idp", "clock"})) != 2 {
		t.Errorf("Describe = %+v", d)
	}
	v := openVerifier(t, program)
	for token, want := range map[string]scenarios.Verdict{"good": scenarios.Accept, "bad": scenarios.Reject} {
		if got, err := v.Verify(t.Context(), implementations.Input{Token: token}); err != nil || got.Verdict != want {
			t.Errorf("Verify(%s) = %v, %v, want %s", token, got, err, want)
		}
	}
	if s, refusal, err := program.Open(t.Context(), implementations.Setup{}); s != nil || err != nil || refusal.Verdict != scenarios.Refuse {
		t.Errorf("Open without an issuer = %v, %v, %v, want a refusal", s, refusal, err)
	}
}

func TestExecAnswersManyAtOnce(t *testing.T) {
	t.Parallel()
	program, err := startProgram(t, "ok", ample)
	if err != nil {
		t.Fatal(err)
	}
	v := openVerifier(t, program)
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if got, err := v.Verify(t.Context(), implementations.Input{Token: "good"}); err != nil || got.Verdict != scenarios.Accept {
				t.Errorf("Verify = %v, %v", got, err)
			}
		})
	}
	wg.Wait()
}

// A token that is not UTF-8 cannot travel in a JSON string; it must arrive all
// the same.
func TestExecSendsTokensByteForByte(t *testing.T) {
	t.Parallel()
	program, err := startProgram(t, "ok", ample)
	if err != nil {
		t.Fatal(err)
	}
	got, err := openVerifier(t, program).Verify(t.Context(), implementations.Input{Token: "\xFF"})
	if err != nil || got.Message != "bytes" {
		t.Errorf("Verify = %+v, %v, want that the program saw the byte 0xFF", got, err)
	}
}

func TestInputIsAMessage(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{"": `{"token":""}`, "e.y.J": `{"token":"e.y.J"}`, "\xFF": `{"token_base64":"/w=="}`} {
		got, err := json.Marshal(&implementations.Input{Token: token})
		if err != nil || string(got) != want {
			t.Errorf("the message of the token %q = %s, %v, want %s", token, got, err, want)
		}
	}
}

func TestExecTellsWhatWentWrong(t *testing.T) {
	t.Parallel()
	tests := []struct {
		token string
		want  error
		word  string
	}{
		{"crash", implementations.ErrCrash, "out of patience"},
		{"nonsense", implementations.ErrProtocol, "I am not JSON"},
		{"flood", implementations.ErrProtocol, "bytes"},
		{"stranger", implementations.ErrProtocol, "12345"},
		{"unsure", implementations.ErrProtocol, "maybe"},
		{"made-up", implementations.ErrProtocol, "BECAUSE"},
		{"error", implementations.ErrProtocol, "my disk is full"},
	}
	for _, test := range tests {
		t.Run(test.token, func(t *testing.T) {
			t.Parallel()
			program, err := startProgram(t, "ok", ample)
			if err != nil {
				t.Fatal(err)
			}
			_, err = openVerifier(t, program).Verify(t.Context(), implementations.Input{Token: test.token})
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.word) {
				t.Errorf("Verify = %v, want %v with %q", err, test.want, test.word)
			}
			// The next case gets a program that is well.
			if got, err := openVerifier(t, program).Verify(t.Context(), implementations.Input{Token: "good"}); err != nil || got.Verdict != scenarios.Accept {
				t.Errorf("afterwards Verify = %v, %v", got, err)
			}
		})
	}
}

func TestExecEndsWhatHangs(t *testing.T) {
	t.Parallel()
	program, err := startProgram(t, "ok", 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	v := openVerifier(t, program)
	if _, err := v.Verify(t.Context(), implementations.Input{Token: "hang"}); !errors.Is(err, implementations.ErrHang) {
		t.Errorf("Verify = %v, want %v", err, implementations.ErrHang)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := openVerifier(t, program).Verify(ctx, implementations.Input{Token: "hang"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Verify with a cancelled context = %v", err)
	}
}

// A program may leave processes behind that hold its output open. They must not
// hold the harness.
func TestExecDoesNotWaitForGrandchildren(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"grandchild", "orphan"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				program, err := startProgram(t, mode, 20*time.Second)
				if mode == "orphan" {
					if !errors.Is(err, implementations.ErrCrash) {
						t.Errorf("NewExec = %v, want %v", err, implementations.ErrCrash)
					}
					return
				}
				if err != nil {
					t.Errorf("NewExec = %v", err)
					return
				}
				program.Close()
			}()
			select {
			case <-ended:
			case <-time.After(15 * time.Second):
				t.Fatal("the harness waits for a process that the program has left behind")
			}
		})
	}
}

func TestExecEndsWhatClosesItsOutput(t *testing.T) {
	t.Parallel()
	program, err := startProgram(t, "ok", ample)
	if err != nil {
		t.Fatal(err)
	}
	_, err = openVerifier(t, program).Verify(t.Context(), implementations.Input{Token: "close"})
	if !errors.Is(err, implementations.ErrCrash) || !strings.Contains(err.Error(), "standard output") {
		t.Errorf("Verify = %v, want that it closed its standard output", err)
	}
}

func TestExecRefusesToStart(t *testing.T) {
	t.Parallel()
	tests := map[string]error{
		"misspelt": implementations.ErrProtocol,
		"nameless": implementations.ErrProtocol,
		"verbose":  implementations.ErrProtocol,
		"mute":     implementations.ErrHang,
		"dead":     implementations.ErrCrash,
	}
	for mode, want := range tests {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			if _, err := startProgram(t, mode, 2*time.Second); !errors.Is(err, want) {
				t.Errorf("NewExec = %v, want %v", err, want)
			}
		})
	}
	if _, err := implementations.NewExec(t.Context(), []string{"/no/such/program"}, implementations.ExecOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("NewExec = %v, want that the program does not exist", err)
	}
}
