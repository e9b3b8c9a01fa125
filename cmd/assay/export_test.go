package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/run"
)

// interruptedLater is a context that ends when it has been asked a few times.
type interruptedLater struct {
	context.Context
	left int
}

func (c *interruptedLater) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// An export that is interrupted is not in the way of the next.
func TestInterruptedExportLeavesNothing(t *testing.T) {
	t.Parallel()
	exporter, err := run.NewExporter(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer exporter.Close()
	catalogue, err := scenarios.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	list, err := catalogue.Select("aud.prefix", "aud.case", "aud.string")
	if err != nil {
		t.Fatal(err)
	}
	a := &app{stderr: io.Discard}
	existing := t.TempDir()
	made := filepath.Join(existing, "made")
	for _, dir := range []string{made, existing} {
		ctx := &interruptedLater{Context: t.Context(), left: 2}
		if _, _, err := a.writeExport(ctx, exporter, list, dir); !errors.Is(err, context.Canceled) {
			t.Fatalf("writeExport into %s: %v, want %v", dir, err, context.Canceled)
		}
		if left, err := os.ReadDir(existing); err != nil || len(left) > 0 {
			t.Fatalf("the export into %s left %v, %v", dir, left, err)
		}
	}
	written, _, err := a.writeExport(t.Context(), exporter, list, made)
	if err != nil || written != len(list) {
		t.Errorf("the next export: %d tokens, %v", written, err)
	}
}
