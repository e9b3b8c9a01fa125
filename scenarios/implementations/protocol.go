package implementations

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/scenarios"
)

// Operation is the kind of a [Request].
type Operation string

// The operations of the protocol, in the order in which a program gets them.
const (
	OpHello   Operation = "hello"   // answer with a description
	OpClock   Operation = "clock"   // set the clock of Session to Now, with the capability clock
	OpOpen    Operation = "open"    // make a verifier called Session from Setup
	OpVerify  Operation = "verify"  // verify Input with the verifier called Session
	OpBegin   Operation = "begin"   // keep Login, with the capability refresh
	OpRefresh Operation = "refresh" // refresh the login called Name
	OpClose   Operation = "close"   // forget the verifier called Session
)

// ProtocolVersion is the newest version of the protocol, and the one that hello
// offers. An adapter answers with the version that it speaks, which may be an
// older one; one that does not name any speaks version 1. Version 2 added clock,
// the capability [SharedProcess], and that hello may come again.
const ProtocolVersion = 2

// Request is a message to a program.
type Request struct {
	ID       int       `json:"id"`
	Op       Operation `json:"op"`
	Protocol int       `json:"protocol,omitempty"`
	Session  string    `json:"session,omitempty"`

	// Now is the time on the clock of Session, in seconds since 1970, until the
	// next clock. It does not move by itself.
	Now *float64 `json:"now,omitempty"`

	Setup *Setup `json:"setup,omitempty"`
	Input *Input `json:"input,omitempty"`
	Login *Login `json:"login,omitempty"`
	Name  string `json:"name,omitempty"`
}

// Response is a program's answer to the request with the same ID. The answer to
// hello has Description; the answer to open has the verdict accept or refuse; to
// verify, begin and refresh, accept or reject; to the others, nothing else. Error
// says that the program could not carry out the request, which is not a verdict.
type Response struct {
	ID int `json:"id"`
	Answer
	Description *Description `json:"description,omitempty"`
	Error       string       `json:"error,omitempty"`
}

// parseResponse reads what an adapter wrote.
func parseResponse(line []byte) (Response, error) {
	var r Response
	err := json.Unmarshal(line, &r)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return r, fault(line, "whose member %s is a %s", wrong.Field, excerpt([]byte(wrong.Value)))
	}
	if err != nil {
		return r, fault(line, "which is not a complete JSON object")
	}
	return r, nil
}

// check reports why r, which was read from line, is not an answer to op.
func (r Response) check(op Operation, line []byte) error {
	if r.Error != "" {
		return fault(line, "which is an error and not an answer to %s", op)
	}
	switch op {
	case OpHello:
		return r.Description.check(line)
	case OpOpen:
		return r.checkVerdict(op, line, scenarios.Accept, scenarios.Refuse)
	case OpVerify, OpBegin, OpRefresh:
		return r.checkVerdict(op, line, scenarios.Accept, scenarios.Reject)
	}
	return nil
}

func (r Response) checkVerdict(op Operation, line []byte, yes, no scenarios.Verdict) error {
	if r.Verdict != yes && r.Verdict != no {
		return fault(line, "whose verdict on %s is %s, want %s or %s", op, excerpt([]byte(r.Verdict)), yes, no)
	}
	known := slices.Concat([]string{"", "OTHER"}, scenarios.Reasons(), scenarios.Codes())
	if !slices.Contains(known, r.Reason) {
		return fault(line, "whose reason %s is unknown; use OTHER for a reason without a mapping", excerpt([]byte(r.Reason)))
	}
	return nil
}

// The bounds of the strings of a description, because every report repeats
// them. They are ample for a name and for a sentence.
const (
	maxDescriptionBytes = 200
	maxSetupBytes       = 500
)

// check checks the version, the lengths of the strings, the precision, and the
// names of the capabilities: a misspelt one would silently skip cases.
func (d *Description) check(line []byte) error {
	if d == nil || d.Name == "" {
		return fault(line, "which has no description with a name")
	}
	if d.Protocol < 0 || d.Protocol > ProtocolVersion {
		return fault(line, "whose protocol is %d, want 1 to %d", d.Protocol, ProtocolVersion)
	}
	for _, s := range []struct {
		what, text string
		most       int
	}{
		{"name", d.Name, maxDescriptionBytes}, {"version", d.Version, maxDescriptionBytes},
		{"language", d.Language, maxDescriptionBytes}, {"setup", d.Setup, maxSetupBytes},
	} {
		if len(s.text) > s.most {
			return fault(line, "whose %s has %d bytes, want at most %d", s.what, len(s.text), s.most)
		}
	}
	precisions := []Precision{PrecisionNone, PrecisionCodes, PrecisionReasons}
	if d.Reasons != "" && !slices.Contains(precisions, d.Reasons) {
		return fault(line, "whose reasons is %s, want one of %q", excerpt([]byte(d.Reasons)), precisions)
	}
	var known []string
	for _, c := range slices.Concat(AdapterCapabilities(), scenarios.Capabilities()) {
		known = append(known, c.Name)
	}
	for _, c := range d.Capabilities {
		if !slices.Contains(known, c) {
			return fault(line, "whose capability %s is unknown, want some of %s", excerpt([]byte(c)), strings.Join(known, ", "))
		}
		if d.Protocol < 2 && (c == virtualClock || c == SharedProcess) {
			return fault(line, "whose capability %s needs the protocol 2", c)
		}
	}
	return nil
}

// fault returns an [ErrProtocol] that says what is wrong with what an adapter
// wrote.
func fault(line []byte, format string, args ...any) error {
	return fmt.Errorf("%w: it wrote %s, %s", ErrProtocol, excerpt(line), fmt.Sprintf(format, args...))
}

// hang returns an [ErrHang] about a request that was sent at started.
func hang(op Operation, started time.Time) error {
	return fmt.Errorf("%w: no answer to %s after %v", ErrHang, op, time.Since(started).Round(time.Millisecond))
}
