package implementations_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// ask returns the message with which a program answers a token.
func ask(t *testing.T, v implementations.Verifier, token string) string {
	t.Helper()
	answer, err := v.Verify(t.Context(), implementations.Input{Token: token})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Message
}

func TestTheFirstVersionKeepsWorking(t *testing.T) {
	t.Parallel()
	program, err := startProgram(t, "honest", ample)
	if err != nil {
		t.Fatal(err)
	}
	if d := program.Describe(); d.Protocol != 1 || d.RoundTrip != 0 {
		t.Errorf("protocol %d with a round trip of %v, want 1 and 0", d.Protocol, d.RoundTrip)
	}
	v := openVerifier(t, program)
	if got, err := v.Verify(t.Context(), implementations.Input{Token: "good"}); err != nil || got.Verdict != scenarios.Accept {
		t.Errorf("Verify = %v, %v", got, err)
	}
	if err := v.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
}

// A program whose clock can be set gets the time before it needs it, and again
// only when it has changed.
func TestTheClockIsSet(t *testing.T) {
	t.Parallel()
	program, err := startProgram(t, "modern", ample)
	if err != nil {
		t.Fatal(err)
	}
	remote, err := implementations.NewHTTP(t.Context(), hostileServer(t).URL, ample)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remote.Close() })
	for name, implementation := range map[string]implementations.Implementation{"exec": program, "http": remote} {
		d := implementation.Describe()
		if d.Protocol != 2 || d.RoundTrip <= 0 || d.RoundTrip > time.Second {
			t.Errorf("%s: protocol %d with a round trip of %v, want 2 and some microseconds", name, d.Protocol, d.RoundTrip)
		}
		now := time.Unix(1_796_000_000, 0)
		v, _, err := implementation.Open(t.Context(), implementations.Setup{
			Issuer: "https://acme.scalekit.com", Now: func() time.Time { return now },
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			advance time.Duration
			want    string
		}{
			{0, "1796000000.0, set 1 times"},
			{0, "1796000000.0, set 1 times"},
			{1500 * time.Millisecond, "1796000001.5, set 2 times"},
		} {
			now = now.Add(step.advance)
			if got := ask(t, v, "time"); got != step.want {
				t.Errorf("%s: the clock is %s, want %s", name, got, step.want)
			}
		}
		v.Close()
	}
}

// Without the capability each verifier has a process to itself; with it they
// share one.
func TestVerifiersShareAProcess(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"modern", "shared"} {
		program, err := startProgram(t, mode, ample)
		if err != nil {
			t.Fatal(err)
		}
		first, second := openVerifier(t, program), openVerifier(t, program)
		if got := ask(t, first, "process") == ask(t, second, "process"); got != (mode == "shared") {
			t.Errorf("%s: the verifiers share a process: %v", mode, got)
		}
	}
}

// A call that hangs in a shared process does not end the other verifiers, and
// its late answer is not a fault; but no new verifier goes there.
func TestASharedProcessMayBeStuck(t *testing.T) {
	t.Parallel()
	program, err := startProgram(t, "shared", ample)
	if err != nil {
		t.Fatal(err)
	}
	stuck, other := openVerifier(t, program), openVerifier(t, program)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := stuck.Verify(ctx, implementations.Input{Token: "slow"}); !errors.Is(err, implementations.ErrHang) {
		t.Errorf("Verify = %v, want %v", err, implementations.ErrHang)
	}
	process := ask(t, other, "process")
	if third := ask(t, openVerifier(t, program), "process"); third == process {
		t.Error("a new verifier is in a process that may be stuck")
	}
	// This answer comes after the late one.
	ask(t, other, "slow")
	for _, v := range []implementations.Verifier{stuck, other} {
		if err := v.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
}

// A shared process that ends takes all of its verifiers with it, and the next
// one gets a new process.
func TestASharedProcessMayEnd(t *testing.T) {
	t.Parallel()
	program, err := startProgram(t, "shared", ample)
	if err != nil {
		t.Fatal(err)
	}
	first, second := openVerifier(t, program), openVerifier(t, program)
	for _, v := range []implementations.Verifier{first, second} {
		if _, err := v.Verify(t.Context(), implementations.Input{Token: "crash"}); !errors.Is(err, implementations.ErrCrash) {
			t.Errorf("Verify = %v, want %v", err, implementations.ErrCrash)
		}
	}
	if got, err := openVerifier(t, program).Verify(t.Context(), implementations.Input{Token: "good"}); err != nil || got.Verdict != scenarios.Accept {
		t.Errorf("afterwards Verify = %v, %v", got, err)
	}
}
