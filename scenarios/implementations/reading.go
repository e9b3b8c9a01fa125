package implementations

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations/present"
)

// maxReplyBytes is how much of the body of an answer is read: enough for a page
// with the text that tells what it is.
const maxReplyBytes = 1 << 20

// Servers limit the length of a header or a target. What is shorter than
// ordinaryToken reaches every service; refusing it by length is a fault.
const ordinaryToken = 4 << 10

// tooLong says that the server in front of the verifier has refused a token of
// that many bytes for its length, or "".
func tooLong(status, length int) string {
	switch status {
	case http.StatusRequestHeaderFieldsTooLarge, http.StatusRequestURITooLong, http.StatusRequestEntityTooLarge:
		if length > ordinaryToken {
			return fmt.Sprintf("the HTTP server refuses a long token with status %d before the verifier sees it", status)
		}
	}
	return ""
}

// answer reads a reply as its options say.
func (o *BearerOptions) answer(got present.Reply) (Answer, error) {
	verdict, err := o.Reading.Judge(got)
	if e, ok := errors.AsType[*present.NoVerdictError](err); ok {
		e.Body = excerpt(bytes.TrimSpace(got.Body))
	}
	switch {
	case err != nil:
		return Answer{}, err
	case !verdict.Accepted:
		return Answer{Verdict: scenarios.Reject, Message: verdict.Message, Reason: knownReason(verdict.Message)}, nil
	case verdict.Subject == nil:
		return Answer{Verdict: scenarios.Accept}, nil
	}
	return Answer{Verdict: scenarios.Accept, Claims: map[string]json.RawMessage{"sub": verdict.Subject}}, nil
}

// knownReason returns the first reason or code in a message, or "".
func knownReason(message string) string {
	known := slices.Concat(scenarios.Reasons(), scenarios.Codes())
	for _, word := range wordPattern.FindAllString(message, -1) {
		if slices.Contains(known, word) {
			return word
		}
	}
	return ""
}

// wordPattern matches what a reason or a code may be.
var wordPattern = regexp.MustCompile(`[A-Z]+(?:_[A-Z]+)*`)
