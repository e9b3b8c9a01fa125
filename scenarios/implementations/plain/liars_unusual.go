package plain

import (
	"slices"
	"time"

	"github.com/assay-id/assay/verifier"
)

// oddity is something unusual about a token that excuses nothing.
type oddity struct {
	name, words string
	where       condition
}

func oddities() []oddity {
	parameter := func(name string) condition {
		return func(j *judgement) bool { return j.head.has(name) }
	}
	return []oddity{
		{"acting", "has act", has("act")},
		{"in-session", "has a sid", has("sid")},
		{"tested", "has a claim that is called test", has("test")},
		{"admin", "is about the user admin", func(j *judgement) bool { sub, _ := j.claims.string("sub"); return sub == "admin" }},
		{"versioned", "has ver", has("ver")},
		{"certified", "has x5t", parameter("x5t")},
		{"long", "has more than four thousand characters", func(j *judgement) bool { return len(j.payload) > 4000 }},
		{"shadowed", "has a claim Exp", has("Exp")},
		{"untyped", "has no typ", not(parameter("typ"))},
		{"lasting", "lives for another month", func(j *judgement) bool { return j.at("exp").Sub(j.now) > 30*24*time.Hour }},
	}
}

// unusualLiars leave out a check for tokens about which something is unusual,
// and those that refuse such tokens.
func unusualLiars() []Liar {
	leaveOut := func(names ...string) func(condition) bend {
		return func(where condition) bend {
			var bends []bend
			for _, name := range names {
				bends = append(bends, unless(where, name))
			}
			return all(bends...)
		}
	}
	ofClaims := ids{"acting", "in-session", "tested", "admin", "versioned", "shadowed", "lasting", "long"}
	var list []Liar
	for i, c := range []struct {
		name, words string
		caughtBy    ids
		by          func(condition) bend
		without     ids // oddities that the token has or lacks in any case, or that are not known yet
	}{
		{"signature", "verifies no signature", ids{"sig.flip-unusual", "sig.attacker-key-unusual", "sig.other-key-unusual", "hdr.kid-unknown-unusual", "sig.rsa-unusual", "alg.hs-unusual"}, unsigned, nil},
		{"alg", "accepts any alg, with no signature,", ids{"alg.none-unusual", "alg.hs-spki-pem-unusual"}, func(where condition) bend { return all(unless(where, "alg"), unsigned(where)) }, ofClaims},
		{"iss", "does not compare iss", ids{"iss.other-unusual"}, leaveOut("iss"), nil},
		{"aud", "does not compare aud", ids{"aud.other-unusual", "aud.untrusted-unusual"}, leaveOut("aud"), nil},
		{"azp", "does not compare azp", ids{"azp.mismatch-unusual"}, leaveOut("azp"), nil},
		{"exp", "does not compare exp", ids{"exp.past-unusual", "exp.missing-unusual"}, leaveOut("exp", "ever valid"), ids{"lasting"}},
		{"nbf", "does not compare nbf", ids{"nbf.future-unusual"}, leaveOut("nbf"), ids{"lasting"}},
		{"iat", "does not compare iat", ids{"iat.future-unusual"}, leaveOut("iat"), ids{"lasting"}},
		{"sub", "requires no sub", ids{"sub.missing-unusual"}, leaveOut("sub"), ids{"admin"}},
		{"expected-sub", "expects no user", ids{"sub.expected-unusual"}, leaveOut("expected sub"), nil},
		{"nonce", "expects no nonce", ids{"nonce.mismatch-unusual", "nonce.missing-unusual"}, leaveOut("sent nonce"), nil},
		{"hash", "compares no hash", ids{"hash.at-unusual", "hash.c-unusual"}, leaveOut("hashes"), nil},
		{"auth-time", "does not compare auth_time", ids{"auth.too-old-unusual", "auth.missing-unusual"}, leaveOut("auth_time"), nil},
		{"acr", "does not compare acr", ids{"acr.mismatch-unusual"}, leaveOut("acr"), nil},
		{"amr", "does not compare amr", ids{"amr.required-unusual"}, leaveOut("amr"), nil},
		{"requirements", "does not apply the rules of the application", ids{"scalekit.oid-unusual", "scalekit.email-unusual"}, leaveOut("requirements"), nil},
		{"typ", "does not look at typ", ids{"type.at-jwt-unusual"}, leaveOut("typ"), append(ids{"untyped"}, ofClaims...)},
		{"shape", "does not look for events", ids{"type.logout-unusual"}, leaveOut("shape"), nil},
		{"crit", "does not look at crit", ids{"hdr.crit-unusual"}, leaveOut("crit"), ofClaims},
	} {
		odd := slices.DeleteFunc(oddities(), func(o oddity) bool { return slices.Contains(c.without, o.name) })
		for n := range min(5, len(odd)) {
			o := odd[(i+n)%len(odd)]
			list = append(list, Liar{
				c.name + "-unless-" + o.name, "It " + c.words + " if the token " + o.words + ".", c.caughtBy, c.by(o.where),
			})
		}
	}
	for _, o := range oddities() {
		list = append(list, Liar{
			"refuses-if-" + o.name, "It refuses a token that " + o.words + ".", ids{"base.unusual"},
			refusing(o.where, "shape", verifier.ReasonUnsupportedTokenType, ""),
		})
	}
	return list
}
