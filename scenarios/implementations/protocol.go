package implementations

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-id/assay/scenarios"
)

// Operation is what a [Request] asks for.
type Operation string

// The operations of the protocol, in the order in which a program meets them.
const (
	OpHello   Operation = "hello"   // answer with a description
	OpOpen    Operation = "open"    // make the verifier Session from Setup
	OpVerify  Operation = "verify"  // judge Input with the verifier Session
	OpBegin   Operation = "begin"   // keep Login, with the capability refresh
	OpRefresh Operation = "refresh" // refresh the login that was called Name
	OpClose   Operation = "close"   // forget the verifier Session
)

// Request is a message to a program.
type Request struct {
	ID      int       `json:"id"`
	Op      Operation `json:"op"`
	Session string    `json:"session,omitempty"`
	Setup   *Setup    `json:"setup,omitempty"`
	Input   *Input    `json:"input,omitempty"`
	Login   *Login    `json:"login,omitempty"`
	Name    string    `json:"name,omitempty"`
}

// Response is a program's answer to the request with the same ID. To hello it
// has Description; to open, verdict accept or refuse; to verify, begin and
// refresh, accept or reject; to close, nothing else. Error says that the program could not carry
// the request out, which is not a verdict.
type Response struct {
	ID int `json:"id"`
	Answer
	Description *Description `json:"description,omitempty"`
	Error       string       `json:"error,omitempty"`
}

// parseResponse reads one line of a program.
func parseResponse(line []byte) (Response, error) {
	var r Response
	if err := json.Unmarshal(line, &r); err != nil {
		return r, fmt.Errorf("%w: line is no JSON response: %s", ErrProtocol, excerpt(line))
	}
	return r, nil
}

// check judges whether r is an answer to op.
func (r Response) check(op Operation) error {
	if r.Error != "" {
		return fmt.Errorf("%w: to %s it says %q", ErrProtocol, op, excerpt([]byte(r.Error)))
	}
	switch op {
	case OpHello:
		if r.Description == nil || r.Description.Name == "" {
			return fmt.Errorf("%w: to hello it gave no description with a name", ErrProtocol)
		}
		return r.Description.check()
	case OpOpen:
		return r.checkVerdict(op, scenarios.Accept, scenarios.Refuse)
	case OpVerify, OpBegin, OpRefresh:
		return r.checkVerdict(op, scenarios.Accept, scenarios.Reject)
	}
	return nil
}

func (r Response) checkVerdict(op Operation, want ...scenarios.Verdict) error {
	if !slices.Contains(want, r.Verdict) {
		return fmt.Errorf("%w: to %s the verdict is %q, want one of %q", ErrProtocol, op, r.Verdict, want)
	}
	if r.Reason != "" && r.Reason != "OTHER" && !slices.Contains(scenarios.Reasons(), r.Reason) {
		return fmt.Errorf("%w: reason %q is not known; use OTHER for one without a mapping", ErrProtocol, excerpt([]byte(r.Reason)))
	}
	return nil
}

// check judges the names of the capabilities: a misspelt one would skip cases
// in silence.
func (d Description) check() error {
	known := []string{StaticKeys}
	for _, c := range scenarios.Capabilities() {
		known = append(known, c.Name)
	}
	for _, c := range d.Capabilities {
		if !slices.Contains(known, c) {
			return fmt.Errorf("%w: capability %q is not known, want some of %s", ErrProtocol, excerpt([]byte(c)), strings.Join(known, ", "))
		}
	}
	return nil
}

// excerpt cuts what a program said for an error.
func excerpt(b []byte) string {
	const limit = 200
	if len(b) > limit {
		return string(b[:limit]) + "…"
	}
	return string(b)
}
