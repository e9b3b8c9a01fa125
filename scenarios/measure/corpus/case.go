package corpus

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

// Accept is the verdict on a good token. Any other verdict is one of the
// documented codes, or Reject.
const Accept = "accept"

// Reject is the verdict on a token that may be refused with any code.
const Reject = "reject"

// Good is the name of the case of good tokens.
const Good = "good"

// Case describes a kind of token.
type Case struct {
	Name    string // in lower case, with hyphens
	Title   string // a sentence about the token
	Verdict string // Accept or the code of the refusal

	change func(issued time.Time) forge.Change

	// Make, unless nil, makes the tokens of a case that is not in the list: of
	// a scenario, for instance.
	Make func(ctx context.Context, p Provider, b Batch) ([]string, error)
}

// Cases lists every case, [Good] first.
func Cases() []Case {
	return []Case{
		{Name: Good, Title: "The token is good", Verdict: Accept, change: func(time.Time) forge.Change { return forge.Change{} }},
		{
			Name: "expired", Title: "The token expired an hour ago", Verdict: "TOKEN_EXPIRED",
			change: func(issued time.Time) forge.Change {
				return claims("exp", issued.Add(-time.Hour).Unix())
			},
		},
		{
			Name: "not-yet-valid", Title: "The token is valid from a thousand hours on", Verdict: "INVALID_TOKEN",
			change: func(issued time.Time) forge.Change {
				return claims("nbf", issued.Add(1000*time.Hour).Unix())
			},
		},
		{
			Name: "wrong-issuer", Title: "The token is of another environment", Verdict: "INVALID_ISSUER",
			change: func(time.Time) forge.Change { return claims("iss", "https://other.scalekit.example") },
		},
		{
			Name: "wrong-audience", Title: "The token is for another client", Verdict: "INVALID_AUDIENCE",
			change: func(time.Time) forge.Change { return claims("aud", []string{"skc_10000000000000000"}) },
		},
		{
			Name: "bad-signature", Title: "One bit of the signature is flipped", Verdict: "INVALID_TOKEN",
			change: func(time.Time) forge.Change {
				return forge.Change{Signature: []forge.SignatureEdit{"flip"}}
			},
		},
		{
			Name: "tampered", Title: "The subject was replaced after signing", Verdict: "INVALID_TOKEN",
			change: func(time.Time) forge.Change {
				return forge.Change{TamperClaims: forge.Patch{Set: keyring.Object{{Name: "sub", Value: "usr_10000000000000000"}}}}
			},
		},
		{
			Name: "alg-none", Title: "The token says that it needs no signature", Verdict: "INVALID_TOKEN",
			change: func(time.Time) forge.Change {
				return forge.Change{
					Header:  forge.Patch{Set: keyring.Object{{Name: "alg", Value: "none"}}},
					Signing: forge.Signing{Alg: "none"},
				}
			},
		},
		{
			Name: "unknown-key", Title: "The token names a key that is not published", Verdict: "INVALID_TOKEN",
			change: func(time.Time) forge.Change {
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
