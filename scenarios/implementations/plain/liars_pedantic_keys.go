package plain

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// spoiledBy refuses a whole set for one key.
func spoiledBy(spoils func(*key) bool) bend {
	return func(h *habits) {
		h.keys.parseSet = func(h *habits, text []byte) (*keySet, *verifier.Error) {
			set, refusal := parseKeySet(h, text)
			if refusal == nil && slices.ContainsFunc(set.keys, spoils) {
				refusal = refuse(verifier.ReasonJWKSInvalid, "keys", "a key that it does not like", "none")
			}
			return set, refusal
		}
	}
}

// spoiledUnless refuses a whole set for one key that has an unknown value in a
// member.
func spoiledUnless(member string, known ...string) bend {
	return spoiledBy(func(k *key) bool {
		text, _ := k.jwk.string(member)
		return !slices.Contains(known, text)
	})
}

// shuns uses no key for which the condition holds.
func shuns(is func(jwk object) bool) bend {
	return readsKeysAs(func(jwk object) object {
		if is(jwk) {
			return jwk.with("use", "none")
		}
		return jwk
	})
}

// pedanticKeySets refuse sets and keys for what a provider may well write.
func pedanticKeySets() []Liar {
	return []Liar{
		{"keys-are-objects", "It refuses a set with an element that is not an object.", ids{"jwks.non-object-element"},
			spoiledBy(func(k *key) bool { return k.text.Kind() != jsontext.KindBeginObject })},
		// AKP is in every set of the mock environment.
		{"types-are-known", "It refuses a set with a key of a type that it does not know.", ids{"jwks.unknown-kty", "jwks.missing-kty"},
			spoiledUnless("kty", "RSA", "EC", "OKP", "oct", "AKP")},
		{"curves-are-known", "It refuses a set with a key on a curve that it does not know.", ids{"jwks.unknown-crv"},
			spoiledUnless("crv", "", "P-256", "P-384", "P-521", "Ed25519")},
		{"no-oct", "It refuses a set with a symmetric key.", ids{"jwks.oct-sibling"},
			spoiledBy(func(k *key) bool { return k.jwk.has("k") })},
		{"knows-all-members", "It refuses a set with a member that it does not know.", ids{"jwks.unknown-members"},
			func(h *habits) { h.keys.parseSet = parseOneMember }},
		{"kids-are-unique", "It refuses a set in which two keys have the same kid.", ids{"jwks.duplicate-kid-kty", "jwks.identical-twice"},
			func(h *habits) { h.keys.parseSet = parseUniqueKeys }},
		{"use-required", "It uses no key that does not say what it is for.", ids{"jwks.use-absent", "jwks.key-ops-verify"},
			shuns(func(jwk object) bool { return !jwk.has("use") })},
		{"certificates-must-parse", "It uses no key whose certificate it cannot read.", ids{"jwks.x5c-unreadable"},
			shuns(func(jwk object) bool {
				chain, _ := jwk.strings("x5c")
				return jwk.has("x5c") && (len(chain) == 0 || chain[0] == "AAAA")
			})},
		{"no-certificates", "It uses no key that comes with a certificate.", ids{"jwks.x5c-match", "jwks.x5u-present"},
			shuns(func(jwk object) bool { return jwk.has("x5c") || jwk.has("x5u") })},
		{"no-large-keys", "It uses no RSA key of more than 3072 bits.", ids{"jwks.rsa-4096"},
			func(h *habits) {
				h.keys.unfit = func(public crypto.PublicKey) string {
					if k, ok := public.(*rsa.PublicKey); ok && k.N.BitLen() > 3072 {
						return "too large"
					}
					return unfitRSA(public)
				}
			}},
	}
}

func parseOneMember(h *habits, text []byte) (*keySet, *verifier.Error) {
	members, err := readMembers(text)
	if err == nil && len(members) > 1 {
		return nil, refuse(verifier.ReasonJWKSInvalid, "keys", "further members", "none")
	}
	return parseKeySet(h, text)
}

func parseUniqueKeys(h *habits, text []byte) (*keySet, *verifier.Error) {
	set, refusal := parseKeySet(h, text)
	if refusal != nil {
		return nil, refusal
	}
	seen := map[keyID]bool{{}: false}
	for _, k := range set.keys {
		if seen[k.id] {
			return nil, refuse(verifier.ReasonJWKSInvalid, "kid", "twice", "once")
		}
		seen[k.id] = k.id.present
	}
	return set, nil
}

// pedanticKeySources refuse what a provider may do with its keys.
func pedanticKeySources() []Liar {
	return []Liar{
		{"wants-all-metadata", "It refuses metadata without a userinfo_endpoint, which is only recommended.", ids{"disc.minimal"},
			readsMetadata(func(s *keySource, document object) (string, *verifier.Error) {
				if !document.has("userinfo_endpoint") {
					return "", refuse(verifier.ReasonDiscoveryInvalid, "userinfo_endpoint", "", "")
				}
				return readMetadata(s, document)
			})},
		{"same-host-keys", "It refuses a jwks_uri on another host than the issuer.", ids{"disc.jwks-uri-other-host"},
			checksJWKSURI(func(s *keySource, jwksURI string) *verifier.Error {
				issuer, _ := url.Parse(s.policy.Issuer)
				if u, err := url.Parse(jwksURI); err != nil || u.Host != issuer.Host {
					return refuse(verifier.ReasonDiscoveryInvalid, "jwks_uri", jwksURI, issuer.Host)
				}
				return checkJWKSURI(s, jwksURI)
			})},
		{"json-type-only", "It refuses a JWK Set that is not called application/json.", ids{"fetch.ok-jwk-set-type", "fetch.type-missing"},
			readsBody(func(res *http.Response, limit int64) ([]byte, error) {
				if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/json") {
					return nil, errors.New("another media type")
				}
				return readUpTo(res, limit)
			})},
		{"one-bad-key-spoils", "It discards the whole set for one RSA or EC key that it cannot read.",
			ids{"jwks.broken-sibling"}, replaces(noneIfOneIsBad)},
		{"few-keys", "It reads only the first twenty keys of a set.", ids{"jwks.fifty-keys", "jwks.1000-keys", "jwks.no-kid-flood"},
			replaces(func(_, new *keySet) *keySet { return &keySet{new.keys[:min(20, len(new.keys))]} })},
		{"one-key-an-alg", "It keeps one key for each algorithm, the last one of the set.", ids{"rot.restart", "rot.overlap", "rot.second-login"},
			replaces(lastOfEachAlg)},
		{"asks-each-time", "It fetches the keys for every token.",
			ids{"cache.background-refresh", "cache.max-age-floor", "cache.no-store", "cache.max-age"}, keepsFreshFor(0)},
		{"no-stale", "It refuses every token as soon as the provider fails to renew the keys.",
			ids{"cache.stale-if-error", "cache.stale-if-odd"}, func(h *habits) { h.cache.extraStale = -never }},
	}
}

func noneIfOneIsBad(_, new *keySet) *keySet {
	for _, k := range new.keys {
		kty, _ := k.jwk.string("kty")
		if _, err := readPublicKey(k.jwk); err != nil && (kty == "RSA" || kty == "EC") {
			return &keySet{}
		}
	}
	return new
}

func lastOfEachAlg(_, new *keySet) *keySet {
	last := &keySet{}
	for i, k := range new.keys {
		if !slices.ContainsFunc(new.keys[i+1:], func(later *key) bool { return later.alg == k.alg }) {
			last.keys = append(last.keys, k)
		}
	}
	return last
}
