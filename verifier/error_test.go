package verifier_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/assay-id/assay/verifier"
)

// The texts that people read when a token is refused.
func TestErrorText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		header object
		claims object
		want   string
	}{
		{"trailing slash", nil, object{"iss": testIssuer + "/"},
			`INVALID_ISSUER: iss is "https://acme.scalekit.com/", want "https://acme.scalekit.com" (unverified) (it differs by a trailing slash only; the configured issuer has none)`},
		{"no scheme", nil, object{"iss": "acme.scalekit.com"},
			`INVALID_ISSUER: iss is "acme.scalekit.com", want "https://acme.scalekit.com" (unverified) (it has no scheme)`},
		{"http", nil, object{"iss": "http://acme.scalekit.com"},
			`INVALID_ISSUER: iss is "http://acme.scalekit.com", want "https://acme.scalekit.com" (unverified) (it differs in the scheme only)`},
		{"port", nil, object{"iss": testIssuer + ":443"},
			`INVALID_ISSUER: iss is "https://acme.scalekit.com:443", want "https://acme.scalekit.com" (unverified) (it differs in the port only)`},
		{"path", nil, object{"iss": testIssuer + "/resources/res_1"},
			`INVALID_ISSUER: iss is "https://acme.scalekit.com/resources/res_1", want "https://acme.scalekit.com" (unverified) (it differs in the path only)`},
		{"case", nil, object{"iss": "https://ACME.scalekit.com"},
			`INVALID_ISSUER: iss is "https://ACME.scalekit.com", want "https://acme.scalekit.com" (unverified) (it differs in case only)`},
		{"white space", nil, object{"iss": testIssuer + "\n"},
			`INVALID_ISSUER: iss is "https://acme.scalekit.com\n", want "https://acme.scalekit.com" (unverified) (it differs by white space only)`},
		{"another environment", nil, object{"iss": "https://stage.scalekit.dev"},
			`INVALID_ISSUER: iss is "https://stage.scalekit.dev", want "https://acme.scalekit.com" (unverified) (it is the issuer of another environment or of a custom domain)`},
		{"production client", nil, object{"aud": "prd_" + testClient},
			`INVALID_AUDIENCE: aud is "prd_skc_58327482062864390", want "skc_58327482062864390" (it is the client ID of another environment: production client IDs begin with prd_)`},
		{"access token", nil, object{"aud": []string{"https://api.example"}},
			`INVALID_AUDIENCE: aud is "https://api.example", want "skc_58327482062864390" (it is the audience of an access token; send the ID Token)`},
		{"no audience", nil, object{"aud": nil},
			`INVALID_AUDIENCE: aud is missing, want "skc_58327482062864390"`},
		{"unknown key", object{"kid": "snk_\x1b[2J"}, nil,
			`KEY_NOT_FOUND: kid: no published key has the ID "snk_\x1b[2J" (unverified)`},
		{"no exp", nil, object{"exp": nil}, `MISSING_CLAIM: exp is missing`},
		{"expired", nil, object{"exp": testNow.Unix() - 61},
			`TOKEN_EXPIRED: exp is "2026-03-01T11:58:59Z", want "after 2026-03-01T11:59:00Z"`},
		{"alg none", object{"alg": "none"}, nil,
			`ALG_NOT_ALLOWED: alg is "none", want "RS256 RS384 RS512 ES256 ES384 ES512" (unverified)`},
	}
	v := newVerifier(t, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := v.Verify(t.Context(), sign(t, with(goodHeader(), test.header), with(goodClaims(), test.claims)))
			if err == nil || err.Error() != test.want {
				t.Errorf("Verify = %v\nwant     %s", err, test.want)
			}
		})
	}
}

func TestErrorInALog(t *testing.T) {
	t.Parallel()
	raw := sign(t, with(goodHeader(), object{"kid": "snk_other"}), goodClaims())
	_, err := newVerifier(t, nil).Verify(t.Context(), raw)
	var log bytes.Buffer
	noTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: noTime})).Warn("refused", "err", err)
	want := `level=WARN msg=refused err.code=INVALID_TOKEN err.reason=KEY_NOT_FOUND err.claim=kid ` +
		`err.got_unverified=snk_other err.signature_verified=false err.detail="no published key has the ID \"snk_other\""` + "\n"
	if got := log.String(); got != want {
		t.Errorf("the log reads\n%swant\n%s", got, want)
	}
}

func TestErrorIs(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	v := newVerifier(t, nil)
	_, err := v.Verify(t.Context(), sign(t, goodHeader(), with(goodClaims(), object{"exp": 1})))
	tests := []struct {
		name   string
		target error
		want   bool
	}{
		{"its reason", &verifier.Error{Reason: verifier.ReasonTokenExpired}, true},
		{"its reason and claim", &verifier.Error{Reason: verifier.ReasonTokenExpired, Claim: "exp"}, true},
		{"its reason and another claim", &verifier.Error{Reason: verifier.ReasonTokenExpired, Claim: "nbf"}, false},
		{"another reason", &verifier.Error{Reason: verifier.ReasonInvalidIssuer}, false},
		{"another error", cause, false},
	}
	for _, test := range tests {
		if got := errors.Is(err, test.target); got != test.want {
			t.Errorf("errors.Is with %s = %v, want %v", test.name, got, test.want)
		}
	}
	if code := verifier.CodeOf(cause); code != verifier.CodeInvalidToken {
		t.Errorf("the code of an unknown error is %q: it must not read as success", code)
	}
	if code := verifier.CodeOf(nil); code != "" {
		t.Errorf("the code of no error is %q", code)
	}
}

// Every reason has one code, one kind, causes that help, and a place in the
// list.
func TestReasons(t *testing.T) {
	t.Parallel()
	seen := make(map[verifier.Reason]bool)
	for _, r := range verifier.Reasons() {
		if seen[r] {
			t.Errorf("%s appears twice", r)
		}
		seen[r] = true
		if len(r.Code().Causes()) == 0 {
			t.Errorf("%s has no causes", r)
		}
		if k := r.Kind().String(); k == "unknown" {
			t.Errorf("%s has no kind", r)
		}
		unavailable := r.Code() == verifier.CodeJWKSFetchFailed
		if unavailable != (r.Kind() == verifier.KindUnavailable) {
			t.Errorf("%s has the code %s and the kind %s", r, r.Code(), r.Kind())
		}
		if strings.ToUpper(string(r)) != string(r) {
			t.Errorf("%s is not in capitals", r)
		}
	}
}
