package adapters

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/assay-id/assay/scenarios/implementations/goadapter/protocol"
)

// list returns the adapters.
func list() []protocol.Adapter {
	return []protocol.Adapter{
		goOIDC(), zitadel(), golangJWT(), jwx2(), jwx3(), hashicorpCap(), auth0(), google(),
	}
}

// Names lists the libraries.
func Names() []string {
	var names []string
	for _, a := range list() {
		names = append(names, a.Description.Name)
	}
	return names
}

// Serve answers the requests on in with the library called name.
func Serve(name string, in io.Reader, out io.Writer) error {
	for _, a := range list() {
		if a.Description.Name == name {
			return protocol.Serve(a, in, out)
		}
	}
	return fmt.Errorf("library is %q, want one of %s", name, strings.Join(Names(), ", "))
}

// describe describes a library by the path of its module. more are capabilities
// besides those that all have, separated by spaces.
func describe(name, module, setup, more string) protocol.Description {
	return protocol.Description{
		Name: name, Version: protocol.ModuleVersion(module), Setup: setup, Reasons: "reasons",
		Capabilities: append([]string{"state", "load", "seed", "trap"}, strings.Fields(more)...),
	}
}

// once returns a function that makes a value when it is first called, and again
// if that failed.
func once[T any](make func() (T, error)) func() (T, error) {
	var mu sync.Mutex
	var made *T
	return func() (T, error) {
		mu.Lock()
		defer mu.Unlock()
		if made != nil {
			return *made, nil
		}
		v, err := make()
		if err == nil {
			made = &v
		}
		return v, err
	}
}

// sentinel is an error of a library, and the reason that it means.
type sentinel struct {
	err    error
	reason string
}

// reasons maps errors by the first sentinel that they match.
func reasons(list ...sentinel) func(error) string {
	return func(err error) string {
		for _, s := range list {
			if errors.Is(err, s.err) {
				return s.reason
			}
		}
		return ""
	}
}

// phrase is a text in the errors of a library, and the reason that it means.
type phrase struct{ text, reason string }

// phrases maps errors by the first text that they contain, for libraries that
// tell nothing apart in another way.
func phrases(list ...phrase) func(error) string {
	return func(err error) string {
		for _, p := range list {
			if strings.Contains(err.Error(), p.text) {
				return p.reason
			}
		}
		return ""
	}
}

// verifyNonce compares a nonce, for libraries that leave it to the application.
func verifyNonce(got string, in protocol.Input) error {
	if in.Nonce != nil && got != *in.Nonce {
		return &protocol.Refusal{Reason: "INVALID_NONCE", Err: errors.New("nonce is not the one that was sent")}
	}
	return nil
}

// discovering marks an error of discovery, which many libraries do not.
func discovering(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return &protocol.Refusal{Reason: "DISCOVERY_FAILED", Err: err}
}
