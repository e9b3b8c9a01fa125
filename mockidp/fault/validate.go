package fault

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-id/assay/mockidp/internal/words"
)

// The names of the attributes, as errors and the JSON form have them.
const (
	aStatus      = "status"
	aRetryAfter  = "retry_after"
	aHeader      = "header"
	aBody        = "body"
	aContentType = "content_type"
	aInterval    = "interval"
	aBytes       = "bytes"
	aLocation    = "location"
	aEdit        = "edit"
	aDelay       = "delay"
	aJitter      = "jitter"
	aToken       = "token"
	aChange      = "change"
)

// Validate reports everything that makes the fault meaningless: no ID,
// unknown names, values out of range, attributes that the kind does not use.
// The errors name the fields as the JSON form does.
func (f Fault) Validate() error {
	var problems []error
	problem := func(format string, args ...any) {
		problems = append(problems,
			fmt.Errorf("fault %q: "+format, append([]any{f.ID}, args...)...))
	}
	if f.ID == "" {
		problem("id is empty")
	}
	if f.Where != "" && !slices.Contains(Endpoints(), f.Where) {
		problem("where is %q, want one of %s or nothing", f.Where, words.Join(Endpoints()))
	}
	if f.Probability < 0 || f.Probability > 1 || f.Probability != f.Probability {
		problem("probability is %v, want a ratio from 0 to 1", f.Probability)
	}
	if f.Skip < 0 {
		problem("skip is %d, want 0 or more", f.Skip)
	}
	if f.Count < 0 {
		problem("count is %d, want 0 or more", f.Count)
	}
	known, ok := f.Kind.find()
	if !ok {
		problem("kind is %q, want one of %s", f.Kind, words.Join(Kinds()))
		return errors.Join(problems...)
	}
	takes := known.takes
	if f.Kind == Forge {
		f.validateForge(problem)
	} else {
		takes = append(takes, aDelay, aJitter)
		if f.Match.UserID != "" || f.Match.OrganizationID != "" {
			problem("only kind %q can match user_id and organization_id", Forge)
		}
	}
	for _, name := range f.Attributes.set() {
		if !slices.Contains(takes, name) {
			problem("kind %q takes no %s, only %s", f.Kind, name, strings.Join(takes, ", "))
		}
	}
	f.Attributes.validate(f.Kind, problem)
	return errors.Join(problems...)
}

// tokenKinds are what the token attribute can be.
func tokenKinds() []string { return []string{"id_token", "access_token", "idp_initiated_login"} }

func (f Fault) validateForge(problem func(format string, args ...any)) {
	if f.Where != "" && f.Where != Token && f.Where != Login {
		problem("where is %q, want %q or %q: tokens are issued there", f.Where, Token, Login)
	}
	if token := f.Attributes.Token; token != "" && !slices.Contains(tokenKinds(), token) {
		problem("token is %q, want one of %s or nothing", token, words.Join(tokenKinds()))
	}
	if f.Attributes.Change.Empty() {
		problem("change is empty, want at least one")
	}
	if err := f.Attributes.Change.Validate(); err != nil {
		problem("change: %w", err)
	}
}

func (a Attributes) validate(kind Kind, problem func(format string, args ...any)) {
	low, high := 200, 599
	if kind == Redirect {
		low, high = 300, 399
	}
	if a.Status != 0 && (a.Status < low || a.Status > high) || a.Status == 0 && kind == Status {
		problem("status is %d, want %d to %d", a.Status, low, high)
	}
	if a.Delay < 0 || a.Delay+a.Jitter == 0 && kind == Delay {
		problem("delay is %v, want more than 0", a.Delay)
	}
	if a.Jitter < 0 {
		problem("jitter is %v, want 0 or more", a.Jitter)
	}
	if a.Interval < 0 {
		problem("interval is %v, want 0 or more", a.Interval)
	}
	if a.Bytes < 0 {
		problem("bytes is %d, want 0 or more", a.Bytes)
	}
	if kind == HugeHeaders && a.Bytes > maxHugeHeader {
		problem("bytes is %d, want at most %d in a header field", a.Bytes, maxHugeHeader)
	}
	if kind == Header && len(a.Header) == 0 {
		problem("header is empty, want at least one field")
	}
	if kind == Edit && a.Edit.Empty() {
		problem("edit is empty, want at least one change")
	}
}

// set returns the names of the attributes that are not zero.
func (a Attributes) set() []string {
	var names []string
	for _, attribute := range []struct {
		name string
		set  bool
	}{
		{aStatus, a.Status != 0},
		{aRetryAfter, a.RetryAfter != ""},
		{aHeader, len(a.Header) > 0},
		{aBody, a.Body != nil},
		{aContentType, a.ContentType != ""},
		{aInterval, a.Interval != 0},
		{aBytes, a.Bytes != 0},
		{aLocation, a.Location != ""},
		{aEdit, !a.Edit.Empty()},
		{aToken, a.Token != ""},
		{aChange, !a.Change.Empty()},
		{aDelay, a.Delay != 0},
		{aJitter, a.Jitter != 0},
	} {
		if attribute.set {
			names = append(names, attribute.name)
		}
	}
	return names
}
