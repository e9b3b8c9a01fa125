package fault

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/internal/strict"
)

// faultJSON is the JSON form of a Fault.
type faultJSON struct {
	ID          string         `json:"id"`
	Where       Endpoint       `json:"where,omitempty"`
	Match       matchJSON      `json:"match,omitzero"`
	Kind        Kind           `json:"kind"`
	Skip        int            `json:"skip,omitempty"`
	Probability float64        `json:"probability,omitempty"`
	Count       int            `json:"count,omitempty"`
	Attributes  attributesJSON `json:"attributes,omitzero"`
}

type matchJSON struct {
	ClientID       string `json:"client_id,omitempty"`
	UserAgent      string `json:"user_agent,omitempty"`
	Path           string `json:"path,omitempty"`
	GrantType      string `json:"grant_type,omitempty"`
	UserID         string `json:"user_id,omitempty"`
	OrganizationID string `json:"organization_id,omitempty"`
}

type attributesJSON struct {
	Status      int             `json:"status,omitempty"`
	RetryAfter  string          `json:"retry_after,omitempty"`
	Header      http.Header     `json:"header,omitempty"`
	Body        *strict.Bytes   `json:"body,omitempty"`
	ContentType string          `json:"content_type,omitempty"`
	Delay       strict.Duration `json:"delay,omitzero"`
	Jitter      strict.Duration `json:"jitter,omitzero"`
	Interval    strict.Duration `json:"interval,omitzero"`
	Bytes       int64           `json:"bytes,omitempty"`
	Location    string          `json:"location,omitempty"`
	Edit        forge.Patch     `json:"edit,omitzero"`
	Token       string          `json:"token,omitempty"`
	Change      *forge.Change   `json:"change,omitempty"`
}

// MarshalJSON writes the fault: one member for each field that is not zero,
// named like it in snake_case. Durations are strings such as "1m30s"; a body
// is a string, or {"base64":"…"} where it is not UTF-8.
func (f Fault) MarshalJSON() ([]byte, error) {
	a := f.Attributes
	w := faultJSON{
		ID: f.ID, Where: f.Where, Match: matchJSON(f.Match), Kind: f.Kind,
		Skip: f.Skip, Probability: f.Probability, Count: f.Count,
		Attributes: attributesJSON{
			Status: a.Status, RetryAfter: a.RetryAfter, Header: a.Header, ContentType: a.ContentType,
			Delay: strict.Duration(a.Delay), Jitter: strict.Duration(a.Jitter), Interval: strict.Duration(a.Interval),
			Bytes: a.Bytes, Location: a.Location, Edit: a.Edit, Token: a.Token,
		},
	}
	if a.Body != nil {
		w.Attributes.Body = (*strict.Bytes)(&a.Body)
	}
	if !a.Change.Empty() {
		w.Attributes.Change = &a.Change
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON writes. It refuses unknown members and
// everything that [Fault.Validate] refuses; its errors say where the mistake
// is.
func (f *Fault) UnmarshalJSON(text []byte) error {
	var w faultJSON
	if err := strict.JSON(text, &w); err != nil {
		return err
	}
	a := w.Attributes
	read := Fault{
		ID: w.ID, Where: w.Where, Match: Match(w.Match), Kind: w.Kind,
		Skip: w.Skip, Probability: w.Probability, Count: w.Count,
		Attributes: Attributes{
			Status: a.Status, RetryAfter: a.RetryAfter, Header: a.Header, ContentType: a.ContentType,
			Delay: time.Duration(a.Delay), Jitter: time.Duration(a.Jitter), Interval: time.Duration(a.Interval),
			Bytes: a.Bytes, Location: a.Location, Edit: a.Edit, Token: a.Token,
		},
	}
	if a.Body != nil {
		read.Attributes.Body = *a.Body
	}
	if a.Change != nil {
		read.Attributes.Change = *a.Change
	}
	if err := read.Validate(); err != nil {
		return err
	}
	*f = read
	return nil
}
