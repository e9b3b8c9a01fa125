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
// than fail for a key it never had, and must cost no request. The payload is
// overwritten by that of the next token, so the refusal gets a copy of iss.
func (v *Verifier) checkIssuer(t *Token) *Error {
	switch {
	case !t.has(claimIss):
		return &Error{Reason: ReasonMissingClaim, Claim: "iss", Want: v.cfg.Issuer}
	case t.bad(claimIss):
		return malformedClaim("iss", "want a string")
	case t.Issuer != v.cfg.Issuer:
		return &Error{
			Reason: ReasonInvalidIssuer, Claim: "iss",
			Got: strings.Clone(clip(t.Issuer)), Want: v.cfg.Issuer, Hint: issuerHint(v.cfg.Issuer, t.Issuer),
		}
	}
	return nil
}

// claimCheck is a rule about the claims of a token whose signature is good.
type claimCheck struct {
	name  Check
	check func(*Verifier, *Token, time.Time) *Error
}

// timeChecks are the rules about exp, nbf and iat, in the documented order.
var timeChecks = []claimCheck{
	{CheckTimes, (*Verifier).checkTimeTypes},
	{CheckExpiry, (*Verifier).checkExpiry},
	{CheckNotBefore, (*Verifier).checkNotBefore},
	{CheckIssuedAt, (*Verifier).checkIssuedAt},
}

// claimChecks are all rules, in the documented order.
var claimChecks = slices.Concat(
	[]claimCheck{
		{CheckAudience, (*Verifier).checkAudience},
		{CheckAuthorizedParty, (*Verifier).checkAuthorizedParty},
	},
	timeChecks,
	[]claimCheck{
		{CheckSubject, (*Verifier).checkSubject},
		{CheckNonce, (*Verifier).checkNonceType},
		{CheckKind, (*Verifier).checkKind},
		{CheckShape, (*Verifier).checkShape},
		{CheckUser, (*Verifier).checkUser},
	},
)

// checkClaims returns the refusal of the first of checks that fails.
func (v *Verifier) checkClaims(checks []claimCheck, t *Token, now time.Time) *Error {
	for i := range checks {
		if err := checks[i].check(v, t, now); err != nil {
			return err
		}
	}
	return nil
}

// checkAudience checks aud. Every form that does not include a client ID is
// INVALID_AUDIENCE, also a missing or ill-typed aud: the remedy is the same.
// OIDC Core 1.0, 3.1.3.7 items 3 and 8.
func (v *Verifier) checkAudience(t *Token, _ time.Time) *Error {
	refuse := func(got, form string) *Error {
		return &Error{
			Reason: ReasonInvalidAudience, Claim: "aud",
			Got: clip(got), Want: strings.Join(v.cfg.Audience, " "), form: form,
			Hint: v.audienceHint(t),
		}
	}
	switch {
	case t.bad(claimAud):
		return refuse("", "want a string or an array of strings, without empty ones")
	case t.has(claimAud) && len(t.Audience) == 0:
		return refuse("", "the array is empty")
	case !containsAny(t.Audience, v.cfg.Audience):
		return refuse(strings.Join(t.Audience, " "), "")
	case len(t.Audience) > 1 && v.secret != nil:
		return refuse(strings.Join(t.Audience, " "),
			"%q are several audiences, and each could have made the token under a symmetric algorithm")
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
func (v *Verifier) checkAuthorizedParty(t *Token, _ time.Time) *Error {
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

// checkTimeTypes checks that exp, nbf and iat are dates. RFC 7519, 2.
func (v *Verifier) checkTimeTypes(t *Token, _ time.Time) *Error {
	for _, claim := range [...]struct {
		bit  claim
		name string
	}{{claimExp, "exp"}, {claimNbf, "nbf"}, {claimIat, "iat"}} {
		if t.bad(claim.bit) {
			return malformedClaim(claim.name, wantSeconds)
		}
	}
	return nil
}

// checkExpiry checks exp against now. RFC 7519, 4.1.4.
func (v *Verifier) checkExpiry(t *Token, now time.Time) *Error {
	if !t.has(claimExp) {
		return &Error{Reason: ReasonMissingClaim, Claim: "exp"}
	}
	if !now.Before(t.Expiry.Add(v.leeway)) {
		return &Error{
			Reason: ReasonTokenExpired, Claim: "exp",
			Got: timeText(t.Expiry), Want: "after " + timeText(now.Add(-v.leeway)),
		}
	}
	return nil
}

// checkNotBefore checks nbf against now and exp. RFC 7519, 4.1.5.
func (v *Verifier) checkNotBefore(t *Token, now time.Time) *Error {
	if !t.has(claimNbf) {
		return nil
	}
	if now.Add(v.leeway).Before(t.NotBefore) {
		return &Error{
			Reason: ReasonTokenNotYetValid, Claim: "nbf",
			Got: timeText(t.NotBefore), Want: "at most " + timeText(now.Add(v.leeway)),
			RetryAfter: t.NotBefore.Sub(now.Add(v.leeway)),
		}
	}
	// Between exp and nbf the leeway would let both pass, as if one clock were
	// wrong both ways at the same time.
	if t.NotBefore.After(t.Expiry) {
		return &Error{
			Reason: ReasonTokenNotYetValid, Claim: "nbf",
			Got: timeText(t.NotBefore), Want: "at most exp, " + timeText(t.Expiry),
		}
	}
	return nil
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
func (v *Verifier) checkSubject(t *Token, _ time.Time) *Error {
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
			Detail: "it has " + strconv.Itoa(len(t.Subject)) + " bytes, at most " +
				strconv.Itoa(v.maxSubject) + " are allowed",
		}
	case v.cfg.Require.ShortSubject &&
		strings.ContainsFunc(t.Subject, func(r rune) bool { return r >= utf8.RuneSelf }):
		return &Error{
			Reason: ReasonInvalidSubject, Claim: "sub", Got: clip(t.Subject),
			Detail: "it is not ASCII",
		}
	}
	return nil
}

// checkNonceType checks that nonce is a string, whatever its value.
func (v *Verifier) checkNonceType(t *Token, _ time.Time) *Error {
	if t.bad(claimNonce) {
		return malformedClaim("nonce", "want a string")
	}
	return nil
}

// checkKind refuses a JWT of another kind whose typ does not give it away. A
// logout token has events and a credential has vc, which no ID Token has.
// OpenID Connect Back-Channel Logout 1.0, 2.4; RFC 8725, 3.12.
func (v *Verifier) checkKind(t *Token, _ time.Time) *Error {
	switch {
	case t.has(claimVC):
		return &Error{
			Reason: ReasonUnsupportedTokenType, Claim: "vc",
			Detail: "only a verifiable credential has it",
		}
	case t.has(claimEvents):
		return &Error{
			Reason: ReasonUnsupportedTokenType, Claim: "events",
			Detail: "only a logout token has it",
		}
	}
	return nil
}

// checkShape refuses an access token. One of Scalekit has the same iss, aud and
// sub as the ID Token; it differs in that it carries authorizations and none of
// the claims that bind an ID Token to a login.
func (v *Verifier) checkShape(t *Token, _ time.Time) *Error {
	const (
		authorizations = claimScope | claimScopes | claimScp | claimRoles | claimPermissions
		loginBinding   = claimAtHash | claimCHash | claimAzp | claimNonce | claimAuthTime
	)
	if v.cfg.Require.IDTokenShape && t.has(authorizations) && t.has(claimJti|claimNbf) &&
		!t.has(loginBinding) {
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
