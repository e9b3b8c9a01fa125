package forge

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Encodings says how each segment is spelled. The zero value is base64url
// without padding. RFC 7515, 2.
type Encodings struct {
	Header, Payload, Signature Encoding
}

// Encoding is a way to spell bytes as a segment.
type Encoding string

// The spellings. JWS allows only the first.
const (
	EncodingRight        Encoding = ""
	EncodingPadded       Encoding = "padded"        // with = at the end
	EncodingStandard     Encoding = "standard"      // + and / for - and _
	EncodingTrailingBits Encoding = "trailing-bits" // a one among the unused bits of the last character
	EncodingIllegal      Encoding = "illegal"       // with !, * and % between the characters
	EncodingTwice        Encoding = "twice"         // base64url of base64url
	EncodingNewline      Encoding = "newline"       // with a line feed in the middle
	EncodingHighBit      Encoding = "high-bit"      // with the byte 0xE9 in the middle
	EncodingCyrillic     Encoding = "cyrillic"      // with U+0430, which looks like an a, in the middle
)

// EncodingNames returns the names of all spellings except the right one.
func EncodingNames() []Encoding {
	return []Encoding{
		EncodingPadded, EncodingStandard, EncodingTrailingBits, EncodingIllegal, EncodingTwice,
		EncodingNewline, EncodingHighBit, EncodingCyrillic,
	}
}

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// encode spells b. It returns an error if b has no such spelling different
// from the right one, because nothing would change.
func (e Encoding) encode(b []byte) (string, error) {
	right := base64url(b)
	middle := len(right) / 2
	wrong := ""
	switch e {
	case EncodingRight:
		return right, nil
	case EncodingPadded:
		if wrong = base64.URLEncoding.EncodeToString(b); wrong == right {
			wrong += "===="
		}
	case EncodingStandard:
		wrong = base64.RawStdEncoding.EncodeToString(b)
	case EncodingTrailingBits:
		return trailingBits(right)
	case EncodingIllegal:
		wrong = right[:middle] + "!*%" + right[middle:]
	case EncodingTwice:
		wrong = base64url([]byte(right))
	case EncodingNewline:
		wrong = right[:middle] + "\n" + right[middle:]
	case EncodingHighBit:
		wrong = right[:middle] + "\xE9" + right[middle:]
	case EncodingCyrillic:
		wrong = right[:middle] + "\u0430" + right[middle:]
	default:
		return "", fmt.Errorf("encoding %q is not known", e)
	}
	if wrong == right {
		return "", fmt.Errorf("encoding %q spells these bytes as base64url does", e)
	}
	return wrong, nil
}

// trailingBits sets the lowest of the unused bits of the last character.
func trailingBits(right string) (string, error) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	if len(right)%4 == 0 {
		return "", errors.New("the segment has no unused bits: its length is a multiple of four")
	}
	last := strings.IndexByte(alphabet, right[len(right)-1])
	return right[:len(right)-1] + string(alphabet[last|1]), nil
}
