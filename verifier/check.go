package verifier

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxSubjectBytes bounds sub under the char policy: far above any identifier
// that Scalekit forms from a connection and a foreign user ID, and low enough
// to be stored. The strict policy keeps the 255 of OIDC Core 1.0, 2.
const (
	maxSubjectBytes       = 2048
	maxStrictSubjectBytes = 255
)

// checkIssuer checks iss. It is the one claim that is checked before the
// signature: a token of another environment must read INVALID_ISSUER rather
// than fail for a key it never had, and must cost no request.
func (v *Verifier) checkIssuer(t *Token) *Error {
	switch {
	case !t.has(claimIss):
		return &Error{Reason: ReasonMissingClaim, Claim: "iss", Want: v.cfg.Issuer}
	case t.bad(claimIss):
		return malformedClaim("iss", "want a string")
	case t.Issuer != v.cfg.Issuer:
		return &Error{
			Reason: ReasonInvalidIssuer, Claim: "iss",
			Got: clip(t.Issuer), Want: v.cfg.Issuer, Hint: issuerHint(v.cfg.Issuer, t.Issuer),
		}
	}
	return nil
}

// checkClaims checks the claims of a token whose signature is good, in the
// documented order.
func (v *Verifier) checkClaims(t *Token, now time.Time) *Error {
	if err := v.checkAudience(t); err != nil {
		return err
	}
	if err := v.checkAuthorizedParty(t); err != nil {
		return err
	}
	if err := v.checkTimes(t, now); err != nil {
		return err
	}
	if err := v.checkSubject(t); err != nil {
		return err
	}
	if t.bad(claimNonce) {
		return malformedClaim("nonce", "want a string")
	}
	if err := v.checkShape(t); err != nil {
		return err
	}
	return v.checkPolicy(t)
}

// checkAudience checks aud. Every form that does not include a client ID is
// INVALID_AUDIENCE, also a missing or ill-typed aud: the remedy is the same.
// OIDC Core 1.0, 3.1.3.7 items 3 and 8.
func (v *Verifier) checkAudience(t *Token) *Error {
	refuse := func(got, form string) *Error {
		return &Error{
			Reason: ReasonInvalidAudience, Claim: "aud",
			Got: clip(got), Want: strings.Join(v.cfg.Audience, " "), form: form,
			Hint: v.audienceHint(t),
		}
	}
	switch {
	case !t.has(claimAud):
		return refuse("", "")
	case t.bad(claimAud):
		return refuse("", "want a string or an array of strings, without empty ones")
	case len(t.Audience) == 0:
		return refuse("", "the array is empty")
	case !containsAny(t.Audience, v.cfg.Audience):
		return refuse(strings.Join(t.Audience, " "), "")
	case len(t.Audience) > 1 && v.secret != nil:
		return refuse(strings.Join(t.Audience, " "), "%q are several audiences, and each could have made the token under a symmetric algorithm")
	case v.cfg.Require.TrustedAudiences:
		for _, a := range t.Audience {
			if !slices.Contains(v.cfg.Audience, a) && !slices.Contains(v.cfg.TrustedAudiences, a) {
				return refuse(a, "untrusted audience %q")
			}
		}
	}
	return nil
}

// containsAny reports whether list has any element of wanted.
func containsAny(list, wanted []string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return slices.Contains(wanted, s) })
}

// checkAuthorizedParty checks azp, and client_id, which Scalekit adds with the
// same meaning. OIDC Core 1.0, 3.1.3.7 items 4 and 5.
func (v *Verifier) checkAuthorizedParty(t *Token) *Error {
	if t.bad(claimAzp) {
		return malformedClaim("azp", "want a string")
	}
	if !v.cfg.Require.AuthorizedParty {
		return nil
	}
	for _, c := range [...]struct {
		bit       claim
		name, got string
	}{{claimAzp, "azp", t.AuthorizedParty}, {claimClientID, "client_id", t.ClientID}} {
		if t.has(c.bit) && !slices.Contains(v.cfg.Audience, c.got) {
			return &Error{
				Reason: ReasonInvalidAuthorizedParty, Claim: c.name,
				Got: clip(c.got), Want: strings.Join(v.cfg.Audience, " "),
				form: "issued to %q",
			}
		}
	}
	return nil
}

const wantSeconds = "want a number of seconds since 1970 before the year 10000"

// checkTimes checks exp, nbf and iat against now. RFC 7519, 4.1.4 to 4.1.6.
func (v *Verifier) checkTimes(t *Token, now time.Time) *Error {
	for _, claim := range [...]struct {
		bit  claim
		name string
	}{{claimExp, "exp"}, {claimNbf, "nbf"}, {claimIat, "iat"}} {
		if t.bad(claim.bit) {
			return malformedClaim(claim.name, wantSeconds)
		}
	}
	if !t.has(claimExp) {
		return &Error{Reason: ReasonMissingClaim, Claim: "exp"}
	}
	if !now.Before(t.Expiry.Add(v.leeway)) {
		return &Error{
			Reason: ReasonTokenExpired, Claim: "exp",
			Got: timeText(t.Expiry), Want: "after " + timeText(now.Add(-v.leeway)),
		}
	}
	if t.has(claimNbf) {
		if now.Add(v.leeway).Before(t.NotBefore) {
			return &Error{
				Reason: ReasonTokenNotYetValid, Claim: "nbf",
				Got: timeText(t.NotBefore), Want: "at most " + timeText(now.Add(v.leeway)),
				RetryAfter: t.NotBefore.Sub(now.Add(v.leeway)),
			}
		}
		// Between exp and nbf the leeway would let both pass, as if one clock
		// were wrong both ways at the same time.
		if t.NotBefore.After(t.Expiry) {
			return &Error{
				Reason: ReasonTokenNotYetValid, Claim: "nbf",
				Got: timeText(t.NotBefore), Want: "at most exp, " + timeText(t.Expiry),
			}
		}
	}
	return v.checkIssuedAt(t, now)
}

// checkIssuedAt checks iat and what depends on it.
func (v *Verifier) checkIssuedAt(t *Token, now time.Time) *Error {
	if !t.has(claimIat) {
		if v.cfg.Require.IssuedAt || v.cfg.MaxLifetime > 0 {
			return &Error{Reason: ReasonMissingClaim, Claim: "iat"}
		}
		return nil
	}
	if v.cfg.Require.IssuedAt {
		if now.Add(v.leeway).Before(t.IssuedAt) {
			return &Error{
				Reason: ReasonInvalidIssuedAt, Claim: "iat",
				Got: timeText(t.IssuedAt), Want: "at most " + timeText(now.Add(v.leeway)),
			}
		}
		if t.Expiry.Before(t.IssuedAt) {
			return &Error{
				Reason: ReasonInvalidIssuedAt, Claim: "iat",
				Got: timeText(t.IssuedAt), Want: "at most exp, " + timeText(t.Expiry),
			}
		}
	}
	if life := t.Expiry.Sub(t.IssuedAt); v.cfg.MaxLifetime > 0 && life > v.cfg.MaxLifetime {
		return &Error{
			Reason: ReasonTokenLifetime, Claim: "exp",
			Got: life.String(), Want: "at most " + v.cfg.MaxLifetime.String(),
		}
	}
	return nil
}

// checkSubject checks sub. OIDC Core 1.0, 2.
func (v *Verifier) checkSubject(t *Token) *Error {
	switch {
	case !t.has(claimSub):
		return &Error{Reason: ReasonMissingClaim, Claim: "sub"}
	case t.bad(claimSub):
		return malformedClaim("sub", "want a string")
	case strings.TrimSpace(t.Subject) == "":
		return &Error{Reason: ReasonInvalidSubject, Claim: "sub", Detail: "it is empty or blank"}
	case len(t.Subject) > v.maxSubject:
		return &Error{
			Reason: ReasonInvalidSubject, Claim: "sub",
			Detail: "it has " + strconv.Itoa(len(t.Subject)) + " bytes, at most " + strconv.Itoa(v.maxSubject) + " are allowed",
		}
	case v.cfg.Require.ShortSubject && strings.ContainsFunc(t.Subject, func(r rune) bool { return r >= utf8.RuneSelf }):
		return &Error{Reason: ReasonInvalidSubject, Claim: "sub", Got: clip(t.Subject), Detail: "it is not ASCII"}
	}
	return nil
}

// checkShape refuses a JWT of another kind whose typ does not give it away. A
// logout token has events and a credential has vc, which no ID Token has.
// OpenID Connect Back-Channel Logout 1.0, 2.4; RFC 8725, 3.12.
//
// An access token of Scalekit has the same iss, aud and sub as the ID Token;
// it differs in that it carries authorizations and none of the claims that bind
// an ID Token to a login.
func (v *Verifier) checkShape(t *Token) *Error {
	const (
		otherToken     = claimEvents | claimVC
		authorizations = claimScope | claimScopes | claimScp | claimRoles | claimPermissions
		loginBinding   = claimAtHash | claimCHash | claimAzp | claimNonce | claimAuthTime
	)
	if t.has(otherToken) {
		claim, what := "events", "a logout token"
		if t.has(claimVC) {
			claim, what = "vc", "a verifiable credential"
		}
		return &Error{Reason: ReasonUnsupportedTokenType, Claim: claim, Detail: "only " + what + " has it"}
	}
	if v.cfg.Require.IDTokenShape && t.has(authorizations) && t.has(claimJti|claimNbf) && !t.has(loginBinding) {
		return &Error{
			Reason: ReasonUnsupportedTokenType,
			Detail: "it has scopes, roles or permissions and nothing that binds it to a login, as an access token does",
			Hint:   "send the ID Token",
		}
	}
	return nil
}

// timeText formats t for an error.
func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
