package verifier

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// checkUser checks the rules about the user that the Config names.
func (v *Verifier) checkUser(t *Token, _ time.Time) *Error {
	r := &v.cfg.Require
	if r.Organization || len(r.Organizations) > 0 {
		if err := checkOrganization(t, r.Organizations); err != nil {
			return err
		}
	}
	if len(r.Connections) > 0 {
		if t.bad(claimAMR) {
			return malformedClaim("amr", "want an array of strings")
		}
		if !containsAny(t.AMR, r.Connections) {
			return refuseByPolicy("amr", strings.Join(t.AMR, " "), strings.Join(r.Connections, " "))
		}
	}
	if r.SessionID {
		switch {
		case !t.has(claimSid):
			return &Error{Reason: ReasonPolicy, Claim: "sid"}
		case t.bad(claimSid) || t.SessionID == "":
			return malformedClaim("sid", "want a string that is not empty")
		}
	}
	if r.VerifiedEmail && (t.Email == "" || !t.EmailVerified) {
		return &Error{
			Reason: ReasonPolicy, Claim: "email_verified",
			Detail: "the email address is not verified",
		}
	}
	return nil
}

// checkOrganization checks oid. An empty list accepts any organization. A token
// whose oid cannot be read is never treated as one without an organization.
func checkOrganization(t *Token, accepted []string) *Error {
	switch {
	case !t.has(claimOid):
		return &Error{Reason: ReasonPolicy, Claim: "oid", Want: clip(strings.Join(accepted, " "))}
	case t.bad(claimOid) || t.OrganizationID == "":
		return malformedClaim("oid", "want a string that is not empty")
	case len(accepted) > 0 && !slices.Contains(accepted, t.OrganizationID):
		return refuseByPolicy("oid", t.OrganizationID, strings.Join(accepted, " "))
	}
	return nil
}

func refuseByPolicy(claim, got, want string) *Error {
	return &Error{Reason: ReasonPolicy, Claim: claim, Got: clip(got), Want: clip(want)}
}

// checkRule calls Config.Rule.
func (v *Verifier) checkRule(ctx context.Context, t *Token) *Error {
	if v.cfg.Rule == nil {
		return nil
	}
	err := v.cfg.Rule(ctx, t)
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		refusal := *e // the rule may return one value for all tokens
		return &refusal
	}
	return &Error{Reason: ReasonPolicy, Detail: "a rule of the application refuses it", Err: err}
}
