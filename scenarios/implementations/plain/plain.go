package plain

import (
	"context"
	"crypto"
	"time"

	"github.com/assay-id/assay/verifier"
)

// Verifier is a second verifier of ID Tokens, written to be read: one check after
// the other, in the order of the package verifier, and nothing is remembered
// from one token to the next but the keys. It shares that package's vocabulary, its
// Config, Reason and Error, and none of its code, so what both accept and
// refuse is what the scenarios require, and not what one of them happens to do.
//
// It is not for production: it is several times slower, and a [Liar] can bend its
// habits. Safe for concurrent use.
type Verifier struct {
	policy policy
	habits habits
	keys   *keySource

	decryption crypto.PrivateKey // nil unless ID Tokens are encrypted
}

// New returns a plain verifier for cfg, which it reads as verifier.New
// does, with two exceptions: the field Keys is ignored, and jwkSet, unless nil,
// is a JWK Set that is used instead of discovery. The error is a
// *verifier.Error with CONFIG_INVALID, or JWKS_INVALID for the set.
func New(cfg verifier.Config, jwkSet []byte) (*Verifier, error) {
	return newVerifier(cfg, jwkSet, honest())
}

// newVerifier returns a verifier with these habits.
func newVerifier(cfg verifier.Config, jwkSet []byte, h habits) (*Verifier, error) {
	if h.config.change != nil {
		h.config.change(&cfg)
	}
	if err := h.config.check(&cfg); err != nil {
		return nil, err
	}
	p := &Verifier{policy: readPolicy(cfg), habits: h}
	p.keys = newKeySource(p.policy, &p.habits)
	if jwkSet != nil {
		set, err := p.habits.keys.parseSet(&p.habits, jwkSet)
		if err != nil {
			return nil, err
		}
		p.keys.fixed = set
	}
	return p, nil
}

// Close ends a running fetch and closes idle connections.
func (p *Verifier) Close() error {
	p.keys.close()
	return nil
}

// Verify checks rawIDToken and returns its claims: strings, booleans,
// json.Number, nil, and lists and maps of these. A refusal is a
// *verifier.Error, and no claims come with it. OIDC Core 1.0, 3.1.3.7.
func (p *Verifier) Verify(ctx context.Context, rawIDToken string) (map[string]any, error) {
	return p.VerifyWith(ctx, rawIDToken, verifier.Inputs{})
}

// VerifyWith is Verify with further checks against what the caller knows of
// the login.
func (p *Verifier) VerifyWith(
	ctx context.Context, rawIDToken string, in verifier.Inputs,
) (map[string]any, error) {
	j := &judgement{Verifier: p, ctx: ctx, raw: rawIDToken, inputs: in, now: p.policy.now()}
	for _, c := range p.habits.checks {
		if refusal := c.judge(j); refusal != nil {
			refusal.Verified = j.verified
			if p.habits.result.leaksClaims {
				return j.claims.values(), refusal
			}
			return nil, refusal
		}
		if j.settled {
			break
		}
	}
	claims := j.claims.values()
	if p.habits.result.edit != nil {
		p.habits.result.edit(claims)
	}
	return claims, nil
}

// judgement holds what is known about one token while it is being verified.
type judgement struct {
	*Verifier
	ctx context.Context
	now time.Time
	raw string

	inputs verifier.Inputs

	header, payload, signature string // the segments as they were sent

	head   object
	alg    string
	kid    keyID
	signed []byte // the signature, decoded
	claims object

	candidates []*key    // the keys that may have signed it
	expiry     time.Time // set once exp has been checked
	verified   bool      // whether the signature is good
	settled    bool      // whether it is accepted without the checks that remain
}

// check is one step of a judgement.
type check struct {
	name string
	judge
}

// judge returns why the token is refused, or nil.
type judge func(*judgement) *verifier.Error

// honestChecks returns the checks in the order that the package verifier
// documents. iss comes before the keys: a token of another environment must
// read INVALID_ISSUER and must cost no request.
func honestChecks() []check {
	return []check{
		{"inputs", (*judgement).checkInputs},
		{"size", (*judgement).checkSize},
		{"encryption", (*judgement).checkEncryption},
		{"segments", (*judgement).checkSegments},
		{"header", (*judgement).checkHeader},
		{"forms", (*judgement).checkForms},
		{"alg", (*judgement).checkAlgorithm},
		{"typ", (*judgement).checkType},
		{"crit", (*judgement).checkCritical},
		{"signature form", (*judgement).checkSignatureForm},
		{"payload", (*judgement).checkPayload},
		{"iss", (*judgement).checkIssuer},
		{"key", (*judgement).checkKey},
		{"signature", (*judgement).checkSignature},
		{"aud", (*judgement).checkAudience},
		{"azp", (*judgement).checkAuthorizedParty},
		{"times", (*judgement).checkTimesAreNumbers},
		{"exp", (*judgement).checkExpiry},
		{"nbf", (*judgement).checkNotBefore},
		{"ever valid", (*judgement).checkEverValid},
		{"iat", (*judgement).checkIssuedAt},
		{"sub", (*judgement).checkSubject},
		{"nonce", (*judgement).checkNonce},
		{"shape", (*judgement).checkShape},
		{"requirements", (*judgement).checkRequirements},
		{"rule", (*judgement).checkRule},
		{"sent nonce", (*judgement).checkSentNonce},
		{"expected sub", (*judgement).checkExpectedSubject},
		{"hashes", (*judgement).checkHashes},
		{"auth_time", (*judgement).checkAuthTime},
		{"acr", (*judgement).checkContextClass},
		{"amr", (*judgement).checkMethods},
		{"expected oid", (*judgement).checkExpectedOrganization},
		{"redeem", (*judgement).redeemNonce},
	}
}

// refuse returns a refusal that names what was found and what was wanted.
// Either may be empty.
func refuse(reason verifier.Reason, claim, got, want string) *verifier.Error {
	return &verifier.Error{Reason: reason, Claim: claim, Got: cut(got), Want: want}
}

// malformed returns a refusal of a part of the token for its form.
func malformed(part, got, want string) *verifier.Error {
	return refuse(verifier.ReasonMalformedToken, part, got, want)
}

// cut shortens a value that came with a token, which may be of any length.
func cut(s string) string {
	const most = 64
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// settle accepts the token without further checks.
func (j *judgement) settle() *verifier.Error {
	j.settled = true
	return nil
}
