package run

import (
	"fmt"
	"text/template"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

// encryptionFuncs adds the functions that encrypt.
func (mt *mint) encryptionFuncs(f template.FuncMap) {
	f["jwe"] = func(name, text string, edits ...string) (string, error) {
		key, err := mt.place.key(name)
		if err != nil {
			return "", err
		}
		return encrypt(forge.Encryption{Key: key}, keyring.Object{
			{Name: "alg", Value: "RSA-OAEP-256"}, {Name: "enc", Value: "A256GCM"}, {Name: "kid", Value: key.ID()},
		}, text, edits)
	}
	f["jwe_with"] = func(secret, text string, edits ...string) (string, error) {
		return encrypt(forge.Encryption{Secret: []byte(secret)}, keyring.Object{
			{Name: "alg", Value: "dir"}, {Name: "enc", Value: "A256GCM"},
		}, text, edits)
	}
	f["concat_kdf"] = func(z, enc string) string { return string(forge.ConcatKDF([]byte(z), enc)) }
}

// encrypt encrypts a text under a header that is edited first.
func encrypt(
	e forge.Encryption, header keyring.Object, text string, edits []string,
) (string, error) {
	if err := editMembers(&header, edits); err != nil {
		return "", fmt.Errorf("jwe: %w", err)
	}
	alg, _ := header.Get("alg")
	e.Header, e.V15 = header, alg == "RSA1_5"
	token, err := e.Encrypt([]byte(text))
	if err != nil {
		return "", fmt.Errorf("jwe: %w", err)
	}
	return token, nil
}
