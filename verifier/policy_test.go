package verifier_test

import (
	"context"
	"errors"
	"testing"

	"github.com/assay-id/assay/verifier"
)

func TestVerifyAppliesThePolicy(t *testing.T) {
	t.Parallel()
	const organization, connection = "org_59615193906282635", "conn_123"
	requires := func(r verifier.Requirements) func(*verifier.Config) {
		return func(c *verifier.Config) { c.Require = r }
	}
	anyOrganization := requires(verifier.Requirements{Organization: true})
	oneOrganization := requires(verifier.Requirements{Organizations: []string{"org_1", organization}})
	pinned := requires(verifier.Requirements{Connections: []string{connection}})
	session := requires(verifier.Requirements{SessionID: true})
	email := requires(verifier.Requirements{VerifiedEmail: true})
	strict := requires(verifier.Strict().Require)
	tests := []struct {
		name   string
		claims object
		change func(*verifier.Config)
		want   verifier.Reason // empty: accepted
	}{
		{name: "no policy, no organization", claims: object{"oid": nil}},
		{name: "no policy, an oid that cannot be read", claims: object{"oid": 7}},
		{name: "no policy, address not verified", claims: object{"email_verified": false}},
		{name: "any organization", change: anyOrganization},
		{name: "any organization, none", claims: object{"oid": nil}, change: anyOrganization, want: verifier.ReasonPolicy},
		{name: "any organization, empty", claims: object{"oid": ""}, change: anyOrganization, want: verifier.ReasonMalformedClaim},
		{name: "any organization, a number", claims: object{"oid": 1}, change: anyOrganization, want: verifier.ReasonMalformedClaim},
		{name: "any organization, null", claims: object{"oid": null}, change: anyOrganization, want: verifier.ReasonMalformedClaim},
		{name: "listed organization", change: oneOrganization},
		{name: "other organization", claims: object{"oid": "org_2"}, change: oneOrganization, want: verifier.ReasonPolicy},
		{name: "organization in another case", claims: object{"oid": "ORG_1"}, change: oneOrganization, want: verifier.ReasonPolicy},
		{name: "pinned connection", change: pinned},
		{name: "other connection", claims: object{"amr": []string{"conn_9"}}, change: pinned, want: verifier.ReasonPolicy},
		{name: "no connection", claims: object{"amr": nil}, change: pinned, want: verifier.ReasonPolicy},
		{name: "connection as a string", claims: object{"amr": connection}, change: pinned, want: verifier.ReasonMalformedClaim},
		{name: "session", change: session},
		{name: "no session", claims: object{"sid": nil}, change: session, want: verifier.ReasonPolicy},
		{name: "empty session", claims: object{"sid": ""}, change: session, want: verifier.ReasonMalformedClaim},
		{name: "verified address", change: email},
		{name: "address not verified", claims: object{"email_verified": false}, change: email, want: verifier.ReasonPolicy},
		{name: "address verified by a string", claims: object{"email_verified": "true"}, change: email, want: verifier.ReasonPolicy},
		{name: "address verified by a one", claims: object{"email_verified": 1}, change: email, want: verifier.ReasonPolicy},
		{name: "verification unknown", claims: object{"email_verified": nil}, change: email, want: verifier.ReasonPolicy},
		{name: "verified, but no address", claims: object{"email": nil}, change: email, want: verifier.ReasonPolicy},
		{name: "strict, client_id of somebody else", claims: object{"client_id": "skc_1"}, change: strict, want: verifier.ReasonInvalidAuthorizedParty},
		{name: "strict, no client_id", claims: object{"client_id": nil}, change: strict},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(t, test.change)
			_, err := v.Verify(t.Context(), sign(t, goodHeader(), with(goodClaims(), test.claims)))
			if got := verifier.ReasonOf(err); got != test.want {
				t.Errorf("Verify = %v, want %q", err, test.want)
			}
		})
	}
}

func TestVerifyAsksTheRule(t *testing.T) {
	t.Parallel()
	loggedOut := errors.New("the session was logged out")
	asked := 0
	v := newVerifier(t, func(c *verifier.Config) {
		c.Rule = func(_ context.Context, token *verifier.Token) error {
			asked++
			switch token.SessionID {
			case "ses_1":
				return loggedOut
			case "ses_2":
				return &verifier.Error{Reason: verifier.ReasonAuthTooOld, Claim: "sid"}
			}
			return nil
		}
	})
	verify := func(changes object) error {
		_, err := v.Verify(t.Context(), sign(t, goodHeader(), with(goodClaims(), changes)))
		return err
	}
	if err := verify(nil); err != nil {
		t.Errorf("a session that the rule accepts: %v", err)
	}
	err := verify(object{"sid": "ses_1"})
	if verifier.ReasonOf(err) != verifier.ReasonPolicy || !errors.Is(err, loggedOut) {
		t.Errorf("a session that the rule refuses: %v, want %s because of %v",
			err, verifier.ReasonPolicy, loggedOut)
	}
	if err := verify(object{"sid": "ses_2"}); verifier.ReasonOf(err) != verifier.ReasonAuthTooOld {
		t.Errorf("a rule with a reason of its own: %v, want %s", err, verifier.ReasonAuthTooOld)
	}
	asked = 0
	if err := verify(object{"exp": 1}); verifier.ReasonOf(err) != verifier.ReasonTokenExpired || asked != 0 {
		t.Errorf("an expired token: %v, with the rule asked %d times, want none", err, asked)
	}
}

// Strict allows RS256 alone, the algorithm of a client that has registered none.
// OIDC Core 1.0, 3.1.3.7 item 7.
func TestStrictAlgorithms(t *testing.T) {
	t.Parallel()
	for _, alg := range []verifier.Algorithm{verifier.RS512, verifier.ES256} {
		verify := func(allowed []verifier.Algorithm) verifier.Reason {
			v := signers()[alg].verifier(t, func(c *verifier.Config) { c.Algorithms = allowed })
			_, err := v.Verify(t.Context(), signers()[alg].token(t, goodHeader(), goodClaims()))
			return verifier.ReasonOf(err)
		}
		if got, want := verify(verifier.Strict().Algorithms), verifier.ReasonAlgNotAllowed; got != want {
			t.Errorf("Verify(%s) by default = %q, want %s", alg, got, want)
		}
		if got := verify([]verifier.Algorithm{alg}); got != "" {
			t.Errorf("Verify(%s) where it is registered = %s, want acceptance", alg, got)
		}
	}
}
