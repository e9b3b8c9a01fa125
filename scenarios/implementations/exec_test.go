package implementations_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// startProgram runs this test binary as a program with a mode.
func startProgram(
	t *testing.T, mode string, timeout time.Duration, env ...string,
) (implementations.Implementation, error) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	implementation, err := implementations.NewExec(t.Context(), []string{binary}, implementations.ExecOptions{
		Timeout: timeout, Env: append(env, programMode+"="+mode),
	})
	if err == nil {
		t.Cleanup(func() { implementation.Close() })
	}
	return implementation, err
}

// ample is a timeout that only a program which never answers exceeds.
const ample = time.Minute

func openVerifier(
	t *testing.T, implementation implementations.Implementation,
) implementations.Verifier {
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
	program, err := startProgram(t, "honest", ample)
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
	program, err := startProgram(t, "honest", ample)
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
	program, err := startProgram(t, "honest", ample)
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

func TestExecGivesUpWithItsCaller(t *testing.T) {
	t.Parallel()
	program, err := startProgram(t, "honest", ample)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := openVerifier(t, program).Verify(ctx, implementations.Input{Token: "hang"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Verify with a cancelled context = %v", err)
	}
}

func TestExecNeedsAProgram(t *testing.T) {
	t.Parallel()
	_, err := implementations.NewExec(t.Context(), []string{"/no/such/program"}, implementations.ExecOptions{})
	if !errors.Is(err, implementations.ErrStart) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("NewExec = %v, want %v, and that the program does not exist",
			err, implementations.ErrStart)
	}
}
