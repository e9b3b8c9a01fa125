package verifier_test

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
)

const (
	testNonce       = "n-0S6_WzA2Mj"
	testAccessToken = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
	testCode        = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"
)

// half256 returns the left half of the SHA-256 of s in base64url.
func half256(s string) string {
	sum := sha256.Sum256([]byte(s))
	return encode(sum[:16])
}

func half512(s string) string {
	sum := sha512.Sum512([]byte(s))
	return encode(sum[:32])
}

func ptr[T any](v T) *T { return &v }

func TestVerifyWith(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) int64 { return testNow.Add(d).Unix() }
	full := sha256.Sum256([]byte(testAccessToken))
	tests := []struct {
		name   string
		claims object
		inputs verifier.Inputs
		want   verifier.Reason // empty: accepted
	}{
		{name: "nothing asked", claims: object{"nonce": "unsolicited"}},
		{name: "nonce equal", claims: object{"nonce": testNonce}, inputs: verifier.Inputs{Nonce: ptr(testNonce)}},
		{name: "nonce other", claims: object{"nonce": "other"}, inputs: verifier.Inputs{Nonce: ptr(testNonce)}, want: verifier.ReasonInvalidNonce},
		{name: "nonce absent", inputs: verifier.Inputs{Nonce: ptr(testNonce)}, want: verifier.ReasonInvalidNonce},
		{name: "nonce empty", claims: object{"nonce": ""}, inputs: verifier.Inputs{Nonce: ptr(testNonce)}, want: verifier.ReasonInvalidNonce},
		{name: "nonce null", claims: object{"nonce": null}, inputs: verifier.Inputs{Nonce: ptr(testNonce)}, want: verifier.ReasonMalformedClaim},
		{name: "nonce in a list", claims: object{"nonce": []string{testNonce}}, inputs: verifier.Inputs{Nonce: ptr(testNonce)}, want: verifier.ReasonMalformedClaim},
		{name: "nonce longer", claims: object{"nonce": testNonce + "1"}, inputs: verifier.Inputs{Nonce: ptr(testNonce)}, want: verifier.ReasonInvalidNonce},
		{name: "nonce shorter", claims: object{"nonce": testNonce[:5]}, inputs: verifier.Inputs{Nonce: ptr(testNonce)}, want: verifier.ReasonInvalidNonce},
		{name: "nonce in another case", claims: object{"nonce": strings.ToUpper(testNonce)}, inputs: verifier.Inputs{Nonce: ptr(testNonce)}, want: verifier.ReasonInvalidNonce},
		{name: "nonce with a trailing space", claims: object{"nonce": testNonce + " "}, inputs: verifier.Inputs{Nonce: ptr(testNonce)}, want: verifier.ReasonInvalidNonce},
		{name: "empty nonce expected", inputs: verifier.Inputs{Nonce: ptr("")}, want: verifier.ReasonConfigInvalid},

		{name: "at_hash right", claims: object{"at_hash": half256(testAccessToken)}, inputs: verifier.Inputs{AccessToken: testAccessToken}},
		{name: "at_hash not asked", claims: object{"at_hash": "wrong"}},
		{name: "at_hash absent", inputs: verifier.Inputs{AccessToken: testAccessToken}},
		{name: "at_hash absent, code flow", inputs: verifier.Inputs{AccessToken: testAccessToken, ResponseType: "code"}},
		{name: "at_hash absent, implicit flow", inputs: verifier.Inputs{AccessToken: testAccessToken, ResponseType: "id_token token"}, want: verifier.ReasonMissingClaim},
		{name: "at_hash of another token", claims: object{"at_hash": half256("other")}, inputs: verifier.Inputs{AccessToken: testAccessToken}, want: verifier.ReasonInvalidTokenHash},
		{name: "at_hash of the right half", claims: object{"at_hash": encode(full[16:])}, inputs: verifier.Inputs{AccessToken: testAccessToken}, want: verifier.ReasonInvalidTokenHash},
		{name: "at_hash of the whole digest", claims: object{"at_hash": encode(full[:])}, inputs: verifier.Inputs{AccessToken: testAccessToken}, want: verifier.ReasonInvalidTokenHash},
		{name: "at_hash padded", claims: object{"at_hash": half256(testAccessToken) + "=="}, inputs: verifier.Inputs{AccessToken: testAccessToken}, want: verifier.ReasonInvalidTokenHash},
		{name: "at_hash of another algorithm", claims: object{"at_hash": half512(testAccessToken)}, inputs: verifier.Inputs{AccessToken: testAccessToken}, want: verifier.ReasonInvalidTokenHash},
		{name: "at_hash empty", claims: object{"at_hash": ""}, inputs: verifier.Inputs{AccessToken: testAccessToken}, want: verifier.ReasonInvalidTokenHash},
		{name: "at_hash a number", claims: object{"at_hash": 7}, inputs: verifier.Inputs{AccessToken: testAccessToken}, want: verifier.ReasonInvalidTokenHash},
		{name: "c_hash right", claims: object{"c_hash": half256(testCode)}, inputs: verifier.Inputs{Code: testCode, ResponseType: "id_token code"}},
		{name: "c_hash wrong", claims: object{"c_hash": half256("other")}, inputs: verifier.Inputs{Code: testCode}, want: verifier.ReasonInvalidTokenHash},
		{name: "c_hash absent, hybrid flow", inputs: verifier.Inputs{Code: testCode, ResponseType: "code id_token"}, want: verifier.ReasonMissingClaim},
		{name: "c_hash and at_hash exchanged", claims: object{"at_hash": half256(testCode), "c_hash": half256(testAccessToken)}, inputs: verifier.Inputs{AccessToken: testAccessToken, Code: testCode}, want: verifier.ReasonInvalidTokenHash},
		{name: "s_hash right", claims: object{"s_hash": half256("af0ifjsldkj")}, inputs: verifier.Inputs{State: "af0ifjsldkj"}},
		{name: "s_hash wrong", claims: object{"s_hash": half256("other")}, inputs: verifier.Inputs{State: "af0ifjsldkj"}, want: verifier.ReasonInvalidTokenHash},
		{name: "response type without ID Token", inputs: verifier.Inputs{ResponseType: "token"}, want: verifier.ReasonConfigInvalid},
		{name: "response type unknown", inputs: verifier.Inputs{ResponseType: "none"}, want: verifier.ReasonConfigInvalid},

		{name: "auth_time fresh", claims: object{"auth_time": at(-time.Minute)}, inputs: verifier.Inputs{MaxAge: ptr(2 * time.Minute)}},
		{name: "auth_time absent", inputs: verifier.Inputs{MaxAge: ptr(time.Hour)}, want: verifier.ReasonMissingClaim},
		{name: "auth_time too old", claims: object{"auth_time": at(-2 * time.Hour)}, inputs: verifier.Inputs{MaxAge: ptr(time.Hour)}, want: verifier.ReasonAuthTooOld},
		{name: "auth_time old by max_age and leeway", claims: object{"auth_time": at(-time.Hour - time.Minute)}, inputs: verifier.Inputs{MaxAge: ptr(time.Hour)}},
		{name: "auth_time old by a second more", claims: object{"auth_time": at(-time.Hour - time.Minute - time.Second)}, inputs: verifier.Inputs{MaxAge: ptr(time.Hour)}, want: verifier.ReasonAuthTooOld},
		{name: "max_age zero, just now", claims: object{"auth_time": at(0)}, inputs: verifier.Inputs{MaxAge: ptr(time.Duration(0))}},
		{name: "auth_time in the future", claims: object{"auth_time": at(time.Hour)}, inputs: verifier.Inputs{MaxAge: ptr(time.Hour)}, want: verifier.ReasonMalformedClaim},
		{name: "auth_time after iat", claims: object{"auth_time": at(0), "iat": at(-time.Hour)}, inputs: verifier.Inputs{MaxAge: ptr(time.Hour)}, want: verifier.ReasonMalformedClaim},
		{name: "auth_time a string", claims: object{"auth_time": "now"}, inputs: verifier.Inputs{MaxAge: ptr(time.Hour)}, want: verifier.ReasonMalformedClaim},
		{name: "auth_time in milliseconds", claims: object{"auth_time": at(0) * 1000}, inputs: verifier.Inputs{MaxAge: ptr(time.Hour)}, want: verifier.ReasonMalformedClaim},
		{name: "auth_time not asked", claims: object{"auth_time": "now"}},
		{name: "max_age negative", inputs: verifier.Inputs{MaxAge: ptr(-time.Second)}, want: verifier.ReasonConfigInvalid},

		{name: "acr one of two", claims: object{"acr": "silver"}, inputs: verifier.Inputs{ACRValues: []string{"gold", "silver"}}},
		{name: "acr other", claims: object{"acr": "0"}, inputs: verifier.Inputs{ACRValues: []string{"gold"}}, want: verifier.ReasonInvalidACR},
		{name: "acr absent", inputs: verifier.Inputs{ACRValues: []string{"gold"}}, want: verifier.ReasonInvalidACR},
		{name: "acr a list", claims: object{"acr": []string{"gold"}}, inputs: verifier.Inputs{ACRValues: []string{"gold"}}, want: verifier.ReasonMalformedClaim},
		{name: "amr with both", claims: object{"amr": []string{"pwd", "mfa", "otp"}}, inputs: verifier.Inputs{AMR: []string{"mfa", "otp"}}},
		{name: "amr lacks one", claims: object{"amr": []string{"pwd", "mfa"}}, inputs: verifier.Inputs{AMR: []string{"mfa", "otp"}}, want: verifier.ReasonInvalidAMR},
		{name: "amr a string", claims: object{"amr": "mfa"}, inputs: verifier.Inputs{AMR: []string{"mfa"}}, want: verifier.ReasonMalformedClaim},

		{name: "subject as expected", inputs: verifier.Inputs{Subject: "usr_63261014140912135"}},
		{name: "subject other", inputs: verifier.Inputs{Subject: "usr_1"}, want: verifier.ReasonInvalidSubject},
		{name: "organization as expected", inputs: verifier.Inputs{Organization: "org_59615193906282635"}},
		{name: "organization other", inputs: verifier.Inputs{Organization: "org_1"}, want: verifier.ReasonPolicy},
		{name: "organization absent", claims: object{"oid": nil}, inputs: verifier.Inputs{Organization: "org_1"}, want: verifier.ReasonPolicy},
		{name: "organization a list", claims: object{"oid": []string{"org_1"}}, inputs: verifier.Inputs{Organization: "org_1"}, want: verifier.ReasonMalformedClaim},
	}
	v := newVerifier(t, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			raw := sign(t, goodHeader(), with(goodClaims(), test.claims))
			token, err := v.VerifyWith(t.Context(), raw, test.inputs)
			if got := verifier.ReasonOf(err); got != test.want {
				t.Fatalf("VerifyWith = %v, want %q", err, test.want)
			}
			if (token == nil) != (err != nil) {
				t.Errorf("VerifyWith returned %v with the error %v", token, err)
			}
			if refusal, ok := errors.AsType[*verifier.Error](err); ok && refusal.Verified != (test.want != verifier.ReasonConfigInvalid) {
				t.Errorf("Verified = %v for %v", refusal.Verified, err)
			}
		})
	}
}

// at_hash is made with the hash of the token's own alg.
func TestVerifyWithHashesByAlgorithm(t *testing.T) {
	t.Parallel()
	sum384 := sha512.Sum384([]byte(testAccessToken))
	want := map[verifier.Algorithm]string{
		verifier.RS256: half256(testAccessToken), verifier.PS256: half256(testAccessToken), verifier.ES256: half256(testAccessToken),
		verifier.RS384: encode(sum384[:24]), verifier.ES384: encode(sum384[:24]),
		verifier.RS512: half512(testAccessToken), verifier.ES512: half512(testAccessToken),
		verifier.EdDSA: half512(testAccessToken), verifier.Ed25519: half512(testAccessToken),
	}
	for alg, hash := range want {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			s := signers()[alg]
			v := s.verifier(t, nil)
			inputs := verifier.Inputs{AccessToken: testAccessToken}
			raw := s.token(t, goodHeader(), with(goodClaims(), object{"at_hash": hash}))
			if _, err := v.VerifyWith(t.Context(), raw, inputs); err != nil {
				t.Errorf("the right hash: %v", err)
			}
			for _, other := range want {
				if other == hash {
					continue
				}
				raw := s.token(t, goodHeader(), with(goodClaims(), object{"at_hash": other}))
				if _, err := v.VerifyWith(t.Context(), raw, inputs); verifier.ReasonOf(err) != verifier.ReasonInvalidTokenHash {
					t.Errorf("the hash %s: %v, want %s",
						other, err, verifier.ReasonInvalidTokenHash)
				}
			}
		})
	}
}

// A nonce is redeemed last, and only where everything else is good: a token
// that is refused must not use it up.
func TestVerifyWithRedeemsTheNonce(t *testing.T) {
	t.Parallel()
	used := errors.New("the login was finished before")
	redeemed := 0
	inputs := verifier.Inputs{
		Nonce: ptr(testNonce), Subject: "usr_63261014140912135",
		Redeem: func(_ context.Context, nonce string) error {
			if redeemed++; nonce != testNonce {
				t.Errorf("Redeem is asked for %q, want %q", nonce, testNonce)
			}
			if redeemed > 1 {
				return used
			}
			return nil
		},
	}
	v := newVerifier(t, nil)
	verify := func(changes object) error {
		_, err := v.VerifyWith(t.Context(), sign(t, goodHeader(), with(goodClaims(), changes)), inputs)
		return err
	}
	if err := verify(object{"nonce": testNonce, "sub": "usr_1"}); verifier.ReasonOf(err) != verifier.ReasonInvalidSubject || redeemed != 0 {
		t.Errorf("a token of another user: %v, with the nonce redeemed %d times, want none",
			err, redeemed)
	}
	if err := verify(object{"nonce": testNonce}); err != nil || redeemed != 1 {
		t.Errorf("the first token: %v, with the nonce redeemed %d times, want once", err, redeemed)
	}
	if err := verify(object{"nonce": testNonce}); verifier.ReasonOf(err) != verifier.ReasonInvalidNonce || !errors.Is(err, used) {
		t.Errorf("the second token: %v, want %s because of %v",
			err, verifier.ReasonInvalidNonce, used)
	}
	inputs.Nonce = nil
	if err := verify(nil); verifier.ReasonOf(err) != verifier.ReasonConfigInvalid {
		t.Errorf("nothing to redeem: %v, want %s", err, verifier.ReasonConfigInvalid)
	}
}

// A refused nonce must not put the expected one into a log.
func TestNonceIsNotShown(t *testing.T) {
	t.Parallel()
	raw := sign(t, goodHeader(), with(goodClaims(), object{"nonce": "other-nonce"}))
	_, err := newVerifier(t, nil).VerifyWith(t.Context(), raw, verifier.Inputs{Nonce: ptr(testNonce)})
	if text := err.Error(); strings.Contains(text, testNonce) || strings.Contains(text, "other-nonce") {
		t.Errorf("the error shows a nonce: %s", text)
	}
}
