package implementations

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// claimsOf returns the claims to report of an accepted token: what an
// application reads. That is the field of the Token where it has one, and the
// claim as it was signed for all others. A field that the payload does not
// have is reported if it has a value nevertheless.
func claimsOf(token *verifier.Token) map[string]json.RawMessage {
	claims, err := verifier.Claims[map[string]json.RawMessage](token)
	if err != nil {
		// A nested duplicate is no reason to refuse the token, but claims that
		// two readers would read differently cannot be reported.
		claims = make(map[string]json.RawMessage)
	}
	for _, field := range typedClaims(token) {
		signed, ok := claims[field.claim]
		if field.claim == "aud" && len(token.Audience) == 1 && len(signed) > 0 && signed[0] == '"' {
			field.value = token.Audience[0]
		}
		if ok || !field.zero {
			claims[field.claim] = encoded(field.value)
		}
	}
	return claims
}

func encoded(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		panic("implementations: internal error: a field of a token does not marshal")
	}
	return text
}

// typedClaim is a field of a Token and the claim that it is for.
type typedClaim struct {
	claim string
	value any
	zero  bool
}

func typedClaims(t *verifier.Token) []typedClaim {
	fields := []typedClaim{
		{"aud", t.Audience, t.Audience == nil},
		{"amr", t.AMR, t.AMR == nil},
		{"email_verified", t.EmailVerified, !t.EmailVerified},
	}
	for _, date := range []struct {
		claim string
		value time.Time
	}{{"exp", t.Expiry}, {"iat", t.IssuedAt}, {"nbf", t.NotBefore}, {"auth_time", t.AuthTime}} {
		fields = append(fields, typedClaim{date.claim, numericDate(date.value), date.value.IsZero()})
	}
	for _, text := range []struct{ claim, value string }{
		{"iss", t.Issuer}, {"sub", t.Subject}, {"azp", t.AuthorizedParty}, {"nonce", t.Nonce}, {"acr", t.ACR},
		{"at_hash", t.AccessTokenHash}, {"c_hash", t.CodeHash}, {"client_id", t.ClientID}, {"oid", t.OrganizationID},
		{"xoid", t.ExternalOrganizationID}, {"sid", t.SessionID}, {"email", t.Email}, {"name", t.Name},
		{"given_name", t.GivenName}, {"family_name", t.FamilyName}, {"preferred_username", t.PreferredUsername},
		{"picture", t.Picture}, {"locale", t.Locale},
	} {
		fields = append(fields, typedClaim{text.claim, text.value, text.value == ""})
	}
	return fields
}

// numericDate writes t as seconds since 1970. RFC 7519, 2.
func numericDate(t time.Time) json.Number {
	seconds := fmt.Sprint(t.Unix())
	if t.Nanosecond() == 0 {
		return json.Number(seconds)
	}
	return json.Number(strings.TrimRight(fmt.Sprintf("%s.%09d", seconds, t.Nanosecond()), "0"))
}
