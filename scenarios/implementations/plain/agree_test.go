package plain_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios/implementations/plain"
	"github.com/assay-id/assay/verifier"
)

// claimsVerifier has the method that the two verifiers have in common.
type claimsVerifier interface {
	Verify(ctx context.Context, rawIDToken string) (map[string]any, error)
}

// production is the verifier of the package verifier.
type production struct{ *verifier.Verifier }

func (p production) Verify(ctx context.Context, raw string) (map[string]any, error) {
	token, err := p.Verifier.Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	return verifier.Claims[map[string]any](token)
}

// pair is the production verifier and the plain one with the same
// configuration, and a key that both trust.
type pair struct {
	production, plain claimsVerifier
	key               *keyring.Key
}

// now is the time at which the tokens of these tests are verified.
func now() time.Time { return time.Unix(1_800_000_000, 0) }

func newPair(tb testing.TB, strict bool) pair {
	tb.Helper()
	key := keyring.NewSource(1).Key("pair", "ES256").WithID("k1")
	set, err := keyring.JWKSet{key.JWK()}.MarshalJSON()
	if err != nil {
		tb.Fatal(err)
	}
	var cfg verifier.Config
	if strict {
		cfg = verifier.Strict()
		cfg.Algorithms = []verifier.Algorithm{verifier.ES256}
	}
	cfg.Issuer, cfg.Audience, cfg.Now = "https://op.example", []string{"client"}, now
	p := pair{key: key}
	if p.plain, err = plain.New(cfg, set); err != nil {
		tb.Fatal(err)
	}
	if cfg.Keys, err = verifier.Static(set); err != nil {
		tb.Fatal(err)
	}
	v, err := verifier.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	p.production = production{v}
	return p
}

// FuzzPlainAgreesWithTheProductionVerifier signs any header and payload and
// requires the same answer of both verifiers. Two readers that disagree about
// the same signed bytes are what an attacker looks for.
func FuzzPlainAgreesWithTheProductionVerifier(f *testing.F) {
	const header, payload = `{"alg":"ES256","kid":"k1","typ":"JWT"}`, `{"iss":"https://op.example","sub":"u","aud":"client","exp":1800000300,"iat":1800000000}`
	for _, h := range []string{
		header, `{"alg":"ES256"}`, `{"alg":"ES256","kid":null}`, `{"alg":"ES256","kid":"k2"}`, `{"alg":"RS256","kid":"k1"}`, `{"alg":"none"}`, `{"alg":1}`, `[]`, ``,
		`{"alg":"ES256","kid":"k1","crit":["x"]}`, `{"alg":"ES256","kid":"k1","crit":[]}`, `{"alg":"ES256","kid":"k1","crit":1}`, `{"alg":"ES256","alg":"none"}`,
		`{"alg":"ES256","typ":"at+jwt"}`, `{"alg":"ES256","typ":"APPLICATION/jwt"}`, `{"alg":"ES256","typ":7}`,
	} {
		f.Add([]byte(h), []byte(payload), false)
	}
	for _, p := range []string{
		`{}`, `{"iss":7}`, `{"iss":"https://op.example"}`, `{"iss":"https://op.example","aud":"client","exp":1800000300,"sub":" "}`,
		`{"iss":"https://op.example","aud":["client","x"],"exp":1.8000003e9,"sub":"u","iat":1800000000,"azp":"x"}`,
		`{"iss":"https://op.example","aud":["client",1],"exp":1800000300,"sub":"u"}`,
		`{"iss":"https://op.example","aud":"client","exp":1799999940,"sub":"u"}`, `{"iss":"https://op.example","aud":"client","exp":1799999940.001,"sub":"u"}`,
		`{"iss":"https://op.example","aud":"client","exp":1e400,"sub":"u"}`, `{"iss":"https://op.example","aud":"client","exp":1800000300,"sub":"\ud800"}`,
		`{"iss":"https://op.example","aud":"client","exp":1800000300,"sub":"u","nbf":1800000061}`, `{"iss":"https://op.example","aud":"client","exp":1800000300,"sub":"u","events":{"a":1,"a":2}}`,
		`{"iss":"https://op.example","aud":"client","exp":1800000015,"sub":"u","nbf":1800000025}`, `{"iss":"https://op.example","aud":"client","exp":18000003` + strings.Repeat("0", 1000) + `e-998,"sub":"u"}`,
		`{"iss":"https://op.example","aud":"client","exp":0e9999999,"sub":"u"}`, `{"iss":"https://op.example","aud":"client","exp":253402300799.9,"sub":"u","nbf":-62135596800.1}`,
		`{"iss":"https://op.example","aud":"client","exp":1800000300,"sub":"u","scope":"a","jti":"b"}`, "\xef\xbb\xbf{}", `{"iss":"https://op.example","iss":"x"}`,
	} {
		f.Add([]byte(header), []byte(p), false)
		f.Add([]byte(header), []byte(p), true)
	}
	char, strict := newPair(f, false), newPair(f, true)
	f.Fuzz(func(t *testing.T, header, payload []byte, strictly bool) {
		p := char
		if strictly {
			p = strict
		}
		token, err := forge.NewDraft(p.key, nil).Forge(forge.Change{HeaderText: nonNil(header), PayloadText: nonNil(payload)})
		if err != nil {
			t.Fatal(err)
		}
		_, production := p.production.Verify(t.Context(), token.String())
		_, plain := p.plain.Verify(t.Context(), token.String())
		got, want := verifier.ReasonOf(plain), verifier.ReasonOf(production)
		if got != want && !(isForm(got) && isForm(want)) {
			t.Errorf("header %q, payload %q, strict %v:\nplain says      %v\nproduction says %v",
				header, payload, strictly, plain, production)
		}
	})
}

// isForm reports whether a reason is about the form of the token or its header.
// Of several such faults each verifier names the one it meets first; no key and
// no claim has been looked at by then.
func isForm(r verifier.Reason) bool {
	switch r {
	case verifier.ReasonMalformedToken, verifier.ReasonAlgNotAllowed, verifier.ReasonUnsupportedTokenType, verifier.ReasonUnsupportedCritical:
		return true
	}
	return false
}

// nonNil returns bytes that forge signs instead of the members, even if there
// are none.
func nonNil(b []byte) []byte { return append([]byte{}, b...) }
