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

// compare compares a verified ID Token with the session that it should
// continue. OIDC Core 1.0, 12.2. The rules are in the order of that clause; the
// one about oid is a rule of this package, since a session must not move to
// another tenant by itself.
func compare(s *Session, t *verifier.Token) (notes []Note, err *verifier.Error) {
	first, last := &s.First, s.IssuedAt
	if last.IsZero() {
		last = first.IssuedAt
	}
	switch {
	case t.Issuer != first.Issuer:
		return nil, mismatch("iss", t.Issuer, first.Issuer)
	case t.Subject != first.Subject:
		return nil, mismatch("sub", t.Subject, first.Subject)
	case t.IssuedAt.Before(last):
		return nil, mismatch("iat", t.IssuedAt.String(), "not before "+last.String())
	}
	for _, a := range first.Audience {
		if !slices.Contains(t.Audience, a) {
			return nil, mismatch("aud", strings.Join(t.Audience, " "), a)
		}
	}
	switch {
	case t.Nonce != first.Nonce && hasNonce(t):
		e := mismatch("nonce", "", "")
		e.Detail = "it is not the one of the login"
		return nil, e
	case !t.AuthTime.IsZero() && !first.AuthTime.IsZero() && !t.AuthTime.Equal(first.AuthTime):
		return nil, mismatch("auth_time", t.AuthTime.String(), first.AuthTime.String())
	case !t.AuthTime.IsZero() && first.AuthTime.IsZero() && t.AuthTime.After(first.IssuedAt):
		return nil, mismatch("auth_time", t.AuthTime.String(),
			"not after the login, "+first.IssuedAt.String())
	case t.AuthorizedParty != first.Party:
		return nil, mismatch("azp", t.AuthorizedParty, first.Party)
	case first.OrganizationID != "" && t.OrganizationID != first.OrganizationID:
		return nil, mismatch("oid", t.OrganizationID, first.OrganizationID)
	}
	if t.IssuedAt.Equal(last) && !last.IsZero() {
		notes = append(notes, NoteSameIssuedAt)
	}
	if first.SessionID != "" && t.SessionID != first.SessionID {
		notes = append(notes, NoteSessionChanged)
	}
	return notes, nil
}

// hasNonce reports whether t has a nonce, which may be empty.
func hasNonce(t *verifier.Token) bool {
	claims, err := verifier.Claims[struct {
		Nonce *string `json:"nonce"`
	}](t)
	return err == nil && claims.Nonce != nil
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
		aud, readable := audienceOf(rawIDToken)
		if !e.Verified || !readable {
			break
		}
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

// audienceOf reads the aud of a token whose signature was verified.
func audienceOf(rawIDToken string) ([]string, bool) {
	parts := strings.Split(rawIDToken, ".")
	if len(parts) != 3 {
		return nil, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, false
	}
	var claims struct {
		Audience any `json:"aud"`
	}
	if json.Unmarshal(payload, &claims) != nil {
		return nil, false
	}
	switch aud := claims.Audience.(type) {
	case string:
		return []string{aud}, true
	case []any:
		list := make([]string, len(aud))
		for i, a := range aud {
			list[i] = fmt.Sprint(a)
		}
		return list, true
	}
	return nil, true
}
