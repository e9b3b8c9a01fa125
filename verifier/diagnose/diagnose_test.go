package diagnose_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/diagnose"
)

// leak returns a run of 12 bytes of secret that output has, or the empty string.
func leak(output, secret string) string {
	const run = 12
	for i := 0; i+run <= len(secret); i++ {
		if strings.Contains(output, secret[i:i+run]) {
			return secret[i : i+run]
		}
	}
	return ""
}

// dump returns everything that a diagnosis holds as text.
func dump(d *diagnose.Diagnosis) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%+v\n%v\n", *d, d.Refusal)
	for _, s := range d.Steps {
		fmt.Fprintf(&b, "%+v %v\n", s, s.Err)
		if s.Err != nil {
			fmt.Fprintf(&b, "%+v %v\n", *s.Err, s.Err.LogValue())
		}
	}
	return b.String()
}

// No part of what was given is in the diagnosis: not the token, not its
// signature, and not the secret that was pasted in its place.
func TestADiagnosisHoldsNoCredential(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		d, raw := diagnosis(t, s)
		if d.Kind == diagnose.KindIdentifier {
			continue
		}
		if run := leak(dump(d), raw); run != "" {
			t.Errorf("%s: the diagnosis holds %q of what was given", s.name, run)
		}
	}
}

// A credential in the wrong place is not shown either.
func TestADiagnosisHidesACredentialInAClaim(t *testing.T) {
	t.Parallel()
	token := sign(t, goodHeader(), goodClaims())
	const secret = "test_Q2xpZW50U2VjcmV0Rm9yQW5FbnZpcm9ubWVudA"
	nonce := "n-0S6_WzA2Mj-n-0S6_WzA2Mj"
	tests := []struct {
		name, secret string
		request      diagnose.Request
	}{
		{"the issuer", token, diagnose.Request{Config: verifier.Config{Issuer: token, Audience: []string{client}}}},
		{"the client ID", secret, diagnose.Request{Config: verifier.Config{Issuer: issuer, Audience: []string{secret}}}},
		{"iss", token, diagnose.Request{Token: sign(t, goodHeader(), with(goodClaims(), object{"iss": token}))}},
		{"aud", secret, diagnose.Request{Token: sign(t, goodHeader(), with(goodClaims(), object{"aud": secret}))}},
		{"kid", token, diagnose.Request{Token: sign(t, with(goodHeader(), object{"kid": token}), goodClaims()), Keys: verifier.KeyState{Set: published(t)}}},
		{"typ", token, diagnose.Request{Token: sign(t, with(goodHeader(), object{"typ": token}), goodClaims())}},
		{"the error of a fetch", token, diagnose.Request{Keys: verifier.KeyState{Err: fmt.Errorf("got %s", token)}}},
		{"a nonce", nonce, diagnose.Request{Inputs: &verifier.Inputs{Nonce: &nonce}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			req := test.request
			req.Now = now
			if req.Token == "" {
				req.Token = token
			}
			if req.Config.Issuer == "" {
				req.Config.Issuer, req.Config.Audience = issuer, []string{client}
			}
			if run := leak(dump(diagnose.Diagnose(t.Context(), req)), test.secret); run != "" {
				t.Errorf("the diagnosis holds %q", run)
			}
		})
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		claims object
		want   diagnose.Times
	}{
		{"good", object{"iat": now.Unix(), "exp": now.Unix() + 60}, diagnose.Times{Lifetime: time.Minute}},
		{"expired within the leeway", object{"iat": now.Unix() - 90, "exp": now.Unix() - 30}, diagnose.Times{Lifetime: time.Minute, ExpiredFor: 30 * time.Second}},
		{"expired", object{"iat": now.Unix() - 660, "exp": now.Unix() - 600}, diagnose.Times{Lifetime: time.Minute, ExpiredFor: 10 * time.Minute, ClockError: 9 * time.Minute}},
		{"early", object{"iat": now.Unix(), "nbf": now.Unix() + 600, "exp": now.Unix() + 900}, diagnose.Times{Lifetime: 15 * time.Minute, EarlyBy: 10 * time.Minute, ClockError: -9 * time.Minute}},
		{"no dates", object{"iat": nil, "exp": "tomorrow"}, diagnose.Times{}},
	}
	for _, test := range tests {
		d, _ := diagnosis(t, sample{claims: test.claims})
		got := diagnose.Times{Lifetime: d.Times.Lifetime, ExpiredFor: d.Times.ExpiredFor, EarlyBy: d.Times.EarlyBy, ClockError: d.Times.ClockError}
		if got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestComparison(t *testing.T) {
	t.Parallel()
	d, _ := diagnosis(t, sample{claims: object{"iss": "https://acme-dev.scalekit.com", "aud": client + "1"}})
	want := []diagnose.Comparison{
		{Claim: "iss", Want: issuer, Got: "https://acme-dev.scalekit.com", At: 12, Difference: "the host, which is the one of another environment"},
		{Claim: "aud", Want: client, Got: client + "1", At: 21, Difference: "the configured client ID is a part of the token's aud"},
	}
	if diff := cmp.Diff(want, d.Comparisons); diff != "" {
		t.Errorf("the comparisons differ (-want +got):\n%s", diff)
	}
}

func TestKeyState(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kid  string
		keys *verifier.KeyState
		past []string
		want diagnose.KeyState
	}{
		{"snk_1", nil, nil, diagnose.KeyPublished},
		{"weak", nil, nil, diagnose.KeyUnusable},
		{"snk_9", nil, nil, diagnose.KeyMissing},
		{"snk_9", nil, []string{"snk_9"}, diagnose.KeyRetired},
		{"snk_1", &verifier.KeyState{}, nil, diagnose.KeyUnknown},
		{"snk_1", &verifier.KeyState{Err: errors.New("down")}, nil, diagnose.KeyUnknown},
	}
	for _, test := range tests {
		d, _ := diagnosis(t, sample{header: object{"kid": test.kid}, keys: test.keys, past: test.past})
		if d.Key.State != test.want || d.Key.ID != test.kid {
			t.Errorf("the key %q is %q, want %q", d.Key.ID, d.Key.State, test.want)
		}
	}
}

// Without a configuration the token is compared with itself, and the diagnosis
// says so. Whatever else is wrong is still found.
func TestDiagnosisWithoutAConfig(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		claims object
		want   string
	}{
		{"good", nil, ""},
		{"of a mock", object{"iss": "http://127.0.0.1:8080"}, ""},
		{"expired", object{"exp": 1}, "TOKEN_EXPIRED"},
		{"without iss", object{"iss": nil}, "MISSING_CLAIM"},
		{"without aud", object{"aud": nil}, "INVALID_AUDIENCE"},
	} {
		req := diagnose.Request{Token: sign(t, goodHeader(), with(goodClaims(), test.claims)), Now: now}
		d := diagnose.Diagnose(t.Context(), req)
		got := ""
		if d.Refusal != nil {
			got = string(d.Refusal.Reason)
		}
		if got != test.want || !slices.Equal(d.Assumed, []string{"issuer", "client ID"}) || d.Signature != diagnose.SignatureNotChecked {
			t.Errorf("%s: refused as %q, want %q; assumed %q, signature %s",
				test.name, got, test.want, d.Assumed, d.Signature)
		}
	}
}

// What is read from the claims is marked unless the signature is verified.
func TestStepsSayWhatIsUnverified(t *testing.T) {
	t.Parallel()
	unverified := func(d *diagnose.Diagnosis) (checks []verifier.Check) {
		for _, s := range d.Steps {
			if s.Unverified {
				checks = append(checks, s.Check)
			}
		}
		return checks
	}
	if d, _ := diagnosis(t, sample{claims: object{"exp": 1}}); len(unverified(d)) > 0 {
		t.Errorf("of a verified token, %q count as unverified", unverified(d))
	}
	want := []verifier.Check{"iss", "aud", "azp", "times", "exp", "nbf", "iat", "sub", "nonce", "kind", "shape", "user"}
	if d, _ := diagnosis(t, sample{header: object{"kid": "snk_9"}}); !slices.Equal(unverified(d), want) {
		t.Errorf("of an unverified token, %q count as unverified, want %q", unverified(d), want)
	}
}

// An access token that the policy accepts causes a warning.
func TestWarningOfAnAcceptedAccessToken(t *testing.T) {
	t.Parallel()
	d, _ := diagnosis(t, sample{claims: accessToken([]string{client})})
	if !d.Accepted() || len(d.Warnings) != 1 || d.Warnings[0].Name != "token.access-token" || d.Kind != diagnose.KindAccessToken {
		t.Errorf("accepted is %v, the warnings are %+v, the kind is %q",
			d.Accepted(), d.Warnings, d.Kind)
	}
	if d, _ := diagnosis(t, sample{}); len(d.Warnings) > 0 || d.Kind != diagnose.KindIDToken {
		t.Errorf("of a good ID Token, the warnings are %+v, the kind is %q", d.Warnings, d.Kind)
	}
}

// Every documented cause of a code is in the list of causes of its refusal,
// those without a sign of them last.
func TestDocumentedCausesAreComplete(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		d, _ := diagnosis(t, s)
		if d.Refusal == nil || d.Refusal.Kind() == verifier.KindConfiguration {
			continue
		}
		for _, documented := range d.Refusal.Code().NamedCauses() {
			if !slices.ContainsFunc(d.Causes, func(c diagnose.Cause) bool { return c.Documented == documented.Name }) {
				t.Errorf("%s: %q is not among the causes\n%s", s.name, documented.Name, describe(d))
			}
		}
	}
}

func FuzzDiagnose(f *testing.F) {
	for _, s := range samples() {
		_, raw := diagnosis(f, s)
		f.Add(raw, issuer)
	}
	keys := verifier.KeyState{Set: published(f)}
	f.Fuzz(func(t *testing.T, raw, configured string) {
		if configured == "" {
			return // it would be taken from the token
		}
		req := diagnose.Request{Token: raw, Config: verifier.Config{Issuer: configured, Audience: []string{client}, Now: func() time.Time { return now }}, Keys: keys}
		d := diagnose.Diagnose(t.Context(), req)
		x := verifier.Examine(t.Context(), raw, req.Config, keys, nil)
		want := x.Refusal()
		if (d.Refusal == nil) != (want == nil) || want != nil && d.Refusal.Reason != want.Reason {
			t.Errorf("refused as %v, want %v", d.Refusal, want)
		}
		if d.Refusal != nil && len(d.Causes) == 0 {
			t.Errorf("no cause of %v", d.Refusal)
		}
	})
}

func ExampleDiagnose() {
	d := diagnose.Diagnose(context.Background(), diagnose.Request{
		Token:  "Bearer skc_58327482062864390",
		Config: verifier.Config{Issuer: "https://acme.scalekit.com", Audience: []string{"skc_58327482062864390"}},
	})
	fmt.Println(d.Refusal.Code(), "for a text that is no token:", d.Kind)
	for _, c := range d.Causes {
		if c.Fit == diagnose.FitCertain {
			fmt.Printf("%s: %s. %s\n", c.Name, c.Text, c.Do)
		}
	}
	// Output:
	// INVALID_TOKEN for a text that is no token: identifier
	// paste.bearer: the text begins with the scheme of an Authorization header. Pass only what follows Bearer.
	// paste.identifier: this is an identifier, not a token. Send the id_token of the token endpoint's answer.
}
