package mockidp

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sync/atomic"
)

// identifiers derives everything that looks random in an environment from the
// seed and the name of the environment, in the forms that Scalekit uses.
type identifiers struct {
	seed  uint64
	scope string

	sessions atomic.Uint64
	tokens   atomic.Uint64
	values   atomic.Uint64
}

// of returns the identifier called name with a prefix: "usr_" and seventeen
// digits.
func (d *identifiers) of(prefix, name string) string {
	const least = 1e16
	sum := d.sum(prefix + name)
	return fmt.Sprintf("%s%d", prefix, least+binary.BigEndian.Uint64(sum[:8])%(9*least))
}

// secret returns the client secret called name. Scalekit's secrets for
// development start like this; "sks_" is the identifier of a secret.
func (d *identifiers) secret(name string) string {
	sum := d.sum("secret " + name)
	return "test_" + hex.EncodeToString(sum[:20])
}

// session returns the sid of the next login.
func (d *identifiers) session() string {
	return d.of("ses_", fmt.Sprint(d.sessions.Add(1)))
}

// token returns the jti of the next access token.
func (d *identifiers) token() string {
	return d.of("tkn_", fmt.Sprint(d.tokens.Add(1)))
}

// opaque returns the next value for a purpose, which nobody without the seed
// can guess.
func (d *identifiers) opaque(purpose string) string {
	sum := d.sum(fmt.Sprint(purpose, " ", d.values.Add(1)))
	return hex.EncodeToString(sum[:16])
}

// digits returns the next code of six digits.
func (d *identifiers) digits() string {
	sum := d.sum(fmt.Sprint("code ", d.values.Add(1)))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(sum[:8])%1e6)
}

// sum returns 32 octets for a purpose.
func (d *identifiers) sum(purpose string) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte("assay mockidp 1\x00"))
	h.Write(binary.BigEndian.AppendUint64(nil, d.seed))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(d.scope))))
	h.Write([]byte(d.scope))
	h.Write([]byte(purpose))
	return [sha256.Size]byte(h.Sum(nil))
}
