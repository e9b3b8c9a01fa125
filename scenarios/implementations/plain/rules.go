package plain

import (
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// checkRequirements applies the rules about the user.
func (j *judgement) checkRequirements() *verifier.Error {
	r := j.policy.Require
	if r.Organization || len(r.Organizations) > 0 {
		if refusal := j.belongsTo(r.Organizations...); refusal != nil {
			return refusal
		}
	}
	if len(r.Connections) > 0 {
		methods, refusal := j.methods()
		if refusal != nil {
			return refusal
		}
		if !anyListed(methods, r.Connections) {
			return refuse(verifier.ReasonPolicy, "amr", strings.Join(methods, " "),
				strings.Join(r.Connections, " or "))
		}
	}
	if r.SessionID {
		if refusal := j.identifier("sid"); refusal != nil {
			return refusal
		}
	}
	if r.VerifiedEmail {
		address, _ := j.claims.string("email")
		verified, _ := j.claims.get("email_verified")
		if address == "" || !j.habits.claims.isTrue(verified) {
			return refuse(verifier.ReasonPolicy, "email_verified", string(verified), "true")
		}
	}
	return nil
}

// belongsTo requires one of the organizations, or any if none is given.
func (j *judgement) belongsTo(organizations ...string) *verifier.Error {
	if refusal := j.identifier("oid"); refusal != nil {
		return refusal
	}
	if oid, _ := j.claims.string("oid"); len(organizations) > 0 &&
		!slices.Contains(organizations, oid) {
		return refuse(verifier.ReasonPolicy, "oid", oid, strings.Join(organizations, " or "))
	}
	return nil
}

// identifier requires a claim that the rules of the application ask for. One
// that cannot be read is never mistaken for one that is absent.
func (j *judgement) identifier(name string) *verifier.Error {
	if !j.claims.has(name) {
		return refuse(verifier.ReasonPolicy, name, "", "")
	}
	if id, _ := j.claims.string(name); id == "" {
		return refuse(verifier.ReasonMalformedClaim, name, "something else",
			"a string that is not empty")
	}
	return nil
}

// checkRule calls the rule of the application. It shows those claims that rules
// are about: who it is, where, and in which session.
func (j *judgement) checkRule() *verifier.Error {
	if j.policy.Rule == nil {
		return nil
	}
	text := func(name string) string { s, _ := j.claims.string(name); return s }
	err := j.policy.Rule(j.ctx, &verifier.Token{
		Issuer: text("iss"), Subject: text("sub"), Expiry: j.expiry,
		OrganizationID: text("oid"), SessionID: text("sid"), Email: text("email"),
	})
	if err == nil {
		return nil
	}
	if refusal, ok := errors.AsType[*verifier.Error](err); ok {
		own := *refusal
		return &own
	}
	refusal := refuse(verifier.ReasonPolicy, "", "", "")
	refusal.Err = err
	return refusal
}

// isTrue reports whether a value is the JSON true. The string "true" is not:
// OIDC Core 1.0, 5.1 calls email_verified a boolean.
func isTrue(value jsontext.Value) bool { return value.Kind() == jsontext.KindTrue }
