package verifier

import "encoding/binary"

// invalid64 marks a byte outside the base64url alphabet in decode64. No value
// has this bit.
const invalid64 = 1 << 31

// decode64 maps a byte to its base64url value, already shifted to where it
// belongs in a group of four characters: four tables of one KiB. RFC
// 4648, 5.
var decode64 = func() (t [4][256]uint32) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for place := range t {
		for c := range t[place] {
			t[place][c] = invalid64
		}
		for v, c := range alphabet {
			t[place][c] = uint32(v) << (18 - 6*place)
		}
	}
	return t
}()

// decodedLen64 is the number of bytes that n base64url characters without
// padding decode to, and -1 if no value has that many characters.
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
// tokens would verify as one. Measured on 700 characters: 150 ns here, 270 ns
// there, 370 ns with one table of bytes.
func decodeBase64URL(dst []byte, src string) bool {
	n := decodedLen64(len(src))
	if n < 0 {
		return false
	}
	dst = dst[:n]
	for len(src) >= 8 && len(dst) >= 8 {
		s := src[:8]
		first := decode64[0][s[0]] | decode64[1][s[1]] | decode64[2][s[2]] | decode64[3][s[3]]
		second := decode64[0][s[4]] | decode64[1][s[5]] | decode64[2][s[6]] | decode64[3][s[7]]
		if (first|second)&invalid64 != 0 {
			return false
		}
		// Six bytes count; the two zeros after them are overwritten later.
		binary.BigEndian.PutUint64(dst, uint64(first)<<40|uint64(second)<<16)
		dst, src = dst[6:], src[8:]
	}
	for len(src) >= 4 {
		v := decode64[0][src[0]] | decode64[1][src[1]] | decode64[2][src[2]] | decode64[3][src[3]]
		if v&invalid64 != 0 {
			return false
		}
		dst[0], dst[1], dst[2] = byte(v>>16), byte(v>>8), byte(v)
		dst, src = dst[3:], src[4:]
	}
	switch len(src) {
	case 2:
		v := decode64[0][src[0]] | decode64[1][src[1]]
		if v&(invalid64|0xFFFF) != 0 {
			return false
		}
		dst[0] = byte(v >> 16)
	case 3:
		v := decode64[0][src[0]] | decode64[1][src[1]] | decode64[2][src[2]]
		if v&(invalid64|0xFF) != 0 {
			return false
		}
		dst[0], dst[1] = byte(v>>16), byte(v>>8)
	}
	return true
}

// decodeSegment decodes one segment of a token where speed does not matter.
func decodeSegment(src string) (string, bool) {
	s := getScratch()
	defer s.release()
	return s.decode(src)
}
