package implementations

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-id/assay/scenarios"
)

// Operation is the kind of a [Request].
type Operation string

// The operations of the protocol, in the order in which a program gets them.
const (
	OpHello   Operation = "hello"   // answer with a description
	OpOpen    Operation = "open"    // make a verifier called Session from Setup
	OpVerify  Operation = "verify"  // verify Input with the verifier called Session
	OpBegin   Operation = "begin"   // keep Login, with the capability refresh
	OpRefresh Operation = "refresh" // refresh the login called Name
	OpClose   Operation = "close"   // forget the verifier called Session
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

// Response is a program's answer to the request with the same ID. The answer to
// hello has Description; the answer to open has the verdict accept or refuse; to
// verify, begin and refresh, accept or reject; to close, nothing else. Error
// says that the program could not carry out the request, which is not a verdict.
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
		return r, fmt.Errorf("%w: a line is not a JSON response: %s", ErrProtocol, excerpt(line))
	}
	return r, nil
}

// check reports why r is not an answer to op.
func (r Response) check(op Operation) error {
	if r.Error != "" {
		return fmt.Errorf("%w: to %s it answered the error %q", ErrProtocol, op, excerpt([]byte(r.Error)))
	}
	switch op {
	case OpHello:
		if r.Description == nil || r.Description.Name == "" {
			return fmt.Errorf("%w: its answer to hello has no description with a name", ErrProtocol)
		}
		return r.Description.check()
	case OpOpen:
		return r.checkVerdict(op, scenarios.Accept, scenarios.Refuse)
	case OpVerify, OpBegin, OpRefresh:
		return r.checkVerdict(op, scenarios.Accept, scenarios.Reject)
	}
	return nil
}

func (r Response) checkVerdict(op Operation, yes, no scenarios.Verdict) error {
	if r.Verdict != yes && r.Verdict != no {
		return fmt.Errorf("%w: its verdict on %s is %q, want %s or %s", ErrProtocol, op, r.Verdict, yes, no)
	}
	known := slices.Concat([]string{"", "OTHER"}, scenarios.Reasons(), scenarios.Codes())
	if !slices.Contains(known, r.Reason) {
		return fmt.Errorf("%w: reason %q is unknown; use OTHER for a reason without a mapping", ErrProtocol, excerpt([]byte(r.Reason)))
	}
	return nil
}

// maxDescriptionBytes bounds each string of a description, because every report
// repeats them. It is ample for a name.
const maxDescriptionBytes = 200

// check checks the lengths of the strings, the precision, and the names of the
// capabilities: a misspelt one would silently skip cases.
func (d Description) check() error {
	for what, text := range map[string]string{"name": d.Name, "version": d.Version, "language": d.Language} {
		if len(text) > maxDescriptionBytes {
			return fmt.Errorf("%w: its %s has %d bytes, want at most %d", ErrProtocol, what, len(text), maxDescriptionBytes)
		}
	}
	precisions := []Precision{PrecisionNone, PrecisionCodes, PrecisionReasons}
	if d.Reasons != "" && !slices.Contains(precisions, d.Reasons) {
		return fmt.Errorf("%w: reasons is %q, want one of %q", ErrProtocol, excerpt([]byte(d.Reasons)), precisions)
	}
	known := []string{StaticKeys}
	for _, c := range scenarios.Capabilities() {
		known = append(known, c.Name)
	}
	for _, c := range d.Capabilities {
		if !slices.Contains(known, c) {
			return fmt.Errorf("%w: capability %q is unknown, want some of %s", ErrProtocol, excerpt([]byte(c)), strings.Join(known, ", "))
		}
	}
	return nil
}

// excerpt cuts the output of a program for an error.
func excerpt(b []byte) string {
	const limit = 200
	if len(b) > limit {
		return string(b[:limit]) + "…"
	}
	return string(b)
}
