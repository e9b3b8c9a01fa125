// Package panics keeps a panic from ending the program: on a goroutine that
// nobody recovers for, it would take the whole run with it, and exit with the
// code of a mistake on the command line.
//
// A [Group] starts goroutines and passes a panic on to the caller that waits for them;
// [Catch] turns one into an error. What happens to it then is up to the
// caller: a case has the outcome error, a measurement fails.
package panics

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Error is a panic that was recovered.
type Error struct {
	Value any
	Stack []byte // of the goroutine that panicked
}

// Error returns one line, without the stack.
func (e *Error) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// From returns the error for what recover returned, which must not be nil. It
// must be called by the deferred function, for the stack; a panic that a
// [Group] has passed on has its own already.
func From(recovered any) *Error {
	if passedOn, ok := recovered.(*Error); ok {
		return passedOn
	}
	return &Error{Value: recovered, Stack: debug.Stack()}
}

// Catch calls f and returns its panic as an *[Error], or nil.
func Catch(f func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = From(p)
		}
	}()
	f()
	return nil
}

// Group is a [sync.WaitGroup] whose Wait panics, with an *[Error], if one of
// the goroutines did. The zero value is ready to use.
type Group struct {
	goroutines sync.WaitGroup
	first      atomic.Pointer[Error]
}

// Go calls f on a new goroutine.
func (g *Group) Go(f func()) {
	g.goroutines.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				g.first.CompareAndSwap(nil, From(p))
			}
		}()
		f()
	})
}

// Wait waits until all goroutines have ended, and panics if one of them did.
func (g *Group) Wait() {
	g.goroutines.Wait()
	if err := g.first.Load(); err != nil {
		panic(err)
	}
}
