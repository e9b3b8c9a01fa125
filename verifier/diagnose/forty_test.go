package diagnose_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/diagnose"
)

const (
	issuer = "https://acme.scalekit.com"
	client = "skc_58327482062864390"
)

// now is the time of every diagnosis.
var now = time.Date(2026, 3, 26, 8, 0, 0, 0, time.UTC)

// sample is a token with what a reader of the provider's documentation would
// say about it.
type sample struct {
	name string

	// The token: the good one with changes, or a text.
	header, claims object
	raw            func(good string) string

	// What it is compared with: the usual configuration and keys with changes.
	config func(*verifier.Config)
	keys   *verifier.KeyState
	past   []string // key IDs that were published before

	// want is the cause that must be first. Empty means that the token is good.
	// documented is the cause of the troubleshooting page that it belongs to.
	want, documented string
}

// accessToken turns the good token into an access token of the same login.
func accessToken(aud any) object {
	return object{
		"aud": aud, "jti": "tkn_59615193906282635", "nbf": now.Unix(), "roles": []string{"admin"}, "permissions": []string{"data:read"},
		"at_hash": nil, "c_hash": nil, "azp": nil, "email": nil, "email_verified": nil, "name": nil, "amr": nil,
	}
}

// replace returns a change of the text of the good token.
func replace(old, new string) func(string) string {
	return func(good string) string { return strings.Replace(good, old, new, 1) }
}

func paste(text string) func(string) string { return func(string) string { return text } }

func down(reason verifier.Reason, err error) *verifier.KeyState {
	return &verifier.KeyState{Err: &verifier.Error{Reason: reason, Err: err}}
}

func strictly(c *verifier.Config) {
	strict := verifier.Strict()
	c.Algorithms, c.Leeway, c.Require = strict.Algorithms, strict.Leeway, strict.Require
}

func configured(issuer string) func(*verifier.Config) {
	return func(c *verifier.Config) { c.Issuer = issuer }
}

func mocked(c *verifier.Config) { c.Issuer, c.Allow.LoopbackHTTP = "http://localhost:8080", true }

func clientID(id string) func(*verifier.Config) {
	return func(c *verifier.Config) { c.Audience = []string{id} }
}

// samples were written before the package, from what Scalekit documents of its
// tokens and Char of its codes, and not from what the package answers.
func samples() []sample {
	return []sample{
		{name: "a good token"},

		// INVALID_ISSUER
		{name: "the configured issuer has a slash", config: configured(issuer + "/"), want: "issuer.trailing-slash", documented: "issuer.exact"},
		{name: "the token's issuer has a slash", claims: object{"iss": issuer + "/"}, want: "issuer.trailing-slash", documented: "issuer.exact"},
		{name: "the host in upper case", claims: object{"iss": "https://ACME.scalekit.com"}, want: "issuer.case", documented: "issuer.exact"},
		{name: "an explicit port", claims: object{"iss": issuer + ":443"}, want: "issuer.port", documented: "issuer.exact"},
		{name: "a path appended", config: configured(issuer + "/oauth"), want: "issuer.path", documented: "issuer.exact"},
		{name: "configured without a scheme", config: configured("acme.scalekit.com"), want: "issuer.no-scheme", documented: "issuer.https"},
		{name: "configured with http", config: configured("http://acme.scalekit.com"), want: "issuer.scheme", documented: "issuer.https"},
		{name: "staging against production", claims: object{"iss": "https://acme-staging.scalekit.com"}, header: object{"kid": "snk_9"}, want: "issuer.environment", documented: "issuer.environment"},
		{name: "development against production", claims: object{"iss": "https://acme.scalekit.dev"}, want: "issuer.environment", documented: "issuer.environment"},
		{name: "another region", claims: object{"iss": "https://acme.eu.scalekit.com"}, want: "issuer.environment", documented: "issuer.environment"},
		{name: "staging as a path", config: configured("https://auth.acme.example/t/production"), claims: object{"iss": "https://auth.acme.example/t/staging"}, want: "issuer.environment", documented: "issuer.environment"},
		{name: "a space after the issuer", claims: object{"iss": issuer + " "}, want: "issuer.white-space", documented: "issuer.exact"},
		{name: "a custom domain configured", config: configured("https://auth.acme.example"), want: "issuer.custom-domain", documented: "issuer.custom-domain"},
		{name: "a custom domain in the token", claims: object{"iss": "https://auth.acme.example"}, want: "issuer.custom-domain", documented: "issuer.custom-domain"},
		{name: "a mock environment on this machine", claims: object{"iss": "http://127.0.0.1:18556"}, want: "issuer.mock", documented: "issuer.environment"},
		{name: "a mock environment configured", config: mocked, want: "issuer.mock", documented: "issuer.environment"},
		{name: "another provider", config: configured("https://login.acme.example"), claims: object{"iss": "https://accounts.google.com"}, want: "issuer.other-provider", documented: "issuer.environment"},
		{name: "an MCP access token after the migration", claims: with(accessToken([]string{"res_123"}), object{"iss": issuer + "/resources/res_123"}), want: "token.access-token", documented: "audience.access-token"},
		{name: "a letter of another alphabet", claims: object{"iss": "https://аcme.scalekit.com"}, want: "issuer.look-alike", documented: "issuer.exact"},
		{name: "no iss", claims: object{"iss": nil}, want: "claim.missing", documented: "token.claims"},
		{name: "iss is an array", claims: object{"iss": []string{issuer}}, want: "claim.type", documented: "token.claims"},

		// INVALID_AUDIENCE
		{name: "another client", claims: object{"aud": []string{"skc_44579265064039655"}, "azp": "skc_44579265064039655", "client_id": "skc_44579265064039655"}, want: "audience.other-client", documented: "audience.environment"},
		{name: "the client ID in upper case", claims: object{"aud": "SKC_58327482062864390"}, want: "audience.case", documented: "audience.exact"},
		{name: "the client ID of production", claims: object{"aud": "prd_" + client}, want: "audience.environment", documented: "audience.environment"},
		{name: "a space after the client ID", claims: object{"aud": client + " "}, want: "audience.white-space", documented: "audience.exact"},
		{name: "the client ID was cut when it was copied", config: clientID(client[:len(client)-1]), want: "audience.cut", documented: "audience.exact"},
		{name: "an access token for an API", claims: accessToken([]string{"https://api.your-app.com"}), want: "token.access-token", documented: "audience.access-token"},
		{name: "an access token for the client", claims: accessToken([]string{client}), config: strictly, want: "token.access-token", documented: "audience.access-token"},
		{name: "an access token by its typ", header: object{"typ": "at+jwt"}, claims: accessToken([]string{client}), want: "token.access-token", documented: "audience.access-token"},
		{name: "a token for a machine", claims: object{
			"aud": nil, "sub": "m2morg_68315758685323697", "client_id": "m2morg_68315758685323697", "scopes": []string{"deploy:applications"},
			"jti": "tkn_69041163914445100", "nbf": now.Unix(), "azp": nil, "at_hash": nil, "c_hash": nil, "email": nil, "email_verified": nil, "name": nil, "amr": nil, "sid": nil,
		}, want: "token.machine-to-machine", documented: "audience.access-token"},
		{name: "no aud", claims: object{"aud": nil}, want: "claim.missing", documented: "audience.exact"},
		{name: "the secret's ID is configured as client ID", config: clientID("sks_58327482062864390"), want: "audience.secret-id", documented: "audience.exact"},
		{name: "an audience that is not trusted", claims: object{"aud": []string{client, "skc_1"}}, config: strictly, want: "audience.untrusted", documented: ""},

		// JWKS_FETCH_FAILED
		{name: "a host that does not exist", keys: down(verifier.ReasonDiscoveryFailed, &net.DNSError{Err: "no such host", IsNotFound: true}), want: "keys.wrong-url", documented: "keys.url"},
		{name: "nothing listens", keys: down(verifier.ReasonDiscoveryFailed, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), want: "keys.wrong-url", documented: "keys.url"},
		{name: "the environment is gone", keys: down(verifier.ReasonDiscoveryFailed, verifier.StatusError(404)), want: "keys.inactive", documented: "keys.inactive"},
		{name: "the environment is down", keys: down(verifier.ReasonJWKSFetchFailed, verifier.StatusError(503)), want: "keys.inactive", documented: "keys.inactive"},
		{name: "the provider hangs", keys: down(verifier.ReasonJWKSFetchFailed, context.DeadlineExceeded), want: "keys.unreachable", documented: "keys.unreachable"},
		{name: "an error page for a JWK Set", keys: down(verifier.ReasonJWKSInvalid, errors.New("want a JSON object")), want: "keys.not-a-set", documented: "keys.unreachable"},
		{name: "metadata of another issuer", keys: &verifier.KeyState{Err: &verifier.Error{Reason: verifier.ReasonDiscoveryInvalid, Claim: "issuer", Got: "https://other.scalekit.com", Want: issuer}}, want: "keys.other-metadata", documented: "keys.url"},

		// TOKEN_EXPIRED, and the clock
		{name: "expired an hour ago", claims: object{"iat": now.Add(-90 * time.Minute).Unix(), "exp": now.Add(-time.Hour).Unix()}, want: "expired.session", documented: "expired.session"},
		{name: "exp in milliseconds", claims: object{"exp": now.Add(time.Hour).UnixMilli()}, want: "time.milliseconds", documented: "token.claims"},
		{name: "not valid for an hour", claims: object{"iat": now.Add(time.Hour).Unix(), "nbf": now.Add(time.Hour).Unix(), "exp": now.Add(2 * time.Hour).Unix()}, want: "time.clock-behind", documented: ""},

		{name: "valid only after it expired", claims: object{"nbf": now.Unix() + 7200, "exp": now.Unix() + 1800}, want: "time.order", documented: "token.claims"},

		// INVALID_TOKEN: claims
		{name: "no exp", claims: object{"exp": nil}, want: "claim.missing", documented: "token.claims"},
		{name: "an empty sub", claims: object{"sub": ""}, want: "claim.subject", documented: "token.claims"},
		{name: "an IdP-initiated login", claims: object{
			"organization_id": "org_69615647365005430", "connection_id": "conn_69615647365005430", "login_hint": "john@acme.example", "nbf": now.Unix(),
			"aud": nil, "sub": nil, "azp": nil, "client_id": nil, "oid": nil, "sid": nil, "amr": nil, "at_hash": nil, "c_hash": nil, "email": nil, "email_verified": nil, "name": nil,
		}, want: "token.idp-initiated", documented: "token.kind"},
		{name: "a logout token", header: object{"typ": "logout+jwt"}, claims: object{"events": object{"http://schemas.openid.net/event/backchannel-logout": object{}}, "jti": "x", "azp": nil, "at_hash": nil, "c_hash": nil}, want: "token.logout", documented: "token.kind"},
		{name: "a logout token without a typ", claims: object{"events": object{"http://schemas.openid.net/event/backchannel-logout": object{}}, "jti": "x", "azp": nil, "at_hash": nil, "c_hash": nil}, want: "token.logout", documented: "token.kind"},
		{name: "an encrypted token", raw: paste(encode([]byte(`{"alg":"RSA-OAEP-256","enc":"A256GCM"}`)) + ".AAAA.AAAA.AAAA.AAAA"), want: "token.encrypted", documented: "token.kind"},

		// INVALID_TOKEN: the signature and its key
		{name: "alg none", header: object{"alg": "none"}, raw: func(good string) string { return good[:strings.LastIndexByte(good, '.')+1] }, want: "alg.none", documented: "token.signature"},
		{name: "HS256", header: object{"alg": "HS256"}, want: "alg.symmetric", documented: "token.signature"},
		{name: "PS256", header: object{"alg": "PS256"}, want: "alg.not-allowed", documented: "token.signature"},
		{name: "the payload was changed", raw: func(good string) string {
			parts := strings.Split(good, ".")
			return parts[0] + "." + strings.Replace(parts[1], encode([]byte(`{"amr"`)), encode([]byte(`{"amx"`)), 1) + "." + parts[2]
		}, want: "signature.altered", documented: "token.signature"},
		{name: "a key ID that was never published", header: object{"kid": "snk_77"}, want: "key.not-published", documented: "token.signature"},
		{name: "a key that was rotated out", header: object{"kid": "snk_old"}, past: []string{"snk_old"}, want: "key.retired", documented: "token.signature"},
		{name: "a key of 1024 bits", header: object{"kid": "weak"}, want: "key.unusable", documented: "token.signature"},

		// Not a token at all, or not all of it
		{name: "Bearer before the token", raw: func(good string) string { return "Bearer " + good }, want: "paste.bearer", documented: ""},
		{name: "quotes around the token", raw: func(good string) string { return `"` + good + `"` }, want: "paste.quotes", documented: ""},
		{name: "wrapped by a mail program", raw: func(good string) string { return good[:76] + "\n" + good[76:152] + "\n" + good[152:] }, want: "paste.line-breaks", documented: ""},
		{name: "cut in the payload", raw: func(good string) string { return good[:200] }, want: "paste.cut", documented: "token.kind"},
		{name: "cut in the signature", raw: func(good string) string { return good[:len(good)-7] }, want: "paste.cut", documented: "token.kind"},
		{name: "two tokens in a row", raw: func(good string) string { return good + "." + good }, want: "paste.extra", documented: "token.signature"},
		{name: "a line of a token response", raw: func(good string) string { return `"id_token": "` + good + `",` }, want: "paste.response", documented: ""},
		{name: "a cookie", raw: func(good string) string { return "id_token=" + good + "; Path=/" }, want: "paste.parameter", documented: ""},
		{name: "a word after the token", raw: func(good string) string { return good + "xyz" }, want: "paste.extra", documented: "token.signature"},
		{name: "without a signature", raw: func(good string) string { return good[:strings.LastIndexByte(good, '.')+1] }, want: "paste.cut", documented: "token.kind"},
		{name: "shortened with dots", raw: func(good string) string { return good[:40] + "..." }, want: "paste.shortened", documented: "token.kind"},
		{name: "shortened in the middle", raw: func(good string) string { return good[:40] + "..." + good[len(good)-6:] }, want: "paste.shortened", documented: "token.kind"},
		{name: "shortened in the payload with an ellipsis", raw: func(good string) string { return good[:90] + "…" + good[len(good)-6:] }, want: "paste.shortened", documented: "token.kind"},
		{name: "percent-encoded", raw: func(good string) string { return strings.ReplaceAll(good, ".", "%2E") }, want: "paste.percent-encoded", documented: ""},
		{name: "random bytes", raw: paste("\xf8\x91 \n\xc3\x03\x9d\xfe\xb1\x00\xaa\x8f"), want: "paste.no-token", documented: "token.kind"},
		{name: "base64 with padding", raw: replace(".", "==."), want: "paste.base64", documented: ""},
		{name: "a client secret", raw: paste("test_Q2xpZW50U2VjcmV0Rm9yQW5FbnZpcm9ubWVudA"), want: "paste.client-secret", documented: "token.kind"},
		{name: "the ID of a client secret", raw: paste("sks_58327482062864390"), want: "paste.identifier", documented: "token.kind"},
		{name: "a client ID", raw: paste(client), want: "paste.identifier", documented: "token.kind"},
		{name: "a user ID", raw: paste("usr_63261014140912135"), want: "paste.identifier", documented: "token.kind"},
		{name: "a refresh token", raw: paste("rt_8f7d6e5c4b3a29180716253443526170"), want: "paste.refresh-token", documented: "token.kind"},
		{name: "a token response", raw: func(good string) string { return `{"access_token":"x","id_token":"` + good + `","expires_in":299}` }, want: "paste.response", documented: ""},
		{name: "nothing", raw: paste(""), want: "paste.empty", documented: ""},
	}
}

// diagnosis diagnoses a sample.
func diagnosis(t testing.TB, s sample) (*diagnose.Diagnosis, string) {
	t.Helper()
	raw := sign(t, with(goodHeader(), s.header), with(goodClaims(), s.claims))
	if s.raw != nil {
		raw = s.raw(raw)
	}
	req := diagnose.Request{
		Token: raw, Keys: verifier.KeyState{Set: published(t)}, Retired: s.past, Now: now,
		Config: verifier.Config{Issuer: issuer, Audience: []string{client}},
	}
	if s.config != nil {
		s.config(&req.Config)
	}
	if s.keys != nil {
		req.Keys = *s.keys
	}
	return diagnose.Diagnose(t.Context(), req), raw
}

// The cause that somebody who knows the provider would name is the first one.
func TestTheExpectedCauseIsFirst(t *testing.T) {
	t.Parallel()
	if n := len(samples()); n < 40 {
		t.Fatalf("there are %d samples, want at least 40", n)
	}
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			d, _ := diagnosis(t, s)
			var first diagnose.Cause
			if len(d.Causes) > 0 {
				first = d.Causes[0]
			}
			if first.Name != s.want || first.Documented != s.documented {
				t.Errorf("the first cause is %q of %q, want %q of %q\n%s",
					first.Name, first.Documented, s.want, s.documented, describe(d))
			}
			if d.Accepted() != (s.want == "") {
				t.Errorf("accepted is %v\n%s", d.Accepted(), describe(d))
			}
			if s.want != "" && (first.Text == "" || first.Do == "") {
				t.Errorf("the cause says %q, and to do %q", first.Text, first.Do)
			}
		})
	}
}
