package strict

import (
	"encoding/base64"
	"encoding/json"
	"unicode/utf8"
)

// Bytes is arbitrary content: a JSON string, or an object such as
// {"base64":"3q2+7w=="} if it is not UTF-8.
type Bytes []byte

type encodedBytes struct {
	Base64 string `json:"base64"`
}

// MarshalJSON writes a string if reading it gives the same bytes.
func (o Bytes) MarshalJSON() ([]byte, error) {
	if utf8.Valid(o) {
		return json.Marshal(string(o))
	}
	return json.Marshal(encodedBytes{base64.StdEncoding.EncodeToString(o)})
}

// UnmarshalJSON reads both forms.
func (o *Bytes) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '{' {
		var encoded encodedBytes
		if err := JSON(text, &encoded); err != nil {
			return err
		}
		raw, err := base64.StdEncoding.DecodeString(encoded.Base64)
		if err != nil {
			return &Error{Pointer: "/base64", Problem: err}
		}
		*o = raw
		return nil
	}
	var plain string
	if err := JSON(text, &plain); err != nil {
		return err
	}
	*o = []byte(plain)
	return nil
}
