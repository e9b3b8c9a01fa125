package plain

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// sameText is a comparison of two texts.
type sameText = func(a, b string) bool

// sameFirst compares the first bytes of two texts of the same length.
func sameFirst(n int) sameText {
	return func(a, b string) bool { return len(a) == len(b) && a[:min(n, len(a))] == b[:min(n, len(b))] }
}

// sameLast compares the last bytes of two texts of the same length.
func sameLast(n int) sameText {
	return func(a, b string) bool { return len(a) == len(b) && a[max(0, len(a)-n):] == b[max(0, len(b)-n):] }
}

// sameLowBytes compares the low bytes of the characters of two texts, as what
// converts a text to Latin-1 without looking does.
func sameLowBytes(a, b string) bool {
	low := func(s string) (bytes []byte) {
		for _, r := range s {
			bytes = append(bytes, byte(r))
		}
		return bytes
	}
	return string(low(a)) == string(low(b))
}

// samplingLiars compare a part of a text, and not the rest.
func samplingLiars() []Liar {
	party := func(same sameText) bend {
		return unless(func(j *judgement) bool {
			azp, ok := j.claims.string("azp")
			return ok && slices.ContainsFunc(j.policy.Audience, func(client string) bool { return same(client, azp) })
		}, "azp")
	}
	user := func(same sameText) bend {
		return beforehand("expected sub", func(j *judgement) {
			if sub, _ := j.claims.string("sub"); same(j.inputs.Subject, sub) {
				j.inputs.Subject = sub
			}
		})
	}
	organization := func(same sameText) bend {
		return beforehand("requirements", func(j *judgement) {
			oid, _ := j.claims.string("oid")
			for _, wanted := range j.policy.Require.Organizations {
				if same(oid, wanted) {
					j.claims = j.claims.with("oid", wanted)
				}
			}
		})
	}
	return []Liar{
		{"iss-first-40", "It compares the first forty characters of iss.", ids{"iss.one-character"}, comparesIssuer(sameFirst(40))},
		{"iss-last-40", "It compares the last forty characters of iss.", ids{"iss.one-character"}, comparesIssuer(sameLast(40))},
		{"iss-low-bytes", "It compares the low bytes of the characters of iss.", ids{"iss.one-character"}, comparesIssuer(sameLowBytes)},
		{"aud-first-16", "It compares the first 16 characters of an audience.", ids{"aud.one-character", "aud.long"}, addressedIf(sameFirst(16))},
		{"aud-first-64", "It compares the first 64 characters of an audience.", ids{"aud.long"}, addressedIf(sameFirst(64))},
		{"aud-last-16", "It compares the last 16 characters of an audience.", ids{"aud.one-character"}, addressedIf(sameLast(16))},
		{"aud-low-bytes", "It compares the low bytes of the characters of an audience.", ids{"aud.one-character"}, addressedIf(sameLowBytes)},
		{"aud-keys", "It looks for the client ID among the names of the members of an aud that is an object.", ids{"aud.as-key"},
			readsAudience(func(claims object) ([]string, bool) {
				value, _ := claims.get("aud")
				members, err := readMembers(value)
				if err != nil {
					return audienceOf(claims)
				}
				return memberNames(object{members, exactName}), true
			})},
		{"aud-values", "It reads an aud that is an object as the list of its values.", ids{"aud.as-key"},
			readsAudience(func(claims object) ([]string, bool) {
				value, _ := claims.get("aud")
				members, err := readMembers(value)
				if err != nil {
					return audienceOf(claims)
				}
				var list []string
				for _, m := range members {
					text, _ := unquote(m.value)
					list = append(list, text)
				}
				return list, true
			})},
		{"azp-first-16", "It compares the first 16 characters of azp.", ids{"azp.one-character"}, party(sameFirst(16))},
		{"azp-last-16", "It compares the last 16 characters of azp.", ids{"azp.one-character"}, party(sameLast(16))},
		{"nonce-first-16", "It compares the first 16 characters of nonce.", ids{"nonce.one-character", "nonce.long"}, comparesNonce(sameFirst(16))},
		{"nonce-last-16", "It compares the last 16 characters of nonce.", ids{"nonce.one-character"}, comparesNonce(sameLast(16))},
		{"nonce-low-bytes", "It compares the low bytes of the characters of nonce.", ids{"nonce.one-character"}, comparesNonce(sameLowBytes)},
		{"nonce-first-72", "It compares the first 72 characters of nonce, as a hash of passwords does.", ids{"nonce.long"}, comparesNonce(sameFirst(72))},
		{"nonce-first-255", "It compares the first 255 characters of nonce, as many as its database keeps.", ids{"nonce.long"}, comparesNonce(sameFirst(255))},
		{"user-first-16", "It compares the first 16 characters of sub with the expected one.", ids{"sub.expected-one-character"}, user(sameFirst(16))},
		{"user-last-16", "It compares the last 16 characters of sub with the expected one.", ids{"sub.expected-one-character"}, user(sameLast(16))},
		{"user-low-bytes", "It compares the low bytes of the characters of sub with the expected one.", ids{"sub.expected-one-character"}, user(sameLowBytes)},
		{"user-ends", "It accepts a sub that ends with the expected one.", ids{"sub.expected-one-character"},
			user(func(want, sub string) bool { return want != "" && strings.HasSuffix(sub, want) })},
		{"oid-ends", "It accepts an oid that ends with an allowed one.", ids{"scalekit.oid-alike"}, organization(strings.HasSuffix)},
		{"oid-begins", "It accepts an oid that begins with an allowed one.", ids{"scalekit.oid-alike"}, organization(strings.HasPrefix)},
		{"oid-first-4", "It compares the first four characters of oid.", ids{"scalekit.oid-alike"}, organization(sameFirst(4))},
		{"hash-first-11", "It compares the first eleven characters of a hash.", ids{"hash.at-one-character", "hash.c-and-s-forms"}, comparesHash(sameFirst(11))},
		{"hash-last-11", "It compares the last eleven characters of a hash.", ids{"hash.at-one-character", "hash.c-and-s-forms"}, comparesHash(sameLast(11))},
		{"hash-any-case", "It compares a hash without regard to case.", ids{"hash.at-one-character"}, comparesHash(strings.EqualFold)},
		{"kid-first-16", "It compares the first 16 characters of the kid.", ids{"hdr.kid-one-character"}, namesKeys(sameFirst(16))},
		{"kid-last-16", "It compares the last 16 characters of the kid.", ids{"hdr.kid-one-character"}, namesKeys(sameLast(16))},
		{"kid-low-bytes", "It compares the low bytes of the characters of the kid.", ids{"hdr.kid-one-character"}, namesKeys(sameLowBytes)},
		{"kid-first-64", "It compares the first 64 characters of the kid.", ids{"hdr.kid-one-character"}, namesKeys(sameFirst(64))},
	}
}

// misplacedLiars find what belongs to the login in another place or form.
func misplacedLiars() []Liar {
	return []Liar{
		{"nonce-or-hash", "It accepts the SHA-256 of the nonce that was sent.", ids{"nonce.hashed"},
			comparesNonce(func(sent, claimed string) bool {
				sum := sha256.Sum256([]byte(sent))
				return claimed == sent || claimed == hex.EncodeToString(sum[:]) || claimed == base64.RawURLEncoding.EncodeToString(sum[:])
			})},
		{"nonce-of-header", "It takes nonce from the header if the claims have none.", ids{"nonce.elsewhere"},
			claimsWith(func(j *judgement) object { return j.head.without("alg", "kid", "typ", "x") })},
		{"nonce-anywhere", "It looks for the nonce that was sent in the values of all claims.", ids{"nonce.elsewhere"},
			beforehand("sent nonce", func(j *judgement) {
				for _, m := range j.claims.members {
					if sent := j.inputs.Nonce; sent != nil && strings.Contains(string(m.value), *sent) && !j.claims.has("nonce") {
						j.claims = j.claims.with("nonce", *sent)
					}
				}
			})},
		{"sub-of-inner", "It reports the sub, oid and email of an object inside a claim as those of the user.", ids{"sub.in-other-claims"},
			reports(func(claims map[string]any) {
				for _, value := range claims {
					if inner, ok := value.(map[string]any); ok {
						claims["sub"] = inner["sub"]
					}
				}
			})},
		{"flattens-report", "It reports the members of objects inside claims as claims.", ids{"sub.in-other-claims"},
			reports(func(claims map[string]any) {
				for _, name := range []string{"sub_id", "user", "profile", "claims", "userinfo"} {
					inner, _ := claims[name].(map[string]any)
					for member, value := range inner {
						if _, there := claims[member]; !there {
							claims[member] = value
						}
					}
				}
			})},
		{"hash-sha256-always", "It makes every at_hash with SHA-256.", ids{"hash.at-of-each-alg", "hash.at-of-other-alg"},
			hashes(func(_, text string) (string, bool) { return leftHalf("RS256", text) })},
		{"hash-half-of-256", "It takes 16 bytes of whichever hash the alg has.", ids{"hash.at-of-each-alg", "hash.at-of-other-alg"},
			hashes(func(alg, text string) (string, bool) {
				hash := digest(alg, text)
				return base64.RawURLEncoding.EncodeToString(hash[:min(16, len(hash))]), hash != nil
			})},
		{"hash-384-is-512", "It makes the at_hash of ES384 and RS384 with SHA-512.", ids{"hash.at-of-each-alg", "hash.at-of-other-alg"},
			hashes(func(alg, text string) (string, bool) {
				if algorithms()[alg].hash == crypto.SHA384 {
					alg = "RS512"
				}
				return leftHalf(alg, text)
			})},
		{"hash-null-is-none", "It reads a hash that is null, or not a string, as no hash.", ids{"hash.c-and-s-forms", "hash.at-empty"},
			beforehand("hashes", func(j *judgement) {
				for _, name := range []string{"at_hash", "c_hash", "s_hash"} {
					if value, _ := j.claims.get(name); value.Kind() != jsontext.KindString {
						j.claims = j.claims.without(name)
					}
				}
			})},
		{"refuses-s-hash", "It refuses a token with an s_hash.", ids{"hash.s-match"}, refusing(has("s_hash"), "hashes", verifier.ReasonInvalidTokenHash, "s_hash")},
	}
}
