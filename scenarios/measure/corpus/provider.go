package corpus

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

// Provider is the environment that issues the tokens.
type Provider struct {
	Issuer   string       // iss
	ClientID string       // aud, azp and client_id
	Key      *keyring.Key // signs the tokens; its ID is the kid

	// Forge, unless nil, makes the tokens instead of Key: what the provider
	// would issue, changed. For a provider elsewhere, whose key is unknown.
	Forge func(ctx context.Context, change forge.Change) (string, error)
}

// Batch says which tokens to make.
type Batch struct {
	// Case is the kind of token. The zero value means good tokens.
	Case Case

	// Count is how many distinct tokens there are.
	Count int

	// Seed determines the users, sessions and hashes in the tokens. Zero is a
	// seed like any other.
	Seed uint64

	// IssuedAt is iat. Lifetime is exp minus iat; it must outlast the
	// measurement.
	IssuedAt time.Time
	Lifetime time.Duration

	// Bytes is about how long each token is: a list of groups is added to the
	// claims of shorter ones. Zero adds none.
	Bytes int
}

// Tokens makes the tokens of b. An RSA signature takes about a millisecond on one
// core; if ctx ends meanwhile, the error is its cause.
func (p Provider) Tokens(ctx context.Context, b Batch) ([]string, error) {
	if b.Case.Make != nil {
		return b.Case.Make(ctx, p, b)
	}
	if b.Case.change == nil {
		b.Case = Cases()[0]
	}
	random := rand.New(rand.NewChaCha8(sha256.Sum256([]byte(b.Case.Name + " " +
		strconv.FormatUint(b.Seed, 10)))))
	change := b.Case.change(b.IssuedAt)
	tokens := make([]string, b.Count)
	var added keyring.Object
	if b.Bytes > 0 {
		usual, err := p.Tokens(ctx, Batch{Case: b.Case, Count: 1, Seed: b.Seed, IssuedAt: b.IssuedAt, Lifetime: b.Lifetime})
		if err != nil {
			return nil, err
		}
		added = keyring.Object{{Name: "groups", Value: groups(b.Bytes - len(usual[0]))}}
	}
	for i := range tokens {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var err error
		if tokens[i], err = p.forge(ctx, append(p.claims(random, b.IssuedAt, b.Lifetime), added...), change); err != nil {
			return nil, fmt.Errorf("forging a token of case %q: %w", b.Case.Name, err)
		}
	}
	return tokens, nil
}

// forge makes a token with claims and a change.
func (p Provider) forge(
	ctx context.Context, claims keyring.Object, change forge.Change,
) (string, error) {
	if p.Forge == nil {
		token, err := forge.NewDraft(p.Key, claims).Forge(change)
		return token.String(), err
	}
	for _, member := range change.Claims.Set {
		claims.Set(member.Name, member.Value)
	}
	change.Claims.Set = claims
	return p.Forge(ctx, change)
}

// claims returns the claims of the ID Token that Scalekit documents for a user
// with a profile.
func (p Provider) claims(
	random *rand.Rand, issued time.Time, lifetime time.Duration,
) keyring.Object {
	given := pick(random, "Ada", "Grace", "Edsger", "Barbara", "Radia", "Niklaus", "Frances",
		"Tony")
	family := pick(random, "Lovelace", "Hopper", "Dijkstra", "Liskov", "Perlman", "Wirth", "Allen",
		"Hoare")
	return keyring.Object{
		{Name: "iss", Value: p.Issuer},
		{Name: "aud", Value: []string{p.ClientID}},
		{Name: "azp", Value: p.ClientID},
		{Name: "client_id", Value: p.ClientID},
		{Name: "sub", Value: id(random, "usr_")},
		{Name: "oid", Value: id(random, "org_")},
		{Name: "sid", Value: id(random, "ses_")},
		{Name: "amr", Value: []string{id(random, "conn_")}},
		{Name: "at_hash", Value: hash(random)},
		{Name: "c_hash", Value: hash(random)},
		{Name: "email", Value: given + "." + family + "@example.com"},
		{Name: "email_verified", Value: true},
		{Name: "name", Value: given + " " + family},
		{Name: "given_name", Value: given},
		{Name: "family_name", Value: family},
		{Name: "iat", Value: issued.Unix()},
		{Name: "exp", Value: issued.Add(lifetime).Unix()},
	}
}

// groups returns a list that makes a token of so many bytes longer.
func groups(bytes int) []string {
	const each = 32 // bytes of a group in base64url, with quotes and a comma
	list := []string{}
	for have := 0; have < bytes; have += each {
		list = append(list, fmt.Sprintf("group-of-people-%05d", len(list)))
	}
	return list
}

func pick(random *rand.Rand, values ...string) string { return values[random.IntN(len(values))] }

// id returns an identifier in Scalekit's form: a prefix and seventeen digits.
func id(random *rand.Rand, prefix string) string {
	const least = 10_000_000_000_000_000
	return prefix + strconv.FormatUint(least+random.Uint64N(9*least), 10)
}

// hash returns a value in the form of at_hash: half of a SHA-256.
func hash(random *rand.Rand) string {
	var b [sha256.Size / 2]byte
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return base64.RawURLEncoding.EncodeToString(b[:])
}
