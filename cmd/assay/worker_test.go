package main

import (
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/tui"
)

func TestEstimate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		req   tui.MeasureRequest
		least time.Duration
		most  time.Duration
		err   string
	}{
		{"everything", tui.MeasureRequest{Command: reports.CommandBench}, 40 * time.Second, 100 * time.Second, ""},
		{"one series without its ratio", tui.MeasureRequest{
			Command: reports.CommandBench, Arguments: []string{"RS256 cold", "--duration", "2s"}, More: "--skip-ratio",
		}, 2 * time.Second, 3 * time.Second, ""},
		{"a load", tui.MeasureRequest{Command: reports.CommandLoad, Arguments: []string{"--rate", "5/s"}}, 0, 0, ""},
		{"a series that does not exist", tui.MeasureRequest{Command: reports.CommandBench, Arguments: []string{"HS256"}}, 0, 0, `no series matches "HS256"`},
		{"a flag that does not exist", tui.MeasureRequest{Command: reports.CommandBench, More: "--fast"}, 0, 0, "unknown flag: --fast"},
		{"a quote that is open", tui.MeasureRequest{Command: reports.CommandBench, More: "'"}, 0, 0, "more flags: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := (&engine{}).Estimate(tt.req)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("Estimate = %v, want an error with %q", err, tt.err)
				}
				return
			}
			if err != nil || got < tt.least || got > tt.most {
				t.Errorf("Estimate = %v, %v, want %v to %v", got, err, tt.least, tt.most)
			}
		})
	}
}

// What a worker says is shown without what repeats in each line.
func TestTail(t *testing.T) {
	t.Parallel()
	var said tail
	for _, text := range []string{strings.Repeat("x", tailBytes), "\nassay: error: no\nassay", ": hint: try yes\n"} {
		if n, err := said.Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
	}
	if got := said.text(); !strings.HasSuffix(got, "x\nno\nhint: try yes") || len(got) > tailBytes {
		t.Errorf("the text is %q", got)
	}
}
