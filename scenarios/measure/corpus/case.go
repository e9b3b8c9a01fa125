package corpus

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

// Accept is the verdict on a good token. Any other verdict is one of the
// documented codes.
const Accept = "accept"

// Good is the name of the case of good tokens.
const Good = "good"

// Case describes a kind of token.
type Case struct {
	Name    string // in lower case, with hyphens
	Title   string // a sentence about the token
	Verdict string // Accept or the code of the refusal

	change func(issued time.Time) forge.Change
}

// Cases lists every case, [Good] first.
func Cases() []Case {
	return []Case{
		{Good, "The token is good", Accept, func(time.Time) forge.Change { return forge.Change{} }},
		{
			"expired", "The token expired an hour ago", "TOKEN_EXPIRED",
			func(issued time.Time) forge.Change {
				return claims("exp", issued.Add(-time.Hour).Unix())
			},
		},
		{
			"not-yet-valid", "The token is valid from a thousand hours on", "INVALID_TOKEN",
			func(issued time.Time) forge.Change {
				return claims("nbf", issued.Add(1000*time.Hour).Unix())
			},
		},
		{
			"wrong-issuer", "The token is of another environment", "INVALID_ISSUER",
			func(time.Time) forge.Change { return claims("iss", "https://other.scalekit.example") },
		},
		{
			"wrong-audience", "The token is for another client", "INVALID_AUDIENCE",
			func(time.Time) forge.Change { return claims("aud", []string{"skc_10000000000000000"}) },
		},
		{
			"bad-signature", "One bit of the signature is flipped", "INVALID_TOKEN",
			func(time.Time) forge.Change {
				return forge.Change{Signature: []forge.SignatureEdit{"flip"}}
			},
		},
		{
			"tampered", "The subject was replaced after signing", "INVALID_TOKEN",
			func(time.Time) forge.Change {
				return forge.Change{TamperClaims: forge.Patch{Set: keyring.Object{{Name: "sub", Value: "usr_10000000000000000"}}}}
			},
		},
		{
			"alg-none", "The token says that it needs no signature", "INVALID_TOKEN",
			func(time.Time) forge.Change {
				return forge.Change{
					Header:  forge.Patch{Set: keyring.Object{{Name: "alg", Value: "none"}}},
					Signing: forge.Signing{Alg: "none"},
				}
			},
		},
		{
			"unknown-key", "The token names a key that is not published", "INVALID_TOKEN",
			func(time.Time) forge.Change {
				return forge.Change{Header: forge.Patch{Set: keyring.Object{{Name: "kid", Value: "snk_10000000000000000"}}}}
			},
		},
	}
}

// claims returns the change of one claim before the token is signed.
func claims(name string, value any) forge.Change {
	return forge.Change{Claims: forge.Patch{Set: keyring.Object{{Name: name, Value: value}}}}
}

// CaseByName returns the case with this name. The error lists the names.
func CaseByName(name string) (Case, error) {
	all := Cases()
	if i := slices.IndexFunc(all, func(c Case) bool { return c.Name == name }); i >= 0 {
		return all[i], nil
	}
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.Name
	}
	return Case{}, fmt.Errorf("case %q is not known, want one of %s", name, strings.Join(names, ", "))
}
