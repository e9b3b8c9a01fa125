package plain

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// algorithmLiars let the header of a token say how it is to be verified.
func algorithmLiars() []Liar {
	return []Liar{
		{
			Name:  "decode-only",
			Fault: "It judges the claims and never asks who signed them.",
			CaughtBy: []string{
				"sig.flip", "sig.payload-tampered", "dos.malformed-corpus", "sig.header-tampered", "sig.attacker-key-same-kid",
				"alg.none", "alg.none-known-kid", "alg.family-mismatch", "hdr.jwk-known-kid", "hdr.kid-unknown", "scalekit.flow-tampered",
			},
			bend: func(c *craft) {
				c.drop("alg")
				c.skipSignature(always)
			},
		},
		{
			Name:     "none-ok",
			Fault:    "It takes alg none at its word: there is nothing to verify, and need be no segment for it.",
			CaughtBy: []string{"alg.none", "alg.none-known-kid", "alg.none-keep-sig", "alg.none-two-segments"},
			bend: func(c *craft) {
				none := func(j *judgement) bool { return j.alg == "none" }
				c.split = func(raw string) []string {
					segments := splitAtDots(raw)
					if len(segments) == 2 {
						segments = append(segments, "")
					}
					return segments
				}
				c.only("alg", not(none))
				c.skipSignature(none)
			},
		},
		{
			Name:     "none-blocklist",
			Fault:    "It blocks the text none, and verifies nothing where that is written in another way.",
			CaughtBy: []string{"alg.none-case", "alg.none-padded"},
			bend: func(c *craft) {
				invisible := strings.NewReplacer(" ", "", "\t", "", "\x00", "", "\u200D", "")
				none := func(j *judgement) bool { return strings.EqualFold(invisible.Replace(j.alg), "none") && j.alg != "none" }
				c.only("alg", not(none))
				c.skipSignature(none)
			},
		},
		{
			Name:     "alg-case",
			Fault:    "It compares alg with the allow-list without regard to case.",
			CaughtBy: []string{"alg.lowercase"},
			bend: func(c *craft) {
				c.wrap("alg", func(j *judgement, next judge) *verifier.Error {
					j.alg = strings.ToUpper(j.alg)
					return next(j)
				})
			},
		},
		{
			Name:     "alg-optional",
			Fault:    "It takes RS256 for the alg of a token that names none in a text.",
			CaughtBy: []string{"alg.missing", "alg.empty", "alg.not-a-string"},
			bend: func(c *craft) {
				c.wrap("header", func(j *judgement, next judge) *verifier.Error {
					refusal := next(j)
					if refusal != nil && refusal.Claim == "alg" || j.alg == "" {
						j.alg = "RS256"
						return nil
					}
					return refusal
				})
			},
		},
		{
			Name:     "no-allow-list",
			Fault:    "It verifies every algorithm that it knows, whichever are configured.",
			CaughtBy: []string{"rot.alg-migration-strict", "alg.ps256-not-documented", "alg.eddsa-not-documented", "alg.es256-only"},
			bend: func(c *craft) {
				c.allows = func(_ []verifier.Algorithm, alg string) bool {
					_, known := algorithms()[alg]
					return known
				}
			},
		},
		{
			Name:  "trusts-alg",
			Fault: "It lets alg choose between a signature and an HMAC, and takes the public key for the secret.",
			CaughtBy: []string{
				"alg.hs-spki-pem", "alg.hs-jwk-json", "alg.hs512-spki-pem", "alg.hs-pem-trimmed", "alg.hs-pkcs1-pem", "alg.hs-modulus",
				"alg.hs-ec-key", "alg.hs-x509-pem", "alg.hs-empty-secret", "jwks.oct-used",
			},
			bend: func(c *craft) {
				c.bendHMAC(func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
					return slices.DeleteFunc(slices.Clone(set.keys), func(k *key) bool { return k.id != j.kid }), nil
				}, publicForms)
			},
		},
		{
			Name:     "hmac-unkeyed",
			Fault:    "It lets an HMAC pass because it was given no secret to verify it with.",
			CaughtBy: []string{"alg.hs-client-secret"},
			bend: func(c *craft) {
				isHMAC := func(j *judgement) bool { return hmacHash(j.alg) != 0 }
				c.only("alg", not(isHMAC))
				c.skipSignature(isHMAC)
			},
		},
		{
			Name: "kid-path",
			// It opens no file: the one that the scenario names is empty on
			// every machine.
			Fault:    "It reads the secret from the file that kid names below its folder of keys.",
			CaughtBy: []string{"hdr.kid-traversal"},
			bend: func(c *craft) {
				c.bendHMAC(func(j *judgement, _ *keySet) ([]*key, *verifier.Error) {
					return []*key{{id: j.kid}}, nil
				}, func(k *key) [][]byte {
					if path.Join("/srv/keys", k.id.text) == "/dev/null" {
						return [][]byte{{}}
					}
					return nil
				})
			},
		},
	}
}

// signatureLiars take octets for a signature that are none.
func signatureLiars() []Liar {
	return []Liar{
		{
			Name:     "any-hash",
			Fault:    "It tries every hash with the key, whichever alg names.",
			CaughtBy: []string{"sig.pkcs1-wrong-digest"},
			bend: func(c *craft) {
				c.verifies = func(k *key, alg string, input, signature []byte) bool {
					return slices.ContainsFunc([]string{"256", "384", "512"}, func(size string) bool {
						return verifies(k, alg[:2]+size, input, signature)
					})
				}
			},
		},
		{
			Name:     "long-signature-ok",
			Fault:    "It reads as many octets of a signature as the key is long, and ignores the rest, however much it is.",
			CaughtBy: []string{"sig.extended", "sig.1mib"},
			bend: func(c *craft) {
				c.drop("size")
				c.verifies = func(k *key, alg string, input, signature []byte) bool {
					if public, ok := k.public.(*rsa.PublicKey); ok {
						signature = signature[:min(public.Size(), len(signature))]
					}
					return verifies(k, alg, input, signature)
				}
			},
		},
		{
			Name:     "psychic",
			Fault:    "It does not ask whether r and s are in their range, and zero solves the equation of ECDSA for every token.",
			CaughtBy: []string{"sig.ecdsa-zero", "sig.ecdsa-range"},
			bend: func(c *craft) {
				c.verifies = func(k *key, alg string, input, signature []byte) bool {
					if public, ok := k.public.(*ecdsa.PublicKey); ok {
						if r, _ := halves(signature); r.Mod(r, public.Params().N).Sign() == 0 {
							return true
						}
					}
					return verifies(k, alg, input, signature)
				}
			},
		},
		{
			Name:     "der-ok",
			Fault:    "It takes an ECDSA signature in ASN.1, as its library makes it.",
			CaughtBy: []string{"sig.ecdsa-der"},
			bend: func(c *craft) {
				c.verifies = func(k *key, alg string, input, signature []byte) bool {
					var sig struct{ R, S *big.Int }
					public, ok := k.public.(*ecdsa.PublicKey)
					if rest, err := asn1.Unmarshal(signature, &sig); ok && err == nil && len(rest) == 0 {
						size := (public.Curve.Params().BitSize + 7) / 8
						signature = append(sig.R.FillBytes(make([]byte, size)), sig.S.FillBytes(make([]byte, size))...)
					}
					return verifies(k, alg, input, signature)
				}
			},
		},
	}
}

// keyChoiceLiars verify with a key that is not the one that the issuer
// published under the kid for that algorithm.
func keyChoiceLiars() []Liar {
	return []Liar{
		{
			Name:  "any-key",
			Fault: "It tries every key of the issuer, whatever kid, use and alg say.",
			CaughtBy: []string{
				"sig.other-published-key", "jwks.use-enc", "alg.jwk-alg-mismatch", "alg.pss-with-pkcs1-key", "hdr.kid-case", "hdr.kid-command", "jwks.no-kid-flood",
			},
			bend: func(c *craft) {
				c.suspects = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
					var all []*key
					for _, k := range set.keys {
						if public, err := readPublicKey(k.jwk); err == nil {
							all = append(all, &key{public: public})
						}
					}
					return all, nil
				}
			},
		},
		{
			Name:     "no-key-ok",
			Fault:    "It lets a token pass whose key it cannot find.",
			CaughtBy: []string{"hdr.kid-unknown", "hdr.kid-case", "hdr.kid-prototype", "jwks.empty", "rot.emergency"},
			bend: func(c *craft) {
				c.wrap("key", func(j *judgement, next judge) *verifier.Error {
					refusal := next(j)
					if refusal != nil && refusal.Reason == verifier.ReasonKeyNotFound {
						return nil
					}
					return refusal
				})
				c.only("signature", func(j *judgement) bool { return len(j.suspects) > 0 })
			},
		},
		{
			Name:  "weak-keys-ok",
			Fault: "It verifies with RSA keys of any size and Ed25519 points of any order.",
			CaughtBy: []string{
				"jwks.rsa-1024", "jwks.rsa-2047", "jwks.rsa-roca", "jwks.rsa-e1", "jwks.rsa-e-even", "jwks.rsa-n-zero",
				"sig.eddsa-small-order",
			},
			bend: func(c *craft) { c.unfitKey = func(crypto.PublicKey) string { return "" } },
		},
		{
			Name:     "trusts-jwk",
			Fault:    "It verifies with the key that the token brings along.",
			CaughtBy: []string{"hdr.jwk-rsa", "hdr.jwk-known-kid", "hdr.jwk-ec", "hdr.jwk-private"},
			bend: func(c *craft) {
				c.keysFromHeader("jwk", func(_ *judgement, value jsontext.Value) []*key {
					jwk, _ := parseStrictly(value)
					public, err := readPublicKey(jwk)
					if err != nil {
						return nil
					}
					return []*key{{public: public}}
				})
			},
		},
		{
			Name:     "trusts-jku",
			Fault:    "It fetches the keys from where the token says that they are.",
			CaughtBy: []string{"hdr.jku", "hdr.jku-metadata"},
			bend: func(c *craft) {
				c.keysFromHeader("jku", func(j *judgement, value jsontext.Value) []*key {
					if set, err := j.craft.keySet(&j.craft, j.follow(value)); err == nil {
						return set.keys
					}
					return nil
				})
			},
		},
		{
			Name:     "trusts-x5u",
			Fault:    "It fetches the certificate from where the token says that it is.",
			CaughtBy: []string{"hdr.x5u"},
			bend: func(c *craft) {
				c.keysFromHeader("x5u", func(j *judgement, value jsontext.Value) []*key {
					if block, _ := pem.Decode(j.follow(value)); block != nil {
						return certified(block.Bytes)
					}
					return nil
				})
			},
		},
		{
			Name:     "trusts-x5c",
			Fault:    "It verifies with the certificate that the token brings along, whoever issued it.",
			CaughtBy: []string{"hdr.x5c-self-signed"},
			bend: func(c *craft) {
				c.keysFromHeader("x5c", func(j *judgement, _ jsontext.Value) []*key {
					chain, _ := j.head.texts("x5c")
					if len(chain) == 0 {
						return nil
					}
					der, _ := pem.Decode([]byte("-----BEGIN CERTIFICATE-----\n" + chain[0] + "\n-----END CERTIFICATE-----\n"))
					if der == nil {
						return nil
					}
					return certified(der.Bytes)
				})
			},
		},
		{
			Name:  "ignores-crit",
			Fault: "It ignores the extensions that the token calls critical, however many there are.",
			CaughtBy: []string{
				"hdr.crit-unknown", "hdr.crit-empty", "hdr.crit-not-array", "hdr.crit-non-string", "hdr.crit-registered", "hdr.crit-absent-param",
				"hdr.crit-duplicate", "hdr.crit-huge",
			},
			bend: func(c *craft) { c.drop("size", "forms", "crit") },
		},
	}
}

// keysFromHeader verifies with the keys that take finds in a parameter of the
// header, where there is one and it leads to any.
func (c *craft) keysFromHeader(parameter string, take func(*judgement, jsontext.Value) []*key) {
	c.wrap("key", func(j *judgement, next judge) *verifier.Error {
		if value, present := j.head.get(parameter); present {
			if j.suspects = take(j, value); len(j.suspects) > 0 {
				return nil
			}
		}
		return next(j)
	})
}

// follow fetches what a URL in the header leads to.
func (j *judgement) follow(value jsontext.Value) []byte {
	target, _ := unquote(value)
	body, _, err := j.keys.download(j.ctx, target, "", mostKeySetBytes)
	if err != nil {
		return nil
	}
	return body
}

// certified returns the key of a certificate that nobody has verified.
func certified(der []byte) []*key {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	return []*key{{public: certificate.PublicKey}}
}
