package mockidp

import (
	"encoding/base64"
	"math/rand/v2"
	"slices"

	"github.com/assay-id/assay/mockidp/internal/ids"
	"github.com/assay-id/assay/mockidp/keyring"
)

// decoys are the published keys that never sign. A verifier that picks a key by
// its type, its place or its use instead of its kid picks one of them.
type decoys struct {
	before, after []keyring.JWK
}

// mlDSA44PublicKey is the length of an ML-DSA-44 public key in bytes, FIPS
// 204, table 2.
const mlDSA44PublicKey = 1312

// newDecoys makes the decoys of an environment. Like the default signing key
// they share their key material with other environments, not their key IDs.
func newDecoys(source *keyring.Source, names *ids.Source) decoys {
	decoy := func(key func(name, alg string) *keyring.Key, name, alg string) keyring.JWK {
		return key("decoy "+name, alg).WithID(names.Of("snk_", name)).JWK()
	}
	encryption := decoy(source.Decoy, "encryption", "RS256")
	encryption.Set("use", "enc")
	encryption.Set("alg", "RSA-OAEP-256")

	// A key type that is registered and that few implementations know.
	public := make([]byte, mlDSA44PublicKey)
	_, _ = rand.NewChaCha8(names.Sum("unknown")).Read(public) // never fails
	unknown := keyring.JWK{
		{Name: "kty", Value: "AKP"},
		{Name: "use", Value: "sig"},
		{Name: "kid", Value: names.Of("snk_", "unknown")},
		{Name: "alg", Value: "ML-DSA-44"},
		{Name: "pub", Value: base64.RawURLEncoding.EncodeToString(public)},
	}
	return decoys{
		before: []keyring.JWK{
			decoy(source.Decoy, "rsa", "RS256"),
			decoy(source.Key, "ec 1", "ES256"),
			decoy(source.Key, "okp", "EdDSA"),
		},
		after: []keyring.JWK{encryption, decoy(source.Key, "ec 2", "ES384"), unknown},
	}
}

// Decoys returns the published keys that never sign, in the order of the JWK
// Set; see [EnvironmentConfig.NoDecoys].
func (e *Environment) Decoys() []keyring.JWK {
	d := e.published.decoys
	return slices.Concat(d.before, d.after)
}
