package plain

import (
	"slices"

	"github.com/assay-id/assay/verifier"
)

// keySet is a JWK Set. It does not change.
type keySet struct{ keys []*key }

// parseKeySet reads a JWK Set. A key that cannot be read does not affect the
// others.
// RFC 7517, 5.
func parseKeySet(h *habits, text []byte) (*keySet, *verifier.Error) {
	document, err := h.reading.parse(text)
	if err != nil {
		return nil, refuse(verifier.ReasonJWKSInvalid, "", err.Error(), "a JWK Set")
	}
	value, _ := document.get("keys")
	entries, ok := elements(value)
	if !ok {
		return nil, refuse(verifier.ReasonJWKSInvalid, "keys", "missing or not an array",
			"an array")
	}
	set := &keySet{}
	for _, entry := range entries {
		set.keys = append(set.keys, readKey(h, entry))
	}
	return set, nil
}

// usable reports whether any key of s can verify something.
func (s *keySet) usable() bool {
	return slices.ContainsFunc(s.keys, func(k *key) bool { return k.unfit == "" })
}

// has reports whether s has a key for a token with that kid, or any usable key
// for a token without.
func (s *keySet) has(kid keyID) bool {
	if !kid.present {
		return s.usable()
	}
	return slices.ContainsFunc(s.keys, func(k *key) bool { return k.id == kid })
}

// fitFor returns the keys that may verify a signature of alg.
func (s *keySet) fitFor(alg string) []*key {
	return slices.DeleteFunc(slices.Clone(s.keys), func(k *key) bool {
		return k.unfitFor(alg) != ""
	})
}

// withID returns the keys of that ID, fit or not.
func (s *keySet) withID(kid keyID) []*key {
	return slices.DeleteFunc(slices.Clone(s.keys), func(k *key) bool { return k.id != kid })
}

// checkKey finds the keys that may have signed the token. Under an algorithm
// with a shared secret there is no key to look up.
func (j *judgement) checkKey() *verifier.Error {
	if j.sharesSecret() {
		j.candidates = []*key{{secret: j.policy.ClientSecret}}
		return nil
	}
	set, refusal := j.keys.find(j.ctx, j.now, j.kid)
	if refusal != nil {
		return refusal
	}
	j.candidates, refusal = j.habits.keys.candidates(j, set)
	return refusal
}

// mostCandidates bounds how many keys of one kid are tried: a provider that
// reuses a kid has two of them for a while.
const mostCandidates = 4

// keysNamed returns the keys that the kid of the token names and that may
// verify its algorithm. Without a kid the issuer must have exactly one key
// that may. OIDC Core 1.0, 10.1; RFC 7515, 4.1.4.
func keysNamed(j *judgement, set *keySet) ([]*key, *verifier.Error) {
	if !j.kid.present {
		return onlyKey(j, set)
	}
	var found []*key
	why := ""
	for _, k := range set.keys {
		if k.id != j.kid {
			continue
		}
		if why = k.unfitFor(j.alg); why == "" && len(found) < mostCandidates {
			found = append(found, k)
		}
	}
	switch {
	case len(found) > 0:
		return found, nil
	case set.has(j.kid):
		return nil, refuse(verifier.ReasonKeyUnusable, "kid", why, "a key for "+cut(j.alg))
	}
	return nil, refuse(verifier.ReasonKeyNotFound, "kid", j.kid.text, "the ID of a published key")
}

// onlyKey returns the one key that fits a token without kid.
func onlyKey(j *judgement, set *keySet) ([]*key, *verifier.Error) {
	fit := set.fitFor(j.alg)
	if len(fit) != 1 {
		return nil, refuse(verifier.ReasonKeyNotFound, "kid", "", "the ID of a published key")
	}
	return fit, nil
}

// takeNew is how one JWK Set replaces another: completely.
func takeNew(_, new *keySet) *keySet { return new }
