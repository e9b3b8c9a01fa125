package forge

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-id/assay/mockidp/internal/strict"
	"github.com/assay-id/assay/mockidp/internal/words"
	"github.com/assay-id/assay/mockidp/keyring"
)

// Empty reports whether c changes nothing.
func (c Change) Empty() bool {
	return c.Header.Empty() && c.Claims.Empty() && c.HeaderText == nil && c.PayloadText == nil &&
		c.Signing.empty() && c.Encoding == Encodings{} && len(c.Signature) == 0 &&
		c.TamperHeader.Empty() && c.TamperClaims.Empty() && c.TamperPayload == nil && c.Compact == ""
}

func (s Signing) empty() bool {
	return s.Key == nil && s.KeyName == "" && s.KeyAlg == "" && s.Alg == "" &&
		s.Secret == nil && s.SecretFrom == PublicNone && s.PSS == PSSRight &&
		s.Input == nil && s.Encoded == nil
}

// Validate reports every name in c that is not known, and every part that has
// no effect because of another one. Whether the change can be applied depends
// on the token, and [Draft.Forge] reports it. The errors name the parts as
// JSON Pointers into the JSON form.
func (c Change) Validate() error {
	var problems []error
	problem := func(pointer, format string, args ...any) {
		problems = append(problems, &strict.Error{
			Pointer: pointer, Problem: fmt.Errorf(format, args...),
		})
	}
	for _, segment := range []struct {
		pointer string
		value   Encoding
	}{
		{"/encoding/header", c.Encoding.Header},
		{"/encoding/payload", c.Encoding.Payload},
		{"/encoding/signature", c.Encoding.Signature},
	} {
		if segment.value != EncodingRight && !slices.Contains(EncodingNames(), segment.value) {
			problem(segment.pointer, "encoding is %q, want one of %s",
				segment.value, words.Join(EncodingNames()))
		}
	}
	for i, edit := range c.Signature {
		if err := edit.validate(); err != nil {
			problem(fmt.Sprint("/signature/", i), "%w", err)
		}
	}
	if c.HeaderText != nil && !c.Header.Empty() {
		problem("/header", "header_text replaces it: it has no effect")
	}
	if c.PayloadText != nil && !c.Claims.Empty() {
		problem("/claims", "payload_text replaces it: it has no effect")
	}
	if c.TamperPayload != nil && !c.TamperClaims.Empty() {
		problem("/tamper_claims", "tamper_payload replaces it: it has no effect")
	}
	if c.Compact != "" &&
		strings.NewReplacer("{h}", "", "{p}", "", "{s}", "").Replace(c.Compact) == c.Compact {
		problem("/compact", "compact is %q, want at least one of {h}, {p} and {s}", c.Compact)
	}
	c.Signing.validate(problem)
	return errors.Join(problems...)
}

func (s Signing) validate(problem func(pointer, format string, args ...any)) {
	hmacs := []string{"HS256", "HS384", "HS512"}
	all := append(append(keyring.Algs(), hmacs...), "RS1", "none")
	if s.Alg != "" && !slices.Contains(all, s.Alg) {
		problem("/signing/alg", "alg is %q, want one of %s", s.Alg, words.Join(all))
	}
	if s.KeyAlg != "" && !slices.Contains(keyring.Algs(), s.KeyAlg) {
		problem("/signing/key_alg", "alg is %q, want one of %s",
			s.KeyAlg, words.Join(keyring.Algs()))
	}
	if s.KeyAlg != "" && s.KeyName == "" {
		problem("/signing/key_alg", "there is no key that it could be for")
	}
	if (s.Secret != nil || s.SecretFrom != PublicNone) && !slices.Contains(hmacs, s.Alg) {
		problem("/signing", "a secret has no effect unless alg is one of %s", words.Join(hmacs))
	}
	if s.Secret != nil && s.SecretFrom != PublicNone {
		problem("/signing/secret", "secret_from replaces it: it has no effect")
	}
	if s.SecretFrom != PublicNone && !slices.Contains(PublicForms(), s.SecretFrom) {
		problem("/signing/secret_from", "form of the public key is %q, want one of %s",
			s.SecretFrom, words.Join(PublicForms()))
	}
	if s.Encoded != nil && (s.Alg != "" || s.Input != nil || s.PSS != PSSRight) {
		problem("/signing/encoded", "it is signed as it is: alg, input and pss have no effect")
	}
	if forms := PSSFaults(); s.PSS != PSSRight && !slices.Contains(forms, s.PSS) {
		problem("/signing/pss", "PSS form is %q, want one of %s", s.PSS, words.Join(forms))
	}
}

// validate reports an edit that [SignatureEdits] does not list.
func (e SignatureEdit) validate() error {
	name, argument, hasArgument := strings.Cut(string(e), " ")
	switch {
	case strings.Contains(name, "=") && !hasArgument:
		for assignment := range strings.SplitSeq(name, ",") {
			member, value, _ := strings.Cut(assignment, "=")
			if member != "r" && member != "s" ||
				!slices.Contains([]string{"0", "1", "n", "n-1"}, value) {
				return fmt.Errorf("signature edit is %q, want r or s and one of 0, 1, n and n-1", e)
			}
		}
		return nil
	case !slices.Contains(SignatureEdits(), name):
		return fmt.Errorf("signature edit is %q, want one of %s", e, words.Join(SignatureEdits()))
	case name == "flip" && hasArgument:
		if _, err := strconv.Atoi(argument); err != nil {
			return fmt.Errorf("signature edit is %q, want the number of a byte after the name", e)
		}
	case name == "shorten" || name == "pad":
		if n, err := strconv.Atoi(argument); err != nil || n < 1 {
			return fmt.Errorf("signature edit is %q, want a number of bytes after the name", e)
		}
	case hasArgument:
		return fmt.Errorf("signature edit is %q, want no argument after the name", e)
	}
	return nil
}
