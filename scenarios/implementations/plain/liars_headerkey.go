package plain

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// trusts verifies with the keys that take finds in a parameter of the header,
// if it is there and leads to any.
func trusts(parameter string, take func(*judgement, jsontext.Value) []*key) bend {
	return around("key", func(j *judgement, next judge) *verifier.Error {
		if value, present := j.head.get(parameter); present {
			if j.candidates = take(j, value); len(j.candidates) > 0 {
				return nil
			}
		}
		return next(j)
	})
}

// headerKeyLiars verify with a key that the token carries or names.
func headerKeyLiars() []Liar {
	return []Liar{
		{"kid-is-address", "It fetches the keys from the URL in kid.", ids{"hdr.kid-url"},
			around("key", func(j *judgement, next judge) *verifier.Error {
				if strings.HasPrefix(j.kid.text, "http") {
					if set, err := parseKeySet(&j.habits, j.follow(j.kid.text)); err == nil {
						j.candidates = set.keys
						return nil
					}
				}
				return next(j)
			})},
		{"jku-of-issuer", "It fetches the keys from the URL in jku if that begins like the issuer.",
			ids{"hdr.jku-issuer-host", "hdr.jku-lookalike"},
			trusts("jku", func(j *judgement, value jsontext.Value) []*key {
				target, _ := unquote(value)
				if !strings.HasPrefix(target, j.policy.Issuer) {
					return nil
				}
				return j.keysIn(j.follow(target))
			})},
		{"jku-data", "It reads the keys out of a data URL in jku.", ids{"hdr.jku-scheme"},
			trusts("jku", func(j *judgement, value jsontext.Value) []*key {
				target, _ := unquote(value)
				_, data, _ := strings.Cut(target, ";base64,")
				text, _ := base64.RawURLEncoding.DecodeString(data)
				return j.keysIn(text)
			})},
		{"trusts-jwk-secret", "It verifies an HMAC with the secret that the token carries.", ids{"hdr.jwk-oct"},
			verifiesHMAC(func(j *judgement, _ *keySet) ([]*key, *verifier.Error) {
				value, _ := j.head.get("jwk")
				jwk, _ := parseStrictly(value)
				return []*key{{jwk: jwk}}, nil
			}, sharedSecret)},
		{"trusts-sub-jwk", "It accepts users as their own provider, with the key in the claims.",
			ids{"type.self-issued"}, trustsSubJWK},
		{"trusts-jwk", "It verifies with the key that the token carries.",
			ids{"hdr.jwk-rsa", "hdr.jwk-known-kid", "hdr.jwk-ec", "hdr.jwk-private", "hdr.jwk-alike"},
			trusts("jwk", anyJWK)},
		{"trusts-jku", "It fetches the keys from the URL in jku.", ids{"hdr.jku", "hdr.jku-metadata"},
			trusts("jku", func(j *judgement, value jsontext.Value) []*key {
				target, _ := unquote(value)
				return j.keysIn(j.follow(target))
			})},
		{"trusts-x5u", "It fetches the certificate from the URL in x5u.", ids{"hdr.x5u"},
			trusts("x5u", func(j *judgement, value jsontext.Value) []*key {
				target, _ := unquote(value)
				return certified(j.follow(target))
			})},
		{"trusts-x5c", "It verifies with the certificate that the token carries, no matter who issued it.",
			ids{"hdr.x5c-self-signed"},
			trusts("x5c", firstOfChain)},
	}
}

func anyJWK(_ *judgement, value jsontext.Value) []*key {
	jwk, _ := parseStrictly(value)
	public, err := readPublicKey(jwk)
	if err != nil {
		return nil
	}
	return []*key{{public: public}}
}

func firstOfChain(j *judgement, _ jsontext.Value) []*key {
	chain, _ := j.head.strings("x5c")
	if len(chain) == 0 {
		return nil
	}
	return certified([]byte("-----BEGIN CERTIFICATE-----\n" + chain[0] + "\n-----END CERTIFICATE-----\n"))
}

func sharedSecret(k *key) [][]byte {
	shared, _ := k.jwk.string("k")
	secret, _ := decodeBase64URL(shared)
	return [][]byte{secret}
}

func trustsSubJWK(h *habits) {
	selfIssued := func(j *judgement) bool {
		iss, _ := j.claims.string("iss")
		return iss == "https://self-issued.me"
	}
	unless(selfIssued, "iss")(h)
	around("key", func(j *judgement, next judge) *verifier.Error {
		if !selfIssued(j) {
			return next(j)
		}
		value, _ := j.claims.get("sub_jwk")
		j.candidates = []*key{readKey(&j.habits, value)}
		return nil
	})(h)
}

// follow fetches what a URL in the token leads to.
func (j *judgement) follow(target string) []byte {
	body, _, err := j.keys.download(j.ctx, target, "", mostKeySetBytes)
	if err != nil {
		return nil
	}
	return body
}

// keysIn returns the keys of a JWK Set, or none if it is not one.
func (j *judgement) keysIn(text []byte) []*key {
	set, err := parseKeySet(&j.habits, text)
	if err != nil {
		return nil
	}
	return set.keys
}

// certified returns the key of a certificate in PEM that nobody has verified.
func certified(text []byte) []*key {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	return []*key{{public: certificate.PublicKey}}
}
