//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReadFigure(t *testing.T) {
	t.Parallel()
	f, err := readFigure(filepath.Join("..", "..", "reports", "testdata", "bench.jsonl"))
	if err != nil || f.rate < 10_000 || f.ratio < 0.5 || f.ratio > 1 {
		t.Errorf("readFigure = %+v, %v", f, err)
	}
	empty := filepath.Join(t.TempDir(), "empty.jsonl")
	if err := os.WriteFile(empty, []byte(`{"kind":"plan"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readFigure(empty); err == nil || !strings.Contains(err.Error(), "has no RS256 cold") {
		t.Errorf("without the series readFigure = %v", err)
	}
}

func TestCursorIn(t *testing.T) {
	t.Parallel()
	if got := cursorIn(" assay\n▌scenarios\n  a\n> b\n  c"); got != "> b" {
		t.Errorf("the cursor is on %q", got)
	}
	if got := cursorIn("no list"); got != "" {
		t.Errorf("without a list the cursor is on %q", got)
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	var all []time.Duration
	for i := range 10 {
		all = append(all, time.Duration(10-i)*time.Millisecond)
	}
	if got := spread(all); got != "6 ms, 10 ms" {
		t.Errorf("spread = %q", got)
	}
}

// The program that it starts must be one that ends, or that is ended.
func TestSessionOfAnotherProgram(t *testing.T) {
	t.Parallel()
	s, err := open(t.Context(), "/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	err = s.wait("a screen", func(string) bool { return false })
	if err == nil || !strings.Contains(err.Error(), "ended before a screen came") {
		t.Errorf("wait = %v", err)
	}
	if err := s.quit(nil); err != nil {
		t.Error(err)
	}
}
