package panics_test

import (
	"bytes"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/assay-id/assay/scenarios/panics"
)

// culprit panics; its name is in the stack.
func culprit() { panic("out of luck") }

// TestGroupPassesOnAPanic waits for all goroutines, and panics with the stack
// of the one that did.
func TestGroupPassesOnAPanic(t *testing.T) {
	t.Parallel()
	var g panics.Group
	var ended atomic.Int32
	first := make(chan struct{})
	g.Go(func() { defer close(first); culprit() })
	g.Go(func() { <-first; ended.Add(1) })
	err := panics.Catch(g.Wait)
	caught, ok := errors.AsType[*panics.Error](err)
	if !ok || caught.Value != "out of luck" || err.Error() != "panic: out of luck" {
		t.Fatalf("Wait panics with %v", err)
	}
	if !bytes.Contains(caught.Stack, []byte("panics_test.culprit")) {
		t.Errorf("the stack does not lead to the panic:\n%s", caught.Stack)
	}
	if ended.Load() != 1 {
		t.Errorf("Wait has not waited for the others")
	}
}

func TestNoPanic(t *testing.T) {
	t.Parallel()
	var g panics.Group
	called := false
	g.Go(func() { called = true })
	if err := panics.Catch(g.Wait); err != nil || !called {
		t.Errorf("Wait panics with %v", err)
	}
}
