package refresh

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/assay-id/assay/verifier"
)

// mismatch refuses a refreshed ID Token that does not belong to this session.
func mismatch(claim, got, want string) *verifier.Error {
	return &verifier.Error{
		Reason: verifier.ReasonRefreshMismatch, Claim: claim, Verified: true,
		Got: printable(got), Want: printable(want),
		Hint: "a refreshed ID Token must continue the first one",
	}
}

// compare returns why a verified ID Token does not continue a session. OIDC Core
// 1.0, 12.2. The rules are in the order of that clause; the one about oid is a
// rule of this package, since a session must not move to another tenant by
// itself.
func compare(s *Session, t *verifier.Token) *verifier.Error {
	first, last := &s.First, s.lastIssuedAt()
	switch {
	case t.Issuer != first.Issuer:
		return mismatch("iss", t.Issuer, first.Issuer)
	case t.Subject != first.Subject:
		return mismatch("sub", t.Subject, first.Subject)
	case t.IssuedAt.Before(last):
		return mismatch("iat", t.IssuedAt.String(), "not before "+last.String())
	}
	for _, a := range first.Audience {
		if !slices.Contains(t.Audience, a) {
			return mismatch("aud", strings.Join(t.Audience, " "), a)
		}
	}
	switch {
	case t.Nonce != first.Nonce && hasNonce(t):
		e := mismatch("nonce", "", "")
		e.Detail = "it is not the one of the login"
		return e
	case !t.AuthTime.IsZero() && !first.AuthTime.IsZero() && !t.AuthTime.Equal(first.AuthTime):
		return mismatch("auth_time", t.AuthTime.String(), first.AuthTime.String())
	case first.AuthTime.IsZero() && t.AuthTime.After(first.IssuedAt):
		return mismatch("auth_time", t.AuthTime.String(),
			"not after the login, "+first.IssuedAt.String())
	case t.AuthorizedParty != first.Party:
		return mismatch("azp", t.AuthorizedParty, first.Party)
	case first.OrganizationID != "" && t.OrganizationID != first.OrganizationID:
		return mismatch("oid", t.OrganizationID, first.OrganizationID)
	}
	return nil
}

// hasNonce reports whether t has a nonce, which may be empty.
func hasNonce(t *verifier.Token) bool {
	claims, _ := verifier.Claims[struct { // a verified token has claims that can be read
		Nonce *string `json:"nonce"`
	}](t)
	return claims.Nonce != nil
}

// explain turns a refusal by the verifier into a mismatch if the token differs
// from the session: the verifier knows only its configuration.
func explain(s *Session, rawIDToken string, err error) *verifier.Error {
	e, ok := errors.AsType[*verifier.Error](err)
	if !ok {
		return failed("the ID Token could not be verified", "", err)
	}
	switch e.Reason {
	case verifier.ReasonInvalidIssuer:
		m := mismatch("iss", e.Got, s.First.Issuer)
		m.Verified = e.Verified
		return m
	case verifier.ReasonInvalidAudience:
		if !e.Verified {
			break
		}
		aud := audienceOf(rawIDToken)
		for _, a := range s.First.Audience {
			if !slices.Contains(aud, a) {
				return mismatch("aud", strings.Join(aud, " "), a)
			}
		}
	case verifier.ReasonInvalidAuthorizedParty:
		if e.Claim == "azp" && e.Got != s.First.Party {
			return mismatch("azp", e.Got, s.First.Party)
		}
	}
	refusal := *e
	return &refusal
}

// audienceOf reads the aud of a token whose signature was verified, so that it
// has been read before.
func audienceOf(rawIDToken string) []string {
	_, rest, _ := strings.Cut(rawIDToken, ".")
	payload, _, _ := strings.Cut(rest, ".")
	text, _ := base64.RawURLEncoding.DecodeString(payload)
	var claims struct {
		Audience any `json:"aud"`
	}
	_ = json.Unmarshal(text, &claims)
	switch aud := claims.Audience.(type) {
	case string:
		return []string{aud}
	case []any:
		list := make([]string, len(aud))
		for i, a := range aud {
			list[i] = fmt.Sprint(a)
		}
		return list
	}
	return nil
}
