package scenarios

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Value is a template that is the value of a member of a JSON object. One that
// begins with = is an expression.
type Value struct{ Template }

// Expression reports whether v is an expression.
func (v Value) Expression() bool { return strings.HasPrefix(v.text, "=") }

// ParseExpression reads an expression that is filled in, without its sign. It
// is a point in time, for which add is what is added to the present, or JSON
// text.
func ParseExpression(text string) (add time.Duration, isTime bool, err error) {
	if add, isTime = ParseTime(text); isTime {
		return add, true, nil
	}
	switch {
	case strings.HasPrefix(text, "now"):
		return 0, false, fmt.Errorf("expression %q is not a point in time, want now with a number and a unit such as %q or %q",
			text, "now-61s", "now+10d")
	case !json.Valid([]byte(text)):
		return 0, false, fmt.Errorf("expression %q is neither a point in time nor JSON; use payload_text or header_text for text that is not JSON",
			text)
	}
	return 0, false, nil
}

func (v Value) checkFilled(_ *Scenario, text string) error {
	if !v.Expression() {
		return nil
	}
	_, _, err := ParseExpression(strings.TrimPrefix(text, "="))
	return err
}

// KeyName is a template of the name of a key of the case.
type KeyName struct{ Template }

func (KeyName) checkFilled(s *Scenario, name string) error {
	if name == "" || s.hasKey(name) {
		return nil
	}
	return fmt.Errorf("the case has no key %q: add it under keys", name)
}

// hasKey reports whether a template may show the key called name. Every case
// has its default key and that of another environment.
func (s *Scenario) hasKey(name string) bool {
	_, ok := s.Keys[name]
	return ok || name == DefaultKey || name == otherKey
}

// otherKey is the name of the key of the other environment.
const otherKey = "other"

// EncodingName is a template of the name of a wrong encoding of a segment.
type EncodingName struct{ Template }

func (EncodingName) checkFilled(_ *Scenario, name string) error {
	return oneOfWords("encoding", name, Encodings())
}

// KeyAlg is a template of the name of an algorithm that a key can be made for. It
// is filled in before there is anything but the members of the variant.
type KeyAlg struct{ Template }

func (KeyAlg) checkFilled(_ *Scenario, name string) error {
	return oneOfWords("alg", name, KeyAlgs())
}

// PSSFault is a template of the name of a form of RSASSA-PSS that JWS does not
// allow.
type PSSFault struct{ Template }

func (PSSFault) checkFilled(_ *Scenario, name string) error {
	return oneOfWords("pss", name, PSSFaults())
}

// SigningAlg is a template of the name of an algorithm to sign with.
type SigningAlg struct{ Template }

func (SigningAlg) checkFilled(_ *Scenario, name string) error {
	return oneOfWords("alg", name, signingAlgs())
}

// SignatureEdit is a template of an edit of the signature.
type SignatureEdit struct{ Template }

func (SignatureEdit) checkFilled(_ *Scenario, edit string) error {
	name, _, _ := strings.Cut(edit, " ")
	if member, _, ok := strings.Cut(edit, "="); ok {
		name = member + "="
	}
	return oneOfWords("signature edit", name, SignatureEdits())
}

// oneOfWords returns an error unless word is empty or known.
func oneOfWords(what, word string, known []string) error {
	if word == "" || slices.Contains(known, word) {
		return nil
	}
	return fmt.Errorf("%s is %q, want one of %s", what, word, strings.Join(known, ", "))
}
