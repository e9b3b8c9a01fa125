package reports

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Diagnosis says what is wrong with one token. It is not a line of a stream: a
// command writes it alone, and a service puts it into an answer. It holds no
// token, signature or secret.
type Diagnosis struct {
	// Verdict is VerdictAccept, VerdictReject, or VerdictUnchecked if nothing
	// is wrong but the signature was not checked.
	Verdict string `json:"verdict"`

	// Code and Reason are those of the refusal, Message says it in one line,
	// and Hint says what would help, if the values suggest it.
	Code    string `json:"code,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
	Claim   string `json:"claim,omitempty"`
	Want    string `json:"want,omitempty"`
	Got     string `json:"got,omitempty"`
	Hint    string `json:"hint,omitempty"`

	// Signature is "verified", "invalid" or "not checked".
	Signature string `json:"signature"`

	// Given is what was given, such as "ID Token" or "client secret", and Marks
	// are the signs of it.
	Given string   `json:"given"`
	Marks []string `json:"marks,omitempty"`

	// Assumed lists what was not configured and taken from the token itself.
	Assumed []string `json:"assumed,omitempty"`

	// Response describes the answer of the token endpoint that the token was
	// in. Nil if it was given alone.
	Response *DiagnosisResponse `json:"response,omitempty"`

	Key         DiagnosisKey          `json:"key"`
	Times       DiagnosisTimes        `json:"times"`
	Comparisons []DiagnosisComparison `json:"comparisons,omitempty"`

	// Causes are ranked, the one that fits best first. Those of further
	// failures come after those of the refusal.
	Causes   []DiagnosisCause `json:"causes,omitempty"`
	Warnings []DiagnosisCause `json:"warnings,omitempty"`

	// Steps has every check in the order in which a verifier makes them.
	Steps []DiagnosisStep `json:"steps"`
}

// The verdicts of a [Diagnosis].
const (
	VerdictAccept    = "accept"
	VerdictReject    = "reject"
	VerdictUnchecked = "unchecked"
)

// DiagnosisKey is the key that a token names.
type DiagnosisKey struct {
	Algorithm string `json:"alg,omitempty"`
	ID        string `json:"kid,omitempty"`

	// State is "published", "unusable", "retired", "not published", or
	// "unknown" without a JWK Set.
	State     string   `json:"state"`
	Published []string `json:"published,omitempty"`
}

// DiagnosisTimes are the dates of a token. Those that it does not have are nil.
type DiagnosisTimes struct {
	Now       time.Time  `json:"now"`
	Expiry    *time.Time `json:"exp,omitempty"`
	IssuedAt  *time.Time `json:"iat,omitempty"`
	NotBefore *time.Time `json:"nbf,omitempty"`

	ExpiredForSeconds float64 `json:"expired_for_s,omitempty"`
	EarlyBySeconds    float64 `json:"early_by_s,omitempty"`

	// ClockErrorSeconds is how wrong the clock must be for the token to be
	// good: positive if it is ahead.
	ClockErrorSeconds float64 `json:"clock_error_s,omitempty"`
}

// DiagnosisResponse is an answer of the token endpoint.
type DiagnosisResponse struct {
	Error            string   `json:"error,omitempty"`
	Tokens           []string `json:"tokens"` // the names of those in it
	Scope            string   `json:"scope,omitempty"`
	ExpiresInSeconds float64  `json:"expires_in_s,omitempty"`
	RefreshInSeconds float64  `json:"refresh_in_s,omitempty"` // when to refresh
}

// DiagnosisComparison is a value that differs from the configured one.
type DiagnosisComparison struct {
	Claim      string `json:"claim"`
	Want       string `json:"want"`
	Got        string `json:"got"`
	At         int    `json:"at"` // offset in bytes of the first difference
	Difference string `json:"difference"`
}

// DiagnosisCause is a possible cause of a failure.
type DiagnosisCause struct {
	Name       string `json:"name"`
	Documented string `json:"documented,omitempty"`
	Check      string `json:"check"`
	Fit        string `json:"fit"` // certain, likely, possible or unlikely
	Text       string `json:"text"`
	Evidence   string `json:"evidence,omitempty"`
	Do         string `json:"do,omitempty"`
}

// DiagnosisStep is the result of one check.
type DiagnosisStep struct {
	Check   string `json:"check"`
	Verdict string `json:"verdict"` // VerdictPass, VerdictFail or VerdictSkip

	// Unverified tells that the check read claims whose signature is not
	// verified.
	Unverified bool   `json:"unverified,omitempty"`
	Note       string `json:"note,omitempty"` // what is wrong, or why it was skipped
}

// WriteDiagnosis prints d as text, in colour if color is set.
func WriteDiagnosis(w io.Writer, d *Diagnosis, color bool) error {
	var b bytes.Buffer
	paint := painter(color)
	switch d.Verdict {
	case VerdictAccept:
		fmt.Fprintf(&b, "%s\n", paint.good("ACCEPTED"))
	case VerdictUnchecked:
		fmt.Fprintf(&b, "NOTHING WRONG FOUND, and the signature was not checked\n")
	default:
		fmt.Fprintf(&b, "%s\n", strings.TrimSpace(paint.bad("REFUSED")+" "+Escape(d.refusal())))
	}
	writeDetails(&b, d.Details(), paint)
	writeSteps(&b, d.Steps, paint)
	_, err := w.Write(b.Bytes())
	return err
}

// writeSteps prints steps, neighbours with the same result in one line.
func writeSteps(b *bytes.Buffer, steps []DiagnosisStep, paint painter) {
	if len(steps) > 0 {
		fmt.Fprintf(b, "\n%s\n", paint.faint("STEPS"))
	}
	for len(steps) > 0 {
		first := steps[0]
		n, names := 0, ""
		for ; n < len(steps) && steps[n].Verdict == first.Verdict && steps[n].Note == first.Note &&
			steps[n].Unverified == first.Unverified; n++ {
			names += ", " + steps[n].Check
		}
		steps = steps[n:]
		text := strings.TrimPrefix(names, ", ")
		if first.Note != "" {
			text += ": " + first.Note
		}
		if first.Unverified && first.Verdict != VerdictSkip {
			text += "   [unverified]"
		}
		fmt.Fprintf(b, "%s %s\n", paint.verdict(first.Verdict), wrapped(text, ""))
	}
}

// refusal names the code, and the reason if it says more.
func (d *Diagnosis) refusal() string {
	if d.Reason == d.Code {
		return d.Code
	}
	return d.Code + " (" + d.Reason + ")"
}

// Details returns what a reader wants to know first: what was given, why it is
// refused, where values differ, which cause fits, and what to do.
func (d *Diagnosis) Details() []Detail {
	var list []Detail
	add := func(role Role, label, text string) {
		if text != "" {
			list = append(list, Detail{Role: role, Label: label, Text: Escape(text)})
		}
	}
	given := d.Given
	if len(d.Marks) > 0 {
		given += ": " + strings.Join(d.Marks, ", ")
	}
	add(RoleNote, "given", given)
	if len(d.Assumed) > 0 {
		add(RoleNote, "compared",
			"with what the token claims itself, because no "+strings.Join(d.Assumed, " and no ")+" was given")
	}
	if r := d.Response; r != nil {
		add(RoleNote, "answer", r.String())
	}
	add(RoleWhy, "why", d.Message)
	for _, c := range d.Comparisons {
		list = append(list,
			Detail{
				Role: RoleToken, Label: c.Claim, Mark: MarkRemoved, Text: Escape(c.Want),
				Note: "configured",
			},
			Detail{
				Role: RoleToken, Label: c.Claim, Mark: MarkAdded, Text: Escape(c.Got),
				Note: Escape(fmt.Sprintf("differs from byte %d on", c.At)),
			},
		)
	}
	add(RoleNote, "signed", d.signed())
	add(RoleNote, "time", d.Times.String())
	list = append(list, d.causes()...)
	for _, c := range d.Warnings {
		add(RoleCause, "warning", sentence(c))
		add(RoleAdvice, "do", c.Do)
	}
	return list
}

// String says what the answer brings, and when to refresh the session.
func (r *DiagnosisResponse) String() string {
	text := strings.Join(r.Tokens, ", ")
	if r.Error != "" {
		text = "error " + r.Error
	} else if text == "" {
		text = "no tokens"
	}
	if r.Scope != "" {
		text += "; scope " + r.Scope
	}
	if r.ExpiresInSeconds > 0 {
		text += fmt.Sprintf("; expires in %.0f s, refresh after %.0f s",
			r.ExpiresInSeconds, r.RefreshInSeconds)
	}
	return text
}

// signed says what is known of the signature and its key.
func (d *Diagnosis) signed() string {
	text := d.Signature
	if d.Key.ID != "" {
		text += fmt.Sprintf(", key %q is %s", d.Key.ID, d.Key.State)
	}
	return text
}

// String says what the dates mean. It is empty if there are none.
func (t DiagnosisTimes) String() string {
	var parts []string
	date := func(name string, at *time.Time) {
		if at != nil {
			parts = append(parts, name+" "+at.UTC().Format(time.RFC3339))
		}
	}
	date("iat", t.IssuedAt)
	date("nbf", t.NotBefore)
	date("exp", t.Expiry)
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(append(parts, "now "+t.Now.UTC().Format(time.RFC3339)), ", ")
}

// fitUnlikely is the fit of a cause without a sign of it.
const fitUnlikely = "unlikely"

// causes returns the causes of the refusal with advice, and below them those of
// the further failures.
func (d *Diagnosis) causes() []Detail {
	var list, further []Detail
	for _, c := range d.Causes {
		group, label := &list, "cause"
		switch {
		case c.Check != d.Causes[0].Check && c.Fit == fitUnlikely:
			continue
		case c.Check != d.Causes[0].Check:
			group, label = &further, "then"
			c.Text = c.Check + ": " + c.Text
		case c.Fit == fitUnlikely || c.Fit == "possible":
			label = c.Fit
		}
		note := ""
		if label == "cause" {
			note = Escape(c.Fit)
		}
		*group = append(*group, Detail{
			Role: RoleCause, Label: label, Text: Escape(sentence(c)), Note: note,
		})
		if label == "cause" && c.Do != "" {
			*group = append(*group, Detail{Role: RoleAdvice, Label: "do", Text: Escape(c.Do)})
		}
	}
	return slices.Concat(list, further)
}

// sentence returns a cause with what shows it.
func sentence(c DiagnosisCause) string {
	if c.Evidence == "" || c.Fit == fitUnlikely {
		return c.Text
	}
	return c.Text + ": " + c.Evidence
}
