package verifier

import "strings"

// segments are the parts of a compact JWS.
type segments struct {
	header, payload, signature string
	signed                     string // the input of the signature
}

// split finds the three segments of raw without allocating for its dots.
// RFC 7515, 7.1.
func split(raw string) (segments, *Error) {
	dot1 := strings.IndexByte(raw, '.')
	if dot1 < 0 {
		return segments{}, malformed("it has one segment, want three")
	}
	dot2 := strings.IndexByte(raw[dot1+1:], '.') + dot1 + 1
	if dot2 == dot1 {
		return segments{}, malformed("it has two segments, want three")
	}
	s := segments{
		header: raw[:dot1], payload: raw[dot1+1 : dot2], signature: raw[dot2+1:],
		signed: raw[:dot2],
	}
	if dots := strings.Count(s.signature, "."); dots > 0 {
		if dots == 2 && isEncrypted(s.header) {
			return segments{}, &Error{
				Reason: ReasonUnsupportedTokenType,
				Detail: "it is encrypted (JWE), want a signed token",
			}
		}
		return segments{}, malformed("it has %d segments, want three", dots+3)
	}
	if s.header == "" || s.payload == "" {
		return segments{}, malformed("a segment is empty")
	}
	return s, nil
}

// isEncrypted reports whether a header segment belongs to a JWE, which has
// enc. RFC 7516, 9.
func isEncrypted(segment string) bool {
	text, ok := decodeSegment(segment)
	if !ok {
		return false
	}
	p := scanner{s: text}
	if !p.begin() {
		return false
	}
	for {
		name, done, ok := p.next()
		if !ok || done {
			return false
		}
		if name == "enc" {
			return true
		}
		if !p.skip() {
			return false
		}
	}
}

// decodeHeader decodes the first segment.
func (s *scratch) decodeHeader(segment string) (string, *Error) {
	text, ok := s.decode(segment)
	if !ok {
		return "", malformed("the header is not base64url")
	}
	return text, nil
}

// decodePayload decodes the second segment. The string is valid as long as that
// of text.
func (s *scratch) decodePayload(segment string) (string, *Error) {
	text, ok := s.text(segment)
	if !ok {
		return "", malformed("the payload is not base64url")
	}
	return text, nil
}

// decodeSignature decodes the last segment. It is good until the next call.
func (s *scratch) decodeSignature(segment string) ([]byte, *Error) {
	if segment == "" {
		return nil, malformed("the signature is empty")
	}
	n := decodedLen64(len(segment))
	if n > len(s.signature) {
		return nil, &Error{
			Reason: ReasonInvalidSignature,
			Detail: "it is longer than a signature of any algorithm",
		}
	}
	if n < 0 || !decodeBase64URL(s.signature[:n], segment) {
		return nil, malformed("the signature is not base64url")
	}
	return s.signature[:n], nil
}

func tooLarge(n, limit int) *Error {
	e := malformed("it has %d bytes, at most %d are allowed", n, limit)
	e.Reason = ReasonTokenTooLarge
	return e
}
