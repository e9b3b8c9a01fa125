package main

import (
	"context"
	"errors"
	"io"
	"strings"
)

// errInterrupted is the error of a command that a signal has ended.
var errInterrupted = errors.New("interrupted")

// input returns standard input for a command that reads it to the end. Reading
// fails with errInterrupted as soon as ctx ends: nothing ends a read of an idle
// pipe or terminal, so the goroutine that waits there is left to the end of the
// process.
func (a *app) input(ctx context.Context) io.Reader {
	if a.stdin == nil {
		return strings.NewReader("")
	}
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { w.CloseWithError(errInterrupted) })
	go func() {
		_, err := io.Copy(w, a.stdin)
		w.CloseWithError(err)
	}()
	return r
}
