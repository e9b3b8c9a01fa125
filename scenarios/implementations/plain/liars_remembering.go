package plain

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"sync"

	"github.com/assay-id/assay/verifier"
)

// rememberingLiars remember the result for a token under a name that is not
// enough, or for too long.
func rememberingLiars() []Liar {
	return []Liar{
		{"verdicts-by-octets", "It remembers good tokens by what their signatures decode to.",
			ids{"cache.verdict-key-malleable"}, remembersByDecodedSignature},
		{"remembers-refusals", "It always refuses again what it has refused once.", ids{"cache.negative-verdict"}, remembersRefusals},
		{"remembers-verdicts", "It always accepts again what it has accepted once.",
			ids{"cache.positive-verdict-revoked", "clock.verdict-cache", "scalekit.flow-expired"}, remembersAccepted},
		{"global-verdict-cache", "It remembers for all its instances that a token was good, and does not check it again.",
			ids{"cache.verdict-per-config", "cache.verdict-per-rule", "cache.positive-verdict-revoked", "rot.revoke-latency", "scalekit.flow-expired", "rot.emergency", "ref.no-offline-access"},
			remembersForAll()},
	}
}

// remembersGood accepts at once a token that got past all checks up to shape
// before. name is what it calls the token.
func remembersGood(good *sync.Map, name func(raw string) any) bend {
	return all(
		around("size", func(j *judgement, next judge) *verifier.Error {
			if claims, known := good.Load(name(j.raw)); known {
				j.claims = claims.(object)
				return j.settle()
			}
			return next(j)
		}),
		around("shape", func(j *judgement, next judge) *verifier.Error {
			refusal := next(j)
			if refusal == nil {
				good.Store(name(j.raw), j.claims)
			}
			return refusal
		}),
	)
}

func remembersByDecodedSignature(h *habits) {
	remembersGood(new(sync.Map), func(raw string) any {
		dot := strings.LastIndexByte(raw, '.') + 1
		signature, _ := base64.RawURLEncoding.DecodeString(raw[dot:]) // accepts stray bits
		return raw[:dot] + string(signature)
	})(h)
}

// remembersForAll remembers good tokens for every verifier that it is bent into.
func remembersForAll() bend {
	return remembersGood(new(sync.Map), func(raw string) any { return sha256.Sum256([]byte(raw)) })
}

func remembersRefusals(h *habits) {
	var refused sync.Map
	around("key", func(j *judgement, next judge) *verifier.Error {
		if before, known := refused.Load(j.raw); known {
			again := *before.(*verifier.Error)
			return &again
		}
		refusal := next(j)
		if refusal != nil {
			refused.Store(j.raw, refusal)
		}
		return refusal
	})(h)
}

func remembersAccepted(h *habits) {
	var accepted sync.Map
	checksOnce(h, func(j *judgement, checks judge) *verifier.Error {
		if claims, known := accepted.Load(j.raw); known {
			j.claims = claims.(object)
			return nil
		}
		refusal := checks(j)
		if refusal == nil {
			accepted.Store(j.raw, j.claims)
		}
		return refusal
	})
}
