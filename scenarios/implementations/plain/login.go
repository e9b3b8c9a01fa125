package plain

import (
	"crypto"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/assay-id/assay/verifier"
)

// checkInputs refuses what the caller cannot mean. Above all an empty nonce: it
// comes from a session that has lost its own, and a token with an empty nonce,
// or with none, would seem to match it.
func (j *judgement) checkInputs() *verifier.Error {
	in := j.inputs
	switch {
	case in.Nonce != nil && *in.Nonce == "":
		return misconfigured("Inputs.Nonce", "", "a nonce, or nil if none was sent")
	case in.Nonce == nil && in.Redeem != nil:
		return misconfigured("Inputs.Redeem", "", "a nonce to redeem")
	case in.MaxAge != nil && *in.MaxAge < 0:
		return misconfigured("Inputs.MaxAge", in.MaxAge.String(), "0 or more")
	case slices.Contains(slices.Concat(in.ACRValues, in.AMR), ""):
		return misconfigured("Inputs.ACRValues or Inputs.AMR", "", "values that are not empty")
	}
	words := strings.Fields(in.ResponseType)
	for _, word := range words {
		if word != "code" && word != "id_token" && word != "token" {
			return misconfigured("Inputs.ResponseType", cut(word), "code, id_token and token")
		}
	}
	if len(words) == 1 && words[0] == "token" {
		return misconfigured("Inputs.ResponseType", words[0], "a response type with an ID Token")
	}
	return nil
}

// checkSentNonce compares nonce with the one that was sent. OIDC Core 1.0,
// 3.1.3.7 item 11.
func (j *judgement) checkSentNonce() *verifier.Error {
	if j.inputs.Nonce == nil {
		return nil
	}
	nonce, _ := j.claims.string("nonce")
	if !j.claims.has("nonce") || !j.habits.login.sameNonce(*j.inputs.Nonce, nonce) {
		return refuse(verifier.ReasonInvalidNonce, "nonce", "", "")
	}
	return nil
}

// checkExpectedSubject compares sub with the one that the caller knows from
// elsewhere. OIDC Core 1.0, 5.3.2.
func (j *judgement) checkExpectedSubject() *verifier.Error {
	sub, _ := j.claims.string("sub")
	if want := j.inputs.Subject; want != "" && sub != want {
		return refuse(verifier.ReasonInvalidSubject, "sub", sub, want)
	}
	return nil
}

// checkHashes requires that the token was issued with what came with it. OIDC Core 1.0, 3.1.3.6, 3.2.2.10 and 3.3.2.11.
func (j *judgement) checkHashes() *verifier.Error {
	in, words := j.inputs, strings.Fields(j.inputs.ResponseType)
	with := func(word string) bool {
		return slices.Contains(words, "id_token") && slices.Contains(words, word)
	}
	for _, h := range []struct {
		claim, of string
		required  bool
	}{
		{"at_hash", in.AccessToken, with("token")},
		{"c_hash", in.Code, with("code")},
		{"s_hash", in.State, false},
	} {
		if !j.claims.has(h.claim) {
			if h.required {
				return refuse(verifier.ReasonMissingClaim, h.claim, "", "")
			}
			continue
		}
		if h.of == "" {
			continue
		}
		got, isText := j.claims.string(h.claim)
		want, known := j.habits.login.tokenHash(j.alg, h.of)
		if !isText || !known || !j.habits.login.sameHash(got, want) {
			return refuse(verifier.ReasonInvalidTokenHash, h.claim, "", "")
		}
	}
	return nil
}

// checkAuthTime requires a login that is recent enough. OIDC Core 1.0, 3.1.3.7
// item 13.
func (j *judgement) checkAuthTime() *verifier.Error {
	if j.inputs.MaxAge == nil {
		return nil
	}
	if !j.claims.has("auth_time") {
		return refuse(verifier.ReasonMissingClaim, "auth_time", "", "")
	}
	value, _ := j.claims.get("auth_time")
	at, ok := j.habits.claims.date(value)
	leeway := j.policy.leeway
	switch {
	case !ok:
		return refuse(verifier.ReasonMalformedClaim, "auth_time", "something else",
			"seconds since 1970")
	case at.After(j.now.Add(leeway)):
		return refuse(verifier.ReasonMalformedClaim, "auth_time", clock(at), "not in the future")
	case j.claims.has("iat") && at.After(j.at("iat").Add(leeway)):
		return refuse(verifier.ReasonMalformedClaim, "auth_time", clock(at), "not after iat")
	case j.now.Sub(at) > *j.inputs.MaxAge+leeway:
		return refuse(verifier.ReasonAuthTooOld, "auth_time", clock(at),
			"at least "+clock(j.now.Add(-*j.inputs.MaxAge-leeway)))
	}
	return nil
}

// checkContextClass compares acr with the allowed values. OIDC Core 1.0,
// 3.1.3.7 item 12.
func (j *judgement) checkContextClass() *verifier.Error {
	if len(j.inputs.ACRValues) == 0 {
		return nil
	}
	acr, isText := j.claims.string("acr")
	if j.claims.has("acr") && !isText {
		return refuse(verifier.ReasonMalformedClaim, "acr", "not a string", "a string")
	}
	if !slices.Contains(j.inputs.ACRValues, acr) {
		return refuse(verifier.ReasonInvalidACR, "acr", acr,
			strings.Join(j.inputs.ACRValues, " or "))
	}
	return nil
}

// checkMethods requires every method that the caller asks for. RFC 8176, 1.
func (j *judgement) checkMethods() *verifier.Error {
	if len(j.inputs.AMR) == 0 {
		return nil
	}
	methods, refusal := j.methods()
	if refusal != nil {
		return refusal
	}
	for _, want := range j.inputs.AMR {
		if !slices.Contains(methods, want) {
			return refuse(verifier.ReasonInvalidAMR, "amr", strings.Join(methods, " "), want)
		}
	}
	return nil
}

// methods returns amr, which must be an array of strings if it is there. OIDC Core
// 1.0, 2.
func (j *judgement) methods() ([]string, *verifier.Error) {
	methods, ok := j.claims.strings("amr")
	if j.claims.has("amr") && !ok {
		return nil, refuse(verifier.ReasonMalformedClaim, "amr", "something else",
			"an array of strings")
	}
	return methods, nil
}

// checkExpectedOrganization requires the organization that the caller expects.
func (j *judgement) checkExpectedOrganization() *verifier.Error {
	if j.inputs.Organization == "" {
		return nil
	}
	return j.belongsTo(j.inputs.Organization)
}

// redeemNonce removes the nonce from the caller's store, which has it once.
// OIDC Core 1.0, 3.1.3.7 item 11.
func (j *judgement) redeemNonce() *verifier.Error {
	if j.inputs.Redeem == nil {
		return nil
	}
	if err := j.inputs.Redeem(j.ctx, *j.inputs.Nonce); err != nil {
		refusal := refuse(verifier.ReasonInvalidNonce, "nonce", "", "")
		refusal.Err = err
		return refusal
	}
	return nil
}

// leftHalf returns the left half of the hash of a text, as in at_hash, c_hash
// and s_hash. OIDC Core 1.0, 3.1.3.6.
func leftHalf(alg, text string) (string, bool) {
	hash := digest(alg, text)
	return base64.RawURLEncoding.EncodeToString(hash[:len(hash)/2]), hash != nil
}

// digest hashes a text with the hash of an alg, and for EdDSA with the SHA-512
// that it uses inside. It returns nil for an alg without a hash.
func digest(alg, text string) []byte {
	a, known := algorithms()[alg]
	if a.scheme == eddsa {
		a.hash = crypto.SHA512
	}
	if !known || !a.hash.Available() {
		return nil
	}
	h := a.hash.New()
	h.Write([]byte(text))
	return h.Sum(nil)
}
