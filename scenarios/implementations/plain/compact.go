package plain

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/assay-id/assay/verifier"
)

// checkSize refuses a token that is too long before anything in it is read.
func (j *judgement) checkSize() *verifier.Error {
	if n := len(j.raw); n > j.policy.maxBytes {
		return refuse(verifier.ReasonTokenTooLarge, "", strconv.Itoa(n)+" bytes",
			"at most "+strconv.Itoa(j.policy.maxBytes))
	}
	return nil
}

// checkSegments divides the token at its dots. RFC 7515, 7.1.
func (j *judgement) checkSegments() *verifier.Error {
	segments := j.habits.reading.split(j.raw)
	if len(segments) == 5 && j.hasEncryption(segments[0]) {
		return refuse(verifier.ReasonUnsupportedTokenType, "", "encrypted", "signed") // RFC 7516, 9
	}
	if len(segments) != 3 {
		return malformed("", strconv.Itoa(len(segments))+" segments", "3 segments")
	}
	j.header, j.payload, j.signature = segments[0], segments[1], segments[2]
	return nil
}

// hasEncryption reports whether segment is the header of a JWE.
func (j *judgement) hasEncryption(segment string) bool {
	text, ok := j.habits.reading.decode(segment)
	if !ok {
		return false
	}
	head, err := j.habits.reading.parse(text)
	return err == nil && head.has("enc")
}

// splitAtDots returns at most six segments, one more than any form of token
// has: a mebibyte of dots is not worth a list of its length.
func splitAtDots(raw string) []string { return strings.SplitN(raw, ".", 6) }

// decodeBase64URL decodes a segment in the only spelling that RFC 7515, 2
// allows. The decoder of the standard library skips line breaks even
// when it is strict, so the alphabet is checked first.
func decodeBase64URL(segment string) ([]byte, bool) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	if strings.Trim(segment, alphabet) != "" {
		return nil, false
	}
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(segment)
	return decoded, err == nil
}

// checkSignatureForm decodes the third segment. An empty one is no signature
// at all.
func (j *judgement) checkSignatureForm() *verifier.Error {
	signature, ok := j.habits.reading.decode(j.signature)
	if !ok || len(signature) == 0 {
		return malformed("signature", "empty or not base64url", "base64url without padding")
	}
	j.signed = signature
	return nil
}
