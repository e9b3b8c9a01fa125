//go:build unix

package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// A person puts the service of the program itself under load, and looks at an
// earlier load.
func TestLoadOnATerminal(t *testing.T) {
	t.Parallel()
	x := onTerminal(t, t.TempDir())
	x.Press("5")
	x.Want("Sends good and malformed tokens")
	x.Press("\r\tfast\r")
	x.Want("rate \"fast\", want")
	x.Press("\r\r")
	x.Press("\x15100/s\t1s\t")
	x.Want("100/s")
	x.Press("\r")
	x.Want("offered 100/s")
	x.Want("y command")
	x.Want("accept")
	x.Press("b")
	x.Want("assay load --rate 100/s --duration 1s")
	x.Press("\r")
	x.Want(", recorded 20")
	x.Press("q")
	x.Exit(exitOK)
	if !strings.Contains(x.Text(), "thresholds: 3 met") {
		t.Errorf("the results were not printed after the end:\n%s", x.Text())
	}
}

// Recordings of loads and benchmarks are opened, and the last one is shown.
func TestOpenMeasurementsOnATerminal(t *testing.T) {
	t.Parallel()
	recorded := filepath.Join("..", "..", "reports", "testdata")
	x := onTerminal(t, t.TempDir(), "open", filepath.Join(recorded, "load.jsonl"), filepath.Join(recorded, "bench.jsonl"))
	x.Want("[2 Bench]")
	x.Want("RS256 cold")
	x.Press("b")
	x.Want("show a recorded run")
	x.Press(filepath.Join(recorded, "load.jsonl") + "\r")
	x.Want("[5 Load]")
	x.Want("✗ missed")
	x.Press("y")
	x.Want("copied the repeat command")
	x.Press("q")
	x.Exit(exitOK)
}
