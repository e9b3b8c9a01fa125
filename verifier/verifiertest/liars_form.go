package verifiertest

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// formLiars take for a token what has not the form of one.
func formLiars() []Liar {
	return []Liar{
		{
			Name:     "anonymous-ok",
			Drops:    "It lets a request pass that has no token at all.",
			CaughtBy: []string{"jws.empty"},
			bend: func(c *craft) {
				c.wrap("size", func(j *judgement, next judge) *verifier.Error {
					if j.raw == "" {
						return j.settle()
					}
					return next(j)
				})
			},
		},
		{
			Name:     "unsigned-ok",
			Drops:    "It takes a token without a signature for one that needs none.",
			CaughtBy: []string{"jws.two-segments", "sig.stripped"},
			bend: func(c *craft) {
				c.split = func(raw string) []string {
					segments := splitAtDots(raw)
					if len(segments) == 2 {
						segments = append(segments, "")
					}
					return segments
				}
				c.skipSignature(func(j *judgement) bool { return j.signature == "" })
			},
		},
		{
			Name:     "split-n",
			Drops:    "It takes the first three segments and looks at no others.",
			CaughtBy: []string{"jws.extra-segment", "jws.extra-empty-segment"},
			bend: func(c *craft) {
				c.split = func(raw string) []string {
					segments := splitAtDots(raw)
					return segments[:min(3, len(segments))]
				}
			},
		},
		{
			Name:     "trims",
			Drops:    "It takes white space off the token before it reads it.",
			CaughtBy: []string{"jws.leading-space", "jws.trailing-newline"},
			bend: func(c *craft) {
				c.split = func(raw string) []string { return splitAtDots(strings.TrimSpace(raw)) }
			},
		},
		{
			Name:     "regexp-first",
			Drops:    "It matches the token against a regular expression before it looks at its length.",
			CaughtBy: []string{"jws.many-dots"},
			bend: func(c *craft) {
				form := regexp.MustCompile(`^(.*)\.(.*)\.(.*)(\.(.*)\.(.*))?$`) // JWS or JWE
				c.wrap("size", func(j *judgement, next judge) *verifier.Error {
					if form.FindStringSubmatch(j.raw) == nil {
						return malformed("", "something else", "three segments or five")
					}
					return next(j)
				})
			},
		},
		{
			Name:     "flattened-ok",
			Drops:    "It reads the JSON serialization as well.",
			CaughtBy: []string{"ser.flattened"},
			bend: func(c *craft) {
				c.split = func(raw string) []string {
					token, err := parseStrictly([]byte(raw))
					if err != nil {
						return splitAtDots(raw)
					}
					protected, _ := token.text("protected")
					payload, _ := token.text("payload")
					signature, _ := token.text("signature")
					return []string{protected, payload, signature}
				}
			},
		},
		{
			Name:     "opaque-ok",
			Drops:    "It passes on a token without dots, for somebody else to look up.",
			CaughtBy: []string{"ser.opaque"},
			bend: func(c *craft) {
				c.wrap("segments", func(j *judgement, next judge) *verifier.Error {
					if j.raw != "" && !strings.Contains(j.raw, ".") {
						return j.settle()
					}
					return next(j)
				})
			},
		},
		{
			Name: "unwraps-jwe",
			// The ciphertext of the scenario is the plaintext, so this one
			// needs no key to get at the claims.
			Drops:    "It trusts what it has decrypted, whoever encrypted it.",
			CaughtBy: []string{"jwe.wrapped-none"},
			bend: func(c *craft) {
				encrypted := func(j *judgement) bool { return strings.Count(j.raw, ".") == 4 }
				c.wrap("segments", func(j *judgement, next judge) *verifier.Error {
					if !encrypted(j) {
						return next(j)
					}
					segments := splitAtDots(j.raw)
					j.header, j.payload = segments[0], segments[3]
					return nil
				})
				c.only("alg", not(encrypted))
				c.skipSignature(encrypted)
			},
		},
		{
			Name:     "unwraps-nested",
			Drops:    "It takes the claims out of a token inside the token.",
			CaughtBy: []string{"nest.jws-in-jws"},
			bend: func(c *craft) {
				c.parse = func(text []byte) (object, error) {
					if inner := splitAtDots(string(text)); len(inner) == 3 && !bytes.HasPrefix(text, []byte("{")) {
						text, _ = decodeBase64URL(inner[1])
					}
					return parseStrictly(text)
				}
			},
		},
	}
}

// encodingLiars take more than one spelling of the same octets, so that two
// different strings are one token.
func encodingLiars() []Liar {
	return []Liar{
		{
			Name:     "std-base64",
			Drops:    "It decodes padding and the standard alphabet as well.",
			CaughtBy: []string{"b64.padded-signature", "b64.padded-payload", "b64.std-alphabet-signature"},
			bend: func(c *craft) {
				c.decode = func(segment string) ([]byte, bool) {
					return decodeBase64URL(strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(segment))
				}
			},
		},
		{
			Name:     "skips-newlines",
			Drops:    "It decodes with the decoder of the standard library, which skips line breaks even if it is strict.",
			CaughtBy: []string{"b64.newline", "jws.trailing-newline"},
			bend: func(c *craft) {
				c.decode = func(segment string) ([]byte, bool) {
					octets, err := base64.RawURLEncoding.Strict().DecodeString(segment)
					return octets, err == nil
				}
			},
		},
		{
			Name:     "loose-bits",
			Drops:    "It ignores the bits of the last character that belong to no octet.",
			CaughtBy: []string{"b64.trailing-bits-signature"},
			bend: func(c *craft) {
				c.decode = func(segment string) ([]byte, bool) {
					if strings.ContainsAny(segment, "\r\n") {
						return nil, false
					}
					octets, err := base64.RawURLEncoding.DecodeString(segment)
					return octets, err == nil
				}
			},
		},
	}
}

// jsonLiars read other members out of the signed octets than somebody else
// would.
func jsonLiars() []Liar {
	return []Liar{
		{
			Name:     "json-v1",
			Drops:    "It finds members without regard to case, as encoding/json does.",
			CaughtBy: []string{"json.case-exp-only", "json.case-shadow-aud", "json.case-shadow-iss", "disc.case-members"},
			bend: func(c *craft) {
				c.parse = findBy(func(members []member, name string) (value jsontext.Value, found bool) {
					for _, m := range members {
						if strings.EqualFold(m.name, name) {
							value, found = m.value, true
						}
					}
					return value, found
				})
			},
		},
		{
			Name:     "first-dup-wins",
			Drops:    "It takes the first of two members of the same name.",
			CaughtBy: []string{"json.header-dup-alg", "json.dup-aud-last-bad", "json.dup-escaped-claim"},
			bend:     func(c *craft) { c.parse = findBy(exactName) },
		},
		{
			Name:     "mends-utf8",
			Drops:    "It puts a replacement character where the octets are not UTF-8.",
			CaughtBy: []string{"json.payload-invalid-utf8"},
			bend: func(c *craft) {
				c.parse = func(text []byte) (object, error) { return parseStrictly(bytes.ToValidUTF8(text, []byte("\uFFFD"))) }
			},
		},
		{
			Name:     "json-fail-open",
			Drops:    "It goes on with what the JSON parser had read when it failed.",
			CaughtBy: []string{"json.trailing-comma", "json.payload-not-json"},
			bend: func(c *craft) {
				c.parse = func(text []byte) (object, error) {
					members, _ := readMembers(text)
					return object{members, exactName}, nil
				}
			},
		},
		{
			Name:     "unbounded",
			Drops:    "It reads a token of any length and nesting.",
			CaughtBy: []string{"json.deep-payload"},
			bend: func(c *craft) {
				c.drop("size")
				c.parse = func(text []byte) (object, error) { return parseStrictly(flatten(text)) }
			},
		},
	}
}

// findBy parses an object with doubled members, and finds them so.
func findBy(find finder) func(text []byte) (object, error) {
	return func(text []byte) (object, error) {
		members, err := readMembers(text)
		return object{members, find}, err
	}
}

// flatten takes the brackets off lists in lists, which is what a parser does
// that counts brackets and has no stack to overflow.
func flatten(text []byte) []byte {
	for _, brackets := range []string{"[[", "]]"} {
		for bytes.Contains(text, []byte(brackets)) {
			text = bytes.ReplaceAll(text, []byte(brackets), []byte(brackets[:1]))
		}
	}
	return text
}
