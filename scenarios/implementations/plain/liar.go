package plain

import (
	"slices"

	"github.com/assay-id/assay/verifier"
)

// Liar is a verifier that is wrong on purpose: a [Verifier] with one check left
// out or bent.
type Liar struct {
	// Name is what the command line calls it, after "liar:".
	Name string

	// Fault says in a sentence what it does wrong.
	Fault string

	// CaughtBy lists the scenarios that it must fail.
	CaughtBy []string

	bend func(*craft)
}

// New returns the liar as a verifier for cfg and jwkSet, which it reads as
// [New] does.
func (l Liar) New(cfg verifier.Config, jwkSet []byte) (*Verifier, error) {
	c := honest()
	l.bend(&c)
	return newVerifier(cfg, jwkSet, c)
}

// Liars returns all liars, those that give one answer to everything first, then
// in the order of the checks. The slice is the caller's.
func Liars() []Liar {
	return slices.Concat(
		constantLiars(),
		formLiars(), lenientLiars(), encodingLiars(), jsonLiars(), readingLiars(), decryptionLiars(),
		algorithmLiars(), headerLiars(), keyChoiceLiars(), keySetLiars(), signatureLiars(), octetLiars(),
		issuerLiars(), audienceLiars(), timeLiars(), clockLiars(), userLiars(), identityLiars(), loginLiars(), clientLiars(), ruleLiars(), componentLiars(), configurationLiars(),
		discoveryLiars(), metadataLiars(), networkLiars(), transportLiars(), costLiars(), rotationLiars(), changingKeysLiars(), floodedLiars(), cachingLiars(), rememberingLiars(),
		pedanticLiars(),
	)
}
