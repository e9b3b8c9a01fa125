package scenarios

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"text/template"
	"unicode/utf16"
)

// templateFunc is a function that a template may call.
type templateFunc struct {
	name  string
	takes signature
	means string
}

// signature is what is known of the arguments of a function.
type signature struct {
	least, most int       // how many; most may be noBound
	kind        arguments // what literal arguments must be
}

// arguments says what the literal arguments of a function must be.
type arguments uint8

const (
	free   arguments = iota
	key              // the first names a key of the case
	cert             // likewise; the others are added to the present
	made             // the first names a token that a step makes
	shift            // they are added to the present
	period           // the first is a duration
)

const noBound = 1 << 30

// templateFuncs lists the functions in the order in which documents show them.
func templateFuncs() []templateFunc {
	return []templateFunc{
		{"issuer", signature{}, "the Issuer Identifier of the case"},
		{"other_issuer", signature{}, "the Issuer Identifier of another environment"},
		{"origin", signature{}, "the scheme, host and port of the issuer"},
		{"client_id", signature{}, "the client ID"},
		{"client_secret", signature{}, "the client secret"},
		{"subject", signature{}, "the sub of the good token"},
		{"trap", signature{}, "the URL of a listener that nothing may touch"},
		{"now", signature{0, 1, shift}, "the present in seconds since 1970; an argument such as \"-1h\" is added"},
		{"httpdate", signature{1, 1, period}, "the present as header fields write it; an argument such as \"90s\" is added"},
		{"mutate", signature{1, 1, free}, "a string with a part of it changed at random: bits, characters, a segment or a member"},
		{"pick", signature{2, 2, free}, "one word of a string, by a number from 0; the words repeat after the last one"},
		{"n", signature{}, "the number of the repetition, from 0"},
		{"kid", signature{1, 1, key}, "the key ID of a key"},
		{"jwk", signature{1, noBound, key}, "the public JWK of a key; further arguments are edits: \"-name\" drops, \"name=value\" sets a string, \"name:=json\" sets JSON text"},
		{"decoys", signature{}, "the JWKs that do not matter, joined by commas"},
		{"pem", signature{1, 1, key}, "the public key as SPKI in PEM"},
		{"pkcs1", signature{1, 1, key}, "the public RSA key as PKCS #1 in PEM"},
		{"cert", signature{1, 1, key}, "a self-signed certificate of the key in PEM"},
		{"x5c", signature{1, 2, cert}, "that certificate as an entry of x5c; a further argument such as \"-48h\" moves its dates"},
		{"modulus", signature{1, 1, key}, "the bytes of the RSA modulus"},
		{"point", signature{1, 1, key}, "the bytes of the EC point, uncompressed"},
		{"unreduced", signature{2, 2, key}, "the bytes of the coordinate x or y of an EC key with the prime of its curve added"},
		{"exponent", signature{1, 1, key}, "the bytes of another public exponent of an RSA key, one as wide as its modulus"},
		{"openssh", signature{1, 1, key}, "the public EC key as a line of OpenSSH"},
		{"header", signature{0, noBound, free}, "the JSON text of the good header; arguments name parameters to leave out"},
		{"claims", signature{0, noBound, free}, "the JSON text of the good claims; arguments name claims to leave out"},
		{"members", signature{0, noBound, free}, "the good claims without the braces; arguments name claims to leave out"},
		{"claim", signature{2, 2, made}, "a claim of the token of the given name, as JSON text"},
		{"h", signature{}, "the header segment, in compact only"},
		{"p", signature{}, "the payload segment, in compact only"},
		{"s", signature{}, "the signature segment, in compact only"},
		{"token", signature{0, 1, made}, "the whole token, in compact only, or the token of the given name"},
		{"repeat", signature{2, 2, free}, "a string repeated a number of times"},
		{"count", signature{2, 2, free}, "a string once for each number from 0 below the given one, which replaces #, joined by commas"},
		{"hex", signature{1, 1, free}, "bytes from hexadecimal digits"},
		{"utf16", signature{1, 1, free}, "a string in UTF-16, little-endian, with a byte order mark"},
		{"base64url", signature{1, 1, free}, "a string in base64url"},
		{"deflate", signature{1, 1, free}, "a string compressed in the format of RFC 1951"},
		{"bomb", signature{1, 1, free}, "bytes of that format that unpack to the given number of mebibytes"},
		{"layers", signature{1, 1, free}, "the good token inside other tokens, the given number in all, each the payload of the next"},
		{"jwe", signature{2, noBound, key}, "a string encrypted to a key with RSA-OAEP-256 and A256GCM; further arguments are edits of the header, as for jwk"},
		{"jwe_with", signature{2, noBound, free}, "a string encrypted with the given 32 bytes, alg being dir; further arguments are edits of the header"},
		{"concat_kdf", signature{2, 2, free}, "the 32 bytes that ECDH-ES derives from a shared secret for an enc"},
		{"ragged", signature{1, 1, free}, "a JSON text, with a trailing space if base64url would otherwise have no unused bits"},
		{"sha256", signature{1, 1, free}, "the bytes of the SHA-256 of a string"},
		{"sha512", signature{1, 1, free}, "the bytes of the SHA-512 of a string"},
		{"render", signature{1, 1, free}, "a member of a variant, itself a template, filled in"},
		{"upper", signature{1, 1, free}, "a string in upper case"},
		{"replace", signature{3, 3, free}, "a string with every occurrence of the second argument replaced by the third"},
	}
}

// TemplateFuncs lists the functions that a template may call, with what each
// stands for.
func TemplateFuncs() map[string]string {
	means := make(map[string]string)
	for _, f := range templateFuncs() {
		means[f.name] = f.means
	}
	return means
}

// maxRepeat bounds what repeat and count make: above the largest token of the
// catalogue, and low enough for a typing error not to exhaust memory.
const maxRepeat = 128 << 20

// PureFuncs returns the functions of TemplateFuncs whose result depends on
// their arguments alone. A mistake in their use is found when a file is read.
func PureFuncs() template.FuncMap {
	return template.FuncMap{
		"pick":      pick,
		"repeat":    repeat,
		"count":     count,
		"hex":       func(s string) (string, error) { b, err := hex.DecodeString(s); return string(b), err },
		"utf16":     utf16Text,
		"base64url": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
		"ragged":    ragged,
		"sha256":    func(s string) string { sum := sha256.Sum256([]byte(s)); return string(sum[:]) },
		"sha512":    func(s string) string { sum := sha512.Sum512([]byte(s)); return string(sum[:]) },
		"upper":     strings.ToUpper,
		"replace":   strings.ReplaceAll,
	}
}

// pick returns one of the words of a string.
func pick(words string, n int) (string, error) {
	list := strings.Fields(words)
	if len(list) == 0 || n < 0 {
		return "", fmt.Errorf("%q has no word number %d", words, n)
	}
	return list[n%len(list)], nil
}

func repeat(s string, n int) (string, error) {
	if err := checkRepeat(s, n); err != nil {
		return "", err
	}
	return strings.Repeat(s, n), nil
}

func checkRepeat(s string, n int) error {
	if n < 0 || n > maxRepeat || n*len(s) > maxRepeat {
		return fmt.Errorf("%d times is out of range", n)
	}
	return nil
}

// count writes text once for each number below n, with the number instead of
// #, and commas between.
func count(text string, n int) (string, error) {
	if err := checkCount(text, n); err != nil {
		return "", err
	}
	var b bytes.Buffer
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strings.ReplaceAll(text, "#", fmt.Sprint(i)))
	}
	return b.String(), nil
}

// checkCount allows the number eight bytes, more than it can have.
func checkCount(text string, n int) error {
	if n < 0 || n > maxRepeat || n*(len(text)+8) > maxRepeat {
		return fmt.Errorf("%d times is out of range", n)
	}
	return nil
}

func utf16Text(s string) string {
	b := []byte{0xFF, 0xFE}
	for _, unit := range utf16.Encode([]rune(s)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return string(b)
}

// ragged adds a space to a JSON text whose length leaves base64url no unused
// bits.
func ragged(text string) string {
	if len(text)%3 == 0 {
		text += " "
	}
	return text
}

// TemplateFuncArguments returns how many arguments a function of TemplateFuncs
// takes at least and at most, or -1 for no bound.
func TemplateFuncArguments(name string) (least, most int) {
	for _, f := range templateFuncs() {
		if f.name != name {
			continue
		}
		if f.takes.most == noBound {
			return f.takes.least, -1
		}
		return f.takes.least, f.takes.most
	}
	return 0, 0
}
