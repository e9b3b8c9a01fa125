package plain

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// looselyEqual compares a JSON value with a string as languages without strict
// types do.
func looselyEqual(value jsontext.Value, want string) bool {
	switch value.Kind() {
	case jsontext.KindTrue, jsontext.KindNumber, jsontext.KindBeginObject, jsontext.KindBeginArray:
		text := string(value)
		return text == "true" || text == "0" || text == want || strings.Contains(text, `"`+want+`"`)
	}
	return false
}

// decryptUnchecked decrypts what A256GCM has encrypted as AES in counter mode,
// if it does not decrypt otherwise.
func decryptUnchecked(j *judgement, next judge) *verifier.Error {
	refusal := next(j)
	segments := strings.Split(j.raw, ".")
	if refusal == nil || j.decryption == nil || len(segments) != 5 {
		return refusal
	}
	var decoded [4][]byte
	for i, segment := range segments[:4] {
		decoded[i], _ = decodeBase64URL(segment)
	}
	head, _ := parseStrictly(decoded[0])
	alg, _ := head.string("alg")
	key, err := j.contentKey(head, alg, decoded[1])
	if err != nil {
		return refusal
	}
	block, err := aes.NewCipher(key)
	if err != nil || len(decoded[2]) != 12 {
		return refusal
	}
	cipher.NewCTR(block, append(decoded[2], 0, 0, 0, 2)).XORKeyStream(decoded[3], decoded[3])
	j.raw = string(decoded[3])
	return nil
}

// isFalsy reports whether a string or a JSON value counts as false somewhere.
func isFalsy(text string) bool {
	return slices.Contains([]string{"", "0", "0.0", "-0", "false", "null", "undefined", `""`, "[]"}, text)
}

// looseTypeLiars turn values of another type into strings, or strings into
// booleans.
func looseTypeLiars() []Liar {
	unlessLoose := func(claim string, wanted func(*judgement) []string, checks ...string) bend {
		var bends []bend
		for _, name := range checks {
			bends = append(bends, unless(func(j *judgement) bool {
				value, _ := j.claims.get(claim)
				return slices.ContainsFunc(wanted(j), func(want string) bool { return looselyEqual(value, want) })
			}, name))
		}
		return all(bends...)
	}
	sent := func(j *judgement) []string {
		if j.inputs.Nonce == nil {
			return nil
		}
		return []string{*j.inputs.Nonce}
	}
	hash := func(j *judgement) []string {
		want, _ := leftHalf(j.alg, j.inputs.AccessToken)
		return []string{want}
	}
	return []Liar{
		{"nonce-loose-type", "It compares nonce with == of PHP.", ids{"nonce.loose-type"}, unlessLoose("nonce", sent, "nonce", "sent nonce")},
		{"hash-loose-type", "It compares at_hash with == of PHP.", ids{"hash.loose-type"}, unlessLoose("at_hash", hash, "hashes")},
		{"acr-loose-type", "It compares acr with == of PHP.", ids{"acr.loose-type"}, unlessLoose("acr", func(j *judgement) []string { return j.inputs.ACRValues }, "acr")},
		{"amr-loose-type", "It searches amr with in_array of PHP.", ids{"amr.loose-type"},
			unless(func(j *judgement) bool {
				value, _ := j.claims.get("amr")
				return len(j.inputs.AMR) > 0 && bytes.ContainsAny(value, "0123456789t")
			}, "amr")},
		{"azp-loose-type", "It compares azp with == of PHP.", ids{"azp.loose-type"}, unlessLoose("azp", func(j *judgement) []string { return j.policy.Audience }, "azp")},
		{"hash-falsy", "It hashes no access token, code or state that counts as false.", ids{"hash.falsy-input"},
			beforehand("hashes", func(j *judgement) {
				for _, text := range []*string{&j.inputs.AccessToken, &j.inputs.Code, &j.inputs.State} {
					if isFalsy(*text) {
						*text = ""
					}
				}
			})},
		{"acr-falsy", "It asks for no acr that counts as false.", ids{"acr.falsy-asked"},
			beforehand("acr", func(j *judgement) { j.inputs.ACRValues = slices.DeleteFunc(slices.Clone(j.inputs.ACRValues), isFalsy) })},
		{"expected-sub-falsy", "It expects no user whose ID counts as false.", ids{"sub.falsy-expected"},
			beforehand("expected sub", func(j *judgement) {
				if isFalsy(j.inputs.Subject) {
					j.inputs.Subject = ""
				}
			})},
		{"auth-time-falsy", "It compares no auth_time that counts as false.", ids{"auth.falsy"},
			unless(func(j *judgement) bool {
				value, there := j.claims.get("auth_time")
				return there && isFalsy(string(value))
			}, "auth_time")},
		{"date-whole", "It cuts off the fraction of a time.", ids{"exp.half-second", "nbf.half-second"},
			readsDates(func(value jsontext.Value) (time.Time, bool) {
				t, ok := numericDate(value)
				return t.Truncate(time.Second), ok
			})},
		{"list-of-one", "It reports the entry of a list that has only one.", ids{"base.lists-verbatim"},
			reports(func(claims map[string]any) {
				for name, value := range claims {
					if list, ok := value.([]any); ok && len(list) == 1 {
						claims[name] = list[0]
					}
				}
			})},
		{"typ-without-marks", "It reads only the letters and digits of typ.", ids{"type.alike"},
			readsTypeAs(func(typ string) string {
				return strings.Map(func(r rune) rune {
					if r > 'z' || strings.ContainsRune(`"<>[]|.#\ `, r) {
						return -1
					}
					return r
				}, typ)
			})},
		{"mac-32", "It compares the first 32 bytes of an HMAC.", ids{"alg.hs-long-mac"},
			comparesMAC(func(got, want []byte) bool { return len(got) >= 32 && bytes.Equal(got[:32], want[:32]) })},
		{"aud-of-party", "It accepts a client_id in place of aud.", ids{"aud.other-with-party"},
			unless(func(j *judgement) bool {
				party, _ := j.claims.string("client_id")
				return slices.Contains(j.policy.Audience, party)
			}, "aud")},
		{"access-token-claims", "It adds the claims of an access token that is a JWT.", ids{"sub.access-token"},
			beforehand("hashes", func(j *judgement) {
				segments := strings.Split(j.inputs.AccessToken, ".")
				if len(segments) != 3 {
					return
				}
				text, _ := decodeBase64URL(segments[1])
				claims, _ := parseStrictly(text)
				for _, m := range claims.members {
					j.claims = j.claims.without(m.name)
					j.claims.members = append(j.claims.members, m)
				}
			})},
		{"other-hashes-sha256", "It makes c_hash and s_hash with SHA-256, whatever the token is signed with.",
			ids{"hash.c-and-s-of-each-alg", "hash.each-of-other-alg"},
			around("hashes", func(j *judgement, next judge) *verifier.Error {
				inputs, alg := j.inputs, j.alg
				defer func() { j.inputs, j.alg = inputs, alg }()
				j.inputs.Code, j.inputs.State = "", ""
				if refusal := next(j); refusal != nil {
					return refusal
				}
				j.inputs, j.alg = inputs, "RS256"
				j.inputs.AccessToken = ""
				return next(j)
			})},
		{"inner-dug-out", "It finds a token in whatever is encrypted.", ids{"jwe.inner-dressed"},
			func(h *habits) {
				split := h.reading.split
				h.reading.split = func(raw string) []string {
					if strings.Count(raw, ".") == 2 {
						raw = strings.Trim(raw, " \n")
					}
					return split(raw)
				}
			}},
		{"encryption-crit-ok", "It does not read crit in the header of the encryption.", ids{"jwe.crit"},
			func(h *habits) {
				parse := h.reading.parse
				h.reading.parse = func(text []byte) (object, error) {
					o, err := parse(text)
					if o.has("enc") {
						o = o.without("crit")
					}
					return o, err
				}
			}},
		{"tag-unchecked", "It decrypts without a look at the authentication tag.", ids{"jwe.tampered"}, around("encryption", decryptUnchecked)},
		{"inner-unchecked", "It compares neither iss nor aud of a token that it has decrypted.", ids{"jwe.inner-checked"},
			all(unless(func(j *judgement) bool { return j.decryption != nil }, "iss"), unless(func(j *judgement) bool { return j.decryption != nil }, "aud"))},
	}
}
