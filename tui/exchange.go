package tui

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/assay-id/assay/reports"
)

// exchange writes what went to the implementation and to the mock environment
// and what came back, in the order in which it happened, as far as it is
// recorded.
func (d *detailWriter) exchange(c *reports.Case) {
	e := c.Evidence
	if e == nil {
		d.text(d.t.muted, "Nothing was exchanged.")
		return
	}
	if len(e.Steps) > 0 {
		d.exchangeOfSteps(e)
	} else {
		d.add(d.t.title.s("to the implementation"))
		if line := verifyLine(e.After); line != "" {
			d.hang(2, "> ", "", reports.Escape(line))
			d.hang(2, "", d.t.muted, "as an adapter gets it, but for its id and session")
		} else {
			d.hang(2, "", d.t.muted, "the token is too long to be kept whole")
		}
		d.hang(2, "< ", "", answerLine(c))
	}
	d.blank()
	d.add(d.t.title.s("to the mock environment") + "  " + d.t.muted.s(reports.FormatNoun(len(e.Requests), "request")))
	d.requests(e.Requests)
}

// exchangeOfSteps lists the steps with how many requests each caused.
func (d *detailWriter) exchangeOfSteps(e *reports.Evidence) {
	d.timeline(e.Steps)
	d.add(d.t.title.s("steps"))
	for i, s := range e.Steps {
		d.hang(4, fmt.Sprintf("%3d ", i+1), "", reports.Escape(s.Do))
		if s.Got != "" {
			d.hang(4, "  < ", "", reports.Escape(s.Got))
		}
		if s.Fetches > 0 {
			d.hang(4, "", d.t.muted, reports.FormatNoun(s.Fetches, "request")+" for metadata and keys")
		}
	}
}

// requests lists what the mock environment received and answered.
func (d *detailWriter) requests(all []reports.Request) {
	for _, r := range all {
		head := fmt.Sprintf("%10s ", reports.FormatMillis(r.AtMillis))
		d.hang(11, d.t.muted.s(head), "", reports.Escape(r.Method+" "+r.Path))
		answer := fmt.Sprintf("< %d, %s", r.Status, reports.FormatBytes(r.Bytes))
		if r.Status == 0 {
			answer = "< no answer"
		}
		if r.Fault != "" {
			answer += ", fault " + r.Fault
		}
		if r.UserAgent != "" {
			answer += "   asked by " + r.UserAgent
		}
		d.hang(11, "", d.t.muted, reports.Escape(answer))
	}
}

// verifyLine returns the message of the adapter protocol that presents a token,
// or the empty string if the record does not hold the whole token.
func verifyLine(t *reports.Token) string {
	if t == nil || t.Compact == "" || len(t.Compact) != t.Bytes {
		return ""
	}
	type input struct {
		Token string `json:"token"`
	}
	line, err := json.Marshal(struct {
		Op    string `json:"op"`
		Input input  `json:"input"`
	}{"verify", input{t.Compact}})
	if err != nil {
		panic(fmt.Sprintf("tui: internal error: encoding strings: %v", err))
	}
	return string(line)
}

// answerLine returns the answer of the implementation as an adapter gives it, or
// in words if there is none.
func answerLine(c *reports.Case) string {
	if c.Answer == nil {
		return reports.Escape(cmp.Or(c.Got, c.Why, "no answer"))
	}
	line, err := json.Marshal(c.Answer)
	if err != nil {
		panic(fmt.Sprintf("tui: internal error: encoding strings: %v", err))
	}
	return reports.Escape(string(line))
}
