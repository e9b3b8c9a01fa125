package verifier

import (
	"crypto/sha512"
	"sync"
	"unsafe"
)

// scratch is the working memory of one verification. It is taken from a pool
// because most of it would otherwise be allocated each time: what is passed to
// a hash or to crypto/ecdsa escapes, and a token, being a string, has to be
// copied to be hashed.
type scratch struct {
	segment   []byte // a decoded header, and later the signing input
	signature [maxSignatureBytes]byte
	digest    [sha512.Size]byte
	encoded   [maxRSABytes]byte           // an encoded message, for RSA
	block     [8 + 2*sha512.Size + 4]byte // the input of a hash, for PSS
	der       [maxDERSignature]byte       // a signature, for ECDSA

	// token and payload are for the claims of the token that is being verified,
	// whose strings are parts of payload. Both become the caller's if the
	// signature is good, and are used again otherwise: most of a flood is
	// refused before that.
	token   *Token
	payload []byte
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// maxKeptSegment bounds the buffers that the pool keeps: larger tokens are rare.
const maxKeptSegment = 16 << 10

func getScratch() *scratch { return scratches.Get().(*scratch) }

func (s *scratch) release() {
	if cap(s.segment) > maxKeptSegment {
		s.segment = nil
	}
	if cap(s.payload) > maxKeptSegment {
		s.payload = nil
	}
	if s.token != nil {
		*s.token = Token{} // which would keep a refused token in memory
	}
	scratches.Put(s)
}

// claims returns the Token for the claims.
func (s *scratch) claims() *Token {
	if s.token == nil {
		s.token = new(Token)
	}
	return s.token
}

// give leaves the claims and the payload to the caller of Verify.
func (s *scratch) give() { s.token, s.payload = nil, nil }

// text decodes the second segment of a token without copying it: to allocate
// 700 bytes would be an eighth of what a refused token costs.
//
// The string changes with the next call, unless give is called before that. So
// the refusal of a token whose signature is not verified yet must not hold a
// part of it: checkIssuer clones what it shows.
func (s *scratch) text(segment string) (string, bool) {
	n := decodedLen64(len(segment))
	if n < 0 {
		return "", false
	}
	// An accepted token must not hold much more memory than its payload needs.
	if cap(s.payload) < n || cap(s.payload) > 2*n {
		s.payload = make([]byte, n)
	}
	s.payload = s.payload[:n]
	if !decodeBase64URL(s.payload, segment) {
		return "", false
	}
	return unsafe.String(unsafe.SliceData(s.payload), n), true
}

// bytes returns a buffer of n bytes with arbitrary content, valid until the
// next call.
func (s *scratch) bytes(n int) []byte {
	if cap(s.segment) < n {
		s.segment = make([]byte, n, n+n/2)
	}
	return s.segment[:n]
}

// decode decodes one segment of a token into a new string.
func (s *scratch) decode(segment string) (string, bool) {
	n := decodedLen64(len(segment))
	if n < 0 {
		return "", false
	}
	buf := s.bytes(n)
	if !decodeBase64URL(buf, segment) {
		return "", false
	}
	return string(buf), true
}

// copy returns the bytes of text, valid until the next call of bytes.
func (s *scratch) copy(text string) []byte {
	buf := s.bytes(len(text))
	copy(buf, text)
	return buf
}
