package plain

import (
	"bytes"
	"crypto/hmac"
	"slices"
	"strings"
)

// comparesMAC compares an HMAC under the client secret in another way.
func comparesMAC(same func(got, want []byte) bool) bend {
	return verifiesWith(func(k *key, alg string, input, signature []byte) bool {
		hash := hmacHash(alg)
		if hash == 0 {
			return verifies(k, alg, input, signature)
		}
		mac := hmac.New(hash.New, k.secret)
		mac.Write(input)
		return same(signature, mac.Sum(nil))
	})
}

// macLiars stop comparing an HMAC before its end, or never begin.
func macLiars() []Liar {
	return []Liar{
		{"mac-as-long-as-given", "It compares as much of an HMAC as the token has.", ids{"alg.hs-mac-short"},
			comparesMAC(func(got, want []byte) bool { return bytes.HasPrefix(want, got) })},
		{"mac-as-long-as-wanted", "It compares as much of an HMAC as there should be.", ids{"alg.hs-mac-long"},
			comparesMAC(func(got, want []byte) bool { return bytes.HasPrefix(got, want) })},
		{"mac-first-half", "It compares the first half of an HMAC.", ids{"alg.hs-mac-one-bit", "alg.hs-mac-short"},
			comparesMAC(func(got, want []byte) bool { return bytes.HasPrefix(got, want[:len(want)/2]) })},
		{"mac-last-half", "It compares the last half of an HMAC.", ids{"alg.hs-mac-one-bit"},
			comparesMAC(func(got, want []byte) bool { return bytes.HasSuffix(got, want[len(want)/2:]) })},
		{"mac-to-zero", "It compares an HMAC up to the first zero byte.", ids{"alg.hs-mac-after-zero"},
			comparesMAC(func(got, want []byte) bool {
				got, _, zero := bytes.Cut(got, []byte{0})
				want, _, _ = bytes.Cut(want, []byte{0})
				return zero && bytes.Equal(got, want)
			})},
		{"mac-xor", "It combines the differences of an HMAC with XOR, so that two equal ones cancel out.", ids{"alg.hs-mac-bits-cancel"},
			comparesMAC(func(got, want []byte) bool { return cancelsOut(string(got), string(want)) })},
		{"mac-unchecked", "It computes an HMAC and does not compare it.", ids{"alg.hs-mac-zeros", "alg.hs-mac-one-bit"},
			comparesMAC(func(got, want []byte) bool { return len(got) == len(want) })},
	}
}

// cancelsOut compares two strings as a function does that is meant to take the
// same time for all of them, but combines the differences with XOR and not OR.
func cancelsOut(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	var difference byte
	for i := range len(a) {
		difference ^= a[i] ^ b[i]
	}
	return difference == 0
}

// overlap reports whether one of two strings contains the other, in any case,
// as a comparison does that stops early or searches.
func overlap(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	return a != "" && (strings.Contains(a, b) || strings.Contains(b, a))
}

// searches replaces a claim by the wanted value that it overlaps with before
// the check of that name.
func searches(check, claim string, wanted func(*judgement) []string) bend {
	return beforehand(check, func(j *judgement) {
		text, _ := j.claims.string(claim)
		for _, want := range wanted(j) {
			if overlap(text, want) {
				j.claims = j.claims.with(claim, want)
			}
		}
	})
}

// searchingLiars accept a part of what they look for, or something of which it
// is a part.
func searchingLiars() []Liar {
	return []Liar{
		{"hash-xor", "It combines the differences of two hashes with XOR.", ids{"hash.at-reordered"}, comparesHash(cancelsOut)},
		{"hash-as-long-as-given", "It compares as much of a hash as the token has.", ids{"hash.at-part", "hash.c-part", "hash.s-part"},
			comparesHash(func(got, want string) bool { return got != "" && strings.HasPrefix(want, got) })},
		{"hash-as-long-as-wanted", "It compares as much of a hash as there should be.", ids{"hash.at-part", "hash.c-part", "hash.s-part"},
			comparesHash(strings.HasPrefix)},
		{"azp-search", "It searches azp for the client ID, or the other way round.", ids{"azp.part"},
			searches("azp", "azp", func(j *judgement) []string { return j.policy.Audience })},
		{"trusted-search", "It searches an audience for a trusted one, or the other way round.", ids{"aud.trusted-alike"},
			beforehand("aud", func(j *judgement) {
				aud, _ := audienceOf(j.claims)
				trusting := *j.Verifier
				for _, a := range aud {
					if slices.ContainsFunc(j.policy.TrustedAudiences, func(t string) bool { return overlap(a, t) }) {
						trusting.policy.TrustedAudiences = append(slices.Clone(trusting.policy.TrustedAudiences), a)
					}
				}
				j.Verifier = &trusting
			})},
		{"kid-search", "It searches the kid for the ID of a key, or the other way round.", ids{"hdr.kid-part"}, namesKeys(overlap)},
		{"alg-search", "It searches alg for an allowed algorithm, or the other way round.", ids{"alg.part"},
			beforehand("alg", func(j *judgement) {
				for _, allowed := range j.policy.Algorithms {
					if overlap(j.alg, string(allowed)) {
						j.alg = string(allowed)
						return
					}
				}
			})},
	}
}
