package present

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Reading says what the answers of a service mean. The zero value reads 200 to
// 299 as accepted, and 401 and 403 as rejected. Any other answer is no verdict:
// a service that fails has not refused. It is safe for concurrent use after
// [Reading.Complete].
type Reading struct {
	// Accept and Reject list statuses, such as 200-299 or 401,403.
	Accept, Reject string

	// AcceptText and RejectText are strings that an answer with one of these
	// statuses has in its body, which then decide instead of the status.
	// Without RejectText, an answer with a status of Reject is a rejection
	// still, and likewise for AcceptText.
	AcceptText, RejectText string

	// Reason and Subject are where the JSON of an answer has the reason of a
	// rejection and the sub of an accepted token: names and indexes, separated
	// by dots. A reason is also looked for in WWW-Authenticate.
	Reason, Subject string

	accept, reject statuses
}

// The statuses by default.
const (
	DefaultAccept = "200-299"
	DefaultReject = "401,403"
)

// Complete parses the statuses. [Reading.Judge] needs it.
func (r *Reading) Complete() error {
	var err error
	if r.accept, err = parseStatuses(cmp.Or(r.Accept, DefaultAccept)); err != nil {
		return fmt.Errorf("accepting statuses: %w", err)
	}
	if r.reject, err = parseStatuses(cmp.Or(r.Reject, DefaultReject)); err != nil {
		return fmt.Errorf("rejecting statuses: %w", err)
	}
	if r.AcceptText != "" || r.RejectText != "" {
		return nil // which may tell answers with one status apart
	}
	for _, a := range r.accept {
		for _, b := range r.reject {
			if both := max(a.low, b.low); both <= min(a.high, b.high) {
				return fmt.Errorf("status %d both accepts and rejects, and no text tells which", both)
			}
		}
	}
	return nil
}

// statuses are ranges of HTTP statuses.
type statuses []statusRange

type statusRange struct{ low, high int }

func parseStatuses(text string) (statuses, error) {
	var list statuses
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		low, err := strconv.Atoi(first)
		high := low
		if err == nil && isRange {
			high, err = strconv.Atoi(last)
		}
		if err != nil || low < 100 || high > 599 || low > high {
			return nil, fmt.Errorf("%q, want statuses such as 200-299 or 401,403", text)
		}
		list = append(list, statusRange{low, high})
	}
	return list, nil
}

func (s statuses) have(status int) bool {
	return slices.ContainsFunc(s, func(r statusRange) bool { return r.low <= status && status <= r.high })
}

// Reply is an answer of a service. Of a long body, the beginning is enough.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Verdict is what a reply means.
type Verdict struct {
	Accepted bool

	// Message has the reason of a rejection where the reading says, or else
	// WWW-Authenticate. It is empty if there is neither.
	Message string

	// Subject is the sub of an accepted token, in JSON, or nil.
	Subject json.RawMessage
}

// ErrNoVerdict says that a service has answered, but neither accepted nor
// rejected the token.
var ErrNoVerdict = errors.New("the service gave no verdict")

// NoVerdictError is an [ErrNoVerdict] for an answer over HTTP.
type NoVerdictError struct {
	Status int
	Is     string // what is odd about the answer
	Body   string // how its body begins, if the caller says
}

func (e *NoVerdictError) Error() string { return ErrNoVerdict.Error() + ": it answered " + e.Is }

func (e *NoVerdictError) Unwrap() error { return ErrNoVerdict }

// Judge reads a reply. The error is a [*NoVerdictError].
func (r *Reading) Judge(got Reply) (Verdict, error) {
	accepts, rejects := r.accept.have(got.Status), r.reject.have(got.Status)
	if r.AcceptText != "" || r.RejectText != "" {
		has := func(text string) bool { return text != "" && bytes.Contains(got.Body, []byte(text)) }
		known := accepts || rejects
		accepts = known && has(r.AcceptText) || accepts && r.AcceptText == "" && !has(r.RejectText)
		rejects = known && has(r.RejectText) || rejects && r.RejectText == "" && !has(r.AcceptText)
	}
	switch {
	case accepts && !rejects:
		return Verdict{Accepted: true, Subject: Find(got.Body, r.Subject)}, nil
	case rejects && !accepts:
		return Verdict{Message: r.reason(got)}, nil
	}
	return Verdict{}, &NoVerdictError{Status: got.Status, Is: r.describe(got)}
}

// describe says what is odd about a reply.
func (r *Reading) describe(got Reply) string {
	what := "status " + strconv.Itoa(got.Status)
	if text := http.StatusText(got.Status); text != "" {
		what += " " + text
	}
	if location := got.Header.Get("Location"); location != "" {
		what += ", a redirect"
	}
	if r.accept.have(got.Status) || r.reject.have(got.Status) {
		return what + " without the text that would tell whether it accepts or rejects, or with both"
	}
	return what + ", which is neither to accept nor to reject"
}

// reason returns the message of a rejection.
func (r *Reading) reason(got Reply) string {
	var reason string
	if json.Unmarshal(Find(got.Body, r.Reason), &reason) == nil && reason != "" {
		return reason
	}
	return strings.Join(got.Header.Values("WWW-Authenticate"), ", ")
}

// Find returns the value at a path of a JSON text, or nil. A path has names and
// indexes, separated by dots; an empty one finds nothing.
func Find(text []byte, path string) json.RawMessage {
	if path == "" {
		return nil
	}
	value := json.RawMessage(text)
	for name := range strings.SplitSeq(path, ".") {
		var members map[string]json.RawMessage
		var items []json.RawMessage
		i, err := strconv.Atoi(name)
		switch {
		case json.Unmarshal(value, &members) == nil:
			value = members[name]
		case err == nil && json.Unmarshal(value, &items) == nil && i >= 0 && i < len(items):
			value = items[i]
		default:
			return nil
		}
		if value == nil {
			return nil
		}
	}
	return value
}
