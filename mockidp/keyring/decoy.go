package keyring

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"io"
)

// decoy is an RSA key of which nobody has the private part.
type decoy struct{ public *rsa.PublicKey }

// Public implements [crypto.Signer].
func (d decoy) Public() crypto.PublicKey { return d.public }

// Sign implements [crypto.Signer].
func (decoy) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("a decoy cannot sign")
}
