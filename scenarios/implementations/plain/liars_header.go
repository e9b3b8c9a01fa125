package plain

import (
	"errors"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/assay-id/assay/verifier"
)

// namesKeys finds a key by its kid in another way, and in the honest way where
// that finds none.
func namesKeys(names func(kid, id string) bool) bend {
	return func(h *habits) {
		h.keys.candidates = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
			for _, k := range set.keys {
				if j.kid.present && k.id.present && names(j.kid.text, k.id.text) && k.unfitFor(j.alg) == "" {
					return []*key{k}, nil
				}
			}
			return keysNamed(j, set)
		}
	}
}

// headerLiars believe what a header says about itself.
func headerLiars() []Liar {
	return []Liar{
		{"kid-trimmed", "It trims spaces off the kid before it compares it.", ids{"hdr.kid-whitespace"},
			namesKeys(func(kid, id string) bool { return strings.TrimSpace(kid) == id })},
		{"kid-pattern", "It treats the kid as a pattern and uses the first key that it matches.", ids{"hdr.kid-wildcard"},
			namesKeys(func(kid, id string) bool { ok, err := path.Match(kid, id); return ok && err == nil })},
		{"kid-empty-is-none", "It treats an empty kid as no kid.", ids{"hdr.kid-empty"},
			beforehand("key", func(j *judgement) { j.kid.present = j.kid.text != "" })},
		{"kid-any-type", "It tries one key after the other if kid is not a string.", ids{"hdr.kid-not-string"}, triesAllUnlessNamed},
		{"quotes-kid", "It reads a token of any length and quotes the whole kid in its refusal.",
			ids{"hdr.kid-huge", "hdr.kid-escape-sequences"}, all(without("size"), quotesKid)},
		{"takes-advertised", "It allows the algorithms that the provider metadata list.",
			ids{"alg.none-advertised", "alg.discovery-widen"}, takesAdvertised},
		{"ignores-crit", "It ignores the extensions that the token calls critical, however many there are.",
			ids{
				"hdr.crit-unknown", "hdr.crit-empty", "hdr.crit-not-array", "hdr.crit-non-string", "hdr.crit-registered", "hdr.crit-absent-param",
				"hdr.crit-duplicate", "hdr.crit-huge",
			}, without("size", "forms", "crit")},
		{"b64-ok", "It verifies a payload that is signed without its encoding.", ids{"hdr.b64-false", "hdr.b64-false-no-crit"}, allowsUnencoded},
	}
}

// allowsUnencoded follows RFC 7797, which is not for JWTs.
func allowsUnencoded(h *habits) {
	unencoded := func(j *judgement) bool {
		value, _ := j.head.get("b64")
		return string(value) == "false"
	}
	unless(unencoded, "crit")(h)
	around("payload", func(j *judgement, next judge) *verifier.Error {
		if unencoded(j) && strings.HasPrefix(j.payload, "{") {
			j.payload = base64URL([]byte(j.payload))
		}
		return next(j)
	})(h)
	beforehand("signature", func(j *judgement) {
		if text, ok := decodeBase64URL(j.payload); ok && unencoded(j) {
			j.payload = string(text)
		}
	})(h)
}

func triesAllUnlessNamed(h *habits) {
	around("header", func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		if refusal != nil && refusal.Claim == "kid" {
			j.kid = keyID{}
			j.alg, _ = j.head.string("alg")
			return nil
		}
		return refusal
	})(h)
	h.keys.candidates = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
		if j.head.has("kid") && !j.kid.present {
			return set.keys, nil
		}
		return keysNamed(j, set)
	}
}

func quotesKid(h *habits) {
	around("key", func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		if refusal != nil && refusal.Reason == verifier.ReasonKeyNotFound {
			refusal.Err = errors.New("no key is called " + j.kid.text)
		}
		return refusal
	})(h)
}

// takesAdvertised fetches the metadata before alg is checked, and replaces the
// allow-list by theirs.
func takesAdvertised(h *habits) {
	var mu sync.Mutex
	var advertised []string
	listed := func(alg string) bool {
		mu.Lock()
		defer mu.Unlock()
		return slices.Contains(advertised, alg)
	}
	h.metadata.read = func(s *keySource, document object) (string, *verifier.Error) {
		mu.Lock()
		advertised, _ = document.strings("id_token_signing_alg_values_supported")
		mu.Unlock()
		return readMetadata(s, document)
	}
	around("alg", func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		if refusal == nil {
			return nil
		}
		// The result does not matter, as long as the metadata have been read.
		_, _ = j.keys.find(j.ctx, j.now, j.kid)
		if listed(j.alg) {
			return nil
		}
		return refusal
	})(h)
	unsigned(func(j *judgement) bool { return j.alg == "none" })(h)
}
