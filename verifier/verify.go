package verifier

import "context"

// verify is Verify with a concrete error type.
func (v *Verifier) verify(ctx context.Context, raw string) (*Token, *Error) {
	s := getScratch()
	defer s.release()
	if len(raw) > v.maxBytes {
		return nil, tooLarge(len(raw), v.maxBytes)
	}
	parts, err := split(raw)
	if err != nil {
		return nil, err
	}
	entry, madeWith := v.headers.get(parts.header)
	if madeWith == nil {
		if entry.header, err = v.readHeader(parts.header, s); err != nil {
			return nil, err
		}
		entry.alg = entry.header.alg.lookup()
	}
	sig, err := s.decodeSignature(parts.signature)
	if err != nil {
		return nil, err
	}
	payload, ok := s.decode(parts.payload)
	if !ok {
		return nil, malformed("the payload is not base64url")
	}
	t := new(Token)
	if err := scanClaims(payload, t); err != nil {
		return nil, err
	}
	if err := v.checkIssuer(t); err != nil {
		return nil, err
	}
	keyID, err := v.checkSignature(ctx, parts, sig, entry, madeWith, s)
	if err != nil {
		return nil, err
	}
	t.KeyID, t.Algorithm = keyID, entry.header.alg
	if err = v.checkClaims(t, v.now()); err == nil {
		err = v.checkRule(ctx, t)
	}
	if err != nil {
		err.Verified = true
		return nil, err
	}
	return t, nil
}

// readHeader decodes and checks a header segment that is not cached.
func (v *Verifier) readHeader(segment string, s *scratch) (header, *Error) {
	text, ok := s.decode(segment)
	if !ok {
		return header{}, malformed("the header is not base64url")
	}
	return v.parseHeader(text)
}

// checkSignature finds the key and verifies the signature with it. madeWith is
// the set that the keys of entry are of, nil if entry has none.
func (v *Verifier) checkSignature(ctx context.Context, parts segments, sig []byte, entry headerEntry, madeWith *KeySet, s *scratch) (keyID string, err *Error) {
	if v.secret != nil {
		if !verifyMAC(entry.alg, v.secret, parts.signed, sig) {
			return "", &Error{Reason: ReasonInvalidSignature, detail: "the client secret does not verify it"}
		}
		return "", nil
	}
	query := entry.header.query()
	set, err := v.keySet(ctx, query)
	if err != nil {
		return "", err
	}
	keyID, err = v.tryKeys(set, parts, sig, entry, madeWith, s)
	if err == nil || err.Reason == ReasonKeyNotFound {
		return keyID, err
	}
	// The provider may have put another key under the old ID.
	query.Failed = set
	newer, fetchErr := v.keySet(ctx, query)
	if fetchErr != nil || newer == set {
		return "", err
	}
	return v.tryKeys(newer, parts, sig, entry, madeWith, s)
}

// tryKeys verifies the signature with those keys of set that the header leads
// to, and remembers them if one does.
func (v *Verifier) tryKeys(set *KeySet, parts segments, sig []byte, entry headerEntry, madeWith *KeySet, s *scratch) (keyID string, err *Error) {
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
	return "", &Error{Reason: ReasonInvalidSignature, detail: "no key of the issuer verifies it"}
}

// keySet asks the source and makes sure that an error is an *Error.
func (v *Verifier) keySet(ctx context.Context, query KeyQuery) (*KeySet, *Error) {
	set, err := v.keys.Keys(ctx, query)
	if err == nil {
		return set, nil
	}
	if e, ok := err.(*Error); ok {
		return nil, e
	}
	return nil, &Error{Reason: ReasonJWKSFetchFailed, err: err}
}
