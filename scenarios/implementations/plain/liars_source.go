package plain

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// keySourceLiars take keys from where the issuer has not published them.
func keySourceLiars() []Liar {
	inPEM := func(_ *judgement, value jsontext.Value) []*key {
		text, _ := unquote(value)
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return nil
		}
		public, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil
		}
		return []*key{{public: public}}
	}
	// claimed verifies with the key in a claim.
	claimed := func(claim string, find func(value jsontext.Value) jsontext.Value) bend {
		return around("key", func(j *judgement, next judge) *verifier.Error {
			if value, there := j.claims.get(claim); there {
				if j.candidates = anyJWK(j, find(value)); len(j.candidates) > 0 {
					return nil
				}
			}
			return next(j)
		})
	}
	published := func(alike func(own, sent object) bool) func(*judgement, jsontext.Value) []*key {
		return func(j *judgement, value jsontext.Value) []*key {
			sent, _ := parseStrictly(value)
			set, _ := j.keys.find(j.ctx, j.now, j.kid)
			if set == nil || !slices.ContainsFunc(set.keys, func(k *key) bool { return alike(k.jwk, sent) }) {
				return nil
			}
			return anyJWK(j, value)
		}
	}
	return []Liar{
		{"jwk-of-known-kid", "It verifies with the key of the header if its kid is published.", ids{"hdr.jwk-alike"},
			trusts("jwk", published(func(own, sent object) bool { a, _ := own.string("kid"); b, _ := sent.string("kid"); return a == b }))},
		{"jwk-of-known-modulus", "It verifies with the key of the header if its modulus is published.", ids{"hdr.jwk-alike"},
			all(trusts("jwk", published(func(own, sent object) bool { a, _ := own.string("n"); b, _ := sent.string("n"); return a == b })),
				verifiesRSA(pkcs1, func(em, digest []byte, hash crypto.Hash) bool {
					return bytes.Equal(em, pkcs1Message(len(em), digest, hash))
				}))},
		{"header-jwks", "It verifies with the JWK Set in the header.", ids{"hdr.key-elsewhere"},
			trusts("jwks", func(j *judgement, value jsontext.Value) []*key { return j.keysIn(value) })},
		{"header-pem", "It verifies with the key in PEM that the header has.", ids{"hdr.key-elsewhere"}, trusts("pem", inPEM)},
		{"claimed-jwk", "It verifies with the JWK that the claims have.", ids{"hdr.key-elsewhere"},
			claimed("jwk", func(value jsontext.Value) jsontext.Value { return value })},
		{"confirmed-jwk", "It verifies with the key in cnf, which is that of the sender.", ids{"hdr.key-elsewhere"},
			claimed("cnf", func(value jsontext.Value) jsontext.Value {
				cnf, _ := parseStrictly(value)
				jwk, _ := cnf.get("jwk")
				return jwk
			})},
		{"chain-with-known", "It verifies with the first certificate of a chain that has a published one.", ids{"hdr.x5c-chain"},
			trusts("x5c", func(j *judgement, value jsontext.Value) []*key {
				set, _ := j.keys.find(j.ctx, j.now, j.kid)
				chain, _ := j.head.strings("x5c")
				for _, k := range set.keys {
					if own, _ := k.jwk.strings("x5c"); len(own) > 0 && slices.Contains(chain, own[0]) {
						return firstOfChain(j, value)
					}
				}
				return nil
			})},
		{"kid-stringified", "It turns a kid of any type into a string, as JavaScript does.", ids{"hdr.kid-of-other-type"}, namesByText},
		{"well-known-secrets", "It tries secrets that are no secrets.", ids{"alg.hs-public-text"},
			verifiesHMAC(func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
				var candidates []*key
				for _, secret := range []string{j.kid.text, j.policy.Audience[0], j.policy.Issuer, "null", "undefined", "secret", strings.Repeat("\x00", 32)} {
					candidates = append(candidates, &key{secret: []byte(secret)})
				}
				return candidates, nil
			}, func(k *key) [][]byte { return [][]byte{k.secret} })},
		{"unreduced-points-ok", "It accepts everything under an Ed25519 key whose ordinate is not below the prime.", ids{"jwks.okp-bad-point"},
			verifiesWith(func(k *key, alg string, input, signature []byte) bool {
				point, ok := k.public.(ed25519.PublicKey)
				return verifies(k, alg, input, signature) || ok && point[0] >= 0xED && point[15] == 0xFF && point[31]&0x7F == 0x7F
			})},
		{"curve-by-length", "It reads a point without looking at crv.", ids{"jwks.members-missing"},
			readsKeysAs(func(jwk object) object {
				if x, _ := jwk.string("x"); len(x) == 43 && jwk.has("y") {
					return jwk.with("crv", "P-256").with("kty", "EC")
				}
				return jwk
			})},
		{"usual-exponent", "It uses the usual exponent if e cannot be read.", ids{"jwks.members-missing"},
			readsKeysAs(func(jwk object) object {
				if e, ok := jwk.string("e"); jwk.has("n") && (!ok || e == "") {
					return jwk.with("e", "AQAB")
				}
				return jwk
			})},
		{"ignores-key-alg", "It does not read the alg of a key.", ids{"jwks.alg-of-other-type", "jwks.alg-is-jwe", "alg.jwk-alg-mismatch"}, ignores("alg")},
		{"trims-padding", "It removes padding before it decodes, however much there is.", ids{"b64.padding-forms", "b64.padded-signature"},
			func(h *habits) {
				h.reading.decode = func(segment string) ([]byte, bool) { return decodeBase64URL(strings.TrimRight(segment, "=")) }
			}},
	}
}

// namesByText finds a key by the text that JavaScript makes of a kid.
func namesByText(h *habits) {
	around("header", func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		if refusal == nil || refusal.Claim != "kid" {
			return refusal
		}
		value, _ := j.head.get("kid")
		j.kid.text = string(value)
		switch items, isList := elements(value); {
		case isList && len(items) == 1:
			if j.kid.text = string(items[0]); items[0].Kind() == jsontext.KindString {
				j.kid.text, _ = unquote(items[0])
			}
		case value.Kind() == jsontext.KindBeginObject:
			j.kid.text = "[object Object]"
		}
		j.alg, _ = j.head.string("alg")
		return nil
	})(h)
}

// harmlessLiars think that an extension or a typ means nothing.
func harmlessLiars() []Liar {
	// typ reads another typ than there is.
	typ := func(meant func(typ string) string) bend {
		return beforehand("typ", func(j *judgement) {
			if text, ok := j.head.string("typ"); ok {
				j.head = j.head.with("typ", meant(text))
			}
		})
	}
	// tied takes a token with that claim for an ID Token.
	tied := func(claim string) bend { return unless(has(claim), "shape") }
	return []Liar{
		{"crit-in-object", "It looks for the names in crit in an object of JavaScript, which has names of its own.", ids{"hdr.crit-names"},
			understands("toString", "constructor", "__proto__", "hasOwnProperty", "valueOf")},
		{"crit-if-there", "It ignores a name in crit that the header does not have.", ids{"hdr.crit-names"},
			unless(func(j *judgement) bool {
				names, _ := j.head.strings("crit")
				return len(names) > 0 && !slices.ContainsFunc(names, j.head.has)
			}, "crit")},
		{"crit-empty-name", "It skips empty names in crit.", ids{"hdr.crit-names"}, understands("")},
		{"crit-itself", "It accepts crit in crit.", ids{"hdr.crit-names"}, understands("crit")},
		{"crit-alg-any-case", "It knows the registered parameters in any letter case.", ids{"hdr.crit-names"}, understands("Alg", "alg ")},
		{"b64-any-value", "It accepts b64 in crit, whatever its value is.", ids{"hdr.b64-not-boolean", "hdr.crit-duplicate"}, understands("b64")},
		{"b64-opens", "It accepts every extension next to b64.", ids{"hdr.b64-not-boolean"},
			unless(func(j *judgement) bool { names, _ := j.head.strings("crit"); return slices.Contains(names, "b64") }, "crit")},
		{"typ-trimmed", "It trims white space around typ.", ids{"type.decorated"}, typ(strings.TrimSpace)},
		{"typ-c-string", "It reads typ up to the first NUL or white space.", ids{"type.decorated"},
			typ(func(typ string) string { return typ[:strings.IndexAny(typ+" ", " \x00\n")] })},
		{"typ-empty-is-none", "It reads an empty typ as none.", ids{"type.decorated"},
			typ(func(typ string) string {
				if typ == "" {
					return "JWT"
				}
				return typ
			})},
		{"typ-last-part", "It reads the last part of typ.", ids{"type.decorated"}, typ(func(typ string) string { return typ[strings.LastIndexByte(typ, '/')+1:] })},
		{"typ-narrow", "It folds full-width letters in typ.", ids{"type.decorated"}, typ(narrow)},
		{"email-ties", "It takes a token with an email for an ID Token.", ids{"type.authorizations-of-user"}, tied("email")},
		{"name-ties", "It takes a token with a name for an ID Token.", ids{"type.authorizations-of-user"}, tied("name")},
		{"session-ties", "It takes a token with a sid for an ID Token.", ids{"type.authorizations-of-user"}, tied("sid")},
		{"amr-ties", "It takes a token with amr for an ID Token.", ids{"type.authorizations-of-user"}, tied("amr")},
		{"verified-ties", "It takes a token with email_verified for an ID Token.", ids{"type.authorizations-of-user"}, tied("email_verified")},
	}
}

// rememberingSessionLiars verify one signature for each user, session or
// beginning of a token.
func rememberingSessionLiars() []Liar {
	var liars []Liar
	for _, claim := range []string{"sub", "sid", "nonce", "oid", "email"} {
		liars = append(liars, Liar{"trusts-known-" + claim, "It verifies no signature again for the " + claim + " of a token that it has accepted.",
			ids{"cache.session-reused"}, skipsSignatureFor(func(j *judgement) string { text, _ := j.claims.string(claim); return text })})
	}
	for _, part := range []struct {
		name, is string
		of       func(j *judgement) string
	}{
		{"beginning", "first 128 characters", func(j *judgement) string { return j.raw[:min(128, len(j.raw))] }},
		{"half", "first half of the payload and length", func(j *judgement) string { return j.payload[:len(j.payload)/2] + string(rune(len(j.raw))) }},
	} {
		liars = append(liars, Liar{"trusts-known-" + part.name, "It verifies no signature again for the " + part.is + " of a token that it has accepted.",
			ids{"cache.session-reused"}, skipsSignatureFor(part.of)})
	}
	return liars
}
