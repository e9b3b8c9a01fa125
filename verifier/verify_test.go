package verifier_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
)

func TestVerifyAccepts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		header object
		claims object
	}{
		{name: "the good token"},
		{name: "no typ", header: object{"typ": nil}},
		{name: "typ as a media type in another case", header: object{"typ": "application/jwt"}},
		{name: "no kid and one key", header: object{"kid": nil}},
		{name: "unknown header parameters", header: object{"x-trace": object{"a": 1}, "jku": "https://evil.example/keys"}},
		{name: "aud as a string", claims: object{"aud": testClient}},
		{name: "aud with another audience", claims: object{"aud": []string{"other", testClient}}},
		{name: "no iat", claims: object{"iat": nil}},
		{name: "iat in the future", claims: object{"iat": testNow.Add(time.Hour).Unix()}},
		{name: "expired within the leeway", claims: object{"exp": testNow.Add(-59 * time.Second).Unix()}},
		{name: "exp with a fraction", claims: object{"exp": float64(testNow.Unix()) + 0.5}},
		{name: "exp at the end of the year 9999", claims: object{"exp": int64(253402300799)}},
		{name: "nbf within the leeway", claims: object{"nbf": testNow.Add(60 * time.Second).Unix()}},
		{name: "nbf and exp at the same time", claims: object{"nbf": testNow.Add(25 * time.Second).Unix(), "exp": testNow.Add(25 * time.Second).Unix()}},
		{name: "a subject of modular SSO", claims: object{"sub": "conn_1;google-oauth2|1046 é"}},
		{name: "a profile claim of the wrong type", claims: object{"name": 7, "email_verified": "true"}},
		{name: "azp of somebody else", claims: object{"azp": "other"}},
		{name: "a token with roles", claims: object{"roles": []string{"admin"}}},
	}
	v := newVerifier(t, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			raw := sign(t, with(goodHeader(), test.header), with(goodClaims(), test.claims))
			for range 2 { // the second time the header is remembered
				if _, err := v.Verify(t.Context(), raw); err != nil {
					t.Fatalf("Verify = %v, want acceptance", err)
				}
			}
		})
	}
}

func TestVerifyRefusesClaims(t *testing.T) {
	t.Parallel()
	ago := func(d time.Duration) int64 { return testNow.Add(-d).Unix() }
	strict := func(c *verifier.Config) {
		s := verifier.Strict()
		c.Leeway, c.Require = s.Leeway, s.Require
	}
	tests := []struct {
		name   string
		claims object
		change func(*verifier.Config)
		want   verifier.Reason
		claim  string
	}{
		{name: "no iss", claims: object{"iss": nil}, want: verifier.ReasonMissingClaim, claim: "iss"},
		{name: "iss is an array", claims: object{"iss": []string{testIssuer}}, want: verifier.ReasonMalformedClaim, claim: "iss"},
		{name: "iss with a trailing slash", claims: object{"iss": testIssuer + "/"}, want: verifier.ReasonInvalidIssuer, claim: "iss"},
		{name: "iss empty", claims: object{"iss": ""}, want: verifier.ReasonInvalidIssuer, claim: "iss"},
		{name: "no aud", claims: object{"aud": nil}, want: verifier.ReasonInvalidAudience, claim: "aud"},
		{name: "aud null", claims: object{"aud": null}, want: verifier.ReasonInvalidAudience, claim: "aud"},
		{name: "aud empty array", claims: object{"aud": []string{}}, want: verifier.ReasonInvalidAudience, claim: "aud"},
		{name: "aud with a number next to the client", claims: object{"aud": []any{testClient, 1}}, want: verifier.ReasonInvalidAudience, claim: "aud"},
		{name: "aud with an empty string next to the client", claims: object{"aud": []any{testClient, ""}}, want: verifier.ReasonInvalidAudience, claim: "aud"},
		{name: "aud contains the client as text", claims: object{"aud": testClient + " other"}, want: verifier.ReasonInvalidAudience, claim: "aud"},
		{name: "aud in another case", claims: object{"aud": strings.ToUpper(testClient)}, want: verifier.ReasonInvalidAudience, claim: "aud"},
		{name: "AUD shadows a wrong aud", claims: object{"aud": "other", "AUD": testClient}, want: verifier.ReasonInvalidAudience, claim: "aud"},
		{name: "no exp", claims: object{"exp": nil}, want: verifier.ReasonMissingClaim, claim: "exp"},
		{name: "EXP instead of exp", claims: object{"exp": nil, "EXP": ago(-time.Hour)}, want: verifier.ReasonMissingClaim, claim: "exp"},
		{name: "exp is a string", claims: object{"exp": "1999999999"}, want: verifier.ReasonMalformedClaim, claim: "exp"},
		{name: "exp in milliseconds", claims: object{"exp": ago(-time.Hour) * 1000}, want: verifier.ReasonMalformedClaim, claim: "exp"},
		{name: "exp in the year 10000", claims: object{"exp": int64(253402300800)}, want: verifier.ReasonMalformedClaim, claim: "exp"},
		{name: "exp zero", claims: object{"exp": 0}, want: verifier.ReasonTokenExpired, claim: "exp"},
		{name: "exp negative", claims: object{"exp": -1}, want: verifier.ReasonTokenExpired, claim: "exp"},
		{name: "exp past by exactly the leeway", claims: object{"exp": ago(60 * time.Second)}, want: verifier.ReasonTokenExpired, claim: "exp"},
		{name: "nbf beyond the leeway", claims: object{"nbf": ago(-61 * time.Second)}, want: verifier.ReasonTokenNotYetValid, claim: "nbf"},
		{name: "nbf after exp, both within the leeway", claims: object{"nbf": ago(-25 * time.Second), "exp": ago(-15 * time.Second)}, want: verifier.ReasonTokenNotYetValid, claim: "nbf"},
		{name: "nbf in 2286, with a thousand zeros", claims: object{"nbf": json.RawMessage("1" + strings.Repeat("0", 1000) + "e-990"), "exp": int64(13569465600)}, want: verifier.ReasonTokenNotYetValid, claim: "nbf"},
		{name: "nbf null", claims: object{"nbf": null}, want: verifier.ReasonMalformedClaim, claim: "nbf"},
		{name: "iat is a string", claims: object{"iat": "now"}, want: verifier.ReasonMalformedClaim, claim: "iat"},
		{name: "no sub", claims: object{"sub": nil}, want: verifier.ReasonMissingClaim, claim: "sub"},
		{name: "sub null", claims: object{"sub": null}, want: verifier.ReasonMalformedClaim, claim: "sub"},
		{name: "sub of white space", claims: object{"sub": " \t"}, want: verifier.ReasonInvalidSubject, claim: "sub"},
		{name: "sub too long", claims: object{"sub": strings.Repeat("x", 10_000)}, want: verifier.ReasonInvalidSubject, claim: "sub"},
		{name: "a logout token", claims: object{"events": object{}}, want: verifier.ReasonUnsupportedTokenType, claim: "events"},

		{name: "strict: exp now", claims: object{"exp": testNow.Unix()}, change: strict, want: verifier.ReasonTokenExpired, claim: "exp"},
		{name: "strict: no iat", claims: object{"iat": nil}, change: strict, want: verifier.ReasonMissingClaim, claim: "iat"},
		{name: "strict: iat in the future", claims: object{"iat": ago(-time.Second)}, change: strict, want: verifier.ReasonInvalidIssuedAt, claim: "iat"},
		{name: "strict: untrusted audience", claims: object{"aud": []string{testClient, "other"}}, change: strict, want: verifier.ReasonInvalidAudience, claim: "aud"},
		{name: "strict: azp of somebody else", claims: object{"azp": "other"}, change: strict, want: verifier.ReasonInvalidAuthorizedParty, claim: "azp"},
		{name: "strict: sub not ASCII", claims: object{"sub": "é"}, change: strict, want: verifier.ReasonInvalidSubject, claim: "sub"},
		{name: "strict: an access token", claims: object{"azp": nil, "nbf": ago(0), "jti": "tkn_1", "roles": []string{"admin"}}, change: strict, want: verifier.ReasonUnsupportedTokenType},
		{name: "lifetime above the bound", change: func(c *verifier.Config) { c.MaxLifetime = time.Minute }, want: verifier.ReasonTokenLifetime, claim: "exp"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(t, test.change)
			raw := sign(t, goodHeader(), with(goodClaims(), test.claims))
			wantRefusal(t, v, raw, test.want, test.claim)
		})
	}
}

func TestVerifyRefusesHeaders(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		header any
		want   verifier.Reason
		claim  string
	}{
		{name: "alg none", header: with(goodHeader(), object{"alg": "none"}), want: verifier.ReasonAlgNotAllowed, claim: "alg"},
		{name: "alg HS256", header: with(goodHeader(), object{"alg": "HS256"}), want: verifier.ReasonAlgNotAllowed, claim: "alg"},
		{name: "alg in another case", header: with(goodHeader(), object{"alg": "rs256"}), want: verifier.ReasonAlgNotAllowed, claim: "alg"},
		{name: "alg empty", header: with(goodHeader(), object{"alg": ""}), want: verifier.ReasonAlgNotAllowed, claim: "alg"},
		{name: "no alg", header: with(goodHeader(), object{"alg": nil}), want: verifier.ReasonMalformedToken, claim: "alg"},
		{name: "alg is a number", header: with(goodHeader(), object{"alg": 256}), want: verifier.ReasonMalformedToken},
		{name: "alg of another family than the key", header: with(goodHeader(), object{"alg": "ES256"}), want: verifier.ReasonKeyUnusable, claim: "kid"},
		{name: "alg other than the key's", header: with(goodHeader(), object{"alg": "RS384"}), want: verifier.ReasonKeyUnusable, claim: "kid"},
		{name: "an access token by typ", header: with(goodHeader(), object{"typ": "at+jwt"}), want: verifier.ReasonUnsupportedTokenType, claim: "typ"},
		{name: "crit", header: with(goodHeader(), object{"crit": []string{"x"}, "x": 1}), want: verifier.ReasonUnsupportedCritical, claim: "crit"},
		{name: "crit empty", header: with(goodHeader(), object{"crit": []string{}}), want: verifier.ReasonUnsupportedCritical, claim: "crit"},
		{name: "crit not an array", header: with(goodHeader(), object{"crit": "x"}), want: verifier.ReasonMalformedToken},
		{name: "crit with a number", header: with(goodHeader(), object{"crit": []any{"x", 1}}), want: verifier.ReasonMalformedToken},
		{name: "kid unknown", header: with(goodHeader(), object{"kid": "other"}), want: verifier.ReasonKeyNotFound, claim: "kid"},
		{name: "kid empty", header: with(goodHeader(), object{"kid": ""}), want: verifier.ReasonKeyNotFound, claim: "kid"},
		{name: "kid is a number", header: with(goodHeader(), object{"kid": 1}), want: verifier.ReasonMalformedToken},
		{name: "alg twice", header: []byte(`{"alg":"none","alg":"RS256","kid":"` + testKeyID + `"}`), want: verifier.ReasonMalformedToken},
		{name: "an unknown parameter twice", header: []byte(`{"alg":"RS256","kid":"` + testKeyID + `","x":1,"x":1}`), want: verifier.ReasonMalformedToken},
		{name: "an array", header: []byte(`["RS256"]`), want: verifier.ReasonMalformedToken},
		{name: "trailing text", header: []byte(`{"alg":"RS256"}{}`), want: verifier.ReasonMalformedToken},
		{name: "byte order mark", header: append([]byte("\xEF\xBB\xBF"), text(t, goodHeader())...), want: verifier.ReasonMalformedToken},
	}
	v := newVerifier(t, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, v, sign(t, test.header, goodClaims()), test.want, test.claim)
		})
	}
}

func TestVerifyRefusesBytes(t *testing.T) {
	t.Parallel()
	good := sign(t, goodHeader(), goodClaims())
	parts := strings.Split(good, ".")
	header, payload, signature := parts[0], parts[1], parts[2]
	// The last character of a 256-byte signature carries four unused bits.
	twin := signature[:len(signature)-1] + string(encodeAlphabet[strings.IndexByte(encodeAlphabet, signature[len(signature)-1])|1])
	tests := []struct {
		name string
		raw  string
		want verifier.Reason
	}{
		{"empty", "", verifier.ReasonMalformedToken},
		{"one segment", header, verifier.ReasonMalformedToken},
		{"two segments", header + "." + payload, verifier.ReasonMalformedToken},
		{"four segments", good + ".x", verifier.ReasonMalformedToken},
		{"trailing dot", good + ".", verifier.ReasonMalformedToken},
		{"two dots", "..", verifier.ReasonMalformedToken},
		{"four dots", "....", verifier.ReasonMalformedToken},
		{"no header", "." + payload + "." + signature, verifier.ReasonMalformedToken},
		{"no payload", signText(t, header+"."), verifier.ReasonMalformedToken},
		{"no signature", header + "." + payload + ".", verifier.ReasonMalformedToken},
		{"encrypted", encode([]byte(`{"alg":"RSA-OAEP","enc":"A256GCM"}`)) + ".a.b.c.d", verifier.ReasonUnsupportedTokenType},
		{"leading space", " " + good, verifier.ReasonMalformedToken},
		{"trailing newline", good + "\n", verifier.ReasonMalformedToken},
		{"newline inside a segment", header + "." + payload[:8] + "\n" + payload[8:] + "." + signature, verifier.ReasonMalformedToken},
		{"padding", good + "==", verifier.ReasonMalformedToken},
		{"padded payload, signed so", signText(t, header+"."+payload+"="), verifier.ReasonMalformedToken},
		{"another spelling of the signature", header + "." + payload + "." + twin, verifier.ReasonMalformedToken},
		{"a longer signature", header + "." + payload + "." + encode(append(decode(t, signature), 0)), verifier.ReasonInvalidSignature},
		{"a flipped bit", header + "." + payload + "." + encode(flip(decode(t, signature))), verifier.ReasonInvalidSignature},
		{"another payload", header + "." + encode(text(t, with(goodClaims(), object{"sub": "usr_1"}))) + "." + signature, verifier.ReasonInvalidSignature},
		{"payload is text", sign(t, goodHeader(), []byte("hello")), verifier.ReasonMalformedToken},
		{"payload is null", sign(t, goodHeader(), []byte("null")), verifier.ReasonMalformedToken},
		{"payload with a comment", sign(t, goodHeader(), []byte(`{/**/"iss":"x"}`)), verifier.ReasonMalformedToken},
		{"payload with a trailing comma", sign(t, goodHeader(), []byte(`{"iss":"x",}`)), verifier.ReasonMalformedToken},
		{"payload not UTF-8", sign(t, goodHeader(), []byte("{\"sub\":\"\xC3\x28\"}")), verifier.ReasonMalformedToken},
		{"payload with a lone surrogate", sign(t, goodHeader(), []byte(`{"sub":"\ud800"}`)), verifier.ReasonMalformedToken},
		{"payload with NaN", sign(t, goodHeader(), []byte(`{"exp":NaN}`)), verifier.ReasonMalformedToken},
		{"payload nested too deeply", sign(t, goodHeader(), []byte(`{"x":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`}`)), verifier.ReasonMalformedToken},
		{"a claim twice, once escaped", sign(t, goodHeader(), []byte(`{"exp":1,"\u0065xp":2}`)), verifier.ReasonMalformedToken},
		{"too large", strings.Repeat(".", verifier.DefaultMaxTokenBytes+1), verifier.ReasonTokenTooLarge},
	}
	v := newVerifier(t, nil)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, v, test.raw, test.want, "")
		})
	}
}

// A bad signature hides every other fault but the issuer: an attacker must not
// learn which claims would pass.
func TestVerifyJudgesClaimsAfterTheSignature(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, nil)
	bad := with(goodClaims(), object{"aud": "other", "exp": 1, "sub": nil})
	raw := sign(t, goodHeader(), bad)
	raw = raw[:len(raw)-8] + "AAAAAAAA"[:7] + "A"
	wantRefusal(t, v, raw, verifier.ReasonInvalidSignature, "")

	raw = sign(t, with(goodHeader(), object{"kid": "other"}), with(bad, object{"iss": "https://stage.scalekit.com"}))
	wantRefusal(t, v, raw, verifier.ReasonInvalidIssuer, "iss")
}

func TestTokenCarriesTheClaims(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, nil)
	raw := sign(t, goodHeader(), with(goodClaims(), object{"name": "Ж \"q\" 😀", "groups": []string{"a"}, "SUB": "usr_evil"}))
	token, err := v.Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if token.Subject != "usr_63261014140912135" || token.OrganizationID != "org_59615193906282635" ||
		token.SessionID != "ses_65274187031249433" || !token.EmailVerified || token.Name != "Ж \"q\" 😀" ||
		!token.Expiry.Equal(testNow.Add(5*time.Minute)) || token.KeyID != testKeyID || token.Algorithm != verifier.RS256 {
		t.Errorf("Token = %+v", token)
	}
	claims, err := verifier.Claims[struct {
		Groups []string `json:"groups"`
		Sub    string   `json:"sub"`
	}](token)
	if err != nil || len(claims.Groups) != 1 || claims.Sub != token.Subject {
		t.Errorf("Claims = %+v, %v", claims, err)
	}
}

func wantRefusal(
	t *testing.T, v *verifier.Verifier, raw string, want verifier.Reason, claim string,
) {
	t.Helper()
	token, err := v.Verify(t.Context(), raw)
	refusal, ok := errors.AsType[*verifier.Error](err)
	if !ok {
		t.Fatalf("Verify = %v, %v, want %s", token, err, want)
	}
	if token != nil {
		t.Errorf("Verify returned claims with the refusal %v", err)
	}
	if refusal.Reason != want || claim != "" && refusal.Claim != claim {
		t.Fatalf("Verify = %v, want %s %s", err, want, claim)
	}
	if len(err.Error()) > 1024 {
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
}

const encodeAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func flip(b []byte) []byte {
	b[0] ^= 1
	return b
}

// A log names the user and not his profile.
func TestTokenInALog(t *testing.T) {
	t.Parallel()
	token, err := newVerifier(t, nil).Verify(t.Context(), sign(t, goodHeader(), goodClaims()))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("verified", "token", token)
	for _, want := range []string{"token.sub=usr_63261014140912135", "token.oid=org_59615193906282635", "token.exp=2026-03-01T12:05:00.000Z"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s: %s", want, &log)
		}
	}
	if strings.Contains(log.String(), "john.doe") {
		t.Errorf("the log has the address: %s", &log)
	}
}

// A refused token leaves nothing in the next one, and changes none before it.
func TestTokensShareNothing(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, nil)
	good := sign(t, goodHeader(), goodClaims())
	first, err := v.Verify(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	want := *first
	for range 100 {
		foreign := with(goodClaims(), object{"iss": "https://evil.example", "nonce": "evil", "aud": []string{"evil", "eviler"}, "locale": "xx"})
		if _, err := v.Verify(t.Context(), sign(t, goodHeader(), foreign)); verifier.ReasonOf(err) != verifier.ReasonInvalidIssuer {
			t.Fatalf("Verify of another issuer's token = %v", err)
		}
		again, err := v.Verify(t.Context(), good)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(*again, want) || !reflect.DeepEqual(*first, want) || again == first {
			t.Fatalf("Verify = %+v, and before %+v, want twice %+v", again, first, want)
		}
	}
}

// What a verification returns stays as it is while the memory in which the token
// was decoded is used for other tokens.
func TestResultsOutliveTheirVerification(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, nil)
	foreign := func(host string) string {
		return sign(t, goodHeader(), with(goodClaims(), object{"iss": "https://" + host}))
	}
	first, second := foreign("first.example"), foreign("other.example")
	good := sign(t, goodHeader(), goodClaims())
	refuse := func() {
		if _, err := v.Verify(t.Context(), second); verifier.ReasonOf(err) != verifier.ReasonInvalidIssuer {
			t.Fatalf("Verify of a third issuer's token = %v", err)
		}
	}
	for range 20 { // the pool of memory may give any of it
		token, err := v.Verify(t.Context(), good)
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Verify(t.Context(), first)
		refusal, ok := errors.AsType[*verifier.Error](err)
		if !ok {
			t.Fatalf("Verify of another issuer's token = %v", err)
		}
		refuse()
		if refusal.Got != "https://first.example" {
			t.Fatalf("the refusal says that iss is %q, want %q", refusal.Got, "https://first.example")
		}
		if token.Issuer != testIssuer || token.Subject != "usr_63261014140912135" {
			t.Fatalf("Token = %+v after another token was refused", token)
		}
		examined := verifier.Examine(t.Context(), good, verifier.Config{}, verifier.KeyState{}, nil)
		payload := strings.Clone(examined.Payload)
		refuse()
		if examined.Payload != payload {
			t.Fatalf("Examine found %s, which is now %s", payload, examined.Payload)
		}
	}
}
