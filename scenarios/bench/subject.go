package bench

import (
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios/measure/corpus"
	"github.com/assay-id/assay/verifier"
)

// operation presents token i and reports whether the verdict was right. It is
// safe for concurrent use.
type operation func(i int) bool

// subject is what a series measures: one operation, for each of several tokens.
type subject struct {
	op     operation
	tokens int
}

// The identity of the tokens. Nothing is ever fetched from there.
const (
	issuer   = "https://acme.scalekit.example"
	clientID = "skc_58327482062864390"
)

// lifetime is that of the tokens: longer than any benchmark.
const lifetime = 24 * time.Hour

// newSubject makes the tokens, the verifier and the operation of s, and checks
// once that every token gets its verdict.
func newSubject(ctx context.Context, s Series, p plan) (subject, error) {
	source := keyring.NewSource(p.Seed)
	provider := corpus.Provider{Issuer: issuer, ClientID: clientID, Key: source.Key("bench", s.Alg)}
	batch := corpus.Batch{Count: p.Tokens, Seed: p.Seed, IssuedAt: p.issued, Lifetime: lifetime, Bytes: s.Bytes}
	if s.Mode == Refusal {
		var err error
		if batch.Case, err = corpus.CaseByName("wrong-issuer"); err != nil {
			return subject{}, err
		}
	}
	tokens, err := provider.Tokens(ctx, batch)
	if err != nil {
		return subject{}, err
	}
	var op operation
	if s.Mode == Bare {
		op, err = bareOperation(s.Alg, provider.Key.Public(), tokens)
	} else {
		op, err = verifyOperation(s, source, provider.Key, tokens)
	}
	if err != nil {
		return subject{}, err
	}
	for i := range tokens {
		if !op(i) {
			return subject{}, fmt.Errorf("series %q: token %d does not get its verdict", s.Name, i)
		}
	}
	return subject{op: op, tokens: len(tokens)}, nil
}

// verifyOperation returns the whole verification by package verifier. The JWK
// Set has the previous key before the signing key, as a provider's would, or as
// many keys as the series wants. Making RSA keys takes a while, so one key has
// all of the other IDs.
func verifyOperation(
	s Series, source *keyring.Source, key *keyring.Key, tokens []string,
) (operation, error) {
	var published keyring.JWKSet
	for i := range cmp.Or(s.Keys, 2) - 1 {
		before := source.Key("before", s.Alg).JWK()
		for m := range before {
			if before[m].Name == "kid" {
				before[m].Value = fmt.Sprintf("snk_before_%d", i)
			}
		}
		published = append(published, before)
	}
	set, err := json.Marshal(append(published, key.JWK()))
	if err != nil {
		return nil, err
	}
	keys, err := verifier.Static(set)
	if err != nil {
		return nil, err
	}
	cfg := verifier.Config{Issuer: issuer, Audience: []string{clientID}, Keys: keys}
	if s.Named {
		cfg.Algorithms = []verifier.Algorithm{verifier.Algorithm(s.Alg)}
	}
	if s.Mode == Cached {
		// Room for every token, since a full cache would measure its misses.
		cfg.Cache = verifier.CacheConfig{Tokens: 2 * len(tokens), TTL: time.Hour}
	}
	v, err := verifier.New(cfg)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	if s.Mode == Refusal {
		return func(i int) bool {
			_, err := v.Verify(ctx, tokens[i])
			refusal, ok := err.(*verifier.Error)
			return ok && refusal.Reason == verifier.ReasonInvalidIssuer
		}, nil
	}
	return func(i int) bool {
		_, err := v.Verify(ctx, tokens[i])
		return err == nil
	}, nil
}

// bareOperation returns the signature check alone. Everything but the digest
// and the check itself is done beforehand.
func bareOperation(alg string, key crypto.PublicKey, tokens []string) (operation, error) {
	signed := make([][]byte, len(tokens))
	signatures := make([][]byte, len(tokens))
	for i, token := range tokens {
		dot := strings.LastIndexByte(token, '.')
		signature, err := base64.RawURLEncoding.DecodeString(token[dot+1:])
		if err != nil {
			return nil, err
		}
		signed[i], signatures[i] = []byte(token[:dot]), signature
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		if alg == "PS256" {
			opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
			return func(i int) bool {
				digest := sha256.Sum256(signed[i])
				return rsa.VerifyPSS(key, crypto.SHA256, digest[:], signatures[i], opts) == nil
			}, nil
		}
		return func(i int) bool {
			digest := sha256.Sum256(signed[i])
			return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signatures[i]) == nil
		}, nil
	case *ecdsa.PublicKey:
		type pair struct{ r, s *big.Int }
		pairs := make([]pair, len(tokens))
		for i, signature := range signatures {
			half := len(signature) / 2
			pairs[i] = pair{
				new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:]),
			}
		}
		return func(i int) bool {
			digest := sha256.Sum256(signed[i])
			return ecdsa.Verify(key, digest[:], pairs[i].r, pairs[i].s)
		}, nil
	case ed25519.PublicKey:
		return func(i int) bool { return ed25519.Verify(key, signed[i], signatures[i]) }, nil
	}
	return nil, fmt.Errorf("no bare signature check for a %T", key)
}

// stride returns the step from one token to the next: about the golden section
// of n, so that neighbours in time are not neighbours in memory, and coprime to
// n, so that every token gets its turn.
func stride(n int) int {
	for s := max(1, n*618/1000); ; s++ {
		if gcd(s, n) == 1 {
			return s
		}
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
