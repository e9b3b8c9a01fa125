package load

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/verifier"
)

// reject is the verdict of a refusal that names no documented code.
const reject = "reject"

// verdictOf reads the verdict from an answer: 2xx accepts, and 400, 401 and 403
// refuse with the code that the JSON body names, if it is a documented one.
// Any other answer has no verdict: the service did not judge.
func verdictOf(status int, body []byte) (verdict string, judged bool) {
	switch {
	case status >= 200 && status < 300:
		return corpus.Accept, true
	case status != http.StatusBadRequest && status != http.StatusUnauthorized &&
		status != http.StatusForbidden:
		return "", false
	}
	var refusal struct {
		Code verifier.Code `json:"code"`
	}
	// Only a documented code has causes, and any other string could differ
	// from token to token.
	if err := json.Unmarshal(body, &refusal); err != nil || len(refusal.Code.Causes()) == 0 {
		return reject, true
	}
	return string(refusal.Code), true
}

// expected reports whether verdict is the one that a case must get. A refusal
// without a code counts as the right one: the service only says less.
func expected(want, verdict string) bool {
	return verdict == want || verdict == reject && want != corpus.Accept
}

// failureOf says in a few words why there was no verdict, without what differs
// from request to request: addresses, ports and numbers.
func failureOf(status int, message string) string {
	if status != 0 {
		return "HTTP " + strconv.Itoa(status)
	}
	if strings.Contains(message, "context deadline exceeded") {
		return "no answer in time"
	}
	if i := strings.LastIndex(message, ": "); i >= 0 {
		message = message[i+2:]
	}
	return message[:min(len(message), 100)]
}
