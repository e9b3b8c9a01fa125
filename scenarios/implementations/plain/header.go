package plain

import (
	"slices"
	"strings"

	"github.com/assay-id/assay/verifier"
)

// checkHeader reads the JOSE header. Of its parameters alg, kid, typ and crit
// are read; jku, jwk, x5u and x5c are not: keys come only from the JWK Set of
// the issuer. OIDC Core 1.0, 3.1.3.7 item 6; RFC 8725, 3.10.
func (j *judgement) checkHeader() *verifier.Error {
	text, ok := j.habits.reading.decode(j.header)
	if !ok {
		return malformed("header", "not base64url", "base64url without padding")
	}
	head, err := j.habits.reading.parse(text)
	if err != nil {
		return malformed("header", err.Error(), "a JSON object")
	}
	j.head = head
	if j.kid.present = head.has("kid"); j.kid.present {
		if j.kid.text, ok = head.string("kid"); !ok {
			return malformed("kid", "not a string", "a string") // RFC 7515, 4.1.4
		}
	}
	if j.alg, ok = head.string("alg"); !ok {
		return malformed("alg", "missing or not a string", "a string") // RFC 7515, 4.1.1
	}
	return nil
}

// checkForms refuses parameters of the wrong type, under any alg.
func (j *judgement) checkForms() *verifier.Error {
	if _, ok := j.head.string("typ"); j.head.has("typ") && !ok {
		return malformed("typ", "not a string", "a string")
	}
	if _, ok := j.head.strings("crit"); j.head.has("crit") && !ok {
		return malformed("crit", "not a list of names", "a list of names")
	}
	return nil
}

// checkAlgorithm compares alg with the allow-list, before any key is looked
// up. RFC 8725, 3.1.
func (j *judgement) checkAlgorithm() *verifier.Error {
	if !j.habits.signature.allows(j.policy.Algorithms, j.alg) {
		return refuse(verifier.ReasonAlgNotAllowed, "alg", j.alg, "one that is configured")
	}
	return nil
}

func isListed(allowed []verifier.Algorithm, alg string) bool {
	return slices.Contains(allowed, verifier.Algorithm(alg))
}

// checkType refuses a token that claims to be of another kind. typ is a
// media type whose application/ may be omitted. RFC 7515, 4.1.9; RFC 8725,
// 3.11.
func (j *judgement) checkType() *verifier.Error {
	if !j.head.has("typ") {
		return nil
	}
	typ, _ := j.head.string("typ")
	if strings.TrimPrefix(strings.ToLower(typ), "application/") != "jwt" {
		return refuse(verifier.ReasonUnsupportedTokenType, "typ", typ, "JWT")
	}
	return nil
}

// checkCritical refuses every critical extension, because none is understood.
// RFC 7515, 4.1.11.
func (j *judgement) checkCritical() *verifier.Error {
	if !j.head.has("crit") {
		return nil
	}
	names, _ := j.head.strings("crit")
	return refuse(verifier.ReasonUnsupportedCritical, "crit", strings.Join(names, " "),
		"no extension")
}
