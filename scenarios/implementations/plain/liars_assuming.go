package plain

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// assumingLiars think that one thing implies another.
func assumingLiars() []Liar {
	falsy := []string{"0", "false", "null", "undefined"}
	empty := func(claims object, name string) bool {
		text, ok := claims.string(name)
		return !ok || strings.TrimSpace(text) == ""
	}
	return []Liar{
		{"nonce-if-truthy", "It compares nonce unless the one that was sent counts as false.", ids{"nonce.falsy-expected"},
			unless(func(j *judgement) bool { return j.inputs.Nonce != nil && slices.Contains(falsy, *j.inputs.Nonce) }, "sent nonce")},
		{"nonce-null-is-text", "It reads a nonce that is null or missing as the word null or undefined.", ids{"nonce.falsy-expected"},
			beforehand("nonce", func(j *judgement) {
				switch value, there := j.claims.get("nonce"); {
				case !there:
					j.claims = j.claims.with("nonce", "undefined")
				case value.Kind() == jsontext.KindNull:
					j.claims = j.claims.with("nonce", "null")
				}
			})},
		{"sub-if-truthy", "It refuses a sub that counts as false.", ids{"sub.verbatim"},
			refusing(func(j *judgement) bool { sub, _ := j.claims.string("sub"); return slices.Contains(falsy, sub) }, "sub", verifier.ReasonInvalidSubject, "sub")},
		{"email-if-no-sub", "It knows the user by email if sub is empty, null or false.", ids{"sub.empty-with-others"},
			beforehand("sub", func(j *judgement) {
				if email, ok := j.claims.string("email"); ok && empty(j.claims, "sub") {
					j.claims = j.claims.with("sub", email)
				}
			})},
		{"azp-if-no-aud", "It takes azp for the audience if aud names none.", ids{"aud.missing-with-party"},
			readsAudience(func(claims object) ([]string, bool) {
				if aud, ok := audienceOf(claims); ok && strings.Join(aud, "") != "" {
					return aud, true
				}
				azp, ok := claims.string("azp")
				return []string{azp}, ok
			})},
		{"amr-if-no-acr", "It looks for the requested acr in amr if the token has none.", ids{"acr.missing-with-amr"},
			beforehand("acr", func(j *judgement) {
				methods, _ := j.claims.strings("amr")
				if i := slices.IndexFunc(methods, func(m string) bool { return slices.Contains(j.inputs.ACRValues, m) }); i >= 0 && empty(j.claims, "acr") {
					j.claims = j.claims.with("acr", methods[i])
				}
			})},
		{"mfa-if-two", "It takes two methods for mfa.", ids{"amr.required"},
			unless(func(j *judgement) bool {
				methods, _ := j.claims.strings("amr")
				return len(methods) >= 2 && slices.Equal(j.inputs.AMR, []string{"mfa"})
			}, "amr")},
		{"mfa-is-any", "It takes mfa for whatever method is required.", ids{"amr.related"},
			unless(func(j *judgement) bool {
				methods, _ := j.claims.strings("amr")
				return slices.Contains(methods, "mfa")
			}, "amr")},
		{"email-is-user", "It is content with an email that is the user whom the caller expects.", ids{"sub.expected-elsewhere"},
			unless(func(j *judgement) bool {
				email, _ := j.claims.string("email")
				return email == j.inputs.Subject
			}, "expected sub")},
		{"claim-beats-typ", "It does not look at typ of the header if that of the payload is ID.", ids{"type.claimed"},
			all(moved("typ", "payload"), unless(func(j *judgement) bool {
				typ, _ := j.claims.string("typ")
				return typ == "ID"
			}, "typ"))},
		{"login-beats-typ", "It does not look at typ if the token has a nonce.", ids{"type.at-jwt-of-login"}, all(moved("typ", "payload"), unless(has("nonce"), "typ"))},
		{"email-beats-typ", "It does not look at typ if the token has an email.", ids{"type.at-jwt-of-login"}, all(moved("typ", "payload"), unless(has("email"), "typ"))},
		{"login-beats-events", "It does not look for events if the token has a nonce.", ids{"type.events-of-login"}, unless(has("nonce"), "shape")},
		{"session-beats-events", "It does not look for events if the token has a sid.", ids{"type.events-of-login"}, unless(has("sid"), "shape")},
		{"kid-is-index", "It reads a kid that is a number as the place of the key.", ids{"hdr.kid-derived"},
			func(h *habits) {
				h.keys.candidates = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
					if i, err := strconv.Atoi(j.kid.text); err == nil && i >= 0 && i < len(set.keys) {
						return set.keys[i : i+1], nil
					}
					return keysNamed(j, set)
				}
			}},
		{"kid-is-thumbprint", "It finds a key by its thumbprint, too.", ids{"hdr.kid-derived"},
			func(h *habits) {
				h.keys.candidates = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
					for _, k := range set.keys {
						n, _ := k.jwk.string("n")
						e, _ := k.jwk.string("e")
						if sum := sha256.Sum256(fmt.Appendf(nil, `{"e":%q,"kty":"RSA","n":%q}`, e, n)); base64URL(sum[:]) == j.kid.text {
							return []*key{k}, nil
						}
					}
					return keysNamed(j, set)
				}
			}},
		{"follows-key-alg", "It verifies with the alg of the key, whatever the header says.", ids{"alg.of-key-only", "alg.jwk-alg-mismatch"}, followsKeyAlg},
		{"secret-decoded", "It decodes the client secret from base64url.", ids{"alg.hs-secret-forms"}, keysHMAC(func(secret string) string {
			decoded, _ := base64.RawURLEncoding.DecodeString(secret)
			return string(decoded)
		})},
		{"secret-32", "It uses the first 32 bytes of the client secret.", ids{"alg.hs-secret-forms"}, keysHMAC(func(secret string) string { return secret[:min(32, len(secret))] })},
		{"secret-line", "It reads the client secret with the line break after it.", ids{"alg.hs-secret-forms"}, keysHMAC(func(secret string) string { return secret + "\n" })},
		{"keys-in-map", "It also reads a map of keys by their IDs.", ids{"jwks.other-shapes"}, findsKeys(func(set object) []jsontext.Value {
			if keys := inner(set, "keys"); len(keys.members) > 0 {
				set = keys
			}
			var list []jsontext.Value
			for _, m := range set.members {
				list = append(list, m.value)
			}
			return list
		})},
		{"keys-nested", "It also finds the keys in a list in the list.", ids{"jwks.other-shapes"}, findsKeys(func(set object) (list []jsontext.Value) {
			value, _ := set.get("keys")
			outer, _ := elements(value)
			for _, item := range outer {
				more, _ := elements(item)
				list = append(list, more...)
			}
			return list
		})},
	}
}

func followsKeyAlg(h *habits) {
	h.keys.candidates = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
		named := set.withID(j.kid)
		if len(named) == 0 || named[0].unfit != "" {
			return keysNamed(j, set)
		}
		return named, nil
	}
	h.signature.verifies = func(k *key, alg string, input, signature []byte) bool {
		if k.alg != "" {
			alg = k.alg
		}
		return verifies(k, alg, input, signature)
	}
}

// keysHMAC also accepts an HMAC under what it makes of the client secret.
func keysHMAC(form func(secret string) string) bend {
	return verifiesWith(func(k *key, alg string, input, signature []byte) bool {
		hash := hmacHash(alg)
		if verifies(k, alg, input, signature) || hash == 0 {
			return verifies(k, alg, input, signature)
		}
		mac := hmac.New(hash.New, []byte(form(string(k.secret))))
		mac.Write(input)
		return hmac.Equal(mac.Sum(nil), signature)
	})
}

// findsKeys reads a JWK Set in another shape where it is not one.
func findsKeys(find func(set object) []jsontext.Value) bend {
	return func(h *habits) {
		h.keys.parseSet = func(h *habits, text []byte) (*keySet, *verifier.Error) {
			document, err := h.reading.parse(text)
			if err != nil {
				return parseKeySet(h, text)
			}
			set := &keySet{}
			for _, entry := range find(document) {
				set.keys = append(set.keys, readKey(h, entry))
			}
			if !set.usable() {
				return parseKeySet(h, text)
			}
			return set, nil
		}
	}
}
