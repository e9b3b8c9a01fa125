package strict

import (
	"encoding/base64"
	"encoding/json"
	"unicode/utf8"
)

// Octets is text, or anything at all: a JSON string, or an object such as
// {"base64":"3q2+7w=="} for what is not UTF-8.
type Octets []byte

type encodedOctets struct {
	Base64 string `json:"base64"`
}

// MarshalJSON writes a string if that is the same octets when it is read.
func (o Octets) MarshalJSON() ([]byte, error) {
	if utf8.Valid(o) {
		return json.Marshal(string(o))
	}
	return json.Marshal(encodedOctets{base64.StdEncoding.EncodeToString(o)})
}

// UnmarshalJSON reads both forms.
func (o *Octets) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '{' {
		var encoded encodedOctets
		if err := JSON(text, &encoded); err != nil {
			return err
		}
		octets, err := base64.StdEncoding.DecodeString(encoded.Base64)
		if err != nil {
			return &Error{Pointer: "/base64", Problem: err}
		}
		*o = octets
		return nil
	}
	var plain string
	if err := JSON(text, &plain); err != nil {
		return err
	}
	*o = []byte(plain)
	return nil
}
