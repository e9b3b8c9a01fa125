package verifier

import (
	"crypto/sha512"
	"sync"
)

// scratch is the working memory of one verification. It is taken from a pool
// because most of it would otherwise be allocated each time: what is passed to
// a hash or to crypto/ecdsa escapes, and a token, being a string, has to be
// copied to be hashed.
type scratch struct {
	segment   []byte // a decoded segment, and later the signing input
	signature [maxSignatureBytes]byte
	digest    [sha512.Size]byte
	encoded   [maxRSABytes]byte           // an encoded message, for RSA
	block     [8 + 2*sha512.Size + 4]byte // the input of a hash, for PSS
	der       [maxDERSignature]byte       // a signature, for ECDSA

	// token is for the claims of the token that is being verified. It becomes
	// the caller's if the signature is good, and is used again otherwise: most
	// of a flood is refused before that.
	token *Token
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// maxKeptSegment bounds the buffers that the pool keeps: larger tokens are rare.
const maxKeptSegment = 16 << 10

func getScratch() *scratch { return scratches.Get().(*scratch) }

func (s *scratch) release() {
	if cap(s.segment) > maxKeptSegment {
		s.segment = nil
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
