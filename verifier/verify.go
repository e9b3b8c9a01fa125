package verifier

import (
	"context"
	"crypto/sha256"
	"time"
)

// Verify checks rawIDToken and returns its claims. The package comment documents
// the order of the checks. A refusal is an *Error with a stable Reason; its Kind
// is KindUnavailable if the token could not be judged because the keys were
// unavailable, also because ctx ended while Verify waited for them. No claims
// come with an error.
//
// Verify does not check nonce, at_hash or max_age, which depend on the login:
// see VerifyWith. It never decrypts. Safe for concurrent use. OIDC Core 1.0,
// 3.1.3.7.
func (v *Verifier) Verify(ctx context.Context, rawIDToken string) (*Token, error) {
	t, err := v.verify(ctx, rawIDToken, nil)
	if err != nil {
		return nil, err
	}
	return t, nil
}

// VerifyWith is Verify with further checks against what the caller knows about
// the login. A mistake in the inputs is an *Error with ReasonConfigInvalid,
// whatever the token is.
func (v *Verifier) VerifyWith(ctx context.Context, rawIDToken string, in Inputs) (*Token, error) {
	t, err := v.verify(ctx, rawIDToken, &in)
	if err != nil {
		return nil, err
	}
	return t, nil
}

// verify is Verify and VerifyWith with a concrete error type. in may be nil.
func (v *Verifier) verify(ctx context.Context, raw string, in *Inputs) (t *Token, err *Error) {
	var (
		began  time.Time
		cached bool
	)
	if v.cfg.Hooks != nil {
		began = time.Now()
	}
	if in != nil {
		err = in.validate()
	}
	if err == nil && len(raw) > v.maxBytes {
		err = tooLarge(len(raw), v.maxBytes)
	}
	if err == nil {
		s := getScratch()
		if v.tokens == nil {
			t, _, err = v.verifyUncached(ctx, raw, s)
		} else {
			t, cached, err = v.verifyCached(ctx, raw, s)
		}
		s.release()
	}
	if err == nil && in != nil {
		if err = v.checkInputs(ctx, t, in); err != nil {
			err.Verified = true
		}
	}
	v.cfg.Hooks.verified(began, t, cached, err)
	return t, err
}

// verifyCached makes every check except those of Inputs, unless the cache shows
// that they were made. It reports whether it did.
func (v *Verifier) verifyCached(
	ctx context.Context, raw string, s *scratch,
) (t *Token, cached bool, err *Error) {
	key := tokenKey(sha256.Sum256(s.copy(raw)))
	if t := v.recall(ctx, &key); t != nil {
		if err := v.checkRule(ctx, t); err != nil {
			err.Verified = true
			return nil, true, err
		}
		return t, true, nil
	}
	t, set, err := v.verifyUncached(ctx, raw, s)
	if err == nil {
		v.tokens.put(&key, set, t, v.now())
	}
	return t, false, err
}

// recall returns a token that was accepted before, if it would be accepted
// again. It asks for the keys, which keeps their source up to date as any
// verification does, and makes sure that the token was verified with these.
func (v *Verifier) recall(ctx context.Context, key *tokenKey) *Token {
	set, now, err := v.keySet(ctx, KeyQuery{}, nil)
	if err != nil {
		return nil
	}
	t := v.tokens.get(key, set, now)
	if t == nil || v.checkClaims(timeChecks, t, now) != nil {
		return nil
	}
	return t
}

// verifyUncached makes every check except those of Inputs. It returns the keys
// that the token was verified with, which are nil for a symmetric algorithm.
func (v *Verifier) verifyUncached(
	ctx context.Context, raw string, s *scratch,
) (*Token, *KeySet, *Error) {
	parts, err := split(raw)
	if err != nil {
		return nil, nil, err
	}
	entry, madeWith := v.headers.get(parts.header)
	if madeWith == nil {
		if entry.header, err = v.readHeader(parts.header, s); err != nil {
			return nil, nil, err
		}
		entry.alg = entry.header.alg.lookup()
	}
	sig, err := s.decodeSignature(parts.signature)
	if err != nil {
		return nil, nil, err
	}
	payload, err := s.decodePayload(parts.payload)
	if err != nil {
		return nil, nil, err
	}
	t := s.claims()
	if err := scanClaims(payload, t); err != nil {
		return nil, nil, err
	}
	if err := v.checkIssuer(t); err != nil {
		return nil, nil, err
	}
	by, err := v.checkSignature(ctx, parts, sig, entry, madeWith, s)
	if err != nil {
		return nil, nil, err
	}
	s.give()
	t.KeyID, t.Algorithm = by.keyID, entry.header.alg
	if err = v.checkClaims(claimChecks, t, by.now); err == nil {
		err = v.checkRule(ctx, t)
	}
	if err != nil {
		err.Verified = true
		return nil, nil, err
	}
	return t, by.set, nil
}

// readHeader decodes and checks a header segment that is not cached.
func (v *Verifier) readHeader(segment string, s *scratch) (header, *Error) {
	var h headerText
	text, err := s.decodeHeader(segment)
	if err == nil {
		err = scanHeader(text, &h)
	}
	if err == nil {
		err = v.checkAlgorithm(&h)
	}
	if err == nil {
		err = v.checkType(&h)
	}
	if err == nil {
		err = h.crit
	}
	return h.header, err
}

// signedBy describes a signature that was verified.
type signedBy struct {
	keyID string    // empty for a symmetric algorithm
	set   *KeySet   // nil for a symmetric algorithm
	now   time.Time // when the keys were obtained
}

// checkSignature finds the key and verifies the signature with it. madeWith is
// the set that the keys of entry belong to, nil if entry has no keys.
func (v *Verifier) checkSignature(
	ctx context.Context, parts segments, sig []byte, entry headerEntry, madeWith *KeySet,
	s *scratch,
) (by signedBy, err *Error) {
	query := entry.header.query()
	if by.set, by.now, err = v.keySet(ctx, query, madeWith); err != nil {
		return by, err
	}
	if v.secret != nil {
		if !verifyMAC(entry.alg, v.secret, parts.signed, sig) {
			err = v.badSignature()
		}
		return by, err
	}
	by.keyID, err = v.tryKeys(by.set, parts, sig, entry, madeWith, s)
	if err == nil || err.Reason == ReasonKeyNotFound {
		return by, err
	}
	// The provider may have published another key under the same ID.
	query.Failed = by.set
	newer, now, fetchErr := v.keySet(ctx, query, nil)
	if fetchErr != nil || newer == by.set {
		return by, err
	}
	by.set, by.now = newer, now
	by.keyID, err = v.tryKeys(newer, parts, sig, entry, madeWith, s)
	return by, err
}

// tryKeys verifies the signature with those keys of set that the header leads
// to, and caches them if one succeeds.
func (v *Verifier) tryKeys(
	set *KeySet, parts segments, sig []byte, entry headerEntry, madeWith *KeySet, s *scratch,
) (keyID string, err *Error) {
	if set != madeWith {
		if entry.keys, err = set.candidates(entry.header); err != nil {
			return "", err
		}
	}
	for _, k := range entry.keys {
		if k.verifies(entry.alg, parts.signed, sig, s) {
			if set != madeWith {
				v.headers.put(parts.header, entry, set)
			}
			return k.id, nil
		}
	}
	return "", v.badSignature()
}

// badSignature refuses a token whose signature does not verify.
func (v *Verifier) badSignature() *Error {
	e := &Error{Reason: ReasonInvalidSignature, Detail: "no key of the issuer verifies it"}
	if v.secret != nil {
		e.Detail = "the client secret does not verify it"
	}
	return e
}

// keySet asks the source for the keys, makes sure that an error is an *Error,
// and returns the time. known is a set that has the key, if the caller knows of
// one. With a symmetric algorithm there is no source and no set.
func (v *Verifier) keySet(
	ctx context.Context, query KeyQuery, known *KeySet,
) (*KeySet, time.Time, *Error) {
	now := v.now()
	if v.shares != nil {
		if set := v.shares.fresh(now, query, known); set != nil {
			return set, now, nil
		}
		set, err := v.shares.keysFor(ctx, now.Round(0), query)
		if err != nil {
			return nil, now, err
		}
		return set, v.now(), nil
	}
	if v.keys == nil {
		return nil, now, nil
	}
	set, err := v.keys.Keys(ctx, query)
	if err == nil {
		return set, v.now(), nil
	}
	return nil, now, unavailable(err)
}

// unavailable returns the error of a key source as an *Error.
func unavailable(err error) *Error {
	if e, ok := err.(*Error); ok {
		return e
	}
	return &Error{Reason: ReasonJWKSFetchFailed, Err: err}
}
