package forge_test

import (
	"crypto"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v3"
	josecipher "github.com/go-jose/go-jose/v3/cipher"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

// Another library must find in the token what was put into it.
func TestEncryptionIsRead(t *testing.T) {
	t.Parallel()
	key := keyring.NewSource(7).Key("enc", "RS256")
	secret := []byte(strings.Repeat("s", 32))
	tests := []struct {
		alg        string
		encryption forge.Encryption
		key        any
	}{
		{"RSA-OAEP-256", forge.Encryption{Key: key}, key.Private()},
		{"RSA1_5", forge.Encryption{Key: key, V15: true}, key.Private().(*rsa.PrivateKey)},
		{"dir", forge.Encryption{Secret: secret}, secret},
	}
	for _, test := range tests {
		test.encryption.Header = keyring.Object{{Name: "alg", Value: test.alg}, {Name: "enc", Value: "A256GCM"}}
		token, err := test.encryption.Encrypt([]byte("content"))
		if err != nil {
			t.Errorf("%s: %v", test.alg, err)
			continue
		}
		parsed, err := jose.ParseEncrypted(token)
		if err != nil {
			t.Errorf("%s: %v", test.alg, err)
			continue
		}
		if text, err := parsed.Decrypt(test.key); string(text) != "content" || err != nil {
			t.Errorf("%s: Decrypt = %q, %v", test.alg, text, err)
		}
	}
}

// The example of RFC 7518, appendix C has party information and another
// length, so a library that agrees with it is asked instead.
func TestConcatKDF(t *testing.T) {
	t.Parallel()
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	z := private.Bytes()
	want := make([]byte, 32)
	length := []byte{0, 0, 1, 0}
	reader := josecipher.NewConcatKDF(crypto.SHA256, z, append([]byte{0, 0, 0, 7}, "A256GCM"...), make([]byte, 4), make([]byte, 4), length, nil)
	if _, err := reader.Read(want); err != nil {
		t.Fatal(err)
	}
	if got := forge.ConcatKDF(z, "A256GCM"); hex.EncodeToString(got) != hex.EncodeToString(want) {
		t.Errorf("ConcatKDF = %x, want %x", got, want)
	}
}

func TestEncryptionRefuses(t *testing.T) {
	t.Parallel()
	header := keyring.Object{{Name: "alg", Value: json.RawMessage(`"dir"`)}}
	for what, e := range map[string]forge.Encryption{
		"no key":      {Header: header},
		"an EC key":   {Header: header, Key: keyring.NewSource(7).Key("ec", "ES256")},
		"a short key": {Header: header, Secret: []byte("short")},
	} {
		if token, err := e.Encrypt(nil); err == nil {
			t.Errorf("%s: Encrypt = %q, want an error", what, token)
		}
	}
}
