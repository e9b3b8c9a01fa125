package verifier

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestErrorText(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection refused")
	for _, test := range []struct {
		err         Error
		text, value string
	}{
		{Error{Reason: ReasonPolicy}, "POLICY: refused", "code=INVALID_TOKEN reason=POLICY signature_verified=false"},
		{Error{Reason: ReasonPolicy, Verified: true}, "POLICY: refused", "code=INVALID_TOKEN reason=POLICY signature_verified=true"},
		{
			Error{Reason: ReasonInvalidIssuer, Claim: "iss", Want: "a", Got: "b"}, `INVALID_ISSUER: iss is "b", want "a" (unverified)`,
			"code=INVALID_ISSUER reason=INVALID_ISSUER claim=iss want=a got_unverified=b signature_verified=false",
		},
		{
			Error{Reason: ReasonInvalidIssuer, Claim: "iss", Want: "a", Got: "b", Verified: true, Hint: "look"}, `INVALID_ISSUER: iss is "b", want "a" (look)`,
			"code=INVALID_ISSUER reason=INVALID_ISSUER claim=iss want=a got=b signature_verified=true hint=look",
		},
		{
			Error{Reason: ReasonInvalidIssuer, Got: "b", Verified: true}, `INVALID_ISSUER: token is "b"`,
			"code=INVALID_ISSUER reason=INVALID_ISSUER got=b signature_verified=true",
		},
		{
			Error{Reason: ReasonInvalidIssuer, Want: "a"}, `INVALID_ISSUER: token is missing, want "a"`,
			"code=INVALID_ISSUER reason=INVALID_ISSUER want=a signature_verified=false",
		},
		{
			Error{Reason: ReasonInvalidIssuer, Claim: "iss"}, "INVALID_ISSUER: iss is missing",
			"code=INVALID_ISSUER reason=INVALID_ISSUER claim=iss signature_verified=false",
		},
		{
			Error{Reason: ReasonInvalidIssuer, Claim: "iss", Got: "b", Detail: "it is odd"}, "INVALID_ISSUER: iss: it is odd (unverified)",
			"code=INVALID_ISSUER reason=INVALID_ISSUER claim=iss got_unverified=b signature_verified=false detail=it is odd",
		},
		{
			Error{Reason: ReasonInvalidIssuer, Got: "b %q", form: "%q is not %q", Verified: true}, `INVALID_ISSUER: "b %q" is not %q`,
			`code=INVALID_ISSUER reason=INVALID_ISSUER got=b %q signature_verified=true detail="b %q" is not %q`,
		},
		{
			Error{Reason: ReasonJWKSFetchFailed, Got: "x", Err: cause, RetryAfter: 1}, `JWKS_FETCH_FAILED: token is "x": connection refused`,
			"code=JWKS_FETCH_FAILED reason=JWKS_FETCH_FAILED got_unverified=x signature_verified=false retry_after=1ns cause=connection refused",
		},
		{
			Error{Reason: ReasonJWKSFetchFailed, RetryAfter: -time.Second, Detail: "closed"}, "JWKS_FETCH_FAILED: closed",
			"code=JWKS_FETCH_FAILED reason=JWKS_FETCH_FAILED signature_verified=false detail=closed",
		},
	} {
		if got := test.err.Error(); got != test.text {
			t.Errorf("Error() = %s, want %s", got, test.text)
		}
		var attrs []string
		for _, a := range test.err.LogValue().Group() {
			attrs = append(attrs, fmt.Sprint(a.Key, "=", a.Value))
		}
		if got := strings.Join(attrs, " "); got != test.value {
			t.Errorf("LogValue() = %s, want %s", got, test.value)
		}
	}
}

// A long value is cut at a rune, and one that fits is not.
func TestClip(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, in, out string }{
		{"what fits", strings.Repeat("x", 128), strings.Repeat("x", 128)},
		{"a byte too many", strings.Repeat("x", 129), strings.Repeat("x", 128) + "…"},
		{"the middle of a rune", strings.Repeat("x", 127) + "é", strings.Repeat("x", 127) + "…"},
		{"the middle of a long rune", strings.Repeat("x", 126) + "😀", strings.Repeat("x", 126) + "…"},
		{"the end of a rune", strings.Repeat("é", 64) + "x", strings.Repeat("é", 64) + "…"},
		{"no rune", strings.Repeat("\x80", 200), "…"},
	} {
		if got := clip(test.in); got != test.out || utf8.ValidString(test.in) != utf8.ValidString(got) && test.name != "no rune" {
			t.Errorf("%s: %q, want %q", test.name, got, test.out)
		}
	}
}

// The names of causes are stable: programs refer to them.
func TestNamesOfCauses(t *testing.T) {
	t.Parallel()
	for code, want := range map[Code]string{
		CodeInvalidIssuer:   "issuer.exact issuer.https issuer.environment issuer.custom-domain",
		CodeInvalidAudience: "audience.exact audience.access-token audience.environment",
		CodeJWKSFetchFailed: "keys.url keys.inactive keys.unreachable",
		CodeTokenExpired:    "expired.session expired.kept expired.clock",
		CodeInvalidToken:    "token.kind token.signature token.claims",
	} {
		var names []string
		for _, c := range code.NamedCauses() {
			names = append(names, c.Name)
			if c.Text == "" || c.Do == "" {
				t.Errorf("%s has no text or no advice", c.Name)
			}
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("the causes of %s are %s, want %s", code, got, want)
		}
	}
}
