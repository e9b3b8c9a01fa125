package verifier

import (
	"crypto"
	"slices"
	"strings"
)

// Algorithm is a JWS signature algorithm by its registered name. Names are
// case-sensitive. RFC 7518, 3.1; RFC 8037, 3.1; RFC 9864, 2.
type Algorithm string

// The algorithms that can be allowed. There is no none, and none can be added.
// Those that begin with HS are symmetric: they need Config.ClientSecret, and
// cannot be combined with the others.
const (
	RS256   Algorithm = "RS256"
	RS384   Algorithm = "RS384"
	RS512   Algorithm = "RS512"
	PS256   Algorithm = "PS256"
	PS384   Algorithm = "PS384"
	PS512   Algorithm = "PS512"
	ES256   Algorithm = "ES256"
	ES384   Algorithm = "ES384"
	ES512   Algorithm = "ES512"
	EdDSA   Algorithm = "EdDSA"
	Ed25519 Algorithm = "Ed25519"
	HS256   Algorithm = "HS256"
	HS384   Algorithm = "HS384"
	HS512   Algorithm = "HS512"
)

// DefaultAlgorithms returns the algorithms that Char documents, which are
// allowed when Config.Algorithms is empty. The slice is the caller's.
func DefaultAlgorithms() []Algorithm {
	return []Algorithm{RS256, RS384, RS512, ES256, ES384, ES512}
}

// supportedAlgorithms lists all that Config.Algorithms may hold.
func supportedAlgorithms() []Algorithm {
	return []Algorithm{
		RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512,
		EdDSA, Ed25519, HS256, HS384, HS512,
	}
}

// family is the kind of key and padding that an algorithm needs.
type family uint8

const (
	familyNone family = iota
	familyPKCS1
	familyPSS
	familyECDSA
	familyEdDSA
	familyHMAC
)

// algorithm holds the properties of an Algorithm.
type algorithm struct {
	family family
	hash   crypto.Hash // used by the signature, and by at_hash and the like
	curve  string      // the "crv" of the key, for ECDSA and EdDSA
}

// lookup returns the properties of a, and a zero family if it is unknown.
func (a Algorithm) lookup() algorithm {
	switch a {
	case RS256:
		return algorithm{familyPKCS1, crypto.SHA256, ""}
	case RS384:
		return algorithm{familyPKCS1, crypto.SHA384, ""}
	case RS512:
		return algorithm{familyPKCS1, crypto.SHA512, ""}
	case PS256:
		return algorithm{familyPSS, crypto.SHA256, ""}
	case PS384:
		return algorithm{familyPSS, crypto.SHA384, ""}
	case PS512:
		return algorithm{familyPSS, crypto.SHA512, ""}
	case ES256:
		return algorithm{familyECDSA, crypto.SHA256, "P-256"}
	case ES384:
		return algorithm{familyECDSA, crypto.SHA384, "P-384"}
	case ES512:
		return algorithm{familyECDSA, crypto.SHA512, "P-521"}
	case EdDSA, Ed25519:
		return algorithm{familyEdDSA, crypto.SHA512, "Ed25519"}
	case HS256:
		return algorithm{familyHMAC, crypto.SHA256, ""}
	case HS384:
		return algorithm{familyHMAC, crypto.SHA384, ""}
	case HS512:
		return algorithm{familyHMAC, crypto.SHA512, ""}
	}
	return algorithm{}
}

// algorithmList is an allow-list.
type algorithmList []Algorithm

func (l algorithmList) has(a Algorithm) bool { return slices.Contains(l, a) }

// symmetric reports whether l has an algorithm that verifies with a secret.
func (l algorithmList) symmetric() bool {
	return slices.ContainsFunc(l, func(a Algorithm) bool { return a.lookup().family == familyHMAC })
}

// String joins the names with spaces.
func (l algorithmList) String() string {
	names := make([]string, len(l))
	for i, a := range l {
		names[i] = string(a)
	}
	return strings.Join(names, " ")
}
