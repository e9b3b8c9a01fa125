package verifier_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
)

// examined is a Config with the keys that its verifiers have.
func examined(tb testing.TB) (verifier.Config, verifier.KeyState) {
	tb.Helper()
	var keys []any
	for alg, s := range signers() {
		keys = append(keys, with(s.jwk, object{"kid": string(alg)}))
	}
	set, err := verifier.ParseKeySet(keySet(tb, append(keys, jwkOf(testKeyID, nil), jwkOf("enc", object{"use": "enc"}))...))
	if err != nil {
		tb.Fatal(err)
	}
	return verifier.Config{
		Issuer: testIssuer, Audience: []string{testClient}, Now: func() time.Time { return testNow },
	}, verifier.KeyState{Set: set}
}

// fixedSet is a source of one set.
type fixedSet struct{ set *verifier.KeySet }

func (f fixedSet) Keys(context.Context, verifier.KeyQuery) (*verifier.KeySet, error) {
	return f.set, nil
}

// FuzzExamineAgreesWithVerify signs any header and any claims, and cuts the
// token anywhere: the first refusal is the one of Verify.
func FuzzExamineAgreesWithVerify(f *testing.F) {
	char, keys := examined(f)
	strict := verifier.Strict()
	strict.Issuer, strict.Audience, strict.Now = char.Issuer, char.Audience, char.Now
	strict.Require.Organization, strict.Require.VerifiedEmail, strict.MaxLifetime = true, true, time.Hour
	configs := []verifier.Config{char, strict}
	var verifiers []*verifier.Verifier
	for _, cfg := range configs {
		cfg.Keys = fixedSet{keys.Set}
		v, err := verifier.New(cfg)
		if err != nil {
			f.Fatal(err)
		}
		defer v.Close()
		verifiers = append(verifiers, v)
	}
	for _, header := range []object{
		nil, {"alg": "none"}, {"alg": "HS256"}, {"alg": "ES256"}, {"alg": nil}, {"alg": 1}, {"typ": "at+jwt"}, {"crit": []string{"b64"}}, {"kid": nil}, {"kid": "x"}, {"kid": "enc"},
	} {
		f.Add(text(f, with(goodHeader(), header)), text(f, goodClaims()), uint16(0))
	}
	for _, claims := range []object{
		{"iss": "x"}, {"iss": nil}, {"iss": 1}, {"aud": "x"}, {"aud": nil}, {"aud": []string{testClient, "x"}}, {"azp": "x"}, {"azp": 1},
		{"exp": 1}, {"exp": nil}, {"exp": "1"}, {"exp": 1, "iat": "x"}, {"nbf": 4e9}, {"iat": 4e9}, {"iat": nil}, {"exp": 3e9}, {"sub": nil}, {"sub": " "},
		{"nonce": 1}, {"events": object{}}, {"vc": 1, "events": 1}, {"oid": nil}, {"email_verified": false},
		{"azp": nil, "jti": "x", "roles": []string{"admin"}}, {"aud": "x", "exp": 1, "sub": nil},
	} {
		f.Add(text(f, goodHeader()), text(f, with(goodClaims(), claims)), uint16(0))
	}
	for _, cut := range []uint16{1, 5, 100, 500, 1000} {
		f.Add(text(f, goodHeader()), text(f, goodClaims()), cut)
	}
	f.Add([]byte("{"), text(f, goodClaims()), uint16(0))
	f.Add(text(f, goodHeader()), []byte("{}x"), uint16(0))
	f.Fuzz(func(t *testing.T, header, payload []byte, cut uint16) {
		raw := signText(t, encode(header)+"."+encode(payload))
		raw = raw[:len(raw)-int(cut)%len(raw)]
		for i, cfg := range configs {
			_, want := verifiers[i].Verify(t.Context(), raw)
			x := verifier.Examine(t.Context(), raw, cfg, keys, nil)
			got := x.Refusal()
			if want == nil && got == nil {
				if !x.Verified {
					t.Errorf("an accepted token counts as unverified: %s", raw)
				}
				continue
			}
			if got == nil || want == nil || got.Error() != want.Error() && got.Claim != "iss" || !errors.Is(want, got) {
				t.Fatalf("Examine refuses %q: %v\nVerify: %v", raw, got, want)
			}
			checkOrder(t, x)
		}
	})
}

// checkOrder makes sure that the findings follow the documented order, and that
// a check either was made or says why not.
func checkOrder(t *testing.T, x *verifier.Examination) {
	t.Helper()
	order := []verifier.Check{
		verifier.CheckConfig, verifier.CheckSize, verifier.CheckSegments, verifier.CheckHeader,
		verifier.CheckAlgorithm, verifier.CheckType, verifier.CheckCritical, verifier.CheckEncoding, verifier.CheckPayload,
		verifier.CheckIssuer, verifier.CheckKey, verifier.CheckSignature,
		verifier.CheckAudience, verifier.CheckAuthorizedParty, verifier.CheckTimes, verifier.CheckExpiry, verifier.CheckNotBefore,
		verifier.CheckIssuedAt, verifier.CheckSubject, verifier.CheckNonce, verifier.CheckKind, verifier.CheckShape, verifier.CheckUser,
	}
	var got []verifier.Check
	for _, f := range x.Findings {
		got = append(got, f.Check)
		if f.Err != nil && f.Skipped != "" {
			t.Errorf("%s was made and skipped", f.Check)
		}
	}
	if !slices.Equal(got, order) {
		t.Errorf("the findings are about %q, want %q", got, order)
	}
}

// findings returns those that failed, as words.
func findings(x *verifier.Examination) string {
	var words []string
	for _, f := range x.Findings {
		if f.Err != nil {
			words = append(words, string(f.Check)+" "+string(f.Err.Reason))
		}
	}
	return strings.Join(words, ", ")
}

func TestExamineContinuesAfterAFailure(t *testing.T) {
	t.Parallel()
	cfg, keys := examined(t)
	foreign := with(goodClaims(), object{"iss": "https://x.example", "aud": "x", "exp": 1, "sub": nil})
	tests := []struct {
		name string
		raw  string
		keys verifier.KeyState
		want string
	}{
		{"everything in the claims", sign(t, goodHeader(), foreign), keys, "iss INVALID_ISSUER, aud INVALID_AUDIENCE, exp TOKEN_EXPIRED, sub MISSING_CLAIM"},
		{"no keys", sign(t, goodHeader(), with(goodClaims(), object{"aud": "x"})), verifier.KeyState{}, "aud INVALID_AUDIENCE"},
		{"keys unavailable", sign(t, goodHeader(), with(goodClaims(), object{"aud": "x"})), verifier.KeyState{Err: errors.New("down")}, "key JWKS_FETCH_FAILED, aud INVALID_AUDIENCE"},
		{"unknown key while the keys are unavailable", sign(t, with(goodHeader(), object{"kid": "x"}), goodClaims()), verifier.KeyState{Set: keys.Set, Err: errors.New("down")}, "key JWKS_FETCH_FAILED"},
		{"no signature", strings.TrimSuffix(sign(t, goodHeader(), foreign), strings.SplitAfter(sign(t, goodHeader(), foreign), ".")[2]), keys, "encoding MALFORMED_TOKEN, iss INVALID_ISSUER, aud INVALID_AUDIENCE, exp TOKEN_EXPIRED, sub MISSING_CLAIM"},
		{"a header that is no JSON", encode([]byte("{")) + "." + encode(text(t, foreign)) + ".AAAA", keys, "header MALFORMED_TOKEN, iss INVALID_ISSUER, aud INVALID_AUDIENCE, exp TOKEN_EXPIRED, sub MISSING_CLAIM"},
		{"two segments", encode(text(t, goodHeader())) + "." + encode(text(t, foreign)), keys, "segments MALFORMED_TOKEN, iss INVALID_ISSUER, aud INVALID_AUDIENCE, exp TOKEN_EXPIRED, sub MISSING_CLAIM"},
		{"no token", "skc_123", keys, "segments MALFORMED_TOKEN"},
		{"alg and typ", sign(t, with(goodHeader(), object{"alg": "none", "typ": "at+jwt"}), goodClaims()), keys, "alg ALG_NOT_ALLOWED, typ UNSUPPORTED_TOKEN_TYPE"},
		{"too large", sign(t, goodHeader(), with(foreign, object{"x": strings.Repeat("x", 40<<10)})), keys, "size TOKEN_TOO_LARGE, iss INVALID_ISSUER, aud INVALID_AUDIENCE, exp TOKEN_EXPIRED, sub MISSING_CLAIM"},
		{"far too large", strings.Repeat("x.", 1<<20), keys, "size TOKEN_TOO_LARGE"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := findings(verifier.Examine(t.Context(), test.raw, cfg, test.keys, nil)); got != test.want {
				t.Errorf("the checks that fail are %s\nwant %s", got, test.want)
			}
		})
	}
}

// A configuration that New refuses is a finding, and the token is compared with
// it all the same.
func TestExamineTakesAWrongConfig(t *testing.T) {
	t.Parallel()
	cfg, keys := examined(t)
	cfg.Issuer, cfg.Leeway = "acme.scalekit.com", time.Hour
	x := verifier.Examine(t.Context(), sign(t, goodHeader(), goodClaims()), cfg, keys, nil)
	if got, want := findings(x), "configuration CONFIG_INVALID, configuration CONFIG_INVALID, iss INVALID_ISSUER"; got != want {
		t.Errorf("the checks that fail are %s, want %s", got, want)
	}
}

// What has an effect in the application is called only about a good token.
func TestExamineCallsTheApplicationLast(t *testing.T) {
	t.Parallel()
	nonce := "n"
	called := 0
	cfg, keys := examined(t)
	cfg.Rule = func(context.Context, *verifier.Token) error { called++; return nil }
	in := &verifier.Inputs{Nonce: &nonce, Redeem: func(context.Context, string) error { called++; return errors.New("again") }}
	good := with(goodClaims(), object{"nonce": nonce})
	for _, test := range []struct {
		name string
		raw  string
		keys verifier.KeyState
		want int
		fail string
	}{
		{"good", sign(t, goodHeader(), good), keys, 2, "login INVALID_NONCE"},
		{"expired", sign(t, goodHeader(), with(good, object{"exp": 1})), keys, 0, "exp TOKEN_EXPIRED"},
		{"unverified", sign(t, goodHeader(), good), verifier.KeyState{}, 0, ""},
	} {
		called = 0
		x := verifier.Examine(t.Context(), test.raw, cfg, test.keys, in)
		if got := findings(x); called != test.want || got != test.fail {
			t.Errorf("%s: %d calls, want %d; the checks that fail are %q, want %q", test.name, called, test.want, got, test.fail)
		}
	}
}

// KeyState tells what a running verifier has, and asks nobody for it.
func TestKeyState(t *testing.T) {
	t.Parallel()
	inBubble(t, "follows the source", func(w *world) {
		w.start(nil)
		if s := w.v.KeyState(w.Context()); s.Set != nil || s.Err != nil {
			w.Errorf("before the first fetch it is %+v", s)
		}
		w.warm()
		if s := w.v.KeyState(w.Context()); s.Set == nil || len(s.Set.Info()) == 0 || s.Err != nil {
			w.Errorf("after a fetch it is %+v", s)
		}
		w.serve(status(503))
		time.Sleep(30 * time.Minute)
		w.reason(w.token("k1"))
		if s := w.v.KeyState(w.Context()); s.Set == nil || verifier.ReasonOf(s.Err) != verifier.ReasonJWKSFetchFailed {
			w.Errorf("in an outage it is %+v", s)
		}
		time.Sleep(3 * time.Hour)
		if s := w.v.KeyState(w.Context()); s.Set != nil || s.Err == nil {
			w.Errorf("after a long outage it is %+v", s)
		}
		fetches, _ := w.requests()
		w.v.KeyState(w.Context())
		if again, _ := w.requests(); again != fetches {
			w.Errorf("it caused %d requests", again-fetches)
		}
	})
	if s := newVerifier(t, nil).KeyState(t.Context()); s.Set == nil || s.Err != nil {
		t.Errorf("of a static source it is %+v", s)
	}
	hs := newVerifier(t, func(c *verifier.Config) {
		c.Algorithms, c.ClientSecret = []verifier.Algorithm{verifier.HS256}, make([]byte, 32)
	})
	if s := hs.KeyState(t.Context()); s != (verifier.KeyState{}) {
		t.Errorf("of a client secret it is %+v", s)
	}
}
