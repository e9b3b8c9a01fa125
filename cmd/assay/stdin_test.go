package main

import (
	"bytes"
	"context"
	"testing"
)

// idle is standard input on which nothing arrives. The first read cancels the
// command that waits for it.
type idle struct {
	cancel context.CancelFunc
	end    <-chan struct{}
}

func (r idle) Read([]byte) (int, error) {
	r.cancel()
	<-r.end
	return 0, context.Canceled
}

// Every command that reads standard input ends when it is interrupted, however
// long the input is idle.
func TestAnInterruptEndsAWaitForInput(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"verify", "--issuer", forgedIssuer, "--client-id", forgedClientID},
		{"explain", "-"}, {"explain", "--token-response", "-"}, {"doctor", "--configuration", "-"},
		{"report", "-"}, {"report", "merge", "-"}, {"diff", "-", "old.jsonl"},
		{"idp", "ctl", "--control", "http://127.0.0.1:1", "faults", "add", "-"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		var out, problems bytes.Buffer
		code := invoke(ctx, args, idle{cancel, t.Context().Done()}, &out, &problems, nil)
		const want = "assay: error: interrupted\n"
		if code != exitInterrupted || problems.String() != want {
			t.Errorf("assay %q ends with %d, want %d and %q:\n%s", args, code, exitInterrupted, want, &problems)
		}
	}
}
