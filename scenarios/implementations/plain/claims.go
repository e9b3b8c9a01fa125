package plain

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// checkPayload reads the claims. None of them is checked yet.
func (j *judgement) checkPayload() *verifier.Error {
	text, ok := j.habits.reading.decode(j.payload)
	if !ok {
		return malformed("payload", "not base64url", "base64url without padding")
	}
	claims, err := j.habits.reading.parse(text)
	if err != nil {
		return malformed("payload", err.Error(), "a JSON object")
	}
	j.claims = claims
	return nil
}

// claimText returns a claim that must be there and be a string.
func (j *judgement) claimText(name string) (string, *verifier.Error) {
	if !j.claims.has(name) {
		return "", refuse(verifier.ReasonMissingClaim, name, "", "")
	}
	value, _ := j.claims.get(name)
	text, ok := j.habits.reading.string(value)
	if !ok {
		return "", refuse(verifier.ReasonMalformedClaim, name, "not a string", "a string")
	}
	return text, nil
}

// checkIssuer compares iss with the configured issuer, code point by code
// point. OIDC Core 1.0, 3.1.3.7 item 2.
func (j *judgement) checkIssuer() *verifier.Error {
	iss, refusal := j.claimText("iss")
	if refusal != nil {
		return refusal
	}
	if !j.habits.claims.sameIssuer(j.policy.Issuer, iss) {
		return refuse(verifier.ReasonInvalidIssuer, "iss", iss, j.policy.Issuer)
	}
	return nil
}

func equal(configured, claimed string) bool { return configured == claimed }

// checkAudience requires that aud includes a client ID, and under
// Require.TrustedAudiences no audience that is not trusted. OIDC Core 1.0, 3.1.3.7
// item 3.
func (j *judgement) checkAudience() *verifier.Error {
	want := strings.Join(j.policy.Audience, " or ")
	aud, ok := j.habits.claims.audience(j.claims)
	if !ok || len(aud) == 0 || slices.Contains(aud, "") {
		return refuse(verifier.ReasonInvalidAudience, "aud", "", want)
	}
	if !j.habits.claims.addressed(aud, j.policy.Audience) {
		return refuse(verifier.ReasonInvalidAudience, "aud", strings.Join(aud, " "), want)
	}
	if len(aud) > 1 && j.sharesSecret() {
		// Each of them knows its own secret, and could have made the token.
		return refuse(verifier.ReasonInvalidAudience, "aud", strings.Join(aud, " "),
			"one audience under "+j.alg)
	}
	if j.policy.Require.TrustedAudiences {
		for _, a := range aud {
			if !slices.Contains(j.policy.Audience, a) &&
				!slices.Contains(j.policy.TrustedAudiences, a) {
				return refuse(verifier.ReasonInvalidAudience, "aud", a, "trusted audiences only")
			}
		}
	}
	return nil
}

// audienceOf returns aud, which is a string or an array of strings. RFC 7519,
// 4.1.3.
func audienceOf(claims object) ([]string, bool) {
	if one, ok := claims.string("aud"); ok {
		return []string{one}, true
	}
	return claims.strings("aud")
}

// anyListed reports whether any of aud is one of the client IDs.
func anyListed(aud, clients []string) bool {
	return slices.ContainsFunc(aud, func(a string) bool { return slices.Contains(clients, a) })
}

// checkAuthorizedParty requires that azp is a client ID, if the policy asks for
// that, and so is client_id, which Scalekit adds with the same meaning. OIDC Core
// 1.0, 3.1.3.7 item 5.
func (j *judgement) checkAuthorizedParty() *verifier.Error {
	if j.claims.has("azp") {
		if _, refusal := j.claimText("azp"); refusal != nil {
			return refusal
		}
	}
	if !j.policy.Require.AuthorizedParty {
		return nil
	}
	for _, name := range []string{"azp", "client_id"} {
		party, _ := j.claims.string(name)
		if j.claims.has(name) && !slices.Contains(j.policy.Audience, party) {
			return refuse(verifier.ReasonInvalidAuthorizedParty, name, party,
				strings.Join(j.policy.Audience, " or "))
		}
	}
	return nil
}

// checkTimesAreNumbers refuses a NumericDate of another type or of another
// era, even in a claim that the policy does not compare.
func (j *judgement) checkTimesAreNumbers() *verifier.Error {
	for _, name := range []string{"exp", "nbf", "iat"} {
		if !j.claims.has(name) {
			continue
		}
		value, _ := j.claims.get(name)
		if _, ok := j.habits.claims.date(value); !ok {
			return refuse(verifier.ReasonMalformedClaim, name, "something else",
				"seconds since 1970, before the year 10000")
		}
	}
	return nil
}

// numericDate reads a NumericDate. RFC 7519, 2. A value beyond the year 9999
// is in milliseconds or hostile.
func numericDate(value jsontext.Value) (time.Time, bool) {
	const first, last = -62135596800, 253402300799 // the years 1 and 9999
	if value.Kind() != jsontext.KindNumber {
		return time.Time{}, false
	}
	seconds, ok := rational(string(value))
	if !ok {
		return time.Time{}, false
	}
	whole, rest := new(big.Int).QuoRem(seconds.Num(), seconds.Denom(), new(big.Int))
	nanos := rest.Mul(rest, big.NewInt(int64(time.Second))).Quo(rest, seconds.Denom())
	if !whole.IsInt64() || whole.Int64() < first || whole.Int64() > last {
		return time.Time{}, false
	}
	t := time.Unix(whole.Int64(), nanos.Int64())
	return t, t.Unix() >= first
}

// rational returns the exact value of a JSON number. It reports false if the
// number is too large for any time.
func rational(number string) (*big.Rat, bool) {
	value, ok := new(big.Rat).SetString(number)
	if ok {
		return value, true
	}
	// The exponent is beyond a million, which no digits of a token outweigh.
	mantissa, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	if strings.HasPrefix(exponent, "-") || !strings.ContainsAny(mantissa, "123456789") {
		return new(big.Rat), true
	}
	return nil, false
}

// at returns a time claim that checkTimesAreNumbers has read before.
func (j *judgement) at(name string) time.Time {
	value, _ := j.claims.get(name)
	t, _ := j.habits.claims.date(value)
	return t
}

// checkExpiry refuses a token on and after exp, to which the leeway is added.
// RFC 7519, 4.1.4.
func (j *judgement) checkExpiry() *verifier.Error {
	if !j.claims.has("exp") {
		return refuse(verifier.ReasonMissingClaim, "exp", "", "")
	}
	j.expiry = j.at("exp")
	if j.habits.claims.expired(j.now, j.expiry, j.policy.leeway) {
		return refuse(verifier.ReasonTokenExpired, "exp", clock(j.expiry),
			"after "+clock(j.now.Add(-j.policy.leeway)))
	}
	return nil
}

func onOrAfter(now, expiry time.Time, leeway time.Duration) bool {
	return !now.Before(expiry.Add(leeway))
}

// checkNotBefore refuses a token before nbf. RFC 7519, 4.1.5.
func (j *judgement) checkNotBefore() *verifier.Error {
	latest := j.now.Add(j.policy.leeway)
	if nbf := j.at("nbf"); j.claims.has("nbf") && nbf.After(latest) {
		refusal := refuse(verifier.ReasonTokenNotYetValid, "nbf", clock(nbf),
			"at most "+clock(latest))
		refusal.RetryAfter = nbf.Sub(latest)
		return refusal
	}
	return nil
}

// checkEverValid refuses a token that is never valid, because it expires before
// nbf. With a leeway both could pass.
func (j *judgement) checkEverValid() *verifier.Error {
	nbf, expiry := j.at("nbf"), j.at("exp")
	if j.claims.has("nbf") && j.claims.has("exp") && nbf.After(expiry) {
		return refuse(verifier.ReasonTokenNotYetValid, "nbf", clock(nbf),
			"at most exp, "+clock(expiry))
	}
	return nil
}

// checkIssuedAt checks iat as far as the policy asks for it: Char does not,
// OIDC Core 1.0, 2 requires it.
func (j *judgement) checkIssuedAt() *verifier.Error {
	require, lifetime := j.policy.Require.IssuedAt, j.policy.MaxLifetime
	if !j.claims.has("iat") {
		if require || lifetime > 0 {
			return refuse(verifier.ReasonMissingClaim, "iat", "", "")
		}
		return nil
	}
	iat, latest := j.at("iat"), j.now.Add(j.policy.leeway)
	switch {
	case require && iat.After(latest):
		return refuse(verifier.ReasonInvalidIssuedAt, "iat", clock(iat), "at most "+clock(latest))
	case require && iat.After(j.expiry):
		return refuse(verifier.ReasonInvalidIssuedAt, "iat", clock(iat),
			"at most exp, "+clock(j.expiry))
	case lifetime > 0 && j.expiry.Sub(iat) > lifetime:
		return refuse(verifier.ReasonTokenLifetime, "exp", j.expiry.Sub(iat).String(),
			"at most "+lifetime.String())
	}
	return nil
}

// checkSubject requires a user. The caller gets sub byte for byte. OIDC
// Core 1.0, 2.
func (j *judgement) checkSubject() *verifier.Error {
	sub, refusal := j.claimText("sub")
	if refusal != nil {
		return refusal
	}
	switch {
	case strings.TrimSpace(sub) == "":
		return refuse(verifier.ReasonInvalidSubject, "sub", "", "more than spaces")
	case len(sub) > j.policy.maxSubject:
		return refuse(verifier.ReasonInvalidSubject, "sub", strconv.Itoa(len(sub))+" bytes",
			"at most "+strconv.Itoa(j.policy.maxSubject))
	case j.policy.Require.ShortSubject &&
		strings.ContainsFunc(sub, func(r rune) bool { return r >= utf8.RuneSelf }):
		return refuse(verifier.ReasonInvalidSubject, "sub", sub, "ASCII")
	}
	return nil
}

// checkNonce refuses a nonce that is not a string: only the caller knows which
// one it must be. OIDC Core 1.0, 2.
func (j *judgement) checkNonce() *verifier.Error {
	if _, ok := j.claims.string("nonce"); !ok && j.claims.has("nonce") {
		return refuse(verifier.ReasonMalformedClaim, "nonce", "not a string", "a string")
	}
	return nil
}

// checkShape refuses another kind of JWT from the issuer whose typ does not
// tell. Logout tokens have events, credentials have vc. Under
// Require.IDTokenShape, a token with authorizations and a jti or nbf, and
// without any claim that ties it to a login, is an access token. OpenID Connect Back-Channel Logout
// 1.0, 2.4; RFC 8725, 3.12.
func (j *judgement) checkShape() *verifier.Error {
	hasAny := func(names ...string) bool { return slices.ContainsFunc(names, j.claims.has) }
	looksLike := ""
	switch {
	case hasAny("events"):
		looksLike = "a logout token"
	case hasAny("vc"):
		looksLike = "a verifiable credential"
	case j.policy.Require.IDTokenShape && hasAny("scope", "scopes", "scp", "roles", "permissions") &&
		hasAny("jti", "nbf") && !hasAny("at_hash", "c_hash", "azp", "nonce", "auth_time"):
		looksLike = "an access token"
	default:
		return nil
	}
	return refuse(verifier.ReasonUnsupportedTokenType, "", looksLike, "an ID Token")
}

// clock writes a time for a refusal.
func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }
