package verifier

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Inputs hold what the caller knows about the login that a token comes from.
// Each field that is set adds a check to those of the [Config]; the zero value
// adds none.
type Inputs struct {
	// Nonce is the nonce of the authentication request. The claim must be
	// present and equal. A pointer to the empty string is a mistake of the
	// caller, whose session has lost the nonce, and is refused as such. Redeem
	// or the caller must make sure that a nonce is used only once. OIDC Core
	// 1.0, 3.1.3.7 item 11.
	Nonce *string

	// AccessToken, Code and State are what came with the token. If not empty,
	// at_hash, c_hash and s_hash are compared with them where the token has
	// those claims. OIDC Core 1.0, 3.1.3.6 and 3.3.2.11; FAPI 1.0 Advanced,
	// 5.2.2.1.
	AccessToken, Code, State string

	// ResponseType is the response_type of the request if the token came in
	// the authorization response. One with id_token and token makes at_hash
	// required, one with code and id_token makes c_hash required. Leave it
	// empty for a token from the Token Endpoint. OIDC Core 1.0, 3.2.2.10 and
	// 3.3.2.11.
	ResponseType string

	// MaxAge is the max_age of the request. auth_time must then be present and
	// not be older, leeway included. OIDC Core 1.0, 3.1.3.7 item 13.
	MaxAge *time.Duration

	// ACRValues are the values of acr that are accepted. OIDC Core 1.0, 3.1.3.7
	// item 12 and 5.5.1.1.
	ACRValues []string

	// AMR lists methods, all of which amr must include. RFC 8176, 1.
	AMR []string

	// Subject is the expected sub, such as the one of the UserInfo response or
	// of the session. OIDC Core 1.0, 5.3.2.
	Subject string

	// Organization is the expected oid. Another one is refused with
	// ReasonPolicy: the token may be good for another tenant.
	Organization string

	// Redeem removes Nonce, which must be set, from the caller's store of
	// pending logins. It is called after every other check has passed. An error
	// refuses the token with ReasonInvalidNonce and becomes the cause: a login
	// with this nonce was finished before. It must succeed once for each nonce,
	// however many callers there are at the same time. Nil means that the
	// caller takes care of it. OIDC Core 1.0, 3.1.3.7 item 11.
	Redeem func(ctx context.Context, nonce string) error
}

// validate reports a mistake of the caller.
func (in *Inputs) validate() *Error {
	switch {
	case in.Nonce != nil && *in.Nonce == "":
		return configError("Inputs.Nonce",
			"it is empty, which is not a nonce; leave it nil if none was sent")
	case in.Nonce == nil && in.Redeem != nil:
		return configError("Inputs.Redeem", "there is no Nonce to redeem")
	case in.MaxAge != nil && *in.MaxAge < 0:
		return configError("Inputs.MaxAge", "%v is negative", *in.MaxAge)
	case slices.Contains(in.ACRValues, ""):
		return configError("Inputs.ACRValues", "a value is empty")
	case slices.Contains(in.AMR, ""):
		return configError("Inputs.AMR", "a value is empty")
	}
	if _, ok := in.hashesRequired(); !ok {
		return configError("Inputs.ResponseType", "%q does not include an ID Token",
			clip(in.ResponseType))
	}
	return nil
}

// hashesRequired returns the hash claims that the response type requires. It
// reports false if the response type does not lead to an ID Token. OAuth 2.0
// Multiple Response Type Encoding Practices, 3 and 5.
func (in *Inputs) hashesRequired() (claim, bool) {
	var code, idToken, token bool
	for _, word := range strings.Fields(in.ResponseType) {
		switch word {
		case "code":
			code = true
		case "id_token":
			idToken = true
		case "token":
			token = true
		default:
			return 0, false
		}
	}
	var required claim
	if idToken && token {
		required |= claimAtHash
	}
	if idToken && code {
		required |= claimCHash
	}
	return required, code || idToken || in.ResponseType == ""
}

// checkInputs judges the claims of a good token that depend on the login.
func (v *Verifier) checkInputs(ctx context.Context, t *Token, in *Inputs) *Error {
	if err := checkNonce(t, in.Nonce); err != nil {
		return err
	}
	if in.Subject != "" && t.Subject != in.Subject {
		return &Error{
			Reason: ReasonInvalidSubject, Claim: "sub", Got: clip(t.Subject),
			Want: clip(in.Subject),
		}
	}
	if err := checkHashes(t, in); err != nil {
		return err
	}
	if in.MaxAge != nil {
		if err := v.checkAuthTime(t, *in.MaxAge); err != nil {
			return err
		}
	}
	if err := checkContext(t, in); err != nil {
		return err
	}
	if in.Organization != "" {
		if err := checkOrganization(t, []string{in.Organization}); err != nil {
			return err
		}
	}
	if in.Redeem != nil {
		if err := in.Redeem(ctx, *in.Nonce); err != nil {
			return &Error{
				Reason: ReasonInvalidNonce, Claim: "nonce", Detail: "it could not be redeemed",
				Err: err,
			}
		}
	}
	return nil
}

// checkNonce checks nonce.
func checkNonce(t *Token, want *string) *Error {
	switch {
	case want == nil:
		return nil
	case t.bad(claimNonce):
		return malformedClaim("nonce", "want a string")
	case !t.has(claimNonce):
		return &Error{Reason: ReasonInvalidNonce, Claim: "nonce"}
	case t.Nonce != *want:
		// Neither value is shown: a nonce binds a login to a browser.
		return &Error{
			Reason: ReasonInvalidNonce, Claim: "nonce", Detail: "it is not the one of this login",
		}
	}
	return nil
}

// checkAuthTime checks auth_time.
func (v *Verifier) checkAuthTime(t *Token, maxAge time.Duration) *Error {
	now := v.now()
	switch {
	case !t.has(claimAuthTime):
		return &Error{Reason: ReasonMissingClaim, Claim: "auth_time"}
	case t.bad(claimAuthTime):
		return malformedClaim("auth_time", wantSeconds)
	case t.AuthTime.After(now.Add(v.leeway)):
		return malformedClaim("auth_time", "it is in the future, %s", timeText(t.AuthTime))
	case t.has(claimIat) && t.AuthTime.After(t.IssuedAt.Add(v.leeway)):
		return malformedClaim("auth_time", "%s is after iat, %s",
			timeText(t.AuthTime), timeText(t.IssuedAt))
	case now.Sub(t.AuthTime) > maxAge+v.leeway:
		return &Error{
			Reason: ReasonAuthTooOld, Claim: "auth_time",
			Got: timeText(t.AuthTime), Want: "at least " + timeText(now.Add(-maxAge-v.leeway)),
		}
	}
	return nil
}

// checkContext checks acr and amr.
func checkContext(t *Token, in *Inputs) *Error {
	if len(in.ACRValues) > 0 {
		switch {
		case t.bad(claimACR):
			return malformedClaim("acr", "want a string")
		case !slices.Contains(in.ACRValues, t.ACR):
			return &Error{
				Reason: ReasonInvalidACR, Claim: "acr", Got: clip(t.ACR),
				Want: clip(strings.Join(in.ACRValues, " ")),
			}
		}
	}
	if len(in.AMR) > 0 && t.bad(claimAMR) {
		return malformedClaim("amr", "want an array of strings")
	}
	for _, method := range in.AMR {
		if !slices.Contains(t.AMR, method) {
			return &Error{
				Reason: ReasonInvalidAMR, Claim: "amr", Got: clip(strings.Join(t.AMR, " ")),
				Want: clip(method),
			}
		}
	}
	return nil
}
