package scenarios

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
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

// signature describes the arguments of a function.
type signature struct {
	least, most int       // how many; most may be noBound
	kind        arguments // what literal arguments must be
}

// arguments says what the literal arguments of a function must be.
type arguments uint8

const (
	free   arguments = iota
	key              // the first names a key of the case
	cert             // the first names a key of the case; the others are added to the present
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
		{"loopback_as", signature{2, 2, free}, "a URL with another name for 127.0.0.1; the case is skipped if the environments listen elsewhere"},
		{"now", signature{0, 1, shift}, "the current time in seconds since 1970; an argument such as \"-1h\" is added to it"},
		{"httpdate", signature{1, 1, period}, "the current time plus an argument such as \"90s\", in the format of HTTP header fields"},
		{"mutate", signature{1, 1, free}, "a string with a random part of it changed: bits, characters, a segment or a member"},
		{"pick", signature{2, 2, free}, "one word of a string, by a number from 0; the words repeat after the last one"},
		{"n", signature{}, "the number of the repetition, from 0"},
		{"kid", signature{1, 1, key}, "the key ID of a key"},
		{"jwk", signature{1, noBound, key}, "the public JWK of a key; further arguments are edits: \"-name\" drops, \"name=value\" sets a string, \"name:=json\" sets JSON text"},
		{"decoys", signature{}, "the JWKs of the decoy keys, which no token needs, joined by commas"},
		{"pem", signature{1, 1, key}, "a public key in PEM, as a SubjectPublicKeyInfo"},
		{"der", signature{1, 1, key}, "the bytes of a public key as a SubjectPublicKeyInfo"},
		{"pkcs1", signature{1, 1, key}, "an RSA public key in PEM, as PKCS #1"},
		{"cert", signature{1, 1, key}, "a self-signed certificate of a key, in PEM"},
		{"x5c", signature{1, 2, cert}, "a self-signed certificate of a key, as an entry of x5c; a further argument such as \"-48h\" moves its dates"},
		{"modulus", signature{1, 1, key}, "the bytes of the modulus of an RSA key"},
		{"point", signature{1, 1, key}, "the bytes of the point of an EC key, uncompressed"},
		{"unreduced", signature{2, 2, key}, "the bytes of the coordinate x or y of an EC key, with the prime of its curve added"},
		{"exponent", signature{1, 1, key}, "the bytes of another public exponent for an RSA key, as wide as its modulus"},
		{"openssh", signature{1, 1, key}, "an EC public key as a line of OpenSSH"},
		{"header", signature{0, noBound, free}, "the JSON text of the good header; arguments name parameters to leave out"},
		{"parameters", signature{0, noBound, free}, "the good header without the braces; arguments name parameters to leave out"},
		{"claims", signature{0, noBound, free}, "the JSON text of the good claims; arguments name claims to leave out"},
		{"members", signature{0, noBound, free}, "the good claims without the braces; arguments name claims to leave out"},
		{"claim", signature{2, 2, made}, "the JSON text of a claim; the arguments are the name of a token and the name of the claim"},
		{"h", signature{}, "the header segment of the token; in compact, sign.input and sign.encoded only"},
		{"p", signature{}, "the payload segment of the token; in compact, sign.input and sign.encoded only"},
		{"s", signature{}, "the signature segment of the token; in compact only"},
		{"token", signature{0, 1, made}, "the whole token, in compact only; with an argument, the token of that name"},
		{"repeat", signature{2, 2, free}, "a string repeated a number of times"},
		{"count", signature{2, 2, free}, "a string as many times as the number says, joined by commas, each with its own number from 0 instead of #"},
		{"hex", signature{1, 1, free}, "the bytes that hexadecimal digits stand for"},
		{"utf16", signature{1, 1, free}, "a string in UTF-16, little-endian, with a byte order mark"},
		{"base64url", signature{1, 1, free}, "a string in base64url"},
		{"deflate", signature{1, 1, free}, "a string compressed with DEFLATE, RFC 1951"},
		{"bomb", signature{1, 1, free}, "bytes that DEFLATE unpacks to the given number of mebibytes"},
		{"layers", signature{1, 1, free}, "the good token inside other tokens, each the payload of the next, as many in all as the number says"},
		{"jwe", signature{2, noBound, key}, "a string encrypted to a key with RSA-OAEP-256 and A256GCM; further arguments are edits of the header, in the form that jwk takes"},
		{"jwe_with", signature{2, noBound, free}, "a string encrypted directly (alg is dir) with the given 32 bytes; further arguments are edits of the header, in the form that jwk takes"},
		{"concat_kdf", signature{2, 2, free}, "the 32 bytes that ECDH-ES derives from a shared secret for an enc; the arguments are both"},
		{"ragged", signature{1, 1, free}, "a JSON text, with a trailing space if base64url would otherwise have no unused bits"},
		{"sha256", signature{1, 1, free}, "the bytes of the SHA-256 of a string"},
		{"sha384", signature{1, 1, free}, "the bytes of the SHA-384 of a string"},
		{"sha512", signature{1, 1, free}, "the bytes of the SHA-512 of a string"},
		{"flip", signature{2, 2, free}, "a string with one bit of a byte flipped; the number of the byte is a string and counts from 0, or from the end if it is negative"},
		{"render", signature{1, 1, free}, "a member of a variant that is itself a template, filled in"},
		{"upper", signature{1, 1, free}, "a string in upper case"},
		{"replace", signature{3, 3, free}, "a string with every occurrence of the second argument replaced by the third"},
	}
}

// TemplateFunc explains a function that a template may call.
type TemplateFunc struct {
	Name        string
	Means       string // what a call stands for
	Least, Most int    // how many arguments it takes; Most is -1 for no bound
}

// TemplateFuncs lists the functions that a template may call, those of one
// subject together.
func TemplateFuncs() []TemplateFunc {
	var list []TemplateFunc
	for _, f := range templateFuncs() {
		most := f.takes.most
		if most == noBound {
			most = -1
		}
		list = append(list, TemplateFunc{
			Name: f.name, Means: f.means, Least: f.takes.least, Most: most,
		})
	}
	return list
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
		"sha384":    func(s string) string { sum := sha512.Sum384([]byte(s)); return string(sum[:]) },
		"sha512":    func(s string) string { sum := sha512.Sum512([]byte(s)); return string(sum[:]) },
		"flip":      flip,
		"upper":     strings.ToUpper,
		"replace":   strings.ReplaceAll,
		"loopback_as": func(url, name string) string {
			return strings.ReplaceAll(url, "127.0.0.1", name)
		},
	}
}

// flip returns a string with the lowest bit of one byte flipped. A number below
// zero counts from the end.
func flip(s, number string) (string, error) {
	i, err := strconv.Atoi(number)
	if err != nil {
		return "", fmt.Errorf("%q is not the number of a byte", number)
	}
	if i < 0 {
		i += len(s)
	}
	if i < 0 || i >= len(s) {
		return "", fmt.Errorf("there is no byte %s in a string of %d", number, len(s))
	}
	flipped := []byte(s)
	flipped[i] ^= 1
	return string(flipped), nil
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
