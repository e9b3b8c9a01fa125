package plain

import (
	"hash/crc32"
	"path"
	"slices"
	"strconv"
	"strings"
)

// resemblance is a comparison of strings that is not equality.
type resemblance struct {
	name, words string
	same        func(want, got string) bool
}

// resemblances returns comparisons of languages, databases and caches.
func resemblances() []resemblance {
	ascii := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r > '~' {
				return -1
			}
			return r
		}, s)
	}
	crc := func(s string) uint32 { return crc32.ChecksumIEEE([]byte(s)) }
	return []resemblance{
		{"folded", "as Unicode folds their case", strings.EqualFold},
		{"ascii", "without what is beyond ASCII", func(want, got string) bool { return ascii(want) == ascii(got) }},
		{"words", "word by word, where one word is enough", func(want, got string) bool { return slices.Contains(strings.Fields(got), want) }},
		{"pattern", "as a pattern, with * and ?", func(want, got string) bool { matches, _ := path.Match(want, got); return matches }},
		{"number", "as numbers, where both are", func(want, got string) bool {
			a, errA := strconv.ParseFloat(want, 64)
			b, errB := strconv.ParseFloat(got, 64)
			return errA == nil && errB == nil && a == b
		}},
		{"crc", "by their CRC-32", func(want, got string) bool { return crc(want) == crc(got) }},
		{"long", "by their first 512 characters", func(want, got string) bool { return len(got) > 512 && len(want) > 512 && want[:512] == got[:512] }},
	}
}

// resemblanceLiars compare each value in the way of each resemblance.
func resemblanceLiars() []Liar {
	audience := func(j *judgement) []string { return j.policy.Audience }
	organizations := func(j *judgement) []string { return j.policy.Require.Organizations }
	connections := func(j *judgement) []string { return j.policy.Require.Connections }
	subject := func(j *judgement) []string { return []string{j.inputs.Subject} }
	acr := func(j *judgement) []string { return j.inputs.ACRValues }
	amr := func(j *judgement) []string { return j.inputs.AMR }
	type same = func(want, got string) bool
	claim := func(check, claim string, wanted func(*judgement) []string) func(same) bend {
		return func(s same) bend {
			return unlessAlike(check, claim, wanted, func(got, want string) bool { return s(want, got) })
		}
	}
	var list []Liar
	for _, compared := range []struct {
		name, words string
		caughtBy    ids
		without     ids // resemblances that the value does not have with any other
		by          func(same) bend
	}{
		{"iss", "issuers", ids{"iss.comparison"}, ids{"number"}, comparesIssuer},
		{"aud", "audiences", ids{"aud.comparison"}, nil, func(s same) bend {
			return addressedIf(func(audience, client string) bool { return s(client, audience) })
		}},
		{"trusted", "trusted audiences", ids{"aud.trusted-comparison"}, nil, func(s same) bend {
			return trustsAudiences(func(audience, trusted string) bool { return s(trusted, audience) })
		}},
		{"azp", "authorized parties", ids{"azp.comparison"}, nil, claim("azp", "azp", audience)},
		{"nonce", "nonces", ids{"nonce.comparison"}, nil, comparesNonce},
		{"expected-sub", "sub and the user that the caller expects", ids{"sub.expected-comparison"}, nil, claim("expected sub", "sub", subject)},
		{"acr", "values of acr", ids{"acr.comparison"}, nil, claim("acr", "acr", acr)},
		{"amr", "methods", ids{"amr.comparison"}, nil, claim("amr", "amr", amr)},
		{"oid", "organizations", ids{"scalekit.oid-comparison"}, nil, claim("requirements", "oid", organizations)},
		{"connection", "connections", ids{"scalekit.connection-comparison"}, nil, claim("requirements", "amr", connections)},
		{"kid", "IDs of keys", ids{"hdr.kid-comparison"}, nil, func(s same) bend {
			return namesKeys(func(kid, id string) bool { return kid == id || s(id, kid) })
		}},
		{"hash", "hashes", ids{"hash.at-comparison", "hash.c-comparison", "hash.s-comparison"}, ids{"pattern", "number", "crc", "long"}, func(s same) bend {
			return comparesHash(func(got, want string) bool { return got == want || s(want, got) })
		}},
		{"alg", "names of algorithms", ids{"alg.comparison"}, ids{"pattern", "number", "crc", "long"}, func(s same) bend {
			return beforehand("alg", func(j *judgement) {
				for _, allowed := range j.policy.Algorithms {
					if s(string(allowed), j.alg) {
						j.alg = string(allowed)
						return
					}
				}
			})
		}},
	} {
		for _, r := range resemblances() {
			if slices.Contains(compared.without, r.name) {
				continue
			}
			list = append(list, Liar{
				compared.name + "-by-" + r.name, "It compares " + compared.words + " " + r.words + ".", compared.caughtBy,
				compared.by(func(want, got string) bool { return want == got || r.same(want, got) }),
			})
		}
	}
	return list
}
