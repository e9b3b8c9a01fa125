package forge

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/assay-id/assay/mockidp/internal/strict"
	"github.com/assay-id/assay/mockidp/keyring"
)

// patchJSON is the JSON form of a Patch.
type patchJSON struct {
	Drop   []string                   `json:"drop,omitempty"`
	Set    keyring.Object             `json:"set,omitempty"`
	Shift  map[string]strict.Duration `json:"shift,omitempty"`
	Affix  map[string]Affix           `json:"affix,omitempty"`
	Append keyring.Object             `json:"append,omitempty"`
}

// MarshalJSON writes the patch with the member names drop, set, shift (with
// durations such as "-1h"), affix and append.
func (p Patch) MarshalJSON() ([]byte, error) {
	w := patchJSON{Drop: p.Drop, Set: p.Set, Affix: p.Affix, Append: p.Append}
	for name, by := range p.Shift {
		if w.Shift == nil {
			w.Shift = make(map[string]strict.Duration)
		}
		w.Shift[name] = strict.Duration(by)
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON writes. It returns an error that says
// where the mistake is.
func (p *Patch) UnmarshalJSON(text []byte) error {
	var w patchJSON
	if err := strict.JSON(text, &w); err != nil {
		return err
	}
	*p = Patch{Drop: w.Drop, Set: w.Set, Affix: w.Affix, Append: w.Append}
	for name, by := range w.Shift {
		if p.Shift == nil {
			p.Shift = make(map[string]time.Duration)
		}
		p.Shift[name] = time.Duration(by)
	}
	return nil
}

// changeJSON is the JSON form of a Change.
type changeJSON struct {
	Header        Patch           `json:"header,omitzero"`
	Claims        Patch           `json:"claims,omitzero"`
	HeaderText    *strict.Bytes   `json:"header_text,omitempty"`
	PayloadText   *strict.Bytes   `json:"payload_text,omitempty"`
	Signing       signingJSON     `json:"signing,omitzero"`
	Encoding      encodingsJSON   `json:"encoding,omitzero"`
	Signature     []SignatureEdit `json:"signature,omitempty"`
	TamperHeader  Patch           `json:"tamper_header,omitzero"`
	TamperClaims  Patch           `json:"tamper_claims,omitzero"`
	TamperPayload *strict.Bytes   `json:"tamper_payload,omitempty"`
	Compact       string          `json:"compact,omitempty"`
}

type signingJSON struct {
	Key        string        `json:"key,omitempty"`
	KeyAlg     string        `json:"key_alg,omitempty"`
	Alg        string        `json:"alg,omitempty"`
	Secret     *strict.Bytes `json:"secret,omitempty"`
	SecretFrom PublicForm    `json:"secret_from,omitempty"`
	PSS        PSSFault      `json:"pss,omitempty"`
	Input      *strict.Bytes `json:"input,omitempty"`
	Encoded    *strict.Bytes `json:"encoded,omitempty"`
}

type encodingsJSON struct {
	Header    Encoding `json:"header,omitempty"`
	Payload   Encoding `json:"payload,omitempty"`
	Signature Encoding `json:"signature,omitempty"`
}

// IsZero lets encoding/json leave an empty patch out.
func (p Patch) IsZero() bool { return p.Empty() }

// MarshalJSON writes the change: one member for each field that is not zero,
// named like it in snake_case. Bytes are strings, or {"base64":"…"} where
// they are not UTF-8. It returns an error for a Key without a KeyName, which
// has no such form.
func (c Change) MarshalJSON() ([]byte, error) {
	if c.Signing.Key != nil && c.Signing.KeyName == "" {
		return nil, fmt.Errorf("the key %q has no name, only names have a JSON form",
			c.Signing.Key.ID())
	}
	return json.Marshal(changeJSON{
		Header:      c.Header,
		Claims:      c.Claims,
		HeaderText:  optional(c.HeaderText),
		PayloadText: optional(c.PayloadText),
		Signing: signingJSON{
			Key:        c.Signing.KeyName,
			KeyAlg:     c.Signing.KeyAlg,
			Alg:        c.Signing.Alg,
			Secret:     optional(c.Signing.Secret),
			SecretFrom: c.Signing.SecretFrom,
			PSS:        c.Signing.PSS,
			Input:      optional(c.Signing.Input),
			Encoded:    optional(c.Signing.Encoded),
		},
		Encoding:      encodingsJSON(c.Encoding),
		Signature:     c.Signature,
		TamperHeader:  c.TamperHeader,
		TamperClaims:  c.TamperClaims,
		TamperPayload: optional(c.TamperPayload),
		Compact:       c.Compact,
	})
}

// UnmarshalJSON reads what MarshalJSON writes. It refuses unknown members and
// everything that [Change.Validate] refuses; its errors say where the mistake
// is.
func (c *Change) UnmarshalJSON(text []byte) error {
	var w changeJSON
	if err := strict.JSON(text, &w); err != nil {
		return err
	}
	read := Change{
		Header:      w.Header,
		Claims:      w.Claims,
		HeaderText:  raw(w.HeaderText),
		PayloadText: raw(w.PayloadText),
		Signing: Signing{
			KeyName:    w.Signing.Key,
			KeyAlg:     w.Signing.KeyAlg,
			Alg:        w.Signing.Alg,
			Secret:     raw(w.Signing.Secret),
			SecretFrom: w.Signing.SecretFrom,
			PSS:        w.Signing.PSS,
			Input:      raw(w.Signing.Input),
			Encoded:    raw(w.Signing.Encoded),
		},
		Encoding:      Encodings(w.Encoding),
		Signature:     w.Signature,
		TamperHeader:  w.TamperHeader,
		TamperClaims:  w.TamperClaims,
		TamperPayload: raw(w.TamperPayload),
		Compact:       w.Compact,
	}
	if err := read.Validate(); err != nil {
		return err
	}
	*c = read
	return nil
}

func optional(b []byte) *strict.Bytes {
	if b == nil {
		return nil
	}
	return (*strict.Bytes)(&b)
}

func raw(o *strict.Bytes) []byte {
	if o == nil {
		return nil
	}
	return *o
}

// Resolve returns the change with the key that Signing.KeyName names, which
// find looks up by that name and Signing.KeyAlg. It returns the error of find.
func (c Change) Resolve(find func(name, alg string) (*keyring.Key, error)) (Change, error) {
	if c.Signing.KeyName == "" || c.Signing.Key != nil {
		return c, nil
	}
	var err error
	c.Signing.Key, err = find(c.Signing.KeyName, c.Signing.KeyAlg)
	return c, err
}
