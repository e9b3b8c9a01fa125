package load

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/implementations/present"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/diagnose"
)

// verdictOf reads the verdict from an answer: accept, or the documented code of
// a refusal. An answer that neither accepts nor refuses has none, and failure
// says why: the service did not judge.
func verdictOf(reading *present.Reading, got present.Reply) (verdict, failure string) {
	v, err := reading.Judge(got)
	if e, ok := errors.AsType[*present.NoVerdictError](err); ok {
		if reading.AcceptText != "" || reading.RejectText != "" {
			return "", e.Is // the status alone does not tell
		}
		return "", "HTTP " + strconv.Itoa(got.Status)
	}
	if v.Accepted {
		return corpus.Accept, ""
	}
	return codeIn(v.Message), ""
}

// codePattern matches what a code may be.
var codePattern = regexp.MustCompile(`[A-Z]+(?:_[A-Z]+)*`)

// codeIn returns the first documented code in the message of a refusal. Any
// other string could differ from token to token.
func codeIn(message string) string {
	for _, word := range codePattern.FindAllString(message, -1) {
		if len(verifier.Code(word).NamedCauses()) > 0 {
			return word
		}
	}
	return corpus.Reject
}

// expected reports whether verdict is the one that a case must get. A refusal
// without a code counts as the right one: the service only says less.
func expected(want, verdict string) bool {
	if verdict == want {
		return true
	}
	refused := verdict != corpus.Accept && want != corpus.Accept
	return refused && (verdict == corpus.Reject || want == corpus.Reject)
}

// failureOf says in a few words why there was no answer, without what differs
// from request to request: addresses, ports and numbers.
func failureOf(message string) string {
	if strings.Contains(message, "context deadline exceeded") {
		return "no answer in time"
	}
	if i := strings.LastIndex(message, ": "); i >= 0 {
		message = message[i+2:]
	}
	return message[:min(len(message), 100)]
}

// maxShownBody is how much of a wrong answer is shown, in bytes.
const maxShownBody = 300

// shown returns the beginning of a body without tokens and secrets. It is cut
// last: a part of a token would no longer look like one.
func shown(body string, secrets ...string) string {
	body = reports.Redact(diagnose.Redact(body, secrets...))
	short := reports.Excerpt(strings.Join(strings.Fields(body), " "), maxShownBody)
	if len(short) < len(body) && len(short) >= maxShownBody {
		short += "…"
	}
	return short
}
