package plain

import (
	"bytes"
	"crypto/hmac"
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
		{"mac-unchecked", "It computes an HMAC and does not compare it.", ids{"alg.hs-mac-zeros", "alg.hs-mac-one-bit"},
			comparesMAC(func(got, want []byte) bool { return len(got) == len(want) })},
	}
}
