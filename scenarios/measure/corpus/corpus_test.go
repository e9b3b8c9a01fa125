package corpus_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/verifier"
)

var issued = time.Unix(1_800_000_000, 0)

func provider(t *testing.T, alg string) (corpus.Provider, *verifier.Verifier) {
	t.Helper()
	p := corpus.Provider{
		Issuer:   "https://acme.scalekit.example",
		ClientID: "skc_58327482062864390",
		Key:      keyring.NewSource(1).Key("corpus", alg),
	}
	set, err := json.Marshal(keyring.JWKSet{p.Key.JWK()})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := verifier.Static(set)
	if err != nil {
		t.Fatal(err)
	}
	v, err := verifier.New(verifier.Config{
		Issuer: p.Issuer, Audience: []string{p.ClientID}, Keys: keys,
		Now: func() time.Time { return issued.Add(time.Minute) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return p, v
}

// Each case gets its verdict from the verifier of this project. That is why a
// load can be trusted to judge another verifier.
func TestCasesGetTheirVerdicts(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"RS256", "ES256"} {
		p, v := provider(t, alg)
		for _, c := range corpus.Cases() {
			tokens, err := p.Tokens(t.Context(), corpus.Batch{Case: c, Count: 3, IssuedAt: issued, Lifetime: time.Hour})
			if err != nil {
				t.Errorf("Tokens of %s with %s: %v", c.Name, alg, err)
				continue
			}
			for _, token := range tokens {
				got := corpus.Accept
				if _, err := v.Verify(t.Context(), token); err != nil {
					got = string(verifier.CodeOf(err))
				}
				if got != c.Verdict {
					t.Errorf("the verdict on %s with %s is %s, want %s",
						c.Name, alg, got, c.Verdict)
				}
			}
		}
	}
}

func TestTokensAreDistinctAndRepeatable(t *testing.T) {
	t.Parallel()
	p, _ := provider(t, "ES256")
	batch := corpus.Batch{Count: 300, Seed: 7, IssuedAt: issued, Lifetime: time.Hour}
	first, err := p.Tokens(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	again, err := p.Tokens(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(first, again) {
		t.Error("the same batch gives other tokens")
	}
	batch.Seed = 8
	other, err := p.Tokens(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, token := range slices.Concat(first, other) {
		seen[token] = true
	}
	if len(seen) != 600 {
		t.Errorf("two seeds give %d distinct tokens of 600", len(seen))
	}
}

func TestTokensHaveTheirSize(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"RS256", "ES256"} {
		p, v := provider(t, alg)
		for _, size := range []int{0, 100, 2000, 32000} {
			tokens, err := p.Tokens(t.Context(), corpus.Batch{Count: 3, Bytes: size, IssuedAt: issued, Lifetime: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			for _, token := range tokens {
				if off := len(token) - size; size >= 2000 && (off < -100 || off > 200) || size < 2000 && len(token) > 1300 {
					t.Errorf("a token of %d bytes has %d", size, len(token))
				}
				if _, err := v.Verify(t.Context(), token); err != nil {
					t.Errorf("Verify of a token of %d bytes: %v", size, err)
				}
			}
		}
	}
}

func TestTokensEndWithTheirContext(t *testing.T) {
	t.Parallel()
	p, _ := provider(t, "ES256")
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := p.Tokens(ctx, corpus.Batch{Count: 1, IssuedAt: issued, Lifetime: time.Hour}); !errors.Is(err, cause) {
		t.Errorf("Tokens = %v, want %v", err, cause)
	}
}

func TestCaseByName(t *testing.T) {
	t.Parallel()
	for _, c := range corpus.Cases() {
		got, err := corpus.CaseByName(c.Name)
		if err != nil || got.Name != c.Name || got.Verdict != c.Verdict {
			t.Errorf("CaseByName(%q) = %s, %v", c.Name, got.Name, err)
		}
	}
	_, err := corpus.CaseByName("expird")
	if err == nil || !strings.Contains(err.Error(), `"expird"`) || !strings.Contains(err.Error(), "expired") {
		t.Errorf("CaseByName of a misspelt name = %v, want the names that there are", err)
	}
}
