package fault

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Endpoint names an endpoint of the environment.
type Endpoint string

// The endpoints. Keys is the JWK Set under each of its paths.
const (
	Discovery  Endpoint = "discovery"
	Keys       Endpoint = "keys"
	Authorize  Endpoint = "authorize"
	Token      Endpoint = "token"
	UserInfo   Endpoint = "userinfo"
	Introspect Endpoint = "introspect"
	Revoke     Endpoint = "revoke"
	Logout     Endpoint = "logout"
	Other      Endpoint = "other" // a path that belongs to no endpoint
)

// Endpoints returns all endpoints.
func Endpoints() []Endpoint {
	return []Endpoint{Discovery, Keys, Authorize, Token, UserInfo, Introspect, Revoke, Logout, Other}
}

// Kind is a way to be wrong.
type Kind string

// The kinds of fault. Those that the comment says so about let the endpoint
// do its work first and spoil the genuine answer, unless Attributes has a
// Body to spoil instead: a refresh token, for instance, is then used up.
const (
	// Status answers with Status, and RetryAfter, Header, Body and
	// ContentType if set.
	Status Kind = "status"

	// Delay answers rightly after Attributes.Delay. With any other kind the
	// same attribute delays that fault.
	Delay Kind = "delay"

	// Hang takes the request and never answers.
	Hang Kind = "hang"

	// Truncated declares the whole length of the genuine answer, sends half
	// of it and closes the connection.
	Truncated Kind = "truncated"

	// Reset sends half of the genuine answer and resets the connection (TCP
	// RST).
	Reset Kind = "reset"

	// Drip sends the genuine answer one octet per Interval (default 1 s).
	Drip Kind = "drip"

	// Body answers 200, or Status, with the planted Body.
	Body Kind = "body"

	// Oversized starts like a JWK Set and goes on for ever, or until Bytes
	// were sent. Body replaces the start.
	Oversized Kind = "oversized"

	// GzipBomb answers with a short gzip body that inflates to Bytes octets
	// of JSON (default 1 GiB).
	GzipBomb Kind = "gzip-bomb"

	// Redirect answers 302, or Status, to Location. An empty Location means
	// the same URL again, a loop.
	Redirect Kind = "redirect"

	// Close takes the request and closes the connection without an answer.
	Close Kind = "close"

	// Garbage answers with octets that are not HTTP: Body, or the greeting
	// of an SSH server.
	Garbage Kind = "garbage"
)

// attribute names, as Validate reports them.
const (
	aStatus      = "Status"
	aRetryAfter  = "RetryAfter"
	aHeader      = "Header"
	aBody        = "Body"
	aContentType = "ContentType"
	aInterval    = "Interval"
	aBytes       = "Bytes"
	aLocation    = "Location"
)

// takes returns the attributes that a kind uses, besides Delay, and false if
// there is no such kind.
func (k Kind) takes() ([]string, bool) {
	switch k {
	case Status:
		return []string{aStatus, aRetryAfter, aHeader, aBody, aContentType}, true
	case Delay, Hang, Close:
		return nil, true
	case Truncated, Reset:
		return []string{aBody, aContentType}, true
	case Drip:
		return []string{aBody, aContentType, aInterval}, true
	case Body:
		return []string{aStatus, aHeader, aBody, aContentType}, true
	case Oversized:
		return []string{aBody, aContentType, aBytes}, true
	case GzipBomb:
		return []string{aContentType, aBytes}, true
	case Redirect:
		return []string{aStatus, aHeader, aLocation}, true
	case Garbage:
		return []string{aBody}, true
	}
	return nil, false
}

// lasts reports whether an answer goes on until the fault is removed. Other
// answers are finished even if it is removed in between.
func (k Kind) lasts() bool {
	return k == Hang || k == Drip || k == Oversized || k == GzipBomb
}

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{
		Status, Delay, Hang, Truncated, Reset, Drip,
		Body, Oversized, GzipBomb, Redirect, Close, Garbage,
	}
}

// Fault is one thing that goes wrong.
type Fault struct {
	// ID names the fault within its Set. It must not be empty.
	ID string

	// Where is the endpoint that the fault strikes. Empty means every one.
	Where Endpoint

	// Match narrows the requests. The zero value matches all.
	Match Match

	// Kind is what happens.
	Kind Kind

	// Probability is the share of matching requests that are struck, a ratio
	// from 0 to 1. Zero means all of them.
	Probability float64

	// Count is how many requests are struck before the fault is spent. Zero
	// means any number.
	Count int

	// Attributes say more about the Kind.
	Attributes Attributes
}

// Match narrows the requests that a fault strikes. Empty fields match
// anything.
type Match struct {
	ClientID  string // the client that the request names or authenticates
	UserAgent string // a part of the User-Agent header field
	Path      string // the whole path below the issuer, for instance "/keys"
}

// Attributes say more about a [Kind]; its documentation names those that it
// uses. All of them may be zero unless it says otherwise.
type Attributes struct {
	// Status is the status code, 200 to 599.
	Status int

	// RetryAfter is the Retry-After header field: seconds or an HTTP date.
	RetryAfter string

	// Header has more header fields; they replace those of the same name.
	Header http.Header

	// Body is the content, or what replaces the genuine one.
	Body []byte

	// ContentType of Body. Empty means application/json.
	ContentType string

	// Delay passes before anything else happens. Every kind takes it.
	Delay time.Duration

	// Interval is the time between two octets of a Drip.
	Interval time.Duration

	// Bytes is the length of the content after decoding.
	Bytes int64

	// Location is the Location header field of a Redirect.
	Location string
}

// Validate reports everything that makes the fault meaningless: no ID,
// unknown names, values out of range, attributes that the kind does not use.
// The errors name the fields.
func (f Fault) Validate() error {
	var problems []error
	problem := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("fault %q: "+format, append([]any{f.ID}, args...)...))
	}
	if f.ID == "" {
		problem("ID is empty")
	}
	if f.Where != "" && !slices.Contains(Endpoints(), f.Where) {
		problem("Where is %q, want one of %q or nothing", f.Where, Endpoints())
	}
	if f.Probability < 0 || f.Probability > 1 || f.Probability != f.Probability {
		problem("Probability is %v, want a ratio from 0 to 1", f.Probability)
	}
	if f.Count < 0 {
		problem("Count is %d, want 0 or more", f.Count)
	}
	takes, known := f.Kind.takes()
	if !known {
		problem("Kind is %q, want one of %q", f.Kind, Kinds())
		return errors.Join(problems...)
	}
	for _, name := range f.Attributes.set() {
		if !slices.Contains(takes, name) {
			problem("Kind %q takes no %s, only %s", f.Kind, name, strings.Join(append(takes, "Delay"), ", "))
		}
	}
	f.Attributes.validate(f.Kind, problem)
	return errors.Join(problems...)
}

func (a Attributes) validate(kind Kind, problem func(format string, args ...any)) {
	low, high := 200, 599
	if kind == Redirect {
		low, high = 300, 399
	}
	if a.Status != 0 && (a.Status < low || a.Status > high) || a.Status == 0 && kind == Status {
		problem("Status is %d, want %d to %d", a.Status, low, high)
	}
	if a.Delay < 0 || a.Delay == 0 && kind == Delay {
		problem("Delay is %v, want more than 0", a.Delay)
	}
	if a.Interval < 0 {
		problem("Interval is %v, want 0 or more", a.Interval)
	}
	if a.Bytes < 0 {
		problem("Bytes is %d, want 0 or more", a.Bytes)
	}
}

// set returns the names of the attributes that are not zero, but for Delay.
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
	} {
		if attribute.set {
			names = append(names, attribute.name)
		}
	}
	return names
}

// clone returns the fault with a body and header of its own.
func (f Fault) clone() Fault {
	f.Attributes.Body = slices.Clone(f.Attributes.Body)
	f.Attributes.Header = f.Attributes.Header.Clone()
	return f
}
