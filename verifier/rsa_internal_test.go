package verifier

import (
	"crypto/fips140"
	"crypto/rand"
	"crypto/rsa"
	"testing"
)

// TestVerifyInFIPSMode starts the process in which this test has something to
// say.
func TestRSAKeyInFIPSMode(t *testing.T) {
	t.Parallel()
	if !fips140.Enabled() {
		t.Skip("this process is not in FIPS mode")
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	k, err := newRSAKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if k.modulus != nil {
		t.Error("the key has a modulus of its own, want it left to crypto/rsa")
	}
}
