package verifier

import "strings"

// invalid64 marks a byte outside the base64url alphabet.
const invalid64 = 0xFF

// decode64 maps a byte to its base64url value. RFC 4648, 5.
var decode64 = func() (t [256]uint8) {
	for i := range t {
		t[i] = invalid64
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range len(alphabet) {
		t[alphabet[i]] = uint8(i)
	}
	return t
}()

// decodedLen64 is the number of bytes that n base64url characters without
// padding stand for, and -1 if no value has that many characters.
func decodedLen64(n int) int {
	if n%4 == 1 {
		return -1
	}
	return n/4*3 + n%4*3/4
}

// decodeBase64URL decodes src into dst, which must have room for
// decodedLen64(len(src)) bytes. It accepts exactly one spelling of each byte
// string: no padding, no line breaks, no other alphabet, and zero in the
// unused bits of the last character. RFC 7515, 2; RFC 4648, 3.5.
//
// encoding/base64 skips CR and LF even in its strict mode, so two different
// tokens would verify as one; it is also half as fast here.
func decodeBase64URL(dst []byte, src string) bool {
	n := decodedLen64(len(src))
	if n < 0 {
		return false
	}
	dst = dst[:n]
	for len(src) >= 4 && len(dst) >= 3 {
		a, b, c, d := decode64[src[0]], decode64[src[1]], decode64[src[2]], decode64[src[3]]
		if (a|b|c|d)&0xC0 != 0 {
			return false
		}
		v := uint(a)<<18 | uint(b)<<12 | uint(c)<<6 | uint(d)
		dst[0], dst[1], dst[2] = byte(v>>16), byte(v>>8), byte(v)
		dst, src = dst[3:], src[4:]
	}
	switch len(src) {
	case 0:
		return true
	case 2:
		a, b := decode64[src[0]], decode64[src[1]]
		if (a|b)&0xC0 != 0 || b&0x0F != 0 {
			return false
		}
		dst[0] = a<<2 | b>>4
	case 3:
		a, b, c := decode64[src[0]], decode64[src[1]], decode64[src[2]]
		if (a|b|c)&0xC0 != 0 || c&0x03 != 0 {
			return false
		}
		dst[0], dst[1] = a<<2|b>>4, b<<4|c>>2
	}
	return true
}

// decodeSegment decodes one segment of a token into a string of its own, in
// one allocation: the pieces go through a buffer on the stack.
func decodeSegment(src string) (string, bool) {
	const piece = 1024 // characters; a multiple of 4, so only the last piece has a tail
	n := decodedLen64(len(src))
	if n < 0 {
		return "", false
	}
	var buf [piece / 4 * 3]byte
	if len(src) <= piece {
		if !decodeBase64URL(buf[:n], src) {
			return "", false
		}
		return string(buf[:n]), true
	}
	var b strings.Builder
	b.Grow(n)
	for len(src) > 0 {
		part := src[:min(piece, len(src))]
		m := decodedLen64(len(part))
		if !decodeBase64URL(buf[:m], part) {
			return "", false
		}
		b.Write(buf[:m])
		src = src[len(part):]
	}
	return b.String(), true
}
