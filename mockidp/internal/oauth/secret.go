package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
)

// Same compares secrets in constant time. The mock need not, but code that
// handles secrets should look the way it should.
func Same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
