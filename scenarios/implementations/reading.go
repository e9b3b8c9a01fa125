package implementations

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-id/assay/scenarios"
)

// Reading says what the answers of a deployed service mean. The zero value
// reads 200 to 299 as accepted, and 401 and 403 as rejected. Any other answer is
// no verdict: a service that fails has not refused.
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

// complete parses the statuses.
func (r *Reading) complete() error {
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

// maxReplyBytes is how much of the body of an answer is read: enough for a page
// with the text that tells what it is.
const maxReplyBytes = 1 << 20

// reply is an answer of a service.
type reply struct {
	status int
	header http.Header
	body   []byte // the first maxReplyBytes
}

// Servers limit the length of a header or a target. What is shorter than
// ordinaryToken reaches every service; refusing it by length is a fault.
const ordinaryToken = 4 << 10

// tooLong says that the server in front of the verifier has refused a token of
// that many bytes for its length, or "".
func (r reply) tooLong(bytes int) string {
	switch r.status {
	case http.StatusRequestHeaderFieldsTooLarge, http.StatusRequestURITooLong, http.StatusRequestEntityTooLarge:
		if bytes > ordinaryToken {
			return fmt.Sprintf("the HTTP server refuses a long token with status %d before the verifier sees it", r.status)
		}
	}
	return ""
}

// answer reads a reply.
func (r *Reading) answer(got reply) (Answer, error) {
	accepts, rejects := r.accept.have(got.status), r.reject.have(got.status)
	if r.AcceptText != "" || r.RejectText != "" {
		has := func(text string) bool { return text != "" && bytes.Contains(got.body, []byte(text)) }
		known := accepts || rejects
		accepts = known && has(r.AcceptText) || accepts && r.AcceptText == "" && !has(r.RejectText)
		rejects = known && has(r.RejectText) || rejects && r.RejectText == "" && !has(r.AcceptText)
	}
	switch {
	case accepts && !rejects:
		return r.accepted(got), nil
	case rejects && !accepts:
		return r.rejected(got), nil
	}
	return Answer{}, &NoVerdictError{Status: got.status, Is: r.describe(got), Body: excerpt(bytes.TrimSpace(got.body))}
}

// describe says what is odd about a reply.
func (r *Reading) describe(got reply) string {
	what := "status " + strconv.Itoa(got.status)
	if text := http.StatusText(got.status); text != "" {
		what += " " + text
	}
	if location := got.header.Get("Location"); location != "" {
		what += ", a redirect"
	}
	if r.accept.have(got.status) || r.reject.have(got.status) {
		return what + " without the text that would tell whether it accepts or rejects, or with both"
	}
	return what + ", which is neither to accept nor to reject"
}

func (r *Reading) accepted(got reply) Answer {
	a := Answer{Verdict: scenarios.Accept}
	if subject := find(got.body, r.Subject); subject != nil {
		a.Claims = map[string]json.RawMessage{"sub": subject}
	}
	return a
}

func (r *Reading) rejected(got reply) Answer {
	a := Answer{Verdict: scenarios.Reject, Message: strings.Join(got.header.Values("WWW-Authenticate"), ", ")}
	var reason string
	if json.Unmarshal(find(got.body, r.Reason), &reason) == nil {
		a.Message = cmp.Or(reason, a.Message)
	}
	known := slices.Concat(scenarios.Reasons(), scenarios.Codes())
	for _, word := range wordPattern.FindAllString(a.Message, -1) {
		if slices.Contains(known, word) {
			a.Reason = word
			break
		}
	}
	return a
}

// wordPattern matches what a reason or a code may be.
var wordPattern = regexp.MustCompile(`[A-Z]+(?:_[A-Z]+)*`)

// find returns the value at a path of a JSON text, or nil.
func find(text []byte, path string) json.RawMessage {
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
