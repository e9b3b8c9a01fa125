package main

import (
	"context"
	"time"
)

// turns lets one of several comparisons measure at a time. The one that waits
// longest is next.
type turns struct{ free chan struct{} }

func newTurns() turns {
	t := turns{make(chan struct{}, 1)}
	t.give()
	return t
}

func (t turns) take() { <-t.free }
func (t turns) give() { t.free <- struct{}{} }

// sleep lets the others measure. It lasts d at least, like a pause, so that the
// last comparison pauses as well.
func (t turns) sleep(ctx context.Context, d time.Duration) {
	over := time.After(d)
	t.give()
	select {
	case <-over:
	case <-ctx.Done():
	}
	t.take()
}
