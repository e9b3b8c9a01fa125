package tui

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/assay-id/assay/reports"
)

// replayOf returns an engine over a recorded stream of package reports.
func replayOf(t testing.TB, name string) *Replay {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "reports", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReplay(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// recorded returns the records of a stream of package reports.
func recorded(t testing.TB, name string) []reports.Record {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "reports", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var all []reports.Record
	for r, err := range reports.Read(bytes.NewReader(b)) {
		if err != nil {
			break
		}
		all = append(all, r)
	}
	return all
}
