package ids

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sync/atomic"
)

// Source derives everything that looks random in an environment from the
// seed and the name of the environment, in the forms that Scalekit uses.
type Source struct {
	seed  uint64
	scope string

	sessions atomic.Uint64
	tokens   atomic.Uint64
	values   atomic.Uint64
}

// New returns the identifiers of an environment.
func New(seed uint64, environment string) *Source {
	return &Source{seed: seed, scope: environment}
}

// Of returns the identifier called name with a prefix: "usr_" and seventeen
// digits.
func (d *Source) Of(prefix, name string) string {
	const least = 1e16
	sum := d.Sum(prefix + name)
	return fmt.Sprintf("%s%d", prefix, least+binary.BigEndian.Uint64(sum[:8])%(9*least))
}

// Secret returns the client secret called name. Scalekit's secrets for
// development start like this; "sks_" is the identifier of a secret.
func (d *Source) Secret(name string) string {
	sum := d.Sum("secret " + name)
	return "test_" + hex.EncodeToString(sum[:20])
}

// Session returns the sid of the next login.
func (d *Source) Session() string {
	return d.Of("ses_", fmt.Sprint(d.sessions.Add(1)))
}

// Token returns the jti of the next access token.
func (d *Source) Token() string {
	return d.Of("tkn_", fmt.Sprint(d.tokens.Add(1)))
}

// Opaque returns the next value for a purpose, which nobody without the seed
// can guess.
func (d *Source) Opaque(purpose string) string {
	sum := d.Sum(fmt.Sprint(purpose, " ", d.values.Add(1)))
	return hex.EncodeToString(sum[:16])
}

// Digits returns the next code of six digits.
func (d *Source) Digits() string {
	sum := d.Sum(fmt.Sprint("code ", d.values.Add(1)))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(sum[:8])%1e6)
}

// Sum returns 32 bytes for a purpose.
func (d *Source) Sum(purpose string) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte("assay mockidp 1\x00"))
	h.Write(binary.BigEndian.AppendUint64(nil, d.seed))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(d.scope))))
	h.Write([]byte(d.scope))
	h.Write([]byte(purpose))
	return [sha256.Size]byte(h.Sum(nil))
}
