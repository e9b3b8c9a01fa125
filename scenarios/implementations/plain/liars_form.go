package plain

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
			Fault:    "It lets a request pass that has no token at all, or nothing but dots.",
			CaughtBy: []string{"jws.empty", "jws.only-dots", "jwe.empty-segments"},
			bend: func(c *craft) {
				c.wrap("size", func(j *judgement, next judge) *verifier.Error {
					if strings.Trim(j.raw, ".") == "" {
						return j.settle()
					}
					return next(j)
				})
			},
		},
		{
			Name:     "unsigned-ok",
			Fault:    "It takes a token without a signature for one that needs none.",
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
			Fault:    "It takes the first three segments and looks at no others.",
			CaughtBy: []string{"jws.extra-segment", "jws.extra-empty-segment", "jws.five-segments-jws-header"},
			bend: func(c *craft) {
				c.split = func(raw string) []string {
					segments := splitAtDots(raw)
					return segments[:min(3, len(segments))]
				}
			},
		},
		{
			Name:     "trims",
			Fault:    "It takes white space off the token before it reads it.",
			CaughtBy: []string{"jws.leading-space", "jws.trailing-newline"},
			bend: func(c *craft) {
				c.split = func(raw string) []string { return splitAtDots(strings.TrimSpace(raw)) }
			},
		},
		{
			Name:     "regexp-first",
			Fault:    "It matches the token against a regular expression before it looks at its length.",
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
			Fault:    "It reads the JSON serialization as well.",
			CaughtBy: []string{"ser.flattened", "ser.json-two-dots", "ser.polyglot"},
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
			Fault:    "It passes on a token that is no JWT, for somebody else to look up.",
			CaughtBy: []string{"ser.opaque", "ser.paseto", "jws.one-segment"},
			bend: func(c *craft) {
				c.wrap("segments", func(j *judgement, next judge) *verifier.Error {
					if j.raw != "" && !strings.Contains(j.raw, ".") || strings.HasPrefix(j.raw, "v4.public.") {
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
			Fault:    "It trusts what it has decrypted, whoever encrypted it.",
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
			Fault:    "It takes the claims out of a token inside the token.",
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
			Fault:    "It decodes padding and the standard alphabet as well.",
			CaughtBy: []string{"b64.padded-signature", "b64.padded-payload", "b64.padded-header", "b64.std-alphabet-signature"},
			bend: func(c *craft) {
				c.decode = func(segment string) ([]byte, bool) {
					return decodeBase64URL(strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(segment))
				}
			},
		},
		{
			Name:     "skips-newlines",
			Fault:    "It decodes with the decoder of the standard library, which skips line breaks even if it is strict.",
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
			Fault:    "It ignores the bits of the last character that belong to no octet.",
			CaughtBy: []string{"b64.trailing-bits-signature", "b64.trailing-bits-payload"},
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
			Name:  "json-v1",
			Fault: "It finds members without regard to case, as encoding/json does.",
			CaughtBy: []string{
				"json.case-exp-only", "json.case-shadow-aud", "json.case-shadow-iss", "json.header-case-alg", "json.header-only-case-alg",
				"json.unicode-fold", "disc.case-members",
			},
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
			Name:  "first-dup-wins",
			Fault: "It takes the first of two members of the same name.",
			CaughtBy: []string{
				"json.header-dup-alg", "json.header-dup-kid", "json.dup-aud-last-bad", "json.dup-iss-last-bad", "json.dup-exp-last-bad",
				"json.dup-escaped-claim", "json.dup-last-good", "json.dup-sub-consistent", "disc.dup-issuer", "jwks.dup-keys-member",
			},
			bend: func(c *craft) { c.parse = findBy(exactName) },
		},
		{
			Name:     "mends-utf8",
			Fault:    "It puts a replacement character where a text is not Unicode.",
			CaughtBy: []string{"json.payload-invalid-utf8", "json.payload-lone-surrogate", "json.header-invalid-utf8"},
			bend: func(c *craft) {
				half := regexp.MustCompile(`\\u[dD][89abAB][0-9a-fA-F]{2}("|[^\\])`)
				c.parse = func(text []byte) (object, error) {
					return parseStrictly(half.ReplaceAll(bytes.ToValidUTF8(text, []byte("\uFFFD")), []byte("\uFFFD$1")))
				}
			},
		},
		{
			Name:     "json-fail-open",
			Fault:    "It goes on with what the JSON parser had read when it failed.",
			CaughtBy: []string{"json.trailing-comma", "json.payload-not-json", "json.payload-scalar", "json.header-trailing-data", "jws.empty-payload", "jws.detached-payload"},
			bend: func(c *craft) {
				c.parse = func(text []byte) (object, error) {
					members, _ := readMembers(text)
					return object{members, exactName}, nil
				}
			},
		},
		{
			Name:     "unbounded",
			Fault:    "It reads a token of any length and nesting.",
			CaughtBy: []string{"json.deep-payload", "json.deep-header"},
			bend: func(c *craft) {
				c.drop("size")
				c.parse = func(text []byte) (object, error) { return parseStrictly(prune(text)) }
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

// prune puts null in the place of what is nested too deeply, which is what a
// parser does that counts brackets and has no stack to overflow. It does not
// look at texts, which have no brackets in the scenarios.
func prune(text []byte) []byte {
	const deepest = 64
	depth := 0
	out := make([]byte, 0, len(text))
	for _, b := range text {
		opens, closes := b == '[' || b == '{', b == ']' || b == '}'
		if opens {
			if depth++; depth == deepest {
				out = append(out, "null"...)
			}
		}
		if depth < deepest {
			out = append(out, b)
		}
		if closes {
			depth--
		}
	}
	return out
}
